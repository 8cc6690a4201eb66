/* SPDX-License-Identifier: GPL-2.0-only */
#include "mailbox.h"

#include "core/apic.h"
#include "core/fpu.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/npt.h"
#include "core/regs.h"
#include "core/sched.h"
#include "core/validate.h"
#include "core/vendor.h"
#include "core/window.h"
#include "core/xenabi.h"
#include "guest/evtchn.h"
#include "guest/intr.h"
#include "guest/timer.h"
#include "guest/tsc.h"
#include "guest/vlapic.h"
#include "guest/watchdog.h"
#include "switch.h"

#define BUILD_ENTRIES 2048u /* nested entries a step: some tens of microseconds */

static uint32_t state_of(const struct dom *d)
{
    return __atomic_load_n(&d->rec->state, __ATOMIC_ACQUIRE);
}

/* False: Xen gave up waiting and took the domain back; nothing is to be done to it any more. */
static bool answer(struct dom *d, uint32_t asked, uint32_t state, int error)
{
    d->rec->error = error;
    if (error)
        log_line("d%u failed: error %d", d->rec->domid, error);
    return __atomic_compare_exchange_n(&d->rec->state, &asked, state, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

/* ---- prepare ---- */

static void free_built(struct dom *d)
{
    npt_free(d);
    for (uint32_t i = 0; d->vcpus && i < d->vcpu_count; i++) {
        vendor_vcpu_free(&d->vcpus[i]);
        mem_free(d->vcpus[i].fpu, 1);
    }
    mem_free(d->vcpus, (unsigned int)d->vcpus_pages);
    mem_free(d->fifo_mfn, 1);
    vendor_domain_free(d);
    d->vcpus = NULL;
    d->fifo_mfn = NULL;
    d->vcpu_count = 0;
    if (d->phase == DOM_BUILDING)
        __atomic_fetch_sub(&shim.building, 1, __ATOMIC_RELEASE);
    d->phase = DOM_EMPTY;
}

static int allocate(struct dom *d)
{
    int rc = npt_init(d);

    d->vcpus_pages = (uint32_t)DIV_UP(d->vcpu_count * sizeof(struct vcpu), PAGE_SIZE);
    d->vcpus = mem_alloc(d->vcpus_pages);
    d->fifo_mfn = mem_alloc(1);
    if (rc || !d->vcpus || !d->fifo_mfn)
        return -SHIM_ENOMEM;
    rc = vendor_domain_init(d);
    for (uint32_t i = 0; !rc && i < d->vcpu_count; i++) {
        struct vcpu *v = &d->vcpus[i];

        v->d = d;
        v->id = i;
        v->rec = shim_vcpu_rec(d->rec->vcpu_first + i);
        v->fpu = mem_alloc(1);
        rc = v->fpu ? vendor_vcpu_init(v) : -SHIM_ENOMEM;
    }
    return rc;
}

/* Another entry that is in use has the same domid, or vCPUs in common. */
static bool clashes(const struct dom *d)
{
    const struct irx_domain *r = d->rec;

    for (uint32_t i = 0; i < shim.domain_count; i++) {
        const struct dom *other = &shim.doms[i];
        const struct irx_domain *o = other->rec;

        if (other == d || other->phase == DOM_EMPTY)
            continue;
        if (other->domid == r->domid || (r->vcpu_first < o->vcpu_first + other->vcpu_count &&
                                         o->vcpu_first < r->vcpu_first + r->vcpu_count))
            return true;
    }
    return false;
}

static void start_build(struct dom *d)
{
    int rc = domain_validate(d->index);

    if (!rc && clashes(d))
        rc = -SHIM_EEXIST;
    free_built(d);
    if (!rc) {
        domain_take(d->rec, d);
        rc = allocate(d);
    }
    if (rc) {
        free_built(d);
        answer(d, IRX_DOM_PREPARING, IRX_DOM_FAILED, rc);
        return;
    }
    d->phase = DOM_BUILDING;
    __atomic_fetch_add(&shim.building, 1, __ATOMIC_RELEASE);
}

bool mailbox_building(void)
{
    return __atomic_load_n(&shim.building, __ATOMIC_ACQUIRE);
}

static void build_step(struct dom *d)
{
    int rc;

    if (state_of(d) != IRX_DOM_PREPARING) { /* Xen gave up waiting */
        free_built(d);
        return;
    }
    rc = npt_step(d, BUILD_ENTRIES);
    if (rc > 0)
        return;
    if (rc < 0) {
        free_built(d);
        answer(d, IRX_DOM_PREPARING, IRX_DOM_FAILED, rc);
        return;
    }
    __atomic_fetch_sub(&shim.building, 1, __ATOMIC_RELEASE);
    d->phase = DOM_BUILT;
    log_line("d%u prepared: %u extents, %lu table pages, %lu KiB free", d->domid, d->extent_count,
             d->npt_pages, mem_free_pages() * 4);
    answer(d, IRX_DOM_PREPARING, IRX_DOM_PREPARED, 0);
}

bool mailbox_build_step(struct pcpu *pc)
{
    bool did = false;

    if (!lock_try(&shim.mailbox_lock, pc->index))
        return false;
    for (uint32_t i = 0; i < shim.domain_count && !did; i++) {
        if (shim.doms[i].phase == DOM_BUILDING) {
            build_step(&shim.doms[i]);
            did = true;
        }
    }
    lock_drop(&shim.mailbox_lock);
    return did;
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
    v->dr_loaded = false;
    v->kicked = 0;
    v->runnable_since = 0;
    r->first_tsc = 0;
    r->last_tsc = 0;
    regs_import(v);
    vendor_vcpu_load(v);
    fpu_import(v);
    vlapic_load(v);
    timer_load(v);
    v->timer_port = evtchn_find_virq(v->d, VIRQ_TIMER, v->id);
    /* The exit that it parked at is met again, and may be served this time. */
    if (r->state == IRX_VCPU_PARKED || r->state == IRX_VCPU_RUNNING)
        r->state = IRX_VCPU_RUNNABLE;
    sched_runstate(v, r->state == IRX_VCPU_RUNNABLE  ? sched_waiting(v)
                      : r->state == IRX_VCPU_BLOCKED ? RUNSTATE_blocked
                                                     : RUNSTATE_offline);
    if (r->poll_port && r->state == IRX_VCPU_BLOCKED)
        v->d->poll_mask[v->id / 64] |= BIT(v->id % 64);
    else
        r->poll_port = 0;
}

static void enter(struct pcpu *pc, struct dom *d)
{
    int rc = d->phase == DOM_BUILT ? domain_enter_validate(d) : -SHIM_EINVAL;

    if (rc) {
        answer(d, IRX_DOM_ENTERING, IRX_DOM_FAILED, rc);
        return;
    }
    domain_enter_take(d);
    memset(d->poll_mask, 0, sizeof(d->poll_mask));
    d->rec->run_tsc = 0;
    d->rec->freeze_tsc = 0;
    for (uint32_t i = 0; i < d->vcpu_count; i++)
        load_vcpu(&d->vcpus[i]);
    watchdog_load(d);
    if (!answer(d, IRX_DOM_ENTERING, IRX_DOM_RUNNING, 0))
        return;
    __atomic_store_n(&d->active, d->vcpu_count, __ATOMIC_RELEASE);
    d->phase = DOM_LIVE;
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
        sched_place(pc, v); /* a CPU is held: this one */
    }
    log_line("d%u entered, %u vCPUs", d->domid, d->vcpu_count);
}

/* ---- freeze ---- */

/*
 * Whoever waits, and was kicked before the domain stopped: nobody kicks it again for the same
 * event, and of an event that is masked and polled for Xen sees nothing.
 */
static void wake_frozen(struct dom *d)
{
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        struct vcpu *v = &d->vcpus[i];

        if (!__atomic_load_n(&v->kicked, __ATOMIC_SEQ_CST) || v->rec->state != IRX_VCPU_BLOCKED)
            continue;
        v->rec->poll_port = 0;
        v->rec->state = IRX_VCPU_RUNNABLE;
        sched_runstate(v, RUNSTATE_runnable);
    }
}

