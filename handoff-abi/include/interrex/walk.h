/* SPDX-License-Identifier: MIT */
#ifndef INTERREX_WALK_H
#define INTERREX_WALK_H

#include "abi/types.h"

/*
 * How far an array has been looked at, in pieces, so that who serves guests can go on in
 * between. All 0 at first.
 */
struct irx_walk {
    irx_off_t array; /* that it is still the same one */
    uint32_t count;
    uint32_t summed, seen; /* entries that are in the CRC, that were looked at */
    uint32_t crc;
    uint64_t from; /* the end of the last extent that was */
};

#endif
