# The Claude Messages dialect: one module, one exported symbol.
cpplugin_LTLIBRARIES += claude.la
claude_la_SOURCES = \
	plugins/claude/amend.c \
	plugins/claude/blocks_decode.c \
	plugins/claude/blocks_encode.c \
	plugins/claude/caps.c \
	plugins/claude/claude.h \
	plugins/claude/errors.c \
	plugins/claude/halves.c \
	plugins/claude/hosted.c \
	plugins/claude/hosted.h \
	plugins/claude/marks.c \
	plugins/claude/mcp.c \
	plugins/claude/members.c \
	plugins/claude/models.c \
	plugins/claude/params_decode.c \
	plugins/claude/params_encode.c \
	plugins/claude/params_note.c \
	plugins/claude/plugin.c \
	plugins/claude/props.c \
	plugins/claude/turns.c \
	plugins/claude/refused.c \
	plugins/claude/request_decode.c \
	plugins/claude/request_encode.c \
	plugins/claude/response.c \
	plugins/claude/schema.c \
	plugins/claude/stop.c \
	plugins/claude/stream_blocks.c \
	plugins/claude/stream_rx.c \
	plugins/claude/stream_tx.c \
	plugins/claude/stream_tx.h \
	plugins/claude/tools_decode.c \
	plugins/claude/tools_encode.c \
	plugins/claude/tree.c \
	plugins/claude/unwrap.c \
	plugins/claude/usage.c \
	plugins/claude/util.c \
	plugins/claude/verdict.c
claude_la_CPPFLAGS = $(plugin_cppflags)
claude_la_CFLAGS = $(plugin_cflags)
claude_la_LDFLAGS = $(plugin_ldflags)

# For tests and fuzzers, which link it with -DCP_STATIC_NAME=cp_static_claude.
claude_sources = $(claude_la_SOURCES)
EXTRA_DIST += plugins/claude/README.md
