/* SPDX-License-Identifier: MIT */
/*
 * plugin_command - `claude-proxy plugin`: a new plugin's folder, and what is to be said of a plugin's file.
 */
#ifndef MAIN_PLUGIN_COMMAND_H
#define MAIN_PLUGIN_COMMAND_H

/* argv[0] is "plugin".  Returns the exit code: 0, 1 if something is wrong with the plugin, 64 for a bad command line. */
int plugin_command_main(int argc, char **argv);

#endif
