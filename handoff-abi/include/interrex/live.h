/* SPDX-License-Identifier: MIT */
/*
 * Validation of what lies in R beside the streams: the anchor and the live
 * tables. One set of rules for everybody: A for what it writes, the shim before
 * PREPARED and before RUNNING, the Xen that comes before it makes anything, the
 * Xen that claims before it loads anything, the tools before they print.
 *
 * Allocation-free, without any effect, each byte once, and bounded by the sizes
 * of the anchor's tables. What takes the machine or the guest to know is for the
 * caller: whether a guest's frames are mapped, whether a page is free.
 */
#ifndef INTERREX_LIVE_H
#define INTERREX_LIVE_H

#include "schema.h"
#include "walk.h"

/* irx_live_error.code; `value` is what was found, `expected` what it ought to be or its limit. */
#define IRX_LE_NONE      0u
#define IRX_LE_MAGIC     1u
#define IRX_LE_VERSION   2u /* another major, or newer than this build, or too old */
#define IRX_LE_SIZE      3u /* a size, a count or a stride is too small or odd */
#define IRX_LE_PLACE     4u /* R is not where the caller found it */
#define IRX_LE_ALIGNMENT 5u
#define IRX_LE_BOUNDS    6u /* reaches out of R, of its span or of the host's memory */
#define IRX_LE_OVERLAP   7u
#define IRX_LE_RANGE     8u /* a value that its field does not have */
#define IRX_LE_RESERVED  9u
#define IRX_LE_CRC       10u
#define IRX_LE_ORDER     11u /* not sorted, or overlapping the entry before */
#define IRX_LE_OWNER     12u
#define IRX_LE_STATE     13u /* a state that it cannot be in at this moment */
#define IRX_LE_MISMATCH  14u /* contradicts another field or record */
#define IRX_LE_MISSING   15u
#define IRX_LE_CARRIED   16u /* sound, but only the Xen that made it can go on with it */
#define IRX_LE_MAX       16u

#define IRX_LE_NO_DOMAIN 0xffffffffu

struct irx_live_error {
    uint32_t code;    /* IRX_LE_* */
    uint32_t index;   /* of the entry in its array, else 0 */
    uint32_t domid;   /* whose it is; IRX_LE_NO_DOMAIN: nobody's, or the caller knows */
    const char *what; /* table and field, as the header names them: "domain.flags" */
    uint64_t value;
    uint64_t expected;
};

/* What an IRX_LE_* means. Never NULL. */
const char *irx_live_error_text(uint32_t code);

/* All int functions below return 0 (1: where it says so); or -EINVAL (-EILSEQ: a CRC, -EOPNOTSUPP: a version, or
 * IRX_LE_CARRIED) and *err, which may be NULL. */

/*
 * What the reader's machine allows, in frames. In a host's tools, of which
 * nobody asks to take the guests: the most that x86 has, IRX_LIMITS_NONE.
 */
struct irx_limits {
    uint64_t end_mfn; /* first frame beyond the host's physical addresses */
    uint64_t end_gfn; /* first guest frame that its nested tables cannot map */
};

#define IRX_END_FRAME (1ull << (52 - 12)) /* AMD APM volume 2, section 5.1 */
#define IRX_LIMITS_NONE                                                                            \
    {                                                                                              \
        IRX_END_FRAME, IRX_END_FRAME                                                               \
    }

/* ---- The anchor and the CPUs ---- */

/*
 * The anchor, found at physical address `region_base` of a region of
 * `region_size` bytes: tables and spans inside R, aligned, clear of one another
 * and of the anchor.
 */
int irx_anchor_validate(const struct irx_anchor *a, uint64_t region_base, uint64_t region_size,
                        struct irx_live_error *err);

/* What the span `fallback` of an anchor that has passed begins with; fallback_used is not 0. Not its image. */
int irx_fallback_validate(const struct irx_anchor *a, const struct irx_fallback *f,
                          struct irx_live_error *err);

/* That it is the anchor of a hand-over that waits for its reader. After irx_anchor_validate(). */
int irx_anchor_validate_handover(const struct irx_anchor *a, struct irx_live_error *err);

/* One entry of irx_anchor.cpus. */
int irx_cpu_validate(const struct irx_cpu *cpu, uint32_t index, struct irx_live_error *err);

/*
 * All CPUs of a hand-over: the table, and that the early section's list of
 * `count` names the same ones as held (quadratic in count, which is at most that
 * of the table). R is mapped at `a`, which has passed irx_anchor_validate().
 */
