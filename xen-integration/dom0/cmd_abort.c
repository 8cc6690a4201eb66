/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * interrex abort: from whatever state back to normal. Claims every held domain
 * into the Xen that runs now, and takes the CPUs back. Before a jump that is the
 * Xen they came from; after one, the next Xen: there it completes the update.
 */
#include "cmd.h"

#include "report.h"

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

static const struct argp argp = {
    .parser = parse,
    .children = children,
    .doc =
        "Brings every held domain into the Xen that runs now, and takes the lent CPUs back. Does "
        "nothing on a host where nothing is held.\v"
        "Exit code: 0 nothing is held any more, 5 something still is; it can be run again.",
};

int irx_cmd_abort(struct irx_env *env, int argc, char **argv)
{
    struct irx_error e = {0};
    struct irx_run run;
    int rc;

    irx_parse(&argp, argc, argv, env);
    rc = irx_run_begin(&run, env, "abort", 2);
    if (rc)
        return rc;
    if (irx_session_bring_back(&run.session, &e))
        rc = irx_run_report(&run, IRX_RESULT_FAILED, &e, IRX_RC_HELD);
    else
        rc = irx_run_report(&run, IRX_RESULT_ABORTED, NULL, IRX_RC_DONE);
    irx_run_end(&run);
    return rc;
}
