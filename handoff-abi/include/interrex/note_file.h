/* SPDX-License-Identifier: MIT */
/* Reads the version note of an ELF file without running it. Hosted only; needs libelf. */
#ifndef INTERREX_NOTE_FILE_H
#define INTERREX_NOTE_FILE_H

#include "platform.h"
#include "abi/version.h"

/*
 * The Interrex note of an ELF image in memory (32 or 64 bits: Xen's own file is
 * a 32-bit one), from its PT_NOTE segments or else its note sections. Longer
 * notes of later versions are cut to this build's. Returns 0; or -ENOEXEC (no
 * ELF file, or damaged), -ENOENT (no such note), -EINVAL (the note contradicts
 * itself), and *reason (may be NULL) says why in words. `image` is untrusted
 * and is not changed.
 */
int irx_note_from_elf(const void *image, size_t size, struct irx_note *note, const char **reason);

/* The same of a file. Also -errno of open() and read(). */
int irx_note_from_file(const char *path, struct irx_note *note, const char **reason);

#endif
