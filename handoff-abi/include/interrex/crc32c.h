/* SPDX-License-Identifier: MIT */
#ifndef INTERREX_CRC32C_H
#define INTERREX_CRC32C_H

#include "platform.h"

/*
 * CRC-32C (Castagnoli, polynomial 0x1edc6f41, reflected; RFC 3720 section 12.1).
 * Start with crc = 0; the inversions are inside, so that pieces compose:
 * crc(0, a || b) == crc(crc(0, a), b). Any alignment. Against corruption only.
 */
uint32_t irx_crc32c(uint32_t crc, const void *data, size_t len);

/*
 * The same, where data_crc = crc(0, data) is known already: data are looked at again only
 * where they are so short that this is quicker.
 */
uint32_t irx_crc32c_append(uint32_t crc, const void *data, size_t len, uint32_t data_crc);

#endif