int irx_cpus_validate(const struct irx_anchor *a, const struct irx_cpu_record *records,
                      uint32_t count, struct irx_live_error *err);

/* ---- Domains ---- */

/* How far a domain's entry is filled, and for whom. */
#define IRX_STAGE_PREPARE 0u /* identity, memory, CPU policy */
#define IRX_STAGE_ENTER   1u /* and event channels, shared_info */
/* and it waits for the next Xen: a guest that is held, or dom0, which was saved; nothing that
 * only the Xen which made it could go on with */
#define IRX_STAGE_HANDOVER 2u

/*
 * One entry of irx_anchor.domains that is of the anchor's generation, up to
 * `stage`: its arrays lie in irx_anchor.data, clear of one another, its vCPUs
 * in irx_anchor.vcpus. `a` has passed irx_anchor_validate(). Not the contents
 * of the arrays.
 */
int irx_domain_validate(const struct irx_anchor *a, const struct irx_domain *d, uint32_t entry,
                        uint32_t stage, const struct irx_limits *limits,
                        struct irx_live_error *err);

/*
 * Sorted by gfn without overlap, of known types, within limits, clear of R, RAM
 * the domain's own, and the CRC. Nothing below 1 MiB but dom0's, MMIO dom0's
 * alone. A gfn may be beyond the guest's own physical addresses: Xen maps it there.
 * That two gfns do not name one frame is not seen here: it takes memory or
 * sorting, and is harmless but to the domain itself.
 */
int irx_extents_validate(const struct irx_anchor *a, const struct irx_domain *d,
                         const struct irx_extent *extents, const struct irx_limits *limits,
                         struct irx_live_error *err);

/*
 * CPU policy: d->leaf_count leaves of 24 bytes, d->msr_count MSRs of 16
 * (xen_cpuid_leaf_t, xen_msr_entry_t of Xen's public headers): their CRC, and
 * what no policy has.
 */
int irx_policy_validate(const struct irx_domain *d, const void *leaves, const void *msrs,
                        struct irx_live_error *err);

/* The CRCs of what lies there now, as irx_domain.policy_crc and .extents_crc have them. */
uint32_t irx_policy_crc(const struct irx_domain *d, const void *leaves, const void *msrs);
uint32_t irx_extents_crc(const struct irx_domain *d, const struct irx_extent *extents);

/*
 * All d->port_count ports, up to `stage` (ENTER or above). Whether a remote
 * port agrees is for irx_links_validate().
 */
int irx_ports_validate(const struct irx_domain *d, const struct irx_port *ports, uint32_t stage,
                       struct irx_live_error *err);

/* Of ports that were validated before: what the shim moves, the queue where each was last and the
 * vCPU that it notifies. */
int irx_ports_validate_moved(const struct irx_domain *d, const struct irx_port *ports,
                             struct irx_live_error *err);

/*
 * The entry of vCPU `vcpu_id` of `d`, which has passed irx_domain_validate()
 * at ENTER, with the registers in its records as far as x86 and the records'
 * format have rules for them. What a CPU supports, the reader's code knows.
 */
int irx_vcpu_validate(const struct irx_anchor *a, const struct irx_domain *d,
                      const struct irx_vcpu *v, uint32_t vcpu_id, const struct irx_limits *limits,
                      struct irx_live_error *err);

/* ---- A domain as a whole ---- */

/* A domain and its arrays, once validated: where R is mapped. */
struct irx_domain_view {
    const struct irx_domain *d; /* NULL: there is none */
    const struct irx_extent *extents;
    const void *leaves; /* xen_cpuid_leaf_t[d->leaf_count] */
    const void *msrs;   /* xen_msr_entry_t[d->msr_count] */
    const struct irx_port *ports;
    const uint64_t *fifo_array; /* gfns */
};

/*
 * The piece of irx_anchor.data, from the start of R, from the first of a
 * domain's arrays to the end of the last. d has passed irx_domain_validate() at
 * ENTER.
 */
struct irx_span irx_domain_data(const struct irx_domain *d);

/* Entry `i` of a table of R, which is mapped at `a`. i is below the table's count. */
static inline const void *irx_entry(const struct irx_anchor *a, const struct irx_table *t,
                                    uint32_t i)
{
    return (const uint8_t *)a + t->off + (uint64_t)i * t->stride;
}

