/* SPDX-License-Identifier: GPL-2.0-only */
#include "mailbox.h"

#include "core/apic.h"
#include "core/doorbell.h"
#include "core/credit.h"
#include "core/fpu.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/place.h"
#include "core/regs.h"
#include "core/sched.h"
#include "core/state.h"
#include "core/validate.h"
#include "core/vendor.h"
#include "core/window.h"
#include "core/xenabi.h"
#include "guest/evtchn.h"
#include "guest/intr.h"
#include "guest/runstate.h"
#include "guest/timer.h"
#include "guest/tsc.h"
#include "guest/vlapic.h"
#include "guest/watchdog.h"
#include "dead.h"
#include "prepare.h"
#include "stop.h"
#include "switch.h"

static uint32_t state_of(const struct dom *d)
{
    return __atomic_load_n(&d->rec->state, __ATOMIC_ACQUIRE);
}

/* ---- enter ---- */

static void load_vcpu(struct vcpu *v)
{
    struct irx_vcpu *r = v->rec;

    v->cpu = NULL;
    v->next = NULL;
    v->ran_on = NULL;
    v->bring_up = 0;
    v->live = true;
    v->lost = false;
    v->on_way = false;
    v->dr_loaded = false;
    v->kicked = 0;
    v->capped = false;
    r->first_tsc = 0;
    r->last_tsc = 0;
    regs_import(v);
    vendor_vcpu_load(v);
    fpu_import(v);
    vlapic_load(v);
    timer_load(v);
    /* The exit that it parked at is met again, and may be served this time; but not a triple fault. */
    if (r->state == IRX_VCPU_PARKED && r->park_class == IRX_EXIT_SHUTDOWN)
        v->d->stopped = 1;
    else if (r->state == IRX_VCPU_PARKED || r->state == IRX_VCPU_RUNNING)
        state_vcpu(r, IRX_VCPU_RUNNABLE);
    sched_runstate(v, r->state == IRX_VCPU_RUNNABLE  ? sched_waiting(v)
                      : r->state == IRX_VCPU_BLOCKED ? RUNSTATE_blocked
                                                     : RUNSTATE_offline);
    v->runnable_since = r->runstate == RUNSTATE_runnable ? hw_tsc() : 0;
    credit_load(v);
    place_load(v);
    if (r->poll_port && r->state == IRX_VCPU_BLOCKED)
        v->d->poll_mask[v->id / 64] |= BIT(v->id % 64);
    else
        r->poll_port = 0;
}

/* The next piece of looking at it; the last one enters it. */
static void enter(struct pcpu *pc, struct dom *d)
{
    int rc = domain_enter_check(d);

    if (rc > 0)
        return;
    if (!rc && !place_has_room())
        rc = -SHIM_EBUSY;
    prepare_phase(d, DOM_BUILT);
    if (rc) {
        prepare_answer(d, IRX_DOM_ENTERING, IRX_DOM_FAILED, rc);
        return;
    }
    domain_enter_take(d);
    credit_take(d);
    memset(d->poll_mask, 0, sizeof(d->poll_mask));
    d->rec->run_tsc = 0;
    d->rec->freeze_tsc = 0;
    for (uint32_t i = 0; i < d->vcpu_count; i++)
        load_vcpu(&d->vcpus[i]);
    watchdog_load(d);
    if (!prepare_answer(d, IRX_DOM_ENTERING, IRX_DOM_RUNNING, 0))
        return;
    __atomic_store_n(&d->active, d->vcpu_count, __ATOMIC_RELEASE);
    d->phase = DOM_LIVE;
    credit_weights();
    lock_take(&d->lock, pc->index);
    d->live = true;
    lock_drop(&d->lock);
    /* Xen rang before, and whoever came to look found it not live: we look after it is. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    evtchn_deliver(pc, d);
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        struct vcpu *v = &d->vcpus[i];

        /* Entered while it slept, with something for it to do. */
        if (v->rec->state == IRX_VCPU_BLOCKED && intr_needs_delivery(pc, v))
            v->kicked = 1;
        place_first(pc, v);
    }
    log_line("d%u entered, %u vCPUs", d->domid, d->vcpu_count);
}

