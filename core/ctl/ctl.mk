# claude-proxyctl - a client of the gateway's API, and what works without one; links the core's lower layers.
ctl_sources = core/ctl/ctl.c
bin_PROGRAMS += claude-proxyctl
claude_proxyctl_SOURCES = $(ctl_sources)
claude_proxyctl_LDADD = libcore.a $(core_libs)
