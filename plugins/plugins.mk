# plugins - the dialects; include only <claude-proxy/*.h> and libc.
include plugins/claude/claude.mk
include plugins/openai/openai.mk
include plugins/gemini/gemini.mk
include plugins/sqlite/sqlite.mk
include plugins/example/example.mk
