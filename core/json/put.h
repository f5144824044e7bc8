/* SPDX-License-Identifier: MIT */
/*
 * put - a JSON object with one member set, and every other byte as it was.
 */
#ifndef JSON_PUT_H
#define JSON_PUT_H

#include <claude-proxy/plugin.h>

struct arena;

/*
 * Sets the member that path names ("a", "a.b"; plain names only, see json/cut.h) to value: what was there by that name goes, the
 * new one stands last in its object.  Objects on the way are made; what stands on the way and is no object goes.
 *
 * text     an object that passed json_check()
 * value    JSON
 * returns  a copy in the arena; text itself if it is no object or path no such path
 */
struct cp_str json_put(struct arena *, struct cp_str text, struct cp_str path,
                       struct cp_str value);

#endif
