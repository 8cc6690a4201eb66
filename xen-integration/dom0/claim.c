/* SPDX-License-Identifier: GPL-2.0-only */
/* The steps "claim" and "return": guests and CPUs out of the shim, in whichever Xen runs. */
#include <errno.h>
#include <string.h>

#include "measure.h"
#include "quarantine.h"
#include "sequence.h"
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

/* held: it runs in the shim; else it was only prepared, and Xen may have let go of it by itself. */
static int claim_one(struct irx_session *s, struct irx_guest *g, bool held, struct irx_error *e)
{
    struct irx_op_domain claim;
    int rc = 0;

    g->claim_tsc = irx_phase_now(s);
    for (unsigned int try = 0; try < TRIES; try++) {
        if (try)
            s->xen->ops->sleep_ms(s->xen->ctx, TRY_PAUSE_MS);
        claim = (struct irx_op_domain){.domid = g->domid};
        rc = irx_xen_domain_op(s->xen, IRX_OP_CLAIM, &claim);
        if (rc == -ENOENT && !held)
            return 0;
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

int irx_session_claim(struct irx_session *s, struct irx_error *e)
{
    struct irx_phase *phase = irx_phase_begin(s, "claim");
    unsigned int of = 0, done = 0;
    struct irx_view view;
    int failed = 0, rc = irx_view_read(s->xen, &view, e);

    for (unsigned int i = 0; rc == 0 && i < view.domain_count; i++)
        of += needs_claim(view.domains[i].state);
    for (unsigned int i = 0; rc == 0 && i < view.domain_count; i++) {
        const struct irx_domain *d = &view.domains[i];
        struct irx_guest *g = needs_claim(d->state) ? irx_session_guest_of(s, d) : NULL;
        struct irx_error this = {0};
        bool held = d->state >= IRX_DOM_ENTERING && d->state <= IRX_DOM_FROZEN;

        if (!g)
            continue;
        g->vcpu_first = d->vcpu_first;
        g->vcpu_count = d->vcpu_count;
        if (claim_one(s, g, held, &this)) {
            if (irx_quarantine_note(s, g)) {
                irx_progress_step(&s->progress, ++done, of, "%s (domain %u) is quarantined: %s",
                                  g->name, g->domid, g->quarantine->what);
                continue;
            }
            irx_progress_step(&s->progress, done, of, "%s", this.what);
            if (!failed)
                *e = this;
            failed = this.err;
            continue;
        }
        g->measure = held && g->claimed;
        irx_progress_step(&s->progress, ++done, of, "%s (domain %u) %s", g->name, g->domid,
                          held ? "runs in Xen again" : "was not held");
    }
    irx_view_free(&view);
    irx_phase_end(s, phase);
    return rc ? rc : failed;
}

/* In between the guests on the boot CPU, which Xen keeps for itself meanwhile, get their turn. */
static int return_all(struct irx_session *s)
{
    int rc;

    do {
        rc = irx_xen_return(s->xen);
    } while (rc == -EAGAIN);
    return rc;
}

int irx_session_return(struct irx_session *s, struct irx_error *e)
{
    struct irx_phase *phase = irx_phase_begin(s, "return");
    int rc = 0;

    for (unsigned int try = 0; try < TRIES; try++) {
        if (try)
            s->xen->ops->sleep_ms(s->xen->ctx, TRY_PAUSE_MS);
        rc = return_all(s);
        if (rc == 0 || (rc == -EBUSY && s->quarantined))
            break;
    }
    if (rc == -EBUSY && s->quarantined) {
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
    irx_progress_step(&s->progress, 1, 1, "all CPUs are online");
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
