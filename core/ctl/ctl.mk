# claude-proxyctl - a client of the gateway's API; all but where it begins is in the library, for the tests.
core_sources += \
	core/ctl/args.c core/ctl/args.h \
	core/ctl/assign.c core/ctl/assign.h \
	core/ctl/command.c core/ctl/command.h core/ctl/commands.c \
	core/ctl/complete.c core/ctl/complete.h core/ctl/completion.c \
	core/ctl/ctl.h \
	core/ctl/errand.c core/ctl/errand.h \
	core/ctl/follow.c \
	core/ctl/glyph.c core/ctl/glyph.h \
	core/ctl/help.c \
	core/ctl/import_file.c core/ctl/import_file.h \
	core/ctl/keyring.c core/ctl/keyring.h \
	core/ctl/look.c core/ctl/look.h \
	core/ctl/prompt.c core/ctl/prompt.h \
	core/ctl/run.c core/ctl/run.h \
	core/ctl/run_channel.c core/ctl/run_config.c core/ctl/run_history.c \
	core/ctl/import_history.c core/ctl/import_history.h core/ctl/run_import.c core/ctl/run_key.c core/ctl/run_passwd.c \
	core/ctl/run_show.c core/ctl/run_status.c \
	core/ctl/sheet.c core/ctl/sheet.h \
	core/ctl/slurp.c core/ctl/slurp.h \
	core/ctl/talk.c core/ctl/talk.h \
	core/ctl/top.c \
	core/ctl/view.c core/ctl/view.h core/ctl/view_value.c \
	core/ctl/views.c core/ctl/views.h \
	core/ctl/where.c core/ctl/where.h
bin_PROGRAMS += claude-proxyctl
claude_proxyctl_SOURCES = core/ctl/ctl.c
claude_proxyctl_LDADD = libcore.a $(core_libs)

# Of both programs.
bashcompdir = $(datadir)/bash-completion/completions
dist_bashcomp_DATA = core/ctl/claude-proxyctl core/main/completion/claude-proxy
zshcompdir = $(datadir)/zsh/site-functions
dist_zshcomp_DATA = core/ctl/_claude-proxyctl core/main/completion/_claude-proxy
fishcompdir = $(datadir)/fish/vendor_completions.d
dist_fishcomp_DATA = core/ctl/claude-proxyctl.fish core/main/completion/claude-proxy.fish
