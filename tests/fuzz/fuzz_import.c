/* SPDX-License-Identifier: MIT */
/*
 * fuzz_import - any bytes as the predecessor's .env and config.json: read, laid, and written as a file.
 */
#include "admin/import.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/node.h"
#include "conf/print.h"
#include "json/tree.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cp_str text = str_n((const char *)data, size), env;
    struct arena *arena = arena_new(4096, 0);
    struct node *managed = node_new(arena, NODE_GROUP, STR_NONE, STR("managed.conf"));
    struct import_source source = { .wall_ms = INT64_C(1767225600000) };
    struct import im;
    struct buf out;

    /* What stands before the first NUL is the .env. */
    (void)str_split(&text, '\0', &env);
    source.env = env.n ? env : STR_NONE;
    source.config = text;
    for (int i = 0; i < 2; i++) {
        if (import_read(&im, arena, &source, NULL))
            break;
        import_lay(&im, managed, managed, i == 1);
        buf_init(&out, 16 << 20);
        print_nodes(managed, &out);
        buf_fini(&out);
        tree_free(import_fini(&im));
    }
    arena_free(arena);
    return 0;
}
