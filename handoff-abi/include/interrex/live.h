/* SPDX-License-Identifier: MIT */
/*
 * Validation of what lies in R beside the streams: the anchor and the live
 * tables. By whom: the shim before PREPARED and before RUNNING, the Xen that
 * claims before it loads anything, the tools before they print.
 *
 * Allocation-free, linear in what is looked at, and without any effect. A
 * function here sees the structure that it is given and nothing behind it:
 * whether a guest's frames are mapped, or whether registers are those of a real
 * CPU, is for its caller.
 */
#ifndef INTERREX_LIVE_H
#define INTERREX_LIVE_H

#include "schema.h"

/* irx_live_error.code; `value` is what was found, `expected` what it ought to be or its limit. */
#define IRX_LE_NONE      0u
#define IRX_LE_MAGIC     1u
#define IRX_LE_VERSION   2u /* another major, or newer than this build, or too old */
#define IRX_LE_SIZE      3u /* a size or a stride is too small or odd */
#define IRX_LE_PLACE     4u /* R is not where the caller found it */
#define IRX_LE_ALIGNMENT 5u
#define IRX_LE_BOUNDS    6u /* reaches out of R, of its span or of the host's memory */
#define IRX_LE_OVERLAP   7u
#define IRX_LE_RANGE     8u /* a value that its field does not have */
#define IRX_LE_RESERVED  9u
#define IRX_LE_CRC       10u
#define IRX_LE_ORDER     11u /* not sorted, or overlapping the entry before */
#define IRX_LE_OWNER     12u
#define IRX_LE_MAX       12u

struct irx_live_error {
    uint32_t code;    /* IRX_LE_* */
    uint32_t index;   /* of the entry in its array, else 0 */
    const char *what; /* the field or table, as the header names it */
    uint64_t value;
    uint64_t expected;
};

/* What an IRX_LE_* means. Never NULL. */
const char *irx_live_error_text(uint32_t code);

/* All functions below return 0; or -EINVAL (-EILSEQ: a CRC, -EOPNOTSUPP: a version) and *err,
 * which may be NULL. */

/*
 * The anchor, found at physical address `region_base` of a region of
 * `region_size` bytes: tables and spans inside R, aligned, clear of one another
 * and of the anchor.
 */
int irx_anchor_validate(const struct irx_anchor *a, uint64_t region_base, uint64_t region_size,
                        struct irx_live_error *err);

/* One entry of irx_anchor.cpus. */
int irx_cpu_validate(const struct irx_cpu *cpu, uint32_t index, struct irx_live_error *err);

/* How far a domain's slot is filled. */
#define IRX_STAGE_PREPARE 0u /* identity, memory, CPU policy */
#define IRX_STAGE_ENTER   1u /* and event channels, shared_info */

/*
 * One entry of irx_anchor.domains that is of the anchor's generation, up to
 * `stage`: its arrays lie in irx_anchor.data, clear of one another, its vCPUs
 * in irx_anchor.vcpus. `a` has passed irx_anchor_validate(). Not the contents
 * of the arrays.
 */
int irx_domain_validate(const struct irx_anchor *a, const struct irx_domain *d, uint32_t slot,
                        uint32_t stage, struct irx_live_error *err);

/* What a domain's extents may name, in frames. */
struct irx_extent_limits {
    uint64_t region_base; /* bytes; no extent touches R */
    uint64_t region_size;
    uint64_t first_mfn; /* 256 for a guest: nothing below 1 MiB */
    uint64_t end_mfn;   /* first frame beyond the host's physical addresses */
    uint64_t end_gfn;   /* first guest frame that nested tables cannot map */
    uint16_t domid;
    bool mmio; /* IRX_P2M_MMIO is allowed: dom0 */
};

/*
 * Sorted by gfn without overlap, of known types, within limits, RAM the
 * domain's own, and the CRC. That two gfns do not name one frame is not seen
 * here: it takes memory or sorting, and is harmless but to the domain itself.
 */
int irx_extents_validate(const struct irx_extent *extents, uint32_t count, uint32_t crc,
                         const struct irx_extent_limits *limits, struct irx_live_error *err);

/* CRC of the CPU policy: d->leaf_count leaves of 24 bytes, d->msr_count MSRs of 16. */
int irx_policy_validate(const struct irx_domain *d, const void *leaves, const void *msrs,
                        struct irx_live_error *err);

/* All d->port_count ports. Whether a remote port agrees is for whoever knows the other domain. */
int irx_ports_validate(const struct irx_domain *d, const struct irx_port *ports,
                       struct irx_live_error *err);

/*
 * The entry of vCPU `vcpu_id` of `d`, which has passed irx_domain_validate().
 * Not the registers in its HVM records: the vendor's code knows those.
 */
int irx_vcpu_validate(const struct irx_anchor *a, const struct irx_domain *d,
                      const struct irx_vcpu *v, uint32_t vcpu_id, struct irx_live_error *err);

#endif
