/* SPDX-License-Identifier: MIT */
/*
 * symbols - the dynamic symbols of a shared object, read from its bytes: nothing of it runs.
 *
 * By its section headers, which strip(1) leaves in shared objects (source: elf(5), 2026-11-23).  Every offset comes from the file
 * and is believed only as far as the file goes.
 */
#include "kit/symbols.h"

#include "base/str.h"

#include <elf.h>
#include <link.h>
#include <string.h>

/* n things of size bytes at an offset, all within the file. */
static bool is_within(struct cp_str image, uint64_t at, uint64_t size, uint64_t n)
{
    return at <= image.n && (n == 0 || size <= (image.n - at) / n);
}

static int check_head(struct cp_str image, ElfW(Ehdr) * head, struct err *err)
{
    int kind = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    uint16_t one = 1;
    int order = *(uint8_t *)&one ? ELFDATA2LSB : ELFDATA2MSB;

    if (image.n < sizeof(*head) || memcmp(image.p, ELFMAG, SELFMAG) != 0)
        return err_set(err, E_SYNTAX, "elf", "it is no ELF file");
    memcpy(head, image.p, sizeof(*head));
    if (head->e_ident[EI_CLASS] != kind || head->e_ident[EI_DATA] != order)
        return err_set(err, E_SYNTAX, "elf", "it is for another kind of machine");
    if (head->e_type != ET_DYN)
        return err_set(err, E_SYNTAX, "elf", "it is no shared object");
    if (head->e_shentsize != sizeof(ElfW(Shdr)) ||
        !is_within(image, head->e_shoff, sizeof(ElfW(Shdr)), head->e_shnum))
        return err_set(err, E_SYNTAX, "elf", "it is cut off, or has no section headers");
    return 0;
}

static ElfW(Shdr) section_at(struct cp_str image, const ElfW(Ehdr) * head, size_t i)
{
    ElfW(Shdr) s;
    memcpy(&s, image.p + head->e_shoff + i * sizeof(s), sizeof(s));
    return s;
}

/* A name of the string table that ends within it; NULL: there is none. */
static const char *name_at(struct cp_str image, const ElfW(Shdr) * strings, uint64_t at)
{
    const char *name = image.p + strings->sh_offset + at;
    bool is_good = at < strings->sh_size && *name && memchr(name, '\0', strings->sh_size - at);
    return is_good ? name : NULL;
}

static int read_table(struct cp_str image, const ElfW(Shdr) * table, const ElfW(Shdr) * strings,
                      void (*each)(void *, const char *, bool), void *ctx)
{
    size_t n = table->sh_size / sizeof(ElfW(Sym));

    for (size_t i = 0; i < n; i++) {
        ElfW(Sym) sym;
        memcpy(&sym, image.p + table->sh_offset + i * sizeof(sym), sizeof(sym));
        const char *name = name_at(image, strings, sym.st_name);
        if (name)
            each(ctx, name, sym.st_shndx != SHN_UNDEF);
    }
    return 0;
}

int symbols_read(struct cp_str image,
                 void (*each)(void *ctx, const char *name, bool is_defined), void *ctx,
                 struct err *err)
{
    ElfW(Ehdr) head;
    int rc = check_head(image, &head, err);

    for (size_t i = 0; !rc && i < head.e_shnum; i++) {
        ElfW(Shdr) table = section_at(image, &head, i);
        if (table.sh_type != SHT_DYNSYM || table.sh_link >= head.e_shnum)
            continue;
        ElfW(Shdr) strings = section_at(image, &head, table.sh_link);
        if (!is_within(image, table.sh_offset, table.sh_size, 1) ||
            !is_within(image, strings.sh_offset, strings.sh_size, 1))
            return err_set(err, E_SYNTAX, "elf", "it is cut off");
        return read_table(image, &table, &strings, each, ctx);
    }
    return rc ? rc : err_set(err, E_SYNTAX, "elf", "it has no dynamic symbols");
}
