/* SPDX-License-Identifier: MIT */
/*
 * path - where in a JSON text something stands: a byte's place to "messages[3].content[0].text".
 *
 * The other way round than json_at(): for messages about a slice that somebody holds.
 */
#ifndef JSON_PATH_H
#define JSON_PATH_H

#include <claude-proxy/plugin.h>

struct arena;
struct json_paths;

enum { JSON_PATH_BYTES = 512 }; /* a longer one loses its end */

/*
 * A finder for one text.  It remembers how far it has read and marks its way, so that many
 * questions about a large text cost one reading of it, in any order.
 *
 * arena    holds the finder and its marks
 * text     passed by json_check(), must live as long; other bytes give harmless answers
 */
struct json_paths *json_paths_new(struct arena *, struct cp_str text);
/*
 * The path of the innermost value around the byte at offset; a key belongs to its member, a bracket
 * to the value that it opens or closes.  A key that is no plain word is written ["as spelled"].
 *
 * returns  a slice of out; empty for the root, or when offset is not in the text
 */
struct cp_str json_path_at(struct json_paths *, size_t offset, char out[JSON_PATH_BYTES]);

#endif