static void finish_freeze(struct pcpu *pc, struct dom *d)
{
    evtchn_deliver(pc, d); /* what came until now is in the guest's memory when Xen takes it */
    lock_take(&d->lock, pc->index);
    d->live = false;
    lock_drop(&d->lock);
    wake_frozen(d);
    d->rec->freeze_tsc = hw_tsc();
    __atomic_store_n(&d->phase, DOM_BUILT, __ATOMIC_RELEASE);
    log_line("d%u frozen", d->domid);
    answer(d, IRX_DOM_FREEZING, IRX_DOM_FROZEN, 0);
}

static void freeze_vcpu(struct pcpu *pc, struct vcpu *v)
{
    struct irx_vcpu *r = v->rec;

    if (pc->loaded == v)
        switch_unload(pc);
    if (r->state == IRX_VCPU_RUNNING)
        __atomic_store_n(&r->state, IRX_VCPU_RUNNABLE, __ATOMIC_RELEASE);
    if (r->state == IRX_VCPU_DOWN && v->bring_up)
        __atomic_store_n(&r->state, IRX_VCPU_RUNNABLE, __ATOMIC_RELEASE);
    if (r->runstate == RUNSTATE_running)
        sched_runstate(v, RUNSTATE_runnable);
    vendor_vcpu_save(v);
    regs_export(v);
    vcpu_hw_cpu(v)->tsc = tsc_read(v);
    fpu_export(v);
    vlapic_save(v);
    if (pc->last_dom == v->d)
        pc->last_dom = NULL;
    sched_remove(pc, v);
    v->live = false;
}

