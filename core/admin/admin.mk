core_sources += core/admin/admin.c core/admin/admin.h \
	core/admin/api.c core/admin/api.h core/admin/ask.c core/admin/ask.h \
	core/admin/channels.c core/admin/channels.h core/admin/channels_change.c \
	core/admin/channels_edit.c core/admin/channels_fault.c core/admin/channels_nodes.c \
	core/admin/channels_nodes.h core/admin/channels_order.c core/admin/channels_order.h \
	core/admin/channels_health.c core/admin/channels_show.c core/admin/families.c core/admin/keys.c \
	core/admin/shelf.c core/admin/shelf.h core/admin/original.c core/admin/original.h core/admin/original_channel.c core/admin/original_keys.c \
	core/admin/original_ping.c core/admin/original_settings.c \
	core/admin/probe.c core/admin/probe.h core/admin/probe_candidate.c core/admin/probe_head.c \
	core/admin/probe_preview.c core/admin/probe_send.c core/admin/probe_tell.c \
	core/admin/convert.c core/admin/convert.h core/admin/convert_in.c core/admin/twig.c core/admin/twig.h \
	core/admin/statistics.c core/admin/statistics.h core/admin/statistics_news.c core/admin/statistics_private.h core/admin/statistics_rows.c core/admin/statistics_series.c core/admin/statistics_sum.c core/admin/original_charts.c core/admin/original_statistics.c core/admin/original_statistics.h core/admin/numbers.c core/admin/numbers.h core/admin/numbers_pack.c core/admin/numbers_private.h core/admin/numbers_process.c core/admin/numbers_state.c core/admin/numbers_write.c core/admin/office.h core/admin/scribe.h core/admin/config.c core/admin/config.h core/admin/config_diff.c core/admin/config_diff.h core/admin/config_settings.c \
	core/admin/archive.c core/admin/archive.h core/admin/steward.c core/admin/steward.h \
	core/admin/steward_open.c core/admin/steward_private.h core/admin/steward_text.c \
	core/admin/dry_run.c core/admin/dry_run.h core/admin/gatehouse.c core/admin/gatehouse.h \
	core/admin/import.c core/admin/import_api.c core/admin/import.h core/admin/import_part.h \
	core/admin/import_channel.c core/admin/import_config.c core/admin/import_env.c core/admin/import_lay.c \
	core/admin/orders.c core/admin/orders.h core/admin/panel.c core/admin/panel.h core/admin/panel_private.h core/admin/panel_read.c \
	core/admin/plugins.c core/admin/portrait.c core/admin/portrait.h core/admin/scheduler.c core/admin/scheduler.h \
	core/admin/sessions.c core/admin/sessions.h
core_sources += core/admin/api_private.h core/admin/call.c core/admin/door.c core/admin/reply.c \
	core/admin/shield.c core/admin/shield.h core/admin/password.c core/admin/password.h core/admin/browser.c core/admin/events.c core/admin/events.h core/admin/document.c core/admin/document.h core/admin/document_body.c core/admin/system.c \
	core/admin/gatehouse_private.h core/admin/hashing.c core/admin/login.c core/admin/login.h core/admin/session.c \
	core/admin/status.c core/admin/status.h core/admin/throttle.c core/admin/throttle.h core/admin/try.c core/admin/upgrade.c
core_sources += core/admin/history.c core/admin/history.h core/admin/history_csv.c \
	core/admin/history_home.c core/admin/history_home.h \
	core/admin/history_record.c core/admin/history_record.h core/admin/history_search.c core/admin/history_time.c core/admin/history_time.h \
	core/admin/scribe.c core/admin/scribe_desk.c core/admin/scribe_homes.c core/admin/scribe_private.h \
	core/admin/scribe_read.c core/admin/scribe_store.c core/admin/scribe_told.c
core_sources += core/admin/captures.c core/admin/captures.h core/admin/captures_api.c core/admin/captures_line.c core/admin/captures_private.h core/admin/captures_shelf.c core/admin/logs.c core/admin/logs.h
core_sources += core/admin/clients.c core/admin/clients.h core/admin/clients_change.c core/admin/prices.c
