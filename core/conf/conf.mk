core_sources += \
	core/conf/build.h \
	core/conf/channel.c \
	core/conf/check.c core/conf/check.h \
	core/conf/client.c core/conf/client.h \
	core/conf/conf.c core/conf/conf.h \
	core/conf/dotenv.c core/conf/dotenv.h \
	core/conf/entries.c \
	core/conf/env.c core/conf/env.h \
	core/conf/family.c \
	core/conf/files.c core/conf/files.h \
	core/conf/guess.c core/conf/guess.h \
	core/conf/keep.c core/conf/keep.h \
	core/conf/key.c \
	core/conf/listener.c \
	core/conf/managed.c core/conf/managed.h \
	core/conf/manual.c core/conf/manual.h \
	core/conf/member.c \
	core/conf/model.c \
	core/conf/moment.c core/conf/moment.h \
	core/conf/node.c core/conf/node.h \
	core/conf/option.h core/conf/parameter.c \
	core/conf/price.c core/conf/price.h core/conf/print.c core/conf/print.h \
	core/conf/precheck.c core/conf/precheck.h \
	core/conf/read.c core/conf/read.h \
	core/conf/route.c \
	core/conf/said.c \
	core/conf/show.c core/conf/show.h \
	core/conf/scheduler.c \
	core/conf/switches.c \
	core/conf/table.c core/conf/table.h \
	core/conf/url.c core/conf/url.h \
	core/conf/value.c core/conf/value.h
