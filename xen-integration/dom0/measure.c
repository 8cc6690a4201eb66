/* SPDX-License-Identifier: GPL-2.0-only */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>

#include "counters.h"
#include "view.h"

static void keep_longest(uint64_t *longest, uint64_t from, uint64_t to)
{
    if (to > from && to - from > *longest)
        *longest = to - from;
}

void irx_measure_entered(struct irx_session *s, struct irx_guest *g)
{
    struct irx_error ignored;
    struct irx_view view;
    const struct irx_domain *domain;

    if (irx_view_read(s->xen, &view, &ignored) == 0 && (domain = irx_view_find(&view, g->domid))) {
        g->vcpu_count = domain->vcpu_count;
        g->samples = calloc(g->vcpu_count + 1, sizeof(*g->samples));
        for (uint32_t i = 0; g->samples && i < g->vcpu_count; i++) {
            struct irx_vcpu v;

            irx_view_vcpu(s->xen, &view.anchor, domain->vcpu_first + i, &v, &ignored);
            g->samples[i] = (struct irx_vcpu_sample){v.state, v.first_tsc};
        }
    }
    irx_view_free(&view);
}

/* When this vCPU ran again, or could have: see measure.h. */
static uint64_t entered_at(const struct irx_guest *g, uint32_t i, const struct irx_vcpu *v)
{
    if (!g->samples)
        return v->first_tsc;
    if (g->samples[i].first_tsc)
        return g->samples[i].first_tsc;
    if (g->samples[i].state == IRX_VCPU_RUNNABLE || g->samples[i].state == IRX_VCPU_RUNNING)
        return v->first_tsc;
    return g->entered_tsc;
}

/* From its last exit in the shim: see measure.h. What did not run when it was asked for was not stopped. */
static void add_leave(struct irx_guest *g, const struct irx_vcpu *v)
{
    uint64_t from = v->last_tsc > g->claim_tsc ? v->last_tsc : g->claim_tsc;

    if (v->resume_tsc) {
        keep_longest(&g->leave_tsc, from, v->resume_tsc);
        g->has_leave = true;
    }
}

static void add_counts(struct irx_guest *g, const struct irx_vcpu *v)
{
    for (unsigned int i = 0; i < IRX_NR_EXITS; i++) {
        g->served[i] += v->served[i];
        g->parked[i] += v->parked[i];
    }
    g->events_in += v->events_in;
    g->events_out += v->events_out;
    g->timers_fired += v->timers_fired;
}

/* Of the waits that Xen and the shim saw: see measure.h. */
static void add_brownout(const struct irx_session *s, struct irx_guest *g, const struct irx_vcpu *v)
{
    keep_longest(&g->brownout_tsc, 0, v->max_wait_tsc);
    keep_longest(&g->brownout_tsc, 0, irx_ns_to_ticks(v->xen_wait_ns, s->before.tsc_khz));
}

static void measure_held(struct irx_session *s, const struct irx_view *view, struct irx_guest *g,
                         uint64_t now)
{
    const struct irx_domain *domain = irx_view_find(view, g->domid);
    struct irx_error ignored;

    for (uint32_t i = 0; domain && g->samples && i < g->vcpu_count; i++) {
        struct irx_vcpu v;
        uint64_t ran;

        if (irx_view_vcpu(s->xen, &view->anchor, domain->vcpu_first + i, &v, &ignored))
            return;
        add_brownout(s, g, &v);
        if (v.state == IRX_VCPU_DOWN || !v.stop_tsc)
            continue;
        ran = entered_at(g, i, &v);
        keep_longest(&g->enter_tsc, v.stop_tsc, ran ? ran : now);
        g->has_enter = true;
    }
}

void irx_measure_so_far(struct irx_session *s, struct irx_guest *g)
{
    uint64_t now = irx_phase_now(s);
    struct irx_error ignored;
    struct irx_view view;

    if (irx_view_read(s->xen, &view, &ignored) == 0)
        for (unsigned int i = 0; i < s->guest_count; i++)
            if (s->guests[i].entered && (!g || g == &s->guests[i]))
                measure_held(s, &view, &s->guests[i], now);
    irx_view_free(&view);
}