static void start_enter(struct pcpu *pc, struct dom *d)
{
    if (d->phase == DOM_ENTERING)
        return;
    if (d->phase != DOM_BUILT) {
        prepare_answer(d, IRX_DOM_ENTERING, IRX_DOM_FAILED, -SHIM_EINVAL);
        return;
    }
    prepare_phase(d, DOM_ENTERING);
    enter(pc, d);
}

/* ---- freeze ---- */

/*
 * Whoever waits, and was kicked before the domain stopped: nobody kicks it again for the same
 * event, and of an event that is masked and polled for Xen sees nothing. The same with who is
 * down and was told to come up: the answer was yes.
 */
static void wake_frozen(struct dom *d)
{
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        struct vcpu *v = &d->vcpus[i];
        uint32_t state = v->rec->state;

        if (!(state == IRX_VCPU_BLOCKED && __atomic_load_n(&v->kicked, __ATOMIC_SEQ_CST)) &&
            !(state == IRX_VCPU_DOWN && __atomic_load_n(&v->bring_up, __ATOMIC_SEQ_CST)))
            continue;
        v->rec->poll_port = 0;
        state_vcpu(v->rec, IRX_VCPU_RUNNABLE);
        sched_runstate(v, sched_waiting(v));
    }
}

/* The guest waits until the answer, and what is not for the answer comes after it. */
static void finish_freeze(struct pcpu *pc, struct dom *d)
{
    uint16_t domid = d->domid;

    __atomic_store_n(&pc->finishing, d, __ATOMIC_SEQ_CST);
    evtchn_deliver(pc, d); /* what came until now is in the guest's memory when Xen takes it */
    lock_take(&d->lock, pc->index);
    d->live = false;
    lock_drop(&d->lock);
    wake_frozen(d);
    d->rec->freeze_tsc = hw_tsc();
    __atomic_store_n(&d->phase, DOM_BUILT, __ATOMIC_RELEASE);
    prepare_answer(d, IRX_DOM_FREEZING, IRX_DOM_FROZEN, 0);
    __atomic_store_n(&pc->finishing, NULL, __ATOMIC_SEQ_CST);
    credit_weights();
    log_line("d%u frozen", domid);
}

/* Its registers are nowhere: what Xen wrote stays there, and the flag says so. */
static void freeze_lost(struct pcpu *pc, struct vcpu *v)
{
    place_remove(pc, v);
    v->live = false;
}

static void freeze_vcpu(struct pcpu *pc, struct vcpu *v)
{
    timer_take_asked(pc, v);
    if (pc->loaded == v)
        switch_unload(pc);
    sched_leave(v, hw_tsc());
    if (pc->turn == v)
        runstate_turn_over(pc, NULL);
    vendor_vcpu_save(v);
    regs_export(v);
    vcpu_hw_cpu(v)->tsc = tsc_read(v);
    fpu_export(v);
    vlapic_save(v);
    place_remove(pc, v);
    v->live = false;
}

void mailbox_freeze_here(struct pcpu *pc)
{
    struct vcpu *v, *next;

    __atomic_store_n(&pc->freezing, 0, __ATOMIC_SEQ_CST);
    window_clear(pc); /* none of its pages is in reach from now on */
    place_take_inbox(pc);
    for (v = pc->list; v; v = next) {
        next = v->next;
        if (__atomic_load_n(&v->d->phase, __ATOMIC_ACQUIRE) != DOM_FREEZING)
            continue;
        if (v->lost)
            freeze_lost(pc, v);
        else
            freeze_vcpu(pc, v);
        if (__atomic_sub_fetch(&v->d->active, 1, __ATOMIC_ACQ_REL) == 0)
            finish_freeze(pc, v->d);
    }
    window_clear(pc);
}

