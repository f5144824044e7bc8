core_sources += core/state/ratio.c core/state/ratio.h \
	core/state/recall.c core/state/recall.h \
	core/state/rest.c core/state/rest.h \
	core/state/store.h core/state/store_memory.c
