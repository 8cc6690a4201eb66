/* SPDX-License-Identifier: GPL-2.0-only */
/* What the ELF files of a Xen and of the shim say about themselves, and the shim's image. */
#ifndef INTERREX_DOM0_ELF_FILE_H
#define INTERREX_DOM0_ELF_FILE_H

#include <stdbool.h>

#include <interrex/abi/version.h>

#include "input.h"

struct irx_elf_info {
    bool has_note;
    struct irx_note note; /* with has_note */
    char build_id[64];    /* hexadecimal; empty = none */
};

/*
 * Checks that the file is a whole ELF file (headers, segments and sections inside it)
 * and finds its notes, in segments or in sections. A file without the Interrex
 * note is no error here.
 */
int irx_elf_inspect(const struct irx_input *file, struct irx_elf_info *info, struct irx_error *e);

/* The loadable segments of the shim, laid out as in memory; not relocated. */
struct irx_flat_image {
    uint8_t *data;     /* size bytes */
    uint64_t size;     /* up to the last byte that the file gives */
    uint64_t mem_size; /* with bss */
    uint64_t entry;    /* offset of the entry point */
};

/* Flattens a 64-bit x86 ELF file whose lowest segment is at a page boundary. At most 16 MiB. */
int irx_elf_flatten(const struct irx_input *file, struct irx_flat_image *flat, struct irx_error *e);
void irx_flat_image_free(struct irx_flat_image *flat);

#endif
