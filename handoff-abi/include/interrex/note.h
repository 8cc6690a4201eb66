/* SPDX-License-Identifier: MIT */
/*
 * Places this build's struct irx_note in its ELF file, where `interrex check`
 * and interrex-abi find it without running anything, and room for its seal.
 *
 * The section .note.interrex is of type SHT_NOTE. A link without a script of its
 * own gives it a PT_NOTE segment. Xen's script takes it as it is: xen.lds.S puts
 * every .note.* into .note, which is in PHDRS' note segment and survives
 * mkelf32; under --gc-sections it needs KEEP. The shim's script keeps
 * .note.interrex and gives it a PT_NOTE of its own.
 */
#ifndef INTERREX_NOTE_H
#define INTERREX_NOTE_H

#include "platform.h"
#include "abi/version.h"
#include "release.h"

/* An Elf64_Nhdr (the same as Elf32_Nhdr) with its name, padded to 4, and the payload. */
struct irx_elf_note {
    uint32_t namesz;
    uint32_t descsz;
    uint32_t type;
    char name[12];
    struct irx_note note;
} __attribute__((packed, aligned(4)));

struct irx_elf_seal {
    uint32_t namesz;
    uint32_t descsz;
    uint32_t type;
    char name[12];
    struct irx_seal seal;
} __attribute__((packed, aligned(4)));

/* The oldest version that a build reads and writes: this one and the two before it. */
#define IRX_ABI_OLDEST IRX_VERSION(IRX_ABI_MAJOR, IRX_ABI_MINOR < 2 ? 0 : IRX_ABI_MINOR - 2)

/* The payload of a build of this tree. */
#define IRX_NOTE_INIT(producer_, no_downgrade_, required_, optional_)                              \
    {                                                                                              \
        .size = sizeof(struct irx_note), .producer = (producer_), .native = IRX_ABI_VERSION,       \
        .oldest_read = IRX_ABI_OLDEST, .oldest_write = IRX_ABI_OLDEST,                             \
        .no_downgrade = (no_downgrade_), .required = (required_), .optional = (optional_),         \
        .release = IRX_RELEASE_NATIVE                                                              \
    }

/*
 * Defines `symbol`, a struct irx_elf_note in section .note.interrex. Once in a
 * program, at file scope; symbol.note is what the program itself uses. The
 * alignment stands at the variable too: else compilers raise it, and there would
 * be a gap between this and other notes of a segment, which readers trip over.
 */
#define IRX_NOTE_DEFINE(symbol, producer_, no_downgrade_, required_, optional_)                    \
    const struct irx_elf_note symbol                                                               \
        __attribute__((section(".note.interrex"), used, aligned(4))) = {                           \
            .namesz = sizeof(IRX_NOTE_NAME),                                                       \
            .descsz = sizeof(struct irx_note),                                                     \
            .type = IRX_NOTE_TYPE,                                                                 \
            .name = IRX_NOTE_NAME,                                                                 \
            .note = IRX_NOTE_INIT(producer_, no_downgrade_, required_, optional_)}

/* Defines `symbol`, the seal, still open. Once in a program, at file scope. */
#define IRX_SEAL_DEFINE(symbol)                                                                    \
    const struct irx_elf_seal symbol                                                               \
        __attribute__((section(".note.interrex"), used, aligned(4))) = {                           \
            .namesz = sizeof(IRX_NOTE_NAME),                                                       \
            .descsz = sizeof(struct irx_seal),                                                     \
            .type = IRX_SEAL_TYPE,                                                                 \
            .name = IRX_NOTE_NAME,                                                                 \
            .seal = {.size = sizeof(struct irx_seal)}}

#endif
