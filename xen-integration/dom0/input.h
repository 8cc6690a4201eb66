/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that the operator names: read whole, nothing believed yet. */
#ifndef INTERREX_DOM0_INPUT_H
#define INTERREX_DOM0_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct irx_input {
    const char *path; /* the caller's */
    char shown[128];  /* the same for messages: of a long one only the end */
    uint8_t *data;    /* size bytes and a zero after them */
    size_t size;
};

/*
 * Reads a regular file of 1 byte to 1 GiB. `option`: what names it on the command
 * line ("--xen"), for the remedy. gzip is undone by nobody: it is refused in words.
 */
int irx_input_read(const char *path, const char *option, struct irx_input *file,
                   struct irx_error *e);
void irx_input_free(struct irx_input *file);

#endif
