/* SPDX-License-Identifier: MIT */
/*
 * run - the commands that are more than one question and one answer.
 *
 * Each takes what the command line says and returns an exit code; what went wrong has been told.
 */
#ifndef CTL_RUN_H
#define CTL_RUN_H

#include "ctl/command.h"

/* run_status.c, run_show.c */
int run_status(struct ctl *);
int run_show_channels(struct ctl *);
int run_show_keys(struct ctl *);
int run_show_breakers(struct ctl *);
int run_show_inflight(struct ctl *);
int run_show_errors(struct ctl *);
int run_show_plugins(struct ctl *);
/* top.c, follow.c */
int run_top(struct ctl *);
int run_monitor(struct ctl *);
int run_events(struct ctl *);
int run_log(struct ctl *);
/* run_channel.c */
int run_channel_add(struct ctl *);
int run_channel_move(struct ctl *);
int run_channel_status(struct ctl *);
int run_channel_drain(struct ctl *);
int run_channel_promote(struct ctl *);
int run_channel_test(struct ctl *);
int run_channel_models(struct ctl *);
int run_channel_weight(struct ctl *);
int run_remove(struct ctl *);
/* run_key.c */
int run_key_add(struct ctl *);
int run_key_move(struct ctl *);
int run_key_switch(struct ctl *);
int run_key_test(struct ctl *);
int run_client_create(struct ctl *);
int run_client_rotate(struct ctl *);
/* run_passwd.c */
int run_passwd(struct ctl *);
/* run_config.c */
int run_config_test(struct ctl *);
int run_config_show(struct ctl *);
int run_config_get(struct ctl *);
int run_config_set(struct ctl *);
int run_config_diff(struct ctl *);
int run_config_restore(struct ctl *);
int run_reload(struct ctl *);
int run_scheduler_reset(struct ctl *);
int run_loglevel(struct ctl *);
int run_capture_start(struct ctl *);
int run_capture_get(struct ctl *);
/* run_history.c */
int run_stats(struct ctl *);
int run_history(struct ctl *);
int run_explain(struct ctl *);
int run_api(struct ctl *);
/* run_import.c */
int run_import(struct ctl *);
/* complete.c, help.c */
int run_completion(struct ctl *);
int run_help(struct ctl *);

#endif
