/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of Interrex that is compiled inside drivers/char/console.c: the end of its ring. */
#include "private.h"

size_t interrex_console_tail(char *buf, size_t size)
{
    uint32_t end = conringp;
    uint32_t n = min_t(size_t, size, min(end, conring_size));
    uint32_t i;

    for ( i = 0; i < n; i++ )
        buf[i] = conring[CONRING_IDX_MASK(end - n + i)];

    return n;
}