static void ask_to_freeze(struct pcpu *pc, struct dom *d)
{
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        struct pcpu *at = __atomic_load_n(&d->vcpus[i].cpu, __ATOMIC_SEQ_CST);

        if (at && !__atomic_exchange_n(&at->freezing, 1, __ATOMIC_SEQ_CST))
            sched_poke(pc, at);
    }
}

/* A vCPU that moves meanwhile makes its new CPU look: place.c. */
static void start_freeze(struct pcpu *pc, struct dom *d)
{
    __atomic_store_n(&d->phase, DOM_FREEZING, __ATOMIC_SEQ_CST);
    ask_to_freeze(pc, d);
}

/* ---- the entries ---- */

/* What Xen asks for. An entry of an earlier update is empty, and dom0 never runs here. */
static uint32_t asked(const struct dom *d)
{
    uint32_t state = state_of(d);

    if (d->rec->generation != shim.anchor->generation || state == IRX_DOM_SAVED)
        return IRX_DOM_WITH_XEN;
    return state;
}

/* Whatever phase another CPU is just bringing it to, there is nothing to do. */
static bool is_quiet(const struct dom *d)
{
    enum dom_phase phase;

    switch (asked(d)) {
    case IRX_DOM_WITH_XEN:
        phase = __atomic_load_n(&d->phase, __ATOMIC_RELAXED);
        return phase == DOM_EMPTY || phase == DOM_GIVING_BACK;
    case IRX_DOM_PREPARING:
    case IRX_DOM_ENTERING:
    case IRX_DOM_FREEZING:
        return false;
    default:
        return true;
    }
}

static void look_at(struct pcpu *pc, struct dom *d)
{
    switch (asked(d)) {
    case IRX_DOM_WITH_XEN:
        if (d->phase == DOM_CHECKING || d->phase == DOM_BUILDING || d->phase == DOM_BUILT ||
            d->phase == DOM_ENTERING)
            prepare_phase(d, DOM_GIVING_BACK);
        break;
    case IRX_DOM_PREPARING:
        if (d->phase == DOM_EMPTY)
            prepare_phase(d, DOM_CHECKING);
        else if (d->phase == DOM_BUILT) /* anew */
            prepare_phase(d, DOM_GIVING_BACK);
        break;
    case IRX_DOM_ENTERING:
        start_enter(pc, d);
        break;
    case IRX_DOM_FREEZING:
        if (d->phase == DOM_LIVE)
            start_freeze(pc, d);
        break;
    }
}

/* Whoever has the lock first sees to what the CPU was at that died with it. */
static bool try_lock(struct pcpu *pc)
{
    if (!lock_try(&shim.mailbox_lock, pc->index))
        return false;
    if (shim.mailbox_lock.broken)
        dead_bury(pc);
    return true;
}

static void work(struct pcpu *pc, struct dom *d, void (*fn)(struct pcpu *pc, struct dom *d))
{
    __atomic_store_n(&pc->works_at, d, __ATOMIC_SEQ_CST);
    fn(pc, d);
    __atomic_store_n(&pc->works_at, NULL, __ATOMIC_SEQ_CST);
}

bool mailbox_poll(struct pcpu *pc)
{
    uint32_t first = 0;

    /* Most doorbells are events and ask for nothing here: no lock for them. */
    while (first < shim.domain_count && is_quiet(&shim.doms[first]))
        first++;
    if (first == shim.domain_count)
        return true;
    /* Another CPU may be at something long: guests here do not wait for it. */
    if (!try_lock(pc))
        return false;
    for (uint32_t i = first; i < shim.domain_count; i++)
        if (!is_quiet(&shim.doms[i]))
            work(pc, &shim.doms[i], look_at);
    lock_drop(&shim.mailbox_lock);
    return true;
}

/* ---- in pieces ---- */

