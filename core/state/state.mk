core_sources += core/state/rest.c core/state/rest.h
