/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrex inside Xen: what our files share. One code with two verbs: A lends
 * and enters, B (or A again: abort, drill) claims.
 *
 * Locking: operations are serialised (op.c); everything here runs inside one
 * unless it says otherwise.
 */
#ifndef INTERREX_INTERNAL_H
#define INTERREX_INTERNAL_H

#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>

#include <asm/interrex.h>

#include <interrex/abi/live.h>
#include <interrex/abi/op.h>

/* A domain whose slot in R is in use. d->arch.interrex points here; one per slot of R. */
struct interrex_hold {
    struct domain *d;   /* a reference is held; NULL: the slot is free */
    unsigned int entry; /* index in the anchor's table */
    uint64_t data_off;  /* its arrays in the data span, from the start of R */
    uint64_t data_size; /* 0: none */
    unsigned int p2m_changes; /* counted by the hook */
    const struct evtchn_port_ops
        *ops;            /* the domain's own, while ours stand in for them */
    bool refreshed;      /* prepared once more at enter, while it still ran */
    bool paused;         /* we hold a domain_pause() */
    bool timers_stopped; /* its vCPUs' timers were read into R */
    bool held;         /* between ENTERING and CLAIMED: Xen must not run it */
    uint32_t op;       /* the operation that is under way; 0: none */
    s_time_t deadline; /* of the wait that is under way; 0: none */
};

/* v->arch.interrex_run_tsc: was claimed, and waits for a CPU. */
#define INTERREX_NOT_RUN 1UL

/* How long an operation waits for the shim when the caller says nothing. */
#define INTERREX_TIMEOUT_MS     2000
#define INTERREX_TIMEOUT_MS_MAX 60000

/* ---- layout.c: where things are in R ---- */

/*
 * Computes the layout of a region for this host into *a (spans and tables
 * only). -ENOSPC if it does not fit; then *need is the smallest size that does.
 */
int interrex_layout(struct irx_anchor *a, uint64_t region_size,
                    uint64_t *need);

/* ---- region.c ---- */

/* There is a region, and its anchor is laid out. */
bool interrex_ready(void);
/* Address in the direct map of an offset in R. The caller knows that it is inside. */
void *interrex_at(irx_off_t off);
struct irx_cpu *interrex_cpu_rec(unsigned int slot);
struct irx_domain *interrex_domain_rec(unsigned int slot);
struct irx_vcpu *interrex_vcpu_rec(unsigned int index);

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

/* ---- slots.c: which domain, vCPU and piece of data has which place in R ---- */

#define INTERREX_MAX_DOMAINS 64

/* Forgets everything: the tables in R were laid out anew. Nothing may be held. */
void interrex_holds_reset(void);
/* For each domain that the shim has; may be called at any time. fn takes no lock of ours. */
void interrex_for_each_held(void (*fn)(struct interrex_hold *h));
struct interrex_hold *interrex_hold_of(const struct domain *d);
/* The domain in slot i, or NULL. i below the anchor's domains.count. */
struct interrex_hold *interrex_hold_at(unsigned int i);
/*
 * Takes a slot, vcpus for d->max_vcpus, and a reference to d. -ENOSPC when a
 * table is full.
 */
struct interrex_hold *interrex_hold_new(struct domain *d);
/*
 * In the Xen that an update started: d is in slot i, which R tells about and
 * was validated. -EINVAL: it cannot be.
 */
struct interrex_hold *interrex_hold_import(struct domain *d, unsigned int i);
/* Gives all of it back. d must not be held. What R says of it stays readable. */
void interrex_hold_free(struct interrex_hold *h);
/* Gets size bytes of data for id instead of what it had. -ENOSPC. */
int interrex_data_alloc(struct interrex_hold *h, uint64_t size);
/* Any domain that is not with Xen? */
bool interrex_any_held(void);
bool interrex_any_prepared(void);

/* ---- note.c ---- */
const struct irx_note *interrex_note(void);

/* ---- load.c ---- */
int interrex_load_shim(const struct irx_op_load *load);
int interrex_unload(void);

/* ---- check.c ---- */

/* Reasons why d cannot be carried, into reasons[] as far as it goes; returns how many there are. */
unsigned int interrex_check_domain(struct domain *d,
                                   struct irx_op_reason *reasons,
                                   unsigned int capacity);
