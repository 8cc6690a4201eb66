/* SPDX-License-Identifier: GPL-2.0-only */
/* The steps "claim" and "return": guests and CPUs out of the shim, in whichever Xen runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "machine_check.h"
#include "measure.h"
#include "quarantine.h"
#include "sequence.h"
#include "turns.h"
#include "view.h"

#define TRIES        4u   /* of a claim and of a return */
#define TRY_PAUSE_MS 250u /* between them */

static bool needs_claim(uint32_t state)
{
    switch (state) {
    case IRX_DOM_WITH_XEN:
    case IRX_DOM_CLAIMED:
    case IRX_DOM_SAVED:
        return false;
    default:
        return true;
    }
}

/*
 * held: it runs in the shim; else it was only prepared, and Xen may have let go of it by itself. After the jump
 * Xen may have claimed it by itself, when this process had been slow: it is here, which is all that was wanted.
 * In the shim it runs meanwhile: each try may take longer than the one before.
 */
static int claim_one(struct irx_session *s, struct irx_guest *g, bool held, struct irx_error *e)
{
    static const uint32_t limits_ms[TRIES] = {0, 0, 10000, 30000};
    struct irx_op_domain claim;
    int rc = 0;

    g->claim_tsc = irx_phase_now(s);
    for (unsigned int try = 0; try < TRIES; try++) {
        if (try)
            s->xen->ops->sleep_ms(s->xen->ctx, TRY_PAUSE_MS);
        claim = (struct irx_op_domain){.domid = g->domid,
                                       .timeout_ms = irx_step_ms(s, limits_ms[try])};
        rc = irx_xen_domain_op(s->xen, IRX_OP_CLAIM, &claim);
        if (rc == -ENOENT && (!held || s->executed)) {
            g->claimed = held;
            return 0;
        }
        if (rc == 0 || rc == -ESRCH) {
            g->claimed = rc == 0;
            g->gone = rc == -ESRCH;
            return 0;
        }
        if (rc == -EOPNOTSUPP)
            break;
    }
    return irx_guest_failed(e, rc, "claim", g);
}

/* Before the jump nothing is new for a guest that is carried on. */
static bool stays(struct irx_session *s, const struct irx_domain *d)
{
    return !s->executed && irx_session_guest_of(s, d)->carried;
}

/* The guests of R that are to be claimed, in the order of their turns, each beside its CPU's others. */
static unsigned int plan(struct irx_session *s, const struct irx_view *view, struct irx_turn *list,
                         struct irx_turns *turns)
{
    unsigned int count = 0;

    *turns = (struct irx_turns){.cpus = view->cpu_count};
    for (unsigned int i = 0; i < view->domain_count; i++) {
        const struct irx_domain *d = &view->domains[i];
        struct irx_error ignored;
        struct irx_vcpu v = {0};

        if (!needs_claim(d->state) || !irx_session_guest_of(s, d) ||
            (s->only && s->only->domid != d->domid) || stays(s, d))
            continue;
        if (d->vcpu_count)
            irx_view_vcpu(s->xen, &view->anchor, d->vcpu_first, &v, &ignored);
        list[count++] = (struct irx_turn){.index = i, .vcpus = d->vcpu_count, .key = v.cpu_hint};
        turns->vcpus += d->vcpu_count;
    }
    irx_turns_sort(list, count, turns->cpus);
    return count;
}

/* CPUs of the core that comes back next. */
static uint32_t next_core(const struct irx_view *view, uint32_t returned)
{
    uint32_t cpus = 0;

    for (unsigned int i = returned; i < view->cpu_count; i++)
        cpus += view->cpus[i].package_core == view->cpus[returned].package_core;
    return cpus;
}

/* A CPU has died with a vCPU of it, or met a machine check in one: Xen crashed it as it was claimed. */
static bool has_crashed(const struct irx_session *s, const struct irx_view *view,
                        const struct irx_domain *d)
{
    bool trouble = view->dead_count;
    struct irx_error ignored;
    struct irx_vcpu v;

    for (unsigned int i = 0; i < view->cpu_count; i++)
        trouble |= view->cpus[i].mce.count;
    for (unsigned int i = 0; trouble && i < d->vcpu_count; i++)
        if (irx_view_vcpu(s->xen, &view->anchor, d->vcpu_first + i, &v, &ignored) == 0 &&
            v.flags & (IRX_VCPUF_LOST | IRX_VCPUF_MACHINE_CHECK))
            return true;
    return false;
}

/* 0, or how it failed; what is claimed and what is not is in the session, and was said. */
static int claim_domain(struct irx_session *s, const struct irx_view *view,
                        const struct irx_domain *d, unsigned int *done, unsigned int of,
                        struct irx_error *e)
{
    struct irx_guest *g = irx_session_guest(s, d->domid);
    bool held = d->state >= IRX_DOM_ENTERING && d->state <= IRX_DOM_FROZEN;
    int rc;

