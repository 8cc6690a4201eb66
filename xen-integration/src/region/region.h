/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * R: what Xen and the shim share, and what the next Xen gets from this one. Where
 * things are in it, which domain has which entry, and how one side rings the other.
 *
 * Calls nothing of ours but handoff-abi. Locking: operations are serialised
 * (op/op.c), and everything here is called within one unless it says otherwise.
 */
#ifndef INTERREX_REGION_H
#define INTERREX_REGION_H

#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>

#include <asm/interrex.h>

#include <interrex/abi/op.h>
#include <interrex/sections.h>
#include <interrex/states.h>

#include "fault.h"

/* How long an operation waits for the shim when the caller says nothing. */
#define INTERREX_TIMEOUT_MS     2000
#define INTERREX_TIMEOUT_MS_MAX 60000

/* ---- busy.c ---- */

/*
 * An operation begins, and ends once and anywhere: everything of ours is called within
 * one. False: another one is under way. Any context.
 */
bool interrex_op_begin(void);
void interrex_op_end(void);
/*
 * dom0 asks for something that changes something, or has just had it: somebody is at work. When
 * that last was, as NOW(); 0: never. Any context.
 */
void interrex_heard(void);
s_time_t interrex_last_heard(void);
/*
 * How long a piece of work takes at most while somebody waits for this CPU: it begins with a time, as NOW(), from
 * which on interrex_gives_way() tells it to end there, with -ERESTART. Any time may be that; STIME_MAX: never.
 */
#define INTERREX_PIECE MICROSECS(500)
bool interrex_gives_way(s_time_t from);

/* ---- region.c ---- */

/* R as `liveupdate=` reserved it; size 0: there is none. */
struct interrex_region {
    paddr_t start;
    uint64_t size;
};
extern struct interrex_region interrex_region;

/* Host TSC, for the report; 0: did not happen. */
struct interrex_stamps {
    uint64_t boot_tsc;    /* first line of this Xen */
    uint64_t dom0_tsc;    /* dom0 first ran here */
    uint64_t exec_tsc;    /* dom0 was stopped in the Xen before */
    uint64_t rebuild_tsc; /* rebuilding of the domains begins here */
    uint64_t rebuilt_tsc; /* and has ended */
    uint64_t heap_tsc;    /* the heap has all free memory */
};
extern struct interrex_stamps interrex_stamps;
/* Free pages that this Xen's heap has not got yet (resume/heap.c). */
extern unsigned long interrex_heap_to_come;

/* R holds a handoff for this Xen: its anchor stays, and interrex_resumed() is true from here on. */
void interrex_begin_resumed(void);

/* R's anchor in the direct map; NULL without a region. After start_xen() has mapped RAM. */
struct irx_anchor *interrex_anchor(void);
/* There is a region, and its anchor is laid out. */
bool interrex_ready(void);
/* R, which an older Xen may have laid out, has what came with this minor version of the ABI. */
bool interrex_abi(uint32_t minor);
/* Zeroes an entry of this table of R, `size` bytes in this version, as far as it goes there. */
void interrex_clear_entry(void *entry, const struct irx_table *table,
                          size_t size);
/* Address in the direct map of an offset in R. The caller knows that it is inside. */
void *interrex_at(irx_off_t off);
/* An entry of R's tables. Below the anchor's count. */
struct irx_cpu *interrex_cpu_rec(unsigned int entry);
struct irx_domain *interrex_domain_rec(unsigned int entry);
struct irx_vcpu *interrex_vcpu_rec(unsigned int entry);
/* Which entry that is; and which is in use for this domain, which has one. */
unsigned int interrex_entry_of(const struct irx_domain *r);
unsigned int interrex_entry_find(domid_t domid);
/* The entry of the CPU with this APIC id that the shim has, or lets go, or that is dead; ~0: it is none. */
uint32_t interrex_held_entry(uint32_t apic_id);
/* The same for one that is not with Xen in any way but waiting for INIT. */
uint32_t interrex_away_entry(uint32_t apic_id);

/* The CPU with this APIC id booted the target, and takes no NMI (irx_watch.deaf): nobody ever starts it. */
bool interrex_is_deaf(uint32_t apic_id);
/* There is one: it is in the image slot that is not this Xen's. */
bool interrex_has_deaf(void);

static inline uint32_t interrex_load_acquire(const uint32_t *word)
{
    uint32_t v = read_atomic(word);

    smp_rmb();
    return v;
}

static inline void interrex_store_release(uint32_t *word, uint32_t value)
{
    smp_wmb();
    write_atomic(word, value);
}

/* ---- states.c ---- */

/*
 * Write a state word of R, after what it announces. Where handoff-abi/states.table has no such
 * arrow, that is said: then this Xen is wrong, or R is not what it was.
 */
