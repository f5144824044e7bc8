# SPDX-License-Identifier: MIT
# The upstream simulator and the load tool. They share no source with the gateway.
noinst_PROGRAMS += claude-proxy-sim claude-proxy-load

claude_proxy_sim_SOURCES = \
	tests/sim/ask.c tests/sim/ask.h \
	tests/sim/chat.c \
	tests/sim/claude.c \
	tests/sim/conn.c tests/sim/conn.h \
	tests/sim/control.c \
	tests/sim/error.c \
	tests/sim/filler.c \
	tests/sim/gemini.c \
	tests/sim/gzip.c \
	tests/sim/http.c tests/sim/http.h \
	tests/sim/log.c tests/sim/log.h \
	tests/sim/main.c \
	tests/sim/models.c \
	tests/sim/play.c tests/sim/play.h \
	tests/sim/reply.c tests/sim/reply.h \
	tests/sim/responses.c \
	tests/sim/rules.c tests/sim/rules.h \
	tests/sim/rules_chat.c \
	tests/sim/rules_claude.c \
	tests/sim/rules_gemini.c \
	tests/sim/rules_gemini_schema.c \
	tests/sim/rules_responses.c \
	tests/sim/scan.c tests/sim/scan.h \
	tests/sim/script.c tests/sim/script.h \
	tests/sim/send.c \
	tests/sim/server.c tests/sim/server.h \
	tests/sim/store.c tests/sim/store.h \
	tests/sim/stream.c \
	tests/sim/text.c tests/sim/text.h \
	tests/sim/timer.c tests/sim/timer.h \
	tests/sim/tls.c
claude_proxy_sim_CPPFLAGS = -D_GNU_SOURCE
claude_proxy_sim_CFLAGS = $(AM_CFLAGS)
claude_proxy_sim_LDADD = -lgnutls -lpthread

claude_proxy_load_SOURCES = \
	tests/sim/histogram.c tests/sim/histogram.h \
	tests/sim/load.c tests/sim/load.h \
	tests/sim/load_client.c \
	tests/sim/text.c tests/sim/text.h \
	tests/sim/timer.c tests/sim/timer.h
claude_proxy_load_CPPFLAGS = -D_GNU_SOURCE
claude_proxy_load_CFLAGS = $(AM_CFLAGS)

EXTRA_DIST += tests/sim/README.md tests/sim/selftest.py PAIRS.md
