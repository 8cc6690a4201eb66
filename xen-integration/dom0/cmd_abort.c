/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * interrex abort, interrex finish: from whatever state back to normal. Both claim every held domain
 * into the Xen that runs now, and take the CPUs back. Before the jump that undoes what was begun
 * (abort), after it that completes the update (finish); each refuses the other's case, since an
 * operator who asks for the way back has to know that there is none any more.
 */
#include "cmd.h"

#include <errno.h>

#include "deadman.h"
#include "held.h"
#include "report.h"
#include "view.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = state->input;
        return 0;
    }
    if (key == ARGP_KEY_ARG)
        argp_error(state, "unexpected argument \"%s\"", arg);
    return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = {{&irx_argp_common, 0, NULL, 0}, {0}};

static const struct argp abort_argp = {
    .parser = parse,
    .children = children,
    .doc =
        "Before the jump: brings every held domain back into the Xen that it came from, and takes "
        "the lent CPUs back. Does nothing on a host where nothing is held. After a jump it "
        "refuses: `interrex finish` completes the update.\v"
        "Exit code: 0 nothing is held any more, 3 refused: the jump has been made, 5 something "
        "still is held; it can be run again.",
};

static const struct argp finish_argp = {
    .parser = irx_held_parse,
    .args_doc = "[DOMAIN]",
    .children = children,
    .doc =
        "After the jump, when `interrex update` did not come to its end: brings every domain that "
        "is still held into the Xen that runs now, and takes the lent CPUs back. Does nothing on a "
        "host where nothing is held. Before a jump it refuses: `interrex abort` goes back.\n"
        "When nobody does, the next Xen does so by itself, after the time of --claim-after.\n"
        "With a DOMAIN, by its name or number: only this one, and the CPUs that nobody needs then. "
        "A "
        "quarantined guest is tried again so.\v"
        "Exit code: 0 nothing is held any more, 3 refused: no jump has been made, or DOMAIN is not "
        "held, 5 something still is held, 6 what is held is quarantined; it can be run again.",
};

/* The Xen that runs has finished the update by itself. */
static bool is_done_by_xen(struct irx_run *run)
{
    return !irx_host_in_use(run->session.before.host_state) &&
           irx_deadman_began(irx_session_deadman(&run->session));
}

/* And no report says so yet. */
static bool is_news(struct irx_run *run)
{
    struct irx_error ignored = {0};
    json_t *last;
    bool told;

    if (!run->session.executed || !is_done_by_xen(run))
        return false;
    last = irx_report_load(run->env->state_directories, &ignored);
    told = irx_deadman_is_told(run->session.deadman, last);
    json_decref(last);
    return !told;
}

static int bring_back(struct irx_run *run, const char *result)
{
    struct irx_error e = {0};

    run->nothing = !irx_host_in_use(run->session.before.host_state) && !is_news(run);
    if (irx_session_bring_back(&run->session, &e))
        return irx_run_report(run, IRX_RESULT_FAILED, &e, IRX_RC_HELD);
    return irx_run_report(run, result, NULL, IRX_RC_DONE);
}

/* One of those that are held. Whether the CPUs can come back is for the others to say. */
static int bring_one(struct irx_run *run, const char *domain)
{
    struct irx_session *s = &run->session;
    struct irx_error e = {0};
    unsigned int left;

    s->committed = true;
    s->only = irx_held_find(s, domain);
    if (!s->only)
        return irx_held_none(run, domain, "");
    if (irx_session_claim(s, &e))
        return irx_run_report(run, IRX_RESULT_FAILED, &e, IRX_RC_HELD);
    irx_held_note_others(s);
    left = irx_held_count(s);
    if (left > s->quarantined) {
        irx_fail(&e, -EBUSY, "run `interrex finish` for all that are left",
                 "of the domains that the jump left in the shim %u are still there", left);
        return irx_run_report(run, IRX_RESULT_FAILED, &e, IRX_RC_HELD);
    }
    if (irx_session_return(s, &e))
        return irx_run_report(run, IRX_RESULT_FAILED, &e, IRX_RC_HELD);
    return irx_run_report(run, IRX_RESULT_FINISHED, NULL, IRX_RC_DONE);
}

static int refuse(struct irx_run *run, const char *remedy, const char *what)
{
    struct irx_error e;

    irx_fail(&e, -EBUSY, remedy, "Xen %s runs: %s", run->session.source.version, what);
    irx_findings_error(&run->findings, "host", &e);
    return irx_run_say(run, IRX_RESULT_REFUSED, IRX_RC_REFUSED);
}

int irx_cmd_abort(struct irx_env *env, int argc, char **argv)
{
    struct irx_run run;
    int rc;

    irx_parse(env, &abort_argp, argc, argv, env);
    rc = irx_run_begin(&run, env, "abort", 2);
    if (rc)
        return rc;
    if (irx_host_jumped(run.session.before.host_state))
        rc = refuse(&run, "run `interrex finish`, which completes the update",
                    "the jump has been made, and there is no way back");
    else
        rc = bring_back(&run, IRX_RESULT_ABORTED);
    irx_run_end(&run);
    return rc;
}

int irx_cmd_finish(struct irx_env *env, int argc, char **argv)
{
    struct irx_held_args args = {.env = env};
    struct irx_run run;
    uint32_t state;
    int rc;

    irx_parse(env, &finish_argp, argc, argv, &args);
    rc = irx_run_begin(&run, env, "finish", 2);
    if (rc)
        return rc;
    state = run.session.before.host_state;
    if (irx_host_in_use(state) && !irx_host_jumped(state)) {
        rc = refuse(&run, "run `interrex abort`, which goes back",
                    "no jump has been made, and what is held came from it");
    } else {
        if (irx_host_jumped(state) || is_done_by_xen(&run))
            irx_session_continue(&run.session);
        rc = args.domain ? bring_one(&run, args.domain) : bring_back(&run, IRX_RESULT_FINISHED);
    }
    irx_run_end(&run);
    return rc;
}