static inline const struct irx_domain *irx_domain_entry(const struct irx_anchor *a, uint32_t entry)
{
    return (const struct irx_domain *)irx_entry(a, &a->domains, entry);
}

static inline const struct irx_vcpu *irx_vcpu_entry(const struct irx_anchor *a,
                                                    const struct irx_domain *d, uint32_t vcpu_id)
{
    return (const struct irx_vcpu *)irx_entry(a, &a->vcpus, d->vcpu_first + vcpu_id);
}

/* Whether entry d tells of a domain now: of this generation, and not with Xen. */
static inline bool irx_domain_in_use(const struct irx_anchor *a, const struct irx_domain *d)
{
    return d->generation == a->generation && d->state != IRX_DOM_WITH_XEN;
}

/*
 * The domain in entry `entry`, in three steps so that who serves guests can go
 * on in between. R is mapped at `a`, which has passed irx_anchor_validate().
 * Each also says whose it is (err->domid).
 *
 * Memory: the entry at PREPARE, extents and policy; fills in *view.
 */
int irx_domain_validate_memory(const struct irx_anchor *a, uint32_t entry,
                               const struct irx_limits *limits, struct irx_domain_view *view,
                               struct irx_live_error *err);

/*
 * irx_domain_validate_memory() piece by piece (walk.h): of the extents at most `budget` are looked at in
 * a call. 1: there is more to do, and the entry stays as it is; *view is filled in at the end.
 */
int irx_domain_validate_memory_some(const struct irx_anchor *a, uint32_t entry,
                                    const struct irx_limits *limits, struct irx_walk *walk,
                                    uint32_t budget, struct irx_domain_view *view,
                                    struct irx_live_error *err);

/*
 * The same rules for the Xen that has just written it, which makes the CRCs of
 * `d`, the entry `entry`: so each byte is summed once. After an error they are
 * as they were.
 */
int irx_domain_seal_memory(const struct irx_anchor *a, struct irx_domain *d, uint32_t entry,
                           const struct irx_limits *limits, struct irx_live_error *err);

/*
 * Events: the entry at `stage`, ENTER or above, ports and event array; fills in
 * all of *view, whose memory has been validated since it was written.
 */
int irx_domain_validate_events(const struct irx_anchor *a, uint32_t entry, uint32_t stage,
                               const struct irx_limits *limits, struct irx_domain_view *view,
                               struct irx_live_error *err);

/* The same piece by piece: at most `budget` ports in a call. As irx_domain_validate_memory_some(). */
int irx_domain_validate_events_some(const struct irx_anchor *a, uint32_t entry, uint32_t stage,
                                    const struct irx_limits *limits, struct irx_walk *walk,
                                    uint32_t budget, struct irx_domain_view *view,
                                    struct irx_live_error *err);

/*
 * The same for one that is claimed, by a Xen that validated it when it entered or was
 * handed over: the entry at ENTER, and of the ports what the shim moves.
 */
int irx_domain_validate_claim(const struct irx_anchor *a, uint32_t entry,
                              const struct irx_limits *limits, struct irx_domain_view *view,
                              struct irx_live_error *err);

/* All its vCPUs. After the events. */
int irx_domain_validate_vcpus(const struct irx_anchor *a, const struct irx_domain_view *view,
                              const struct irx_limits *limits, struct irx_live_error *err);

/* Bits of XCR0 with rules about them. */
#define IRX_XCR0_X87     (1ull << 0)
#define IRX_XCR0_SSE     (1ull << 1)
#define IRX_XCR0_YMM     (1ull << 2)
#define IRX_XCR0_BNDREGS (1ull << 3)
#define IRX_XCR0_BNDCSR  (1ull << 4)
#define IRX_XCR0_OPMASK  (1ull << 5)
#define IRX_XCR0_ZMM     (1ull << 6)
#define IRX_XCR0_HI_ZMM  (1ull << 7)
/* Combinations that a CPU takes, whichever components it has. */
bool irx_xcr0_valid(uint64_t xcr0);

/*
 * What no domain shows alone, of all `count` domains of a hand-over (d = NULL
 * where there is none): no two are one, share vCPU entries or data; the other end of
 * each port points back; who owns a page that another maps is among them.
 * Linear in ports and extents; quadratic in domains.
 */
int irx_links_validate(const struct irx_domain_view *views, uint32_t count,
                       struct irx_live_error *err);

#endif
