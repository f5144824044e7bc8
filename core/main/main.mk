core_sources += core/main/ticker.c core/main/ticker.h core/main/worker.c core/main/worker.h core/main/master.c core/main/master.h core/main/master_greet.c core/main/master_keep.c \
	core/main/master_listen.c core/main/master_office.c core/main/master_private.h core/main/master_publish.c \
	core/main/master_plugins.c core/main/master_read.c core/main/master_signals.c \
	core/main/control.c core/main/control.h core/main/drop.c core/main/drop.h core/main/listen.c core/main/listen.h core/main/notify.c core/main/notify.h core/main/pulse.c core/main/pulse.h core/main/master_pulse.c \
	core/main/tape.c core/main/tape.h core/main/plugin_command.c core/main/plugin_command.h core/main/input.c core/main/input.h \
	core/main/health_file.c core/main/health_file.h core/main/spend_file.c core/main/spend_file.h core/main/request_file.c core/main/request_file.h \
	core/main/explain_command.c core/main/explain_command.h \
	core/main/first_key.c core/main/first_key.h core/main/study.c core/main/study.h core/main/check_command.c core/main/check_command.h \
	core/main/tell_command.c core/main/tell_command.h \
	core/main/cord.c core/main/cord.h core/main/inherit.c core/main/inherit.h core/main/spawn.c core/main/spawn.h \
	core/main/master_hand.c core/main/master_heir.c core/main/master_legacy.c core/main/master_upgrade.c
