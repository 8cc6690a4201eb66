/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERREX_HOSTED_FILE_H
#define INTERREX_HOSTED_FILE_H

#include <interrex/platform.h>

/* Largest file that is read: larger than any region R that was ever reserved. */
#define IRX_FILE_MAX (4ull << 30)

/*
 * Reads a regular file into new memory, 8-byte aligned; the caller frees *data.
 * Returns 0, -EFBIG above IRX_FILE_MAX, -EINVAL for what is no regular file, or
 * -errno.
 */
int irx_file_read(const char *path, uint8_t **data, size_t *size);

#endif
