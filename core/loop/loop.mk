core_sources += core/loop/pool.c core/loop/pool.h \
	core/loop/deadline.c core/loop/deflate.h \
	core/loop/frames.c core/loop/frames.h \
	core/loop/headcheck.c core/loop/headcheck.h \
	core/loop/inflate.c core/loop/inflate.h \
	core/loop/inflate_br.c \
	core/loop/inflate_codec.h \
	core/loop/inflate_zlib.c \
	core/loop/inflate_zstd.c \
	core/loop/intake.c \
	core/loop/lines.c core/loop/lines.h \
	core/loop/listener.c core/loop/listener.h \
	core/loop/loop.c core/loop/loop.h \
	core/loop/request.c \
	core/loop/server.c core/loop/server.h \
	core/loop/server_private.h \
	core/loop/server_tls.c \
	core/loop/sse.c core/loop/sse.h \
	core/loop/stream.c \
	core/loop/timer.c core/loop/timer.h
