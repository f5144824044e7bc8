core_sources += \
	core/base/arena.c core/base/arena.h \
	core/base/buf.c core/base/buf.h \
	core/base/clock.c core/base/clock.h \
	core/base/err.c core/base/err.h \
	core/base/folder.c core/base/folder.h \
	core/base/hash.c core/base/hash.h \
	core/base/hide.c core/base/hide.h \
	core/base/journal.c core/base/journal.h \
	core/base/list.h \
	core/base/log.c core/base/log.h \
	core/base/log_kind.c core/base/log_kind.h \
	core/base/log_level.c core/base/log_level.h \
	core/base/log_line.c core/base/log_line.h \
	core/base/map.c core/base/map.h \
	core/base/mem.c core/base/mem.h \
	core/base/parcel.c core/base/parcel.h \
	core/base/save.c core/base/save.h \
	core/base/secret.c core/base/secret.h \
	core/base/str.c core/base/str.h \
	core/base/thread.c core/base/thread.h \
	core/base/tap.h \
	core/base/utf8.c core/base/utf8.h
