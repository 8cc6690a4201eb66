/* SPDX-License-Identifier: MIT */
/*
 * Validation of what the records of the early and the late section say, by
 * themselves, together and with the live tables. The codec (stream.h) has seen
 * their form before. By A, before the point of no return; by B, before anything
 * is made of them; by the tools.
 *
 * Allocation-free, without any effect, each record once. What takes this Xen's
 * own state to know is for the caller: whether preserved memory is RAM, whether
 * a scheduler, a device or a grant table is like the one that was recorded.
 */
#ifndef INTERREX_SECTIONS_H
#define INTERREX_SECTIONS_H

#include "live.h"
#include "stream.h"

/* What an early section has; the arrays where they lie. */
struct irx_early {
    struct irx_time_record time;
    struct irx_firmware_record firmware;
    const struct irx_preserved *preserved;
    const struct irx_cpu_record *cpus;
    uint32_t nr_preserved;
    uint32_t nr_cpus; /* at most irx_anchor.cpus.count */
};

/*
 * The early section `s` of the hand-over of anchor `a`, which has passed
 * irx_anchor_validate(); needs nothing else of R. Fills in *early. 0, or -EINVAL
 * (-EOPNOTSUPP: the arrays have another form than this build's) and *err, which
 * may be NULL.
 */
int irx_early_validate(const struct irx_stream *s, const struct irx_anchor *a,
                       const struct irx_limits *limits, struct irx_early *early,
                       struct irx_live_error *err);

/*
 * The late section `s`: dom0 is among its domains, each has an entry in the
 * table that agrees, and no other entry is in use. R is mapped at `a`, which has
 * passed irx_anchor_validate(); the entries' own validators run before or
 * after. 0, or -EINVAL and *err, which may be NULL.
 */
int irx_late_validate(const struct irx_stream *s, const struct irx_anchor *a,
                      const struct irx_limits *limits, struct irx_live_error *err);

/* The next record of type DOMAIN after `prev` (NULL: the first); NULL at the end. */
const struct irx_record *irx_late_next_domain(const struct irx_stream *s,
                                              const struct irx_record *prev);

#endif
