core_sources += \
	core/plugin/abi1.c core/plugin/abi1.h \
	core/plugin/breadcrumb.c core/plugin/breadcrumb.h \
	core/plugin/drive.c core/plugin/drive.h \
	core/plugin/endpoint.c \
	core/plugin/guard.c core/plugin/guard.h core/plugin/guard_repair.c \
	core/plugin/host.c core/plugin/host.h \
	core/plugin/host_head.c \
	core/plugin/host_json.c core/plugin/host_ledger.c \
	core/plugin/host_names.c \
	core/plugin/host_out.c \
	core/plugin/loader.c core/plugin/loader.h \
	core/plugin/media.c core/plugin/media.h \
	core/plugin/module.c core/plugin/module.h \
	core/plugin/options.c core/plugin/options.h \
	core/plugin/preflight.c core/plugin/preflight.h core/plugin/preflight_store.c \
	core/plugin/quarantine.c core/plugin/quarantine.h \
	core/plugin/registry.c core/plugin/registry.h core/plugin/registry_told.c \
	core/plugin/rescan.c \
	core/plugin/source.c core/plugin/source.h \
	core/plugin/vault.c core/plugin/vault.h \
	core/plugin/verdict.c core/plugin/verdict.h \
	core/plugin/verdict_body.c core/plugin/verdict_body.h \
	core/plugin/verdict_time.c core/plugin/verdict_time.h \
	core/plugin/verdict_wait.c core/plugin/verdict_wait.h \
	core/plugin/verdict_words.c core/plugin/verdict_words.h