int interrex_check(struct irx_op_check *check);

/* ---- lend.c, giveback.c, cpus.c ---- */

/* In a tasklet on the boot CPU. cpus->count 0: all but the boot CPU. */
int interrex_lend(const struct irx_op_cpus *cpus);
/* One CPU a call, in a tasklet on the boot CPU. -EAGAIN: there are more. */
int interrex_return(void);
/* Number of CPUs that the shim has. */
unsigned int interrex_held_cpus(void);
/* After an update, all CPUs back: those that were offline before are so again. */
void interrex_cpus_offline_again(void);
/* No IPI to "all" while the shim has CPUs: it would reach them too. */
void interrex_ipi_by_name(bool on);
/* How entry into the shim is made ready, once a load. */
int interrex_entry_tables(void);

/* ---- affinity.c ---- */
int interrex_affinity_save(void);
/* v's hard affinity before anything was lent, or what the toolstack has set since. */
void interrex_affinity_of(const struct vcpu *v, cpumask_t *hard);
/* v gets it when the CPUs are back. -ENOMEM. */
int interrex_affinity_remember(const struct vcpu *v, const cpumask_t *hard);
void interrex_affinity_undo(void);

/* ---- doorbell.c ---- */

/* Tells the shim to look: slot of a held CPU, or ~0 for any. Any context. */
void interrex_ring(unsigned int cpu_slot);
/* Takes doorbells of the shim on the boot CPU from now on, or no more. */
int interrex_doorbell_open(void);
void interrex_doorbell_close(void);
/* Sends what the shim left in a domain's to-Xen bitmap. */
void interrex_drain_to_xen(struct interrex_hold *h);

/* ---- time.c ---- */

/*
 * On the boot CPU. Freeze: the scale of system time does not change until
 * thaw, which lets it run on without a jump.
 */
void interrex_time_freeze(void);
void interrex_time_thaw(void);
/* A Xen that an update started has it frozen from its first moment on. */
void interrex_time_begin_frozen(void);
/* private/time.c; thaw's and freeze's. */
void interrex_time_stop_calibration(void);
void interrex_time_start_calibration(void);
/* The boot CPU's time line. Frozen. */
void interrex_time_scale(struct irx_time_scale *scale);
/* Writes the boot CPU's time line into v's pvclock page and its copy. v's domain is paused. */
void interrex_time_publish(struct vcpu *v);
/* time_area.c: the copy, if the guest asked for one. */
void interrex_time_area_publish(struct vcpu *v,
                                const struct vcpu_time_info *clock);

/* ---- prepare.c, extents.c, enter.c, claim.c ---- */

/*
 * Each is called again with the same arguments as long as it returns
 * -ERESTART: the caller lets other work be done in between.
 */
int interrex_prepare(struct domain *d, const struct irx_op_domain *op);
int interrex_enter(struct domain *d, struct irx_op_domain *op);
int interrex_claim(struct domain *d, struct irx_op_domain *op);
/* A domain that was prepared and not entered is taken back. */
void interrex_prepare_undo(struct interrex_hold *h);

/*
 * One turn of a wait for id that began at `start` (NOW()). 0: look once more;
 * -ERESTART: ask again, but not before `patience` ns; -ETIMEDOUT. Whoever waits
 * sets h->deadline to 0 at the end.
 */
int interrex_wait_turn(struct interrex_hold *h, unsigned int timeout_ms,
                       s_time_t start, s_time_t patience);
/*
 * Waits for the shim to bring h's state from `from` to `to`. As a turn, or the
 * shim's error after FAILED.
 */
int interrex_wait_state(struct interrex_hold *h, uint32_t from, uint32_t to,
                        unsigned int timeout_ms, s_time_t patience);
void interrex_set_state(struct interrex_hold *h, uint32_t state);
/* Everything of h's domain that it need not stand still for, into R. */
int interrex_fill_domain(struct interrex_hold *h);
/* Of that, what is read again once it stands still. */
void interrex_domain_params(struct domain *d, struct irx_domain *r);
/* Whoever was asked to enter goes on here, as if nothing had been. */
void interrex_enter_undo(struct interrex_hold *h);

