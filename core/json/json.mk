core_sources += \
	core/json/check.c core/json/check.h \
	core/json/slice.c core/json/slice.h \
	core/json/bytes.h \
	core/json/write.c core/json/write.h
