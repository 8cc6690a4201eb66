/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Xen that an update started: every domain comes back, the guests as paused
 * shells while the shim runs them, dom0 as it stood in its hypercall.
 *
 * PV guests come back as dom0 does, and one that cannot has crashed. Another guest that cannot
 * come back stays in the shim, quarantined (late_import.c). Where dom0
 * or the host cannot, this Xen panics, and the fallback is started (recover.c); where there
 * is none, that resets the machine, guests and all.
 */
#include <xen/err.h>
#include <xen/event.h>
#include <xen/guest_access.h>
#include <xen/init.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <xen/timer.h>

#include <asm/hvm/irq.h>
#include <asm/interrex-boot.h>

#include <public/sched.h>

#include "hold/hold.h"
#include "lend/lend.h"
#include "region/region.h"
#include "resume/resume.h"
#include "state/state.h"

/*
 * `liveupdate-boot-delay=<ms>`, of one update: how long to wait before any domain is
 * looked at, so that the guests can be watched while no Xen serves them. The CPU
 * sleeps meanwhile.
 */
#define BOOT_DELAY_MAX_MS 60000u
static unsigned int __initdata opt_boot_delay;
integer_param("liveupdate-boot-delay", opt_boot_delay);

static void __init must(int rc, const char *what)
{
    if ( rc )
        panic("Interrex: cannot take over: %s: %d\n", what, rc);
}

static void cf_check wake(void *unused)
{
}

static void __init boot_delay(void)
{
    /* Nothing is scheduled before the boot is over: these stay pending. */
    const unsigned int later = (1u << SCHEDULE_SOFTIRQ) |
                               (1u << SCHED_SLAVE_SOFTIRQ);
    s_time_t end = NOW() + MILLISECS(min(opt_boot_delay, BOOT_DELAY_MAX_MS));
    struct timer timer;

    if ( !opt_boot_delay )
        return;

    interrex_stage_waits();
    init_timer(&timer, wake, NULL, smp_processor_id());
    set_timer(&timer, end);
    while ( NOW() < end )
    {
        process_pending_softirqs();
        local_irq_disable();
        if ( !(softirq_pending(smp_processor_id()) & ~later) && NOW() < end )
            safe_halt();
        local_irq_enable();
    }
    kill_timer(&timer);
}

void __init interrex_resume_guests(void)
{
    if ( !interrex_resumed() )
        return;

    boot_delay();
    interrex_stamps.rebuild_tsc = rdtsc_ordered();
    interrex_stage(IRX_BOOT_GUESTS);
    interrex_holds_reset();
    must(interrex_late_validate(), "the late section");
    must(interrex_guests_import(), "guests");
}

void __init interrex_resume_dom0_config(struct xen_domctl_createdomain *cfg)
{
    if ( interrex_resumed() )
        must(interrex_dom0_config(cfg), "dom0's configuration");
}

int __init interrex_resume_dom0(struct domain *d)
{
    interrex_stage(IRX_BOOT_DOM0);

    return interrex_dom0_import(d);
}

/* dom0's in R. */
static unsigned int dom0_entry;

/* Entry i's domain, in this Xen. */
static struct domain *domain_in_entry(unsigned int i)
{
    const struct irx_domain *r = interrex_domain_rec(i);

    return irx_domain_in_use(interrex_anchor(), r) ? get_domain_by_id(r->domid)
                                                   : NULL;
}

/* Calls fn for every domain that has an entry, until one fails. */
static int __init for_each_entry(int (*fn)(struct domain *d,
                                           const struct irx_domain *r))
{
    unsigned int i;
    int rc = 0;

    for ( i = 0; !rc && i < interrex_anchor()->domains.count; i++ )
    {
        struct domain *d = domain_in_entry(i);

        if ( !d )
            continue;
        rc = fn(d, interrex_domain_rec(i));
        if ( rc )
            printk(XENLOG_ERR "Interrex: %pd: %d\n", d, rc);
        put_domain(d);
    }

    return rc;
}