/*
 * Runs of d's p2m. With extents NULL only counts them. Returns their number;
 * -EOPNOTSUPP for an entry that cannot be carried, -E2BIG past capacity.
 */
long interrex_extents(struct domain *d, struct irx_extent *extents,
                      unsigned long capacity);
/* ---- vcpu.c, timers.c, runstate.c, evtchn.c: state, one file a kind ---- */

/*
 * The exporters write a paused vCPU's or domain's state into R; d's p2m does
 * not change meanwhile. The importers load it; the state in R was validated
 * and nothing of it runs elsewhere.
 */
int interrex_vcpu_export(struct vcpu *v, struct irx_vcpu *r);
int interrex_vcpu_validate(const struct vcpu *v, const struct irx_vcpu *r);
/* Import loads what can fail; start what cannot: timers, blocked or runnable. */
int interrex_vcpu_import(struct vcpu *v, const struct irx_vcpu *r);
void interrex_vcpu_start(struct vcpu *v, const struct irx_vcpu *r);

/* svm.c */
void interrex_save_cr2(const struct vcpu *v, struct hvm_hw_cpu *cpu);
void interrex_load_debug_state(struct vcpu *v);
void interrex_load_task_state(struct vcpu *v);

void interrex_timers_export(struct vcpu *v, struct irx_vcpu *r);
void interrex_timers_import(struct vcpu *v, const struct irx_vcpu *r);

void interrex_runstate_export(struct vcpu *v, struct irx_vcpu *r);
void interrex_runstate_import(struct vcpu *v, const struct irx_vcpu *r);

/*
 * Where the guest looks for events, and its ports. `export` is also the barrier
 * after which nobody uses the port ops that were in place before.
 */
/* The guest opened channels or changed their ABI since the layout. */
bool interrex_evtchn_changed(const struct domain *d,
                             const struct irx_domain *r);
int interrex_evtchn_export(struct domain *d, struct irx_domain *r);
/*
 * Brings the ports of a held d in R up to date with what others bound to or
 * let go of meanwhile; nobody may do so during the call. -EBUSY: a port is new
 * that R has no place for.
 */
int interrex_evtchn_follow(struct domain *d, const struct irx_domain *r);
int interrex_evtchn_validate(const struct domain *d,
                             const struct irx_domain *r);
void interrex_evtchn_import(struct domain *d, const struct irx_domain *r);
/* Bytes of data that the ports, bitmaps and the event array of d take. */
uint64_t interrex_evtchn_size(const struct domain *d);
/* Lays them out at `off`, of interrex_evtchn_size() bytes. */
void interrex_evtchn_layout(const struct domain *d, struct irx_domain *r,
                            irx_off_t off);
/*
 * While ours stand in, an event for d rings the shim. After `restore`, what
 * waited in the to-guest bitmap is delivered by d's own ops, once.
 */
void interrex_evtchn_divert(struct interrex_hold *h);
void interrex_evtchn_divert_undo(struct interrex_hold *h);

/* private/event_fifo.c */
struct irx_fifo_vcpu {
    uint64_t control_gfn; /* ~0: none */
    uint32_t control_offset;
    uint32_t tail[IRX_FIFO_QUEUES];
};
void interrex_fifo_vcpu(const struct vcpu *v, struct irx_fifo_vcpu *out);
void interrex_fifo_set_tails(struct vcpu *v, const uint32_t *tail);
unsigned int interrex_fifo_pages(const struct domain *d);
uint64_t interrex_fifo_page_gfn(const struct domain *d, unsigned int i);
void interrex_fifo_lastq(const struct evtchn *chn, uint16_t *vcpu,
                         uint8_t *priority);
void interrex_fifo_set_lastq(struct evtchn *chn, uint16_t vcpu,
                             uint8_t priority);

/* private/hvm_save.c: Xen's handlers of one HVM save record. -ENOENT: there is none. */
struct hvm_domain_context;
int interrex_hvm_save(struct vcpu *v, unsigned int type,
                      struct hvm_domain_context *h);
int interrex_hvm_load(struct domain *d, unsigned int type,
                      struct hvm_domain_context *h);

#endif /* INTERREX_INTERNAL_H */