void mailbox_freeze_here(struct pcpu *pc)
{
    struct vcpu *v, *next;

    __atomic_store_n(&pc->freezing, 0, __ATOMIC_SEQ_CST);
    window_clear(pc); /* none of its pages is in reach from now on */
    sched_take_inbox(pc);
    for (v = pc->list; v; v = next) {
        next = v->next;
        if (__atomic_load_n(&v->d->phase, __ATOMIC_ACQUIRE) != DOM_FREEZING)
            continue;
        freeze_vcpu(pc, v);
        if (__atomic_sub_fetch(&v->d->active, 1, __ATOMIC_ACQ_REL) == 0)
            finish_freeze(pc, v->d);
    }
}

static void start_freeze(struct pcpu *pc, struct dom *d)
{
    __atomic_store_n(&d->phase, DOM_FREEZING, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < shim.cpu_count; i++) {
        struct pcpu *at = shim.pcpu[i];

        if (!at)
            continue;
        __atomic_store_n(&at->freezing, 1, __ATOMIC_SEQ_CST);
        if (at->rec->state == IRX_CPU_HELD)
            sched_poke(pc, at);
    }
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
    switch (asked(d)) {
    case IRX_DOM_WITH_XEN:
        return __atomic_load_n(&d->phase, __ATOMIC_RELAXED) == DOM_EMPTY;
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
        if (d->phase == DOM_BUILT || d->phase == DOM_BUILDING)
            free_built(d);
        break;
    case IRX_DOM_PREPARING:
        if (d->phase == DOM_EMPTY || d->phase == DOM_BUILT)
            start_build(d);
        break;
    case IRX_DOM_ENTERING:
        enter(pc, d);
        break;
    case IRX_DOM_FREEZING:
        if (d->phase == DOM_LIVE)
            start_freeze(pc, d);
        break;
    }
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
    if (!lock_try(&shim.mailbox_lock, pc->index))
        return false;
    for (uint32_t i = first; i < shim.domain_count; i++)
        look_at(pc, &shim.doms[i]);
    lock_drop(&shim.mailbox_lock);
    return true;
}

/* ---- CPUs ---- */

static void release(struct pcpu *pc)
{
    vendor_cpu_exit(pc);
    apic_cpu_exit();
    log_line("CPU %u released", pc->index);
    pc->rec->error = 0;
    __atomic_store_n(&pc->rec->state, IRX_CPU_RELEASED, __ATOMIC_RELEASE);
    hw_stop();
}

void mailbox_cpu_request(struct pcpu *pc)
{
    uint32_t request = __atomic_load_n(&pc->rec->request, __ATOMIC_ACQUIRE);
    bool gone;

    pc->handled_request = request;
    if (request != IRX_CPU_REQ_RELEASE && request != IRX_CPU_REQ_RELEASE_IDLE)
        return;
    lock_take(&shim.mailbox_lock, pc->index);
    __atomic_store_n(&pc->rec->state, IRX_CPU_DRAINING, __ATOMIC_RELEASE);
    switch_unload(pc);
    /* DRAINING first: nobody is sent here any more, so one that is not here does not come. */
    sched_take_inbox(pc);
    gone = (request == IRX_CPU_REQ_RELEASE || !pc->list) && sched_give_away(pc);
    if (!gone) {
        /* It may be asked once more, which looks the same. */
        if (request == IRX_CPU_REQ_RELEASE_IDLE)
            pc->handled_request = IRX_CPU_REQ_NONE;
        pc->rec->error = -SHIM_EBUSY;
        __atomic_store_n(&pc->rec->state, IRX_CPU_HELD, __ATOMIC_RELEASE);
    }
    lock_drop(&shim.mailbox_lock);
    if (gone)
        release(pc);
}
