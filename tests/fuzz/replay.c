/* SPDX-License-Identifier: MIT */
/*
 * replay - runs a fuzz target over files: what `make check` does with each corpus.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { FILE_BYTES = 8 << 20 };

static int replay_file(const char *name)
{
    FILE *f = fopen(name, "rb");

    if (!f) {
        fprintf(stderr, "cannot open %s\n", name);
        return 1;
    }
    uint8_t *all = malloc(FILE_BYTES);
    size_t n = all ? fread(all, 1, FILE_BYTES, f) : 0;
    fclose(f);
    /* A copy of the very size, so that a sanitizer sees the first byte past the end. */
    uint8_t *data = malloc(n ? n : 1);
    for (size_t i = 0; data && i < n; i++)
        data[i] = all[i];
    LLVMFuzzerTestOneInput(data, n);
    free(data);
    free(all);
    return 0;
}

int main(int argc, char **argv)
{
    int bad = 0;

    for (int i = 1; i < argc; i++)
        bad |= replay_file(argv[i]);
    printf("1..1\n%s 1 - %d files\n", bad ? "not ok" : "ok", argc - 1);
    return bad;
}