static int __init cf_check set_params(struct domain *d,
                                      const struct irx_domain *r)
{
    if ( is_hvm_domain(d) )
        interrex_params_import(d, r);

    return 0;
}

/* Where the guest wants its run states and clocks. */
static int __init cf_check set_areas(struct domain *d,
                                     const struct irx_domain *r)
{
    struct vcpu *v;

    if ( interrex_quarantine_is(interrex_entry_of(r), IRX_QUARANTINE_STATE) )
        return 0;

    for_each_vcpu (d, v)
    {
        const struct irx_vcpu *rv = interrex_vcpu_rec(r->vcpu_first +
                                                      v->vcpu_id);

        interrex_runstate_area_import(v, rv);
        interrex_time_area_import(v, rv);
    }

    return 0;
}

/* It stood still over the jump (handover.c), and goes on when dom0 does: take_over(). */
static bool is_parked(const struct irx_domain *r)
{
    return (r->flags & (IRX_DOMF_PV | IRX_DOMF_DOM0)) == IRX_DOMF_PV;
}

/* As the toolstack sees it; whoever calls has paused it, for the builder's pause ends. */
static void __init show(struct domain *d)
{
    struct vcpu *v;
    unsigned int i;

    if ( d->is_shut_down )
        for_each_vcpu (d, v) /* as domain_shutdown() left them */
        {
            vcpu_pause_nosync(v);
            v->paused_for_shutdown = true;
        }

    domain_unpause_by_systemcontroller(d);
    for ( i = interrex_late_pauses(d->domain_id); i; i-- )
        domain_pause_by_systemcontroller_nosync(d);
}

/* A guest in the shim: its events go there, and the toolstack sees it as it was. */
static int __init cf_check hold(struct domain *d, const struct irx_domain *r)
{
    struct interrex_hold *h;

    if ( is_hardware_domain(d) || is_parked(r) )
        return 0;

    h = interrex_hold_import(d, interrex_entry_of(r));
    if ( IS_ERR(h) )
        return PTR_ERR(h);

    /* Claim undoes this pause; the one from domain_create() was the builder's. */
    domain_pause_nosync(d);
    h->paused = true;
    h->held = true;
    interrex_evtchn_divert(h);
    show(d);

    return 0;
}

/* The vCPUs of a domain that stood still: all that they need to run on. The first error. */
static int __init restore(struct domain *d, const struct irx_domain *r)
{
    int rc = interrex_evtchn_validate(d, r);
    struct vcpu *v;

    if ( rc )
        return rc;

    interrex_evtchn_import(d, r);
    for_each_vcpu (d, v)
    {
        const struct irx_vcpu *rv = interrex_vcpu_rec(r->vcpu_first +
                                                      v->vcpu_id);
        int err = interrex_late_vcpu(v, rv);

        rc = rc ?: err;
        if ( err )
            continue;
        interrex_vcpu_start(v, rv);
        /* Events that came after its state was written: twice is once. */
        if ( is_hvm_vcpu(v) && v->vcpu_info != &dummy_vcpu_info &&
             vcpu_info(v, evtchn_upcall_pending) )
            hvm_assert_evtchn_irq(v);
    }

    return rc;
}

/* It asked for nothing since it was stopped. */
static void start_watchdogs(struct domain *d, struct irx_domain *r)
{
    interrex_watchdog_stood(
        d, r, (rdtsc_ordered() - r->pause_tsc) * 1000000 / cpu_khz);
    interrex_watchdog_import(d, r);
}

/*
 * A PV guest, as it stood. One that this Xen cannot take has crashed, alone, with all of its memory: the
 * toolstack destroys it as any other.
 */