static void measure_claimed(struct irx_session *s, const struct irx_anchor *anchor,
                            struct irx_guest *g, bool left)
{
    struct irx_error ignored;

    for (uint32_t i = 0; i < g->vcpu_count; i++) {
        struct irx_vcpu v;

        if (irx_view_vcpu(s->xen, anchor, g->vcpu_first + i, &v, &ignored))
            return;
        add_counts(g, &v);
        add_brownout(s, g, &v);
        if (v.state == IRX_VCPU_DOWN)
            continue;
        if (g->entered && v.stop_tsc) { /* not with an abort of another process's session */
            keep_longest(&g->enter_tsc, v.stop_tsc, entered_at(g, i, &v));
            g->has_enter = true;
        }
        if (v.state == IRX_VCPU_PARKED) {
            g->parked_vcpus++;
            keep_longest(&g->longest_park_tsc, v.park_tsc, v.resume_tsc);
        }
        if (left)
            add_leave(g, &v);
    }
    g->has_counts = true;
    g->has_brownout = left;
}

void irx_measure_all(struct irx_session *s, bool left)
{
    struct irx_error ignored;
    struct irx_view view;

    if (irx_view_read(s->xen, &view, &ignored) == 0)
        for (unsigned int i = 0; i < s->guest_count; i++)
            if (s->guests[i].measure)
                measure_claimed(s, &view.anchor, &s->guests[i], left);
    irx_view_free(&view);
}

/* The Xen that runs could not rebuild it: it is one of those that crashed. */
static void note_crashed(struct irx_session *s, struct irx_guest *g)
{
    g->quarantine = calloc(1, sizeof(*g->quarantine));
    if (!g->quarantine)
        return;
    snprintf(g->quarantine->what, sizeof(g->quarantine->what),
             "the Xen that runs could not rebuild it, and it has crashed (see `xl dmesg`)");
    snprintf(g->quarantine->remedy, sizeof(g->quarantine->remedy),
             "destroy it (xl destroy), and start it anew");
    s->quarantined++;
}

void irx_measure_parked(struct irx_session *s)
{
    struct irx_error ignored;
    struct irx_view view;

    if (irx_view_read(s->xen, &view, &ignored) == 0)
        for (unsigned int i = 0; i < s->guest_count; i++) {
            struct irx_guest *g = &s->guests[i];
            const struct irx_domain *d = g->pv ? irx_view_find(&view, g->domid) : NULL;

            if (!d || d->state != IRX_DOM_WITH_XEN)
                continue;
            g->has_stop = d->resume_tsc > d->pause_tsc;
            if (g->has_stop)
                g->stop_tsc = d->resume_tsc - d->pause_tsc;
            else
                note_crashed(s, g);
        }
    irx_view_free(&view);
}

uint64_t irx_stall_ticks(const struct irx_session *s)
{
    if (!s->executed || !s->after.exec_tsc || s->after.dom0_tsc <= s->after.exec_tsc)
        return 0;
    return s->after.dom0_tsc - s->after.exec_tsc;
}

void irx_measure_stall(struct irx_session *s, struct irx_phase *kexec)
{
    const struct irx_op_info *b = &s->after;

    kexec->end_tsc = b->exec_tsc > kexec->start_tsc ? b->exec_tsc : b->tsc;
    irx_phase_add(s, "jump", b->exec_tsc, b->boot_tsc);
    if (b->rebuild_tsc && b->rebuilt_tsc) {
        irx_phase_add(s, "boot", b->boot_tsc, b->rebuild_tsc);
        irx_phase_add(s, "rebuild", b->rebuild_tsc, b->rebuilt_tsc);
        irx_phase_add(s, "resume", b->rebuilt_tsc, b->dom0_tsc);
    } else {
        irx_phase_add(s, "boot", b->boot_tsc, b->dom0_tsc);
    }
    /* dom0 runs again; until the command itself does */
    irx_phase_add(s, "wake", b->dom0_tsc, b->tsc);
}
