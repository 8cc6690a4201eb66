/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * interrex abandon: ends a domain that the shim runs, and that Xen cannot take back. Its memory is
 * Xen's again; the toolstack sees that it crashed, and does as its configuration says (on_crash=).
 */
#include "cmd.h"

#include <errno.h>

#include "held.h"
#include "report.h"
#include "view.h"

static const struct argp_child children[] = {{&irx_argp_common, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .parser = irx_held_parse,
    .args_doc = "DOMAIN",
    .children = children,
    .doc =
        "Ends a domain that is held by the shim, by its name or number: one that is quarantined, "
        "above all. What it was at is lost; its memory is free again, and the CPUs that ran it "
        "come back. The toolstack sees it crash.\v"
        "Exit code: 0 it is ended, 3 refused: it is not held, 5 it is still held, 6 it is ended, "
        "and others are quarantined.",
};

static int abandon(struct irx_run *run, struct irx_guest *g)
{
    struct irx_session *s = &run->session;
    struct irx_phase *phase = irx_phase_begin(s, "abandon");
    struct irx_op_domain op = {.domid = g->domid};
    struct irx_error e = {0};
    int rc = irx_xen_domain_op(s->xen, IRX_OP_ABANDON, &op);

    if (rc) {
        /* Xen was busy with something else, or the domain is gone: it has not begun. */
        run->nothing = rc == -EBUSY || rc == -ENOENT || rc == -ESRCH;
        irx_guest_failed(&e, rc, "abandon", g);
        return irx_run_report(run, IRX_RESULT_FAILED, &e, IRX_RC_HELD);
    }
    g->gone = true;
    irx_phase_end(s, phase);
    irx_progress_step(&s->progress, 1, 1, "%s (domain %u) has ended", g->name, g->domid);
    irx_held_note_others(s);
    /* Before a jump, others may be held because they are meant to be. */
    if ((irx_host_jumped(s->before.host_state) || s->quarantined) && irx_session_return(s, &e))
        return irx_run_report(run, IRX_RESULT_FAILED, &e, IRX_RC_HELD);
    return irx_run_report(run, IRX_RESULT_ABANDONED, NULL, IRX_RC_DONE);
}

int irx_cmd_abandon(struct irx_env *env, int argc, char **argv)
{
    struct irx_held_args args = {.env = env, .needed = true};
    struct irx_run run;
    struct irx_guest *g;
    int rc;

    irx_parse(env, &argp, argc, argv, &args);
    rc = irx_run_begin(&run, env, "abandon", 2);
    if (rc)
        return rc;
    run.session.committed = true;
    g = irx_held_find(&run.session, args.domain);
    if (g) {
        rc = abandon(&run, g);
    } else {
        rc = irx_held_none(&run, args.domain, "; `xl destroy` ends the others");
    }
    irx_run_end(&run);
    return rc;
}
