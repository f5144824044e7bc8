/* SPDX-License-Identifier: MIT */
/*
 * size_8 - its struct ends before it began; nothing behind the size is there
 */
#include <stdint.h>

/* twelve bytes: magic, major, needs_minor, size */
struct head {
    uint32_t magic;
    uint16_t major, needs_minor;
    uint32_t size;
};
__attribute__((visibility("default")))
const struct head cp_plugin_abi1 = { 0x43507831u, 1, 0, 8 };
