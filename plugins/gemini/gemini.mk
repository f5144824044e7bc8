# Google's Gemini dialect: one module, one exported symbol.
cpplugin_LTLIBRARIES += gemini.la
gemini_la_SOURCES = \
	plugins/gemini/custom.c \
	plugins/gemini/errors.c \
	plugins/gemini/gemini.h \
	plugins/gemini/plugin.c \
	plugins/gemini/request.h \
	plugins/gemini/state.c \
	plugins/gemini/text.c
gemini_la_CPPFLAGS = $(plugin_cppflags)
gemini_la_CFLAGS = $(plugin_cflags)
gemini_la_LDFLAGS = $(plugin_ldflags)

# For tests and fuzzers, which link it with -DCP_STATIC_NAME=cp_static_gemini.
gemini_sources = $(gemini_la_SOURCES)
EXTRA_DIST += plugins/gemini/README.md
