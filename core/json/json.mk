core_sources += \
	core/json/array.c core/json/array.h \
	core/json/check.c core/json/check.h \
	core/json/cut.c core/json/cut.h \
	core/json/path.c core/json/path.h \
	core/json/put.c core/json/put.h \
	core/json/slice.c core/json/slice.h \
	core/json/tree.c core/json/tree.h \
	core/json/bytes.h \
	core/json/write.c core/json/write.h