    g->vcpu_first = d->vcpu_first;
    g->vcpu_count = d->vcpu_count;
    rc = claim_one(s, g, held, e);
    if (rc && irx_quarantine_note(s, g)) {
        irx_progress_step(&s->progress, ++*done, of, "%s (domain %u) is quarantined: %s", g->name,
                          g->domid, g->quarantine->what);
        return 0;
    }
    if (rc) {
        irx_progress_step(&s->progress, *done, of, "%s", e->what);
        return rc;
    }
    g->measure = held && g->claimed;
    irx_progress_step(&s->progress, ++*done, of, "%s (domain %u) %s", g->name, g->domid,
                      !held                     ? "was not held"
                      : has_crashed(s, view, d) ? "has crashed with a CPU of the shim"
                                                : "runs in Xen again");
    return 0;
}

/* *e: of the first that failed. */
static int claim_in_turn(struct irx_session *s, const struct irx_view *view,
                         const struct irx_turn *list, unsigned int of, struct irx_turns *turns,
                         struct irx_error *e)
{
    /* Cores go back as long as they come: what is left is irx_session_return()'s. */
    bool in_turn = s->repeat.times == 0 && !s->only;
    uint32_t returned = 0;
    unsigned int done = 0;
    int failed = 0;

    for (unsigned int i = 0; i < of; i++) {
        const struct irx_domain *d = &view->domains[list[i].index];
        struct irx_error this = {0};

        while (in_turn && returned < turns->cpus &&
               !irx_turns_fits(turns, returned + next_core(view, returned), d->vcpu_count)) {
            returned += next_core(view, returned);
            irx_machine_checks_look(s);
            in_turn = irx_xen_return_core(s->xen) == 0;
        }
        if (claim_domain(s, view, d, &done, of, &this)) {
            if (!failed)
                *e = this;
            failed = this.err;
        }
        irx_turns_moved(turns, d->vcpu_count);
    }
    return failed;
}

int irx_session_claim(struct irx_session *s, struct irx_error *e)
{
    struct irx_phase *phase = irx_phase_begin(s, "claim");
    struct irx_turn *list = NULL;
    struct irx_turns turns;
    struct irx_view view;
    int rc = irx_view_read(s->xen, &view, e);

    if (rc == 0) {
        list = calloc(view.domain_count + 1, sizeof(*list));
        rc = list ? claim_in_turn(s, &view, list, plan(s, &view, list, &turns), &turns, e)
                  : irx_fail(e, -ENOMEM, NULL, "out of memory");
    }
    free(list);
    irx_view_free(&view);
    irx_phase_end(s, phase);
    return rc;
}

/* In between the guests on the boot CPU, which Xen keeps for itself meanwhile, get their turn. */
static int return_all(struct irx_session *s)
{
    int rc;

    do {
        irx_machine_checks_look(s);
        rc = irx_xen_return(s->xen);
    } while (rc == -EAGAIN);
    return rc;
}

/* Xen took them back by itself. */
static bool is_over(struct irx_session *s)
{
    struct irx_op_info info;

    return irx_xen_info(s->xen, &info) == 0 && !irx_host_in_use(info.host_state);
}

static bool some_stay(const struct irx_session *s)
{
    return s->quarantined || (s->carries && !s->executed);
}

int irx_session_return(struct irx_session *s, struct irx_error *e)
{
    struct irx_phase *phase = irx_phase_begin(s, "return");
    int rc = 0;

    for (unsigned int try = 0; try < TRIES; try++) {
        if (try)
            s->xen->ops->sleep_ms(s->xen->ctx, TRY_PAUSE_MS);
        rc = return_all(s);
        if (rc == -ENODEV && s->executed && is_over(s))
            rc = 0;
        if (rc == 0 || (rc == -EBUSY && some_stay(s)))
            break;
    }
    if (rc == -EBUSY && some_stay(s)) {
        irx_phase_end(s, phase);
        irx_measure_all(s, true);
        irx_progress_step(&s->progress, 1, 1,
                          "all CPUs are online but the %u that run quarantined guests",
                          irx_view_lent(s->xen));
        return 0;
    }
    if (rc)
        return irx_fail(e, rc,
                        s->executed
                            ? "run `interrex finish`; see `interrex status --log`, `xl dmesg`"
                            : "run `interrex abort`; see `interrex status --log`, `xl dmesg`",
                        "cannot take the CPUs back: %s", strerror(-rc));
    irx_phase_end(s, phase);
    irx_measure_all(s, true);
    irx_progress_step(&s->progress, 1, 1, "all CPUs are online%s",
                      irx_view_any_dead(s->xen) ? " but those that are dead" : "");
    return 0;
}

int irx_session_bring_back(struct irx_session *s, struct irx_error *e)
{
    struct irx_op_info info;
    int claimed, rc = irx_xen_require(s->xen, &info, e);

    if (rc)
        return rc;
    s->committed = true; /* a second signal does not stop the way back */
    if (!irx_host_in_use(info.host_state))
        return 0;
    claimed = irx_session_claim(s, e);
    if (claimed)
        return claimed;
    return irx_session_return(s, e);
}
