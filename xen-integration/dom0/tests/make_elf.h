/* SPDX-License-Identifier: GPL-2.0-only */
/* Small ELF files as the tool expects them: a shim, and a Xen as mkelf32 leaves it. */
#ifndef INTERREX_DOM0_TESTS_MAKE_ELF_H
#define INTERREX_DOM0_TESTS_MAKE_ELF_H

#include <stddef.h>
#include <stdint.h>

#include <interrex/abi/version.h>

#define MAKE_SHIM_BSS  8192u /* bytes of memory beyond the shim file's */
#define MAKE_SHIM_TEXT 0x90u /* every byte of its text */

/* Into room bytes at `to`; note NULL: without one. Returns the size. */
size_t make_shim(uint8_t *to, size_t room, const struct irx_note *note);
/* memsz: what Xen takes in memory. */
size_t make_xen(uint8_t *to, size_t room, const struct irx_note *note, uint32_t memsz);

#endif
