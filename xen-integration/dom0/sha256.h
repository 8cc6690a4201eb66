/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERREX_DOM0_SHA256_H
#define INTERREX_DOM0_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define IRX_SHA256_SIZE 32u

/* SHA-256 (FIPS 180-4) of size bytes. Against damage on the way; authenticity is for signatures. */
void irx_sha256(const void *data, size_t size, uint8_t digest[IRX_SHA256_SIZE]);

#endif
