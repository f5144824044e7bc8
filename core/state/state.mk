core_sources += core/state/rest.c core/state/rest.h \
	core/state/store.h core/state/store_memory.c
