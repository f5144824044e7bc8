core_sources += core/state/recall.c core/state/recall.h \
	core/state/rest.c core/state/rest.h \
	core/state/store.h core/state/store_memory.c