void interrex_set_host_state(uint32_t state);
void interrex_set_cpu_state(unsigned int entry, uint32_t state);
void interrex_set_domain_state(unsigned int entry, uint32_t state);
/*
 * The same from a state in which the shim writes, too: nothing, if it is no longer `from`.
 * Answers what the state was.
 */
uint32_t interrex_cpu_state_from(unsigned int entry, uint32_t from,
                                 uint32_t to);
uint32_t interrex_domain_state_from(unsigned int entry, uint32_t from,
                                    uint32_t to);

/* ---- validate.c: handoff-abi's validators, for this host ---- */

struct irx_limits interrex_limits(void);
/* Says what was refused, if rc is not 0. Answers rc. */
int interrex_validated(int rc, const struct irx_live_error *err);
int interrex_stream_validated(int rc, const struct irx_stream_error *err);
/*
 * The domain in this entry, below the anchor's count, in three steps: the entry, its
 * extents and CPU policy; then, up to IRX_STAGE_*, its event channels; and its vCPUs.
 * The first two fill in *view, the second all of it. The error of what is refused,
 * after saying what.
 */
int interrex_domain_validate_memory(unsigned int entry,
                                    struct irx_domain_view *view);
int interrex_domain_validate_events(unsigned int entry, uint32_t stage,
                                    struct irx_domain_view *view);
int interrex_domain_validate_vcpus(const struct irx_domain_view *view);
/* The first step for the Xen that has just written it: makes the CRCs too. */
int interrex_domain_seal_memory(unsigned int entry);
/* One that is claimed, after both: what the shim may have changed since. */
int interrex_domain_validate_claim(unsigned int entry);

/* ---- layout.c ---- */

#define INTERREX_MAX_DOMAINS 64
/* Of the host: bits of a set of CPUs (abi/late.h). */
#define INTERREX_MAX_CPUS 256u

/* Parts of R: of its size, where that is more than the least that there is. */
#define INTERREX_DATA_SHARE  32u
#define INTERREX_EARLY_SHARE 64u
#define INTERREX_LATE_SHARE  32u
/* Bytes of R's parts: for arrays, and of the two sections. */
struct interrex_room {
    uint64_t data, early, late;
};
/* A vCPU more for so much: a sixteenth of R, with what the shim keeps for it. */
#define INTERREX_REGION_PER_VCPU KB(512)

/*
 * Computes the layout of a region for this host into *a (spans and tables
 * only). -ENOSPC if it does not fit; then *need is the smallest size that does.
 */
int interrex_layout(struct irx_anchor *a, uint64_t region_size,
                    uint64_t *need);
/* The smallest size from this one on that has room for a fallback. */
uint64_t interrex_layout_with_fallback(uint64_t region_size);

/* ---- image.c ---- */

/* Where the next target image goes. -ENODEV: there is no region. */
int interrex_free_slot(paddr_t *base, uint64_t *size);
/* Where a fallback would run: the slot that the target does not go to. */
const struct irx_span *interrex_fallback_slot(void);
/* This Xen's slot is in use, the other one free for the next target. */
void interrex_image_runs(void);

/*
 * ---- fallback_code.S: what irx_fallback.code is (abi/anchor.h), a page at most ----
 *
 * It is copied there, and runs there only.
 */
extern const uint8_t interrex_fallback_code[], interrex_fallback_code_end[];

/* ---- section.c ---- */

/* Starts a section of this handoff in its place in R. Errors of irx_writer_init(). */
int interrex_section_begin(struct irx_writer *w, const struct irx_span *span,
                           uint32_t section);
/* The same elsewhere, to see how long it would be. */
int interrex_section_begin_at(struct irx_writer *w, void *buf, size_t size,
                              uint32_t section);

/* ---- domain_table.c: which domain, vCPU and piece of data has which place in R ---- */

/*
 * A walk through a domain's p2m, or for a PV domain through the host's frames, which may be left and gone on
 * with. All zero: it has not begun.
 */
struct interrex_walk {
    unsigned long gfn;     /* where it is */
    unsigned long count;   /* of the extents before `run` */
    struct irx_extent run; /* the one that grows; nr 0: none */
};

/* A domain whose entry in R is in use. d->arch.interrex points here; one per entry of R. */
struct interrex_hold {
    struct domain *d;   /* a reference is held; NULL: the entry is free */
    unsigned int entry; /* index in the anchor's table of domains */
    uint64_t data_off;  /* its arrays in the data span, from the start of R */
    uint64_t data_size; /* 0: none */
    unsigned int p2m_changes; /* counted by the hook */
    struct interrex_walk walk;
    unsigned long
        room; /* for so many extents, while they are written; 0: they are not */
    const struct evtchn_port_ops
        *ops;            /* the domain's own, while ours stand in for them */
    bool refreshed;      /* prepared once more at enter, while it still ran */
    bool paused;         /* we hold a domain_pause() */
    bool timers_stopped; /* its vCPUs' timers were read into R */
    bool held;         /* between ENTERING and CLAIMED: Xen must not run it */
    bool came;         /* the shim had it already when this Xen came */
    uint32_t op;       /* the operation that is under way; 0: none */
    s_time_t deadline; /* of the wait that is under way; 0: none */
    s_time_t longest;  /* it is not put off beyond that, by much */
    s_time_t look;     /* when the shim's CPUs are looked at in it */
};

