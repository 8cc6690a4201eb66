/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by anchor_validate.c and live_validate.c. */
#ifndef INTERREX_LIVE_INTERNAL_H
#define INTERREX_LIVE_INTERNAL_H

#include <interrex/live.h>

/* Fills *err (may be NULL) and answers the errno of `code`. */
int irx_live_refuse(struct irx_live_error *err, uint32_t code, const char *what, uint32_t index,
                    uint64_t value, uint64_t expected);

/* Reserved fields of one structure are zero. */
int irx_live_reserved(struct irx_live_error *err, const struct irx_layout *layout, const void *obj,
                      uint32_t index);

/* A scale that irx_time_scale's formula can be computed with. */
int irx_live_scale(struct irx_live_error *err, const char *what, uint32_t index,
                   const struct irx_time_scale *scale);

/* A piece of R, by its name. */
struct irx_piece {
    const char *name;
    uint64_t off;
    uint64_t size;
};

/* No two of the n pieces share a byte; empty ones share none. n is small: n * n steps. */
int irx_live_disjoint(struct irx_live_error *err, const struct irx_piece *pieces, uint32_t n);

#define IRX_DOMID_LIMIT 0x7ff0u /* DOMID_FIRST_RESERVED, xen/include/public/xen.h */

#endif
