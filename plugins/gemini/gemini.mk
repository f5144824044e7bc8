# Google's Gemini dialect: one module, one exported symbol.
cpplugin_LTLIBRARIES += gemini.la
gemini_la_SOURCES = \
	plugins/gemini/amend.c \
	plugins/gemini/answer.h \
	plugins/gemini/answer_decode.c \
	plugins/gemini/answer_encode.c \
	plugins/gemini/builder.c \
	plugins/gemini/calls_answer.c \
	plugins/gemini/calls_decode.c \
	plugins/gemini/caps.c \
	plugins/gemini/choice_encode.c \
	plugins/gemini/conf.c \
	plugins/gemini/contents_decode.c \
	plugins/gemini/contents_encode.c \
	plugins/gemini/count.c \
	plugins/gemini/custom.c \
	plugins/gemini/enum_mend.c \
	plugins/gemini/errors.c \
	plugins/gemini/finish.c \
	plugins/gemini/format_encode.c \
	plugins/gemini/gemini.h \
	plugins/gemini/grounding.c \
	plugins/gemini/grounding_encode.c \
	plugins/gemini/logprobs.c \
	plugins/gemini/media.c \
	plugins/gemini/media_encode.c \
	plugins/gemini/models.c \
	plugins/gemini/names.c \
	plugins/gemini/params_decode.c \
	plugins/gemini/params_encode.c \
	plugins/gemini/partial.c \
	plugins/gemini/parts_decode.c \
	plugins/gemini/parts_encode.c \
	plugins/gemini/plugin.c \
	plugins/gemini/reading.c \
	plugins/gemini/request.h \
	plugins/gemini/refused.c \
	plugins/gemini/request_decode.c \
	plugins/gemini/request_encode.c \
	plugins/gemini/results_encode.c \
	plugins/gemini/schema.h \
	plugins/gemini/schema_gather.c \
	plugins/gemini/schema_read.c \
	plugins/gemini/schema_typed.c \
	plugins/gemini/schema_write.c \
	plugins/gemini/state.c \
	plugins/gemini/stream_rx.c \
	plugins/gemini/stream_tx.c \
	plugins/gemini/text.c \
	plugins/gemini/thinking_encode.c \
	plugins/gemini/tools_decode.c \
	plugins/gemini/tools_encode.c \
	plugins/gemini/usage.c \
	plugins/gemini/verdict.c \
	plugins/gemini/writing.c
gemini_la_CPPFLAGS = $(plugin_cppflags)
gemini_la_CFLAGS = $(plugin_cflags)
gemini_la_LDFLAGS = $(plugin_ldflags)

# For tests and fuzzers, which link it with -DCP_STATIC_NAME=cp_static_gemini.
gemini_sources = $(gemini_la_SOURCES)
EXTRA_DIST += plugins/gemini/README.md