/* Forgets everything: R's tables were cleared, or are another generation's. Nothing may be held. */
void interrex_holds_reset(void);
/* For each domain that the shim has; may be called at any time. fn takes no lock of ours. */
void interrex_for_each_held(void (*fn)(struct interrex_hold *h));
/* Any domain that is not with Xen? */
bool interrex_any_held(void);
/* Some have an entry, and the shim had all of these when this Xen came. */
bool interrex_only_came(void);
/* d's, or NULL. */
struct interrex_hold *interrex_hold_of(const struct domain *d);
/* That of the domain in this entry, or NULL. Any number. */
struct interrex_hold *interrex_hold_at(unsigned int entry);
/*
 * Gets an entry, vCPU entries for d->max_vcpus, and a reference to d. -ENOSPC
 * when a table is full, -ESRCH: d is gone.
 */
struct interrex_hold *interrex_hold_new(struct domain *d);
/*
 * In the Xen that an update started: d is in this entry, which R tells about and
 * was validated. -EINVAL: it cannot be; -ESRCH.
 */
struct interrex_hold *interrex_hold_import(struct domain *d,
                                           unsigned int entry);
/* Frees all of it. d must not be held. What R says of it stays readable. */
void interrex_hold_free(struct interrex_hold *h);
/* Gets size bytes of data, zeroed, for h instead of what it had. -ENOSPC. */
int interrex_data_alloc(struct interrex_hold *h, uint64_t size);

/* ---- quarantine.c: held domains that this Xen cannot take, by entry ---- */

/* What of it, IRX_QUARANTINE_*, was refused with rc, not 0; says so. Others may follow. */
void interrex_quarantine(unsigned int entry, uint32_t what, int rc);
/* What was refused first, as the detail of IRX_REASON_QUARANTINED; 0: it is not quarantined. */
uint64_t interrex_quarantined(unsigned int entry);
/* Was this refused? */
bool interrex_quarantine_is(unsigned int entry, uint32_t what);
/* It is there without the grants of it that others have mapped. */
bool interrex_grants_lost(unsigned int entry);
/* It was not rebuilt, so that this Xen never can claim it. */
bool interrex_quarantine_final(unsigned int entry);
void interrex_quarantine_end(unsigned int entry);

/* What this Xen was told of one that it could not rebuild, for the Xen after it. */
struct interrex_kept {
    struct irx_domain_record rec;
    struct irx_grant_table table;
    unsigned int nr_frames; /* of both kinds, as in the late section */
    struct irx_grant_frame frames[];
};
/* From xmalloc(): it is ours until interrex_quarantine_end(). */
void interrex_quarantine_keep(unsigned int entry, struct interrex_kept *kept);
/* NULL: this Xen has all of it, or had no memory to keep that. */
const struct interrex_kept *interrex_quarantine_kept(unsigned int entry);
/*
 * Is all that was refused of the kind that leaves this Xen with what the next one has to be told? Then
 * it has vCPUs, memory and ports here.
 */
bool interrex_quarantine_complete(unsigned int entry);

/* ---- watch.c: struct irx_watch, of an anchor of ABI 1.1 ---- */

/* How long a stage of a target's boot may take; 0: for ever. Nobody looks until the next call. */
void interrex_watch_limit(struct irx_anchor *a, uint32_t silence_ms);
/*
 * A boot comes to a stage (IRX_BOOT_*), and has the limit for it; answers: an NMI has it start the
 * fallback. Returns the deadline, host TSC; 0: there is none. On the CPU that boots.
 */
uint64_t interrex_watch_next(struct irx_anchor *a, uint32_t stage,
                             bool answers);
/* Nobody looks any more. */
void interrex_watch_end(struct irx_anchor *a);
/* Before the jump: which CPUs the host has, for whoever starts the fallback without the one that boots. */
void interrex_watch_cpus(struct irx_anchor *a);

/* ---- doorbell.c ---- */

/* Writes the ICR: `what`, to one CPU by its physical APIC id. Waits milliseconds at most. Any context. */
void interrex_send(unsigned int apic_id, uint32_t what);

/* Tells the shim to look: entry of a held CPU, or ~0 for any. Any context. */
void interrex_ring(unsigned int cpu_entry);
/* Takes doorbells of the shim on the boot CPU from now on, or no more. */
void interrex_doorbell_open(void);
void interrex_doorbell_close(void);
/* Sends what the shim left in a domain's to-Xen bitmap. */
void interrex_drain_to_xen(struct interrex_hold *h);

#endif /* INTERREX_REGION_H */