static int __init cf_check stand(struct domain *d, const struct irx_domain *r)
{
    const unsigned int entry = interrex_entry_of(r);
    int rc;

    if ( !is_parked(r) )
        return 0;

    domain_pause_nosync(d); /* until take_over() */
    show(d);
    rc = interrex_quarantined(entry) ? 0 : restore(d, r);
    if ( rc )
        interrex_quarantine(entry, IRX_QUARANTINE_STATE, rc);
    rc = interrex_quarantined(entry) ? 0 : interrex_late_eoi_map(d);
    if ( rc )
        interrex_quarantine(entry, IRX_QUARANTINE_EVENTS, rc);
    if ( !interrex_quarantined(entry) )
        return 0;

    interrex_late_give_up(d);
    domain_shutdown(d, SHUTDOWN_crash);

    return 0;
}

/* dom0 runs as soon as this Xen has booted. */
static int __init wake_dom0(void)
{
    struct domain *d = hardware_domain;
    struct irx_domain *r = interrex_domain_rec(interrex_late_entry(0));
    int rc = restore(d, r) ?: interrex_late_interrupts(d);

    if ( rc )
        return rc;
    start_watchdogs(d, r);

    interrex_stamps.exec_tsc = r->pause_tsc;

    return 0;
}

void __init interrex_resume_finish(void)
{
    if ( !interrex_resumed() )
        return;

    interrex_stage(IRX_BOOT_LINKS);
    must(interrex_links_import(), "what joins domains");
    must(for_each_entry(set_areas), "run-state and time areas");
    must(for_each_entry(set_params), "HVM parameters");
    must(interrex_cpus_import(), "held CPUs");
    must(for_each_entry(hold), "held guests");
    must(for_each_entry(stand), "PV guests");
    must(wake_dom0(), "dom0");
    must(interrex_late_settle(), "memory that was given back");

    dom0_entry = interrex_late_entry(0);
    interrex_late_done();
    interrex_waits_go_on();
    interrex_stage(IRX_BOOT_READY);
    interrex_stamps.rebuilt_tsc = rdtsc_ordered();
}

/* What a quarantined one had to be known by is known: here it is a domain like any that crashed. */
static void let_go_on(unsigned int entry, struct domain *d)
{
    struct irx_domain *r = interrex_domain_rec(entry);

    r->resume_tsc = 0;
    if ( !interrex_quarantined(entry) )
    {
        start_watchdogs(d, r);
        r->resume_tsc = rdtsc_ordered();
    }
    interrex_quarantine_end(entry);
    interrex_set_domain_state(entry, IRX_DOM_WITH_XEN);
    domain_unpause(d);
}

static void parked_go_on(void)
{
    unsigned int i;

    for ( i = 0; i < interrex_anchor()->domains.count; i++ )
    {
        struct domain *d = is_parked(interrex_domain_rec(i))
                               ? domain_in_entry(i)
                               : NULL;

        if ( !d )
            continue;
        let_go_on(i, d);
        put_domain(d);
    }
}

/*
 * The commit point: until here the fallback could have begun with all that was handed over,
 * from here on this Xen has it.
 */
static void take_over(void)
{
    struct irx_anchor *a = interrex_anchor();

    interrex_recover_end();
    irx_stream_consume(interrex_at(a->early.off));
    irx_stream_consume(interrex_at(a->late.off));
    a->early_used = a->late_used = 0;
    if ( interrex_abi(1) )
        a->fallback_used = 0;
    interrex_image_runs();

    interrex_set_domain_state(dom0_entry, IRX_DOM_WITH_XEN);
    interrex_set_host_state(IRX_HOST_CLAIMING);
    interrex_doorbell_open();
    interrex_for_each_held(interrex_drain_to_xen);
    parked_go_on();
    interrex_deadman_begin();
    interrex_heap_begin();
}

void interrex_dom0_starts(void)
{
    if ( interrex_resumed() )
        take_over();
    interrex_stamps.dom0_tsc = rdtsc_ordered();
}