static struct dom *next_of(bool frees)
{
    for (uint32_t i = 0; i < shim.domain_count; i++) {
        struct dom *d = &shim.doms[i];

        if (prepare_is_stepwise(d->phase) && (d->phase == DOM_GIVING_BACK) == frees)
            return d;
    }
    return NULL;
}

static void step(struct pcpu *pc, struct dom *d)
{
    if (d->phase != DOM_ENTERING)
        prepare_step(d);
    else if (state_of(d) == IRX_DOM_ENTERING)
        enter(pc, d);
    else
        prepare_phase(d, DOM_GIVING_BACK); /* Xen took it back */
    if (d->phase == DOM_EMPTY)
        look_at(pc, d); /* Xen may have asked for it anew meanwhile */
}

bool mailbox_step(struct pcpu *pc)
{
    struct dom *d;

    if (!try_lock(pc))
        return false;
    d = next_of(true); /* who needs memory finds that of who is gone */
    if (!d)
        d = next_of(false);
    if (d)
        work(pc, d, step);
    lock_drop(&shim.mailbox_lock);
    return d;
}

/* ---- CPUs ---- */

bool mailbox_leave(struct pcpu *pc, bool idle)
{
    bool gone;

    lock_take(&shim.mailbox_lock, pc->index);
    if (shim.mailbox_lock.broken)
        dead_bury(pc);
    state_cpu(pc->rec, IRX_CPU_DRAINING);
    runstate_turn_over(pc, NULL);
    switch_unload(pc);
    gone = (!idle || place_close_idle_core(pc)) && place_give_away(pc);
    if (!gone) {
        pc->rec->error = -SHIM_EBUSY;
        state_cpu(pc->rec, IRX_CPU_HELD);
    }
    lock_drop(&shim.mailbox_lock);
    return gone;
}

void mailbox_cpu_request(struct pcpu *pc)
{
    uint32_t request = __atomic_load_n(&pc->rec->request, __ATOMIC_ACQUIRE);
    bool idle = request == IRX_CPU_REQ_RELEASE_IDLE;

    pc->handled_request = request;
    if (request == IRX_CPU_REQ_NONE)
        place_open(pc); /* it may have been closed with its core, and then Xen let it be */
    if (request != IRX_CPU_REQ_RELEASE && !idle)
        return;
    if (mailbox_leave(pc, idle))
        cpu_release(pc, 0);
    else if (idle) /* it may be asked once more, which looks the same */
        pc->handled_request = IRX_CPU_REQ_NONE;
}

/* ---- of a CPU that is dead ---- */

static void set_live(struct pcpu *pc, struct dom *d)
{
    lock_take(&d->lock, pc->index);
    d->live = true;
    lock_drop(&d->lock);
}

/* What it was at is taken to its end where Xen has had the answer, and back where it has not. */
static void take_over_work(struct pcpu *pc, struct dom *d)
{
    uint32_t state = asked(d);
    bool entered = state == IRX_DOM_RUNNING || state == IRX_DOM_FREEZING;

    if (d->phase == DOM_BUILT && entered) {
        __atomic_store_n(&d->active, d->vcpu_count, __ATOMIC_RELEASE);
        d->phase = DOM_LIVE;
    }
    if (d->phase == DOM_LIVE)
        set_live(pc, d);
    else if (prepare_is_stepwise(d->phase) ||
             (d->phase == DOM_BUILT && (state == IRX_DOM_PREPARING || state == IRX_DOM_ENTERING)))
        prepare_forget(d, state);
}

void mailbox_take_over(struct pcpu *pc, struct pcpu *dead)
{
    struct dom *d = dead->works_at;

    if (d)
        take_over_work(pc, d);
    dead->works_at = NULL;
    d = dead->finishing;
    if (d && state_of(d) == IRX_DOM_FREEZING)
        finish_freeze(pc, d);
    dead->finishing = NULL;
    for (uint32_t i = 0; i < shim.domain_count; i++)
        if (shim.doms[i].phase == DOM_FREEZING)
            ask_to_freeze(pc, &shim.doms[i]);
}
