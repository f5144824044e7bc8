# OpenAI's dialects: one module, one exported symbol.
cpplugin_LTLIBRARIES += openai.la
openai_la_SOURCES = \
	plugins/openai/caps.c \
	plugins/openai/chat.h \
	plugins/openai/chat_amend.c \
	plugins/openai/chat_assistant_encode.c \
	plugins/openai/chat_code.c \
	plugins/openai/chat_content_decode.c \
	plugins/openai/chat_custom.c \
	plugins/openai/chat_details.c \
	plugins/openai/chat_effort.c \
	plugins/openai/chat_finish.c \
	plugins/openai/chat_losses.c \
	plugins/openai/chat_in.c \
	plugins/openai/chat_messages_decode.c \
	plugins/openai/chat_messages_encode.c \
	plugins/openai/chat_params_encode.c \
	plugins/openai/chat_parts_encode.c \
	plugins/openai/chat_repair.c \
	plugins/openai/chat_request_decode.c \
	plugins/openai/chat_request_encode.c \
	plugins/openai/chat_response.c \
	plugins/openai/chat_response_encode.c \
	plugins/openai/chat_results_encode.c \
	plugins/openai/chat_stream.h \
	plugins/openai/chat_stream_rx.c \
	plugins/openai/chat_stream_tap.c \
	plugins/openai/chat_stream_text.c \
	plugins/openai/chat_stream_tools.c \
	plugins/openai/chat_stream_tx.c \
	plugins/openai/chat_strict.c \
	plugins/openai/chat_tools_decode.c \
	plugins/openai/chat_tools_encode.c \
	plugins/openai/chat_usage.c \
	plugins/openai/conf.c \
	plugins/openai/errors.c \
	plugins/openai/media.c \
	plugins/openai/models.c \
	plugins/openai/openai.h \
	plugins/openai/plugin.c \
	plugins/openai/refused.c \
	plugins/openai/responses.h \
	plugins/openai/responses_conf.c \
	plugins/openai/responses_items_decode.c \
	plugins/openai/responses_answer.h \
	plugins/openai/responses_answer_decode.c \
	plugins/openai/responses_answer_encode.c \
	plugins/openai/responses_amend.c \
	plugins/openai/responses_envelope.c \
	plugins/openai/responses_json.c \
	plugins/openai/responses_output.c \
	plugins/openai/responses_replay.c \
	plugins/openai/responses_status.c \
	plugins/openai/responses_stream_hosted.c \
	plugins/openai/responses_stream_items.c \
	plugins/openai/responses_stream_parts.c \
	plugins/openai/responses_stream_rx.c \
	plugins/openai/responses_stream_rx_items.c \
	plugins/openai/responses_stream_tx.c \
	plugins/openai/responses_usage.c \
	plugins/openai/responses_count.c \
	plugins/openai/responses_compact.c \
	plugins/openai/responses_input_decode.c \
	plugins/openai/responses_kept.c \
	plugins/openai/responses_parts_decode.c \
	plugins/openai/responses_request_decode.c \
	plugins/openai/responses_tools_decode.c \
	plugins/openai/responses_items_encode.c \
	plugins/openai/responses_params_encode.c \
	plugins/openai/responses_parts_encode.c \
	plugins/openai/responses_plugin.c \
	plugins/openai/responses_request_encode.c \
	plugins/openai/responses_tools_encode.c \
	plugins/openai/text.c \
	plugins/openai/verdict.c
openai_la_CPPFLAGS = $(plugin_cppflags)
openai_la_CFLAGS = $(plugin_cflags)
openai_la_LDFLAGS = $(plugin_ldflags)

# For tests and fuzzers, which link it with -DCP_STATIC_NAME=cp_static_openai.
openai_sources = $(openai_la_SOURCES)
EXTRA_DIST += plugins/openai/README.md
