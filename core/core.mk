# core - the gateway; knows HTTP and tapes, knows no dialect.
include core/base/base.mk
include core/json/json.mk
include core/ir/ir.mk
include core/loop/loop.mk
include core/loop/client.mk
include core/conf/conf.mk
include core/state/state.mk
include core/plugin/plugin.mk
include core/kit/kit.mk
include core/balance/balance.mk
include core/flow/flow.mk
include core/admin/admin.mk
include core/main/main.mk
include core/ctl/ctl.mk

noinst_LIBRARIES += libcore.a
libcore_a_SOURCES = $(core_sources)

sbin_PROGRAMS += claude-proxy
claude_proxy_SOURCES = core/main/main.c
claude_proxy_LDADD = libcore.a $(core_libs)

dist_man_MANS = core/claude-proxy.8 core/claude-proxyctl.8 core/claude-proxy.conf.5 core/claude-proxy-api.7 core/claude-proxy-plugin.7
EXTRA_DIST += core/DESIGN.md core/conf/man-options.sh core/include/claude-proxy/.clang-format
