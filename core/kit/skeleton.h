/* SPDX-License-Identifier: MIT */
/*
 * skeleton - the folder of a new plugin: the template with another name.
 */
#ifndef KIT_SKELETON_H
#define KIT_SKELETON_H

#include "base/err.h"

/*
 * Copies the template into a folder that is not there yet; its name stands in place of the template's in the names of files and in them.
 *
 * from     the template: the plugin "plain"
 * to       the new folder
 * name     [a-z][a-z0-9]*, at most 24 characters: a dialect's name, a part of C names and of a package's name
 * returns  0; E_SYNTAX: not such a name; E_IO: from cannot be read, to is there already or cannot be written
 */
int skeleton_write(const char *from, const char *to, const char *name, struct err *err);

#endif
