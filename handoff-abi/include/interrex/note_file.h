/* SPDX-License-Identifier: MIT */
/* Reads the notes of an ELF file without running it, and seals it. Hosted only; needs libelf. */
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

/* "0.2.0"; "unknown" for 0. Into text, which is returned. */
#define IRX_RELEASE_TEXT_MAX 16u
const char *irx_release_text(uint32_t release, char text[IRX_RELEASE_TEXT_MAX]);

/* The same of a file. Also -errno of open() and read(). */
int irx_note_from_file(const char *path, struct irx_note *note, const char **reason);

/*
 * Is the ELF image in memory, byte by byte, the one that was sealed? 0; -ENOENT:
 * it has no seal, or an open one; -EBADMSG: it is damaged; else as
 * irx_note_from_elf().
 */
int irx_seal_verify(const void *image, size_t size, const char **reason);

/* Seals the image, anew if it is sealed. -ENOENT: no room for a seal; else as above. */
int irx_seal_set(void *image, size_t size, const char **reason);

#endif
