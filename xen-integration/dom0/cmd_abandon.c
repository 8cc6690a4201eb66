/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * interrex abandon: ends a domain that the shim runs, and that Xen cannot take back. Its memory is
 * Xen's again; the toolstack sees that it crashed, and does as its configuration says (on_crash=).
 */
#include "cmd.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "quarantine.h"
#include "report.h"
#include "view.h"

struct abandon_args {
    struct irx_env *env;
    const char *domain;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct abandon_args *args = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = args->env;
        return 0;
    case ARGP_KEY_ARG:
        if (args->domain)
            argp_error(state, "one domain at a time");
        args->domain = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which domain?");
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = {{&irx_argp_common, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .parser = parse,
    .args_doc = "DOMAIN",
    .children = children,
    .doc =
        "Ends a domain that is held by the shim, by its name or number: one that is quarantined, "
        "above all. What it was at is lost; its memory is free again, and the CPUs that ran it "
        "come back. The toolstack sees it crash.\v"
        "Exit code: 0 it is ended, 3 refused: it is not held, 5 it is still held, 6 it is ended, "
        "and others are quarantined.",
};

static bool is_number(const char *text)
{
    return text[0] && text[strspn(text, "0123456789")] == '\0';
}

/* The held domain that is meant, or NULL. */
static struct irx_guest *find_held(struct irx_session *s, const char *domain)
{
    struct irx_guest *found = NULL;
    struct irx_error ignored;
    struct irx_view view;

    if (irx_view_read(s->xen, &view, &ignored) == 0)
        for (unsigned int i = 0; i < view.domain_count && !found; i++) {
            const struct irx_domain *d = &view.domains[i];
            struct irx_guest *g = NULL;

            if (d->state >= IRX_DOM_ENTERING && d->state != IRX_DOM_CLAIMED &&
                d->state != IRX_DOM_SAVED)
                g = irx_session_guest_of(s, d);
            if (g && (strcmp(g->name, domain) == 0 ||
                      (is_number(domain) && strtoul(domain, NULL, 10) == g->domid)))
                found = g;
        }
    irx_view_free(&view);
    return found;
}

/* Those that are left decide whether the host is whole again. */
static void note_others(struct irx_session *s)
{
    struct irx_error ignored;
    struct irx_view view;

    if (irx_view_read(s->xen, &view, &ignored) == 0)
        for (unsigned int i = 0; i < view.domain_count; i++)
            if (view.domains[i].state == IRX_DOM_RUNNING) {
                struct irx_guest *g = irx_session_guest_of(s, &view.domains[i]);

                if (g)
                    irx_quarantine_note(s, g);
            }
    irx_view_free(&view);
}

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
    note_others(s);
    /* Before a jump, others may be held because they are meant to be. */
    if ((irx_host_jumped(s->before.host_state) || s->quarantined) && irx_session_return(s, &e))
        return irx_run_report(run, IRX_RESULT_FAILED, &e, IRX_RC_HELD);
    return irx_run_report(run, IRX_RESULT_ABANDONED, NULL, IRX_RC_DONE);
}

int irx_cmd_abandon(struct irx_env *env, int argc, char **argv)
{
    struct abandon_args args = {.env = env};
    struct irx_run run;
    struct irx_guest *g;
    int rc;

    irx_parse(env, &argp, argc, argv, &args);
    rc = irx_run_begin(&run, env, "abandon", 2);
    if (rc)
        return rc;
    run.session.committed = true;
    g = find_held(&run.session, args.domain);
    if (g) {
        rc = abandon(&run, g);
    } else {
        struct irx_error e;

        irx_fail(&e, -ENOENT,
                 "`interrex status` lists those that are; `xl destroy` ends the others",
                 "the shim runs no domain %s", args.domain);
        irx_findings_error(&run.findings, args.domain, &e);
        rc = irx_run_say(&run, IRX_RESULT_REFUSED, IRX_RC_REFUSED);
    }
    irx_run_end(&run);
    return rc;
}
