/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the validators: of the tables (interrex/live.h) and of the sections (sections.h). */
#ifndef INTERREX_LIVE_INTERNAL_H
#define INTERREX_LIVE_INTERNAL_H

#include <interrex/live.h>

#define IRX_DOMID_LIMIT  0x7ff0u      /* DOMID_FIRST_RESERVED, xen/include/public/xen.h */
#define IRX_PORTS_FIFO   (1u << 17)   /* EVTCHN_FIFO_NR_CHANNELS, public/event_channel.h */
#define IRX_FIFO_WORDS   1024u        /* event words of 4 bytes in a page of the event array */
#define IRX_LOW_FRAMES   256u         /* below 1 MiB: firmware's, never a guest's */
#define IRX_NOWHERE      (~0ull)      /* a gfn or mfn that is none */
#define IRX_NR_VIRQS     24u          /* NR_VIRQS, public/xen.h */
#define IRX_STIME_MAX    (~0ull >> 1) /* system time is signed: STIME_MAX, xen/time.h */
#define IRX_ERRNO_MAX    4095         /* MAX_ERRNO, xen/err.h */
#define IRX_TSC_MODE_MAX 2u           /* TSC_MODE_NEVER_EMULATE, asm-x86/time.h; 3 was PVRDTSCP */

/* Fills *err (may be NULL) and answers the errno of `code`. */
int irx_live_refuse(struct irx_live_error *err, uint32_t code, const char *what, uint32_t index,
                    uint64_t value, uint64_t expected);

/*
 * 0 if value is at most `max`, else IRX_LE_RANGE. Inline, as guests wait while ports and
 * vCPUs are looked at.
 */
static inline int irx_live_at_most(struct irx_live_error *err, const char *what, uint32_t index,
                                   uint64_t value, uint64_t max)
{
    return value <= max ? 0 : irx_live_refuse(err, IRX_LE_RANGE, what, index, value, max);
}

/* Reserved fields of one structure are zero; `what` names it. */
int irx_live_reserved(struct irx_live_error *err, const struct irx_layout *layout, const void *obj,
                      uint32_t index);

/* 0 or a negative errno. */
int irx_live_errno(struct irx_live_error *err, const char *what, uint32_t index, int32_t value);

/* A shift that irx_time_scale's formula can be computed with. */
int irx_live_shift(struct irx_live_error *err, const char *what, uint32_t index, int32_t shift);

/* A time line that can be computed with, both ways; `mul` and `shift` are its fields' names. */
int irx_live_scale(struct irx_live_error *err, const char *mul, const char *shift, uint32_t index,
                   const struct irx_time_scale *scale);

/* Frames `mfn` to `mfn + nr` are from `first` on, of the host's memory, and none of R's. */
int irx_live_frames(struct irx_live_error *err, const char *what, uint32_t index, uint64_t mfn,
                    uint64_t nr, uint64_t first, const struct irx_anchor *a,
                    const struct irx_limits *limits);

/* A gfn within limits, or none. */
int irx_live_gfn(struct irx_live_error *err, const char *what, uint32_t index, uint64_t gfn,
                 const struct irx_limits *limits);

/* A piece of R, by its name. */
struct irx_piece {
    const char *name;
    uint64_t off;
    uint64_t size;
};

/* No two of the n pieces share a byte; empty ones share none. n is small: n * n steps. */
int irx_live_disjoint(struct irx_live_error *err, const struct irx_piece *pieces, uint32_t n);

/* The registers in a vCPU's records. */
int irx_registers_validate(const struct irx_vcpu *v, uint32_t vcpu_id, struct irx_live_error *err);

/* Of them the XSAVE image, if there is one. */
int irx_xsave_validate(const struct irx_vcpu *v, uint32_t id, struct irx_live_error *err);

/* memory_validate.c: the rules without the CRC, for who makes it and for who has compared it. */
int irx_policy_contents(const struct irx_domain *d, const void *msrs, struct irx_live_error *err);
int irx_extents_contents(const struct irx_anchor *a, const struct irx_domain *d,
                         const struct irx_extent *extents, const struct irx_limits *limits,
                         struct irx_live_error *err);

/* memory_validate.c, ports_validate.c: pieces of their arrays. 1: there is more. */
int irx_extents_some(const struct irx_anchor *a, const struct irx_domain *d,
                     const struct irx_extent *extents, const struct irx_limits *limits,
                     struct irx_walk *walk, uint32_t budget, struct irx_live_error *err);
int irx_ports_some(const struct irx_domain *d, const struct irx_port *ports, uint32_t stage,
                   struct irx_walk *walk, uint32_t budget, struct irx_live_error *err);

#endif
