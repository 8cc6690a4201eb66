/* SPDX-License-Identifier: GPL-2.0-only */
/* interrex update: exchanges the running Xen for another one while the guests run on. */
#include "cmd.h"

#include "cpus.h"
#include "recovery.h"
#include "report.h"

struct update_args {
    struct irx_env *env;
    struct irx_target_request request;
    struct irx_cpu_list cpus;
    struct irx_limits_request limits;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct update_args *args = state->input;

    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = args->env;
        state->child_inputs[1] = &args->request;
        state->child_inputs[2] = &args->limits;
        return 0;
    }
    if (key == 'c') {
        irx_parse_cpus(state, "--cpus", arg, &args->cpus);
        return 0;
    }
    if (key == ARGP_KEY_ARG)
        argp_error(state, "unexpected argument \"%s\"", arg);
    return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = {{&irx_argp_common, 0, NULL, 0},
                                             {&irx_argp_target, 0, "Files:", 1},
                                             {&irx_argp_limits, 0, "Limits:", 2},
                                             {0}};

static const struct argp_option options[] = {
    {"cpus", 'c', "LIST", 0, "Lend these CPUs, e.g. 1,3-5 (default: all but CPU 0)", 0}, {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .doc =
        "Exchanges the running Xen for the target while the guests run on. Checks first, and "
        "refuses with every reason before anything is changed. SIGINT and SIGTERM before the jump "
        "go back to the running Xen.\v"
        "Exit code: 0 updated, 3 refused, 4 failed or stopped and went back (also by the "
        "fallback), 5 "
        "still held, 8 over a limit: refused, or went back.",
};

/* Everything that can refuse, before and after the images are in place. Returns IRX_RC_*. */
static int check_and_load(struct irx_run *run, struct update_args *args, struct irx_target *target)
{
    struct irx_error e = {0};

    irx_run_may_update(run, &args->request);
    irx_cpus_check(&run->xen, &args->cpus, &run->findings);
    irx_target_read(&run->xen, &run->session.before, &args->request, target, &run->findings);
    irx_run_limits(run, &args->limits, &args->cpus, args->request.boot_delay_ms, true);
    if (irx_session_check(&run->session, false, &run->findings, &e))
        return irx_say_error(run->env, &e);
    if (!irx_findings_passed(&run->findings))
        return irx_run_refuse(run);
    if (irx_session_load(&run->session, target, &e))
        return irx_run_undo(run, &e);
    /* Some reasons show only with the target in its slot, and a domain may have come up. */
    if (irx_session_check(&run->session, true, &run->findings, &e)) {
        struct irx_error ignored;

        irx_session_unload(&run->session, &ignored);
        return irx_say_error(run->env, &e);
    }
    if (!irx_findings_passed(&run->findings)) {
        irx_session_unload(&run->session, &e);
        return irx_run_refuse(run);
    }
    return IRX_RC_DONE;
}

/* Up to the jump: any failure goes back. Returns 0 or a negative errno. */
static int to_the_jump(struct irx_session *s, const struct irx_cpu_list *cpus, struct irx_error *e)
{
    int rc = irx_session_lend(s, cpus->cpus, cpus->count, e);

    if (rc == 0)
        rc = irx_session_prepare(s, e);
    if (rc == 0)
        rc = irx_session_enter(s, e);
    if (rc == 0)
        rc = irx_session_exec(s, e);
    return rc;
}

static int update(struct irx_run *run, const struct irx_cpu_list *cpus)
{
    struct irx_session *s = &run->session;
    struct irx_error e = {0};
    int rc = to_the_jump(s, cpus, &e);

    if (rc && !s->committed)
        return irx_run_undo(run, &e);
    if (rc == 0)
        rc = irx_session_claim(s, &e);
    if (rc == 0)
        rc = irx_session_return(s, &e);
    if (rc) {
        struct irx_error held;

        irx_fail(
            &held, e.err,
            "the next Xen runs; run `interrex status`, then `interrex finish`, which claims what "
            "is left",
            "%s", e.what);
        return irx_run_report(run, IRX_RESULT_FAILED, &held, IRX_RC_HELD);
    }
    if (json_is_object(irx_session_recovery(s))) {
        char words[160];

        irx_recovery_say(irx_session_recovery(s), words, sizeof(words));
        irx_fail(&e, -EIO, "see `interrex report`: it has the end of the target's console", "%s",
                 words);
        return irx_run_report(run, IRX_RESULT_RECOVERED, &e, IRX_RC_ABORTED);
    }
    return irx_run_report(run, IRX_RESULT_UPDATED, NULL, IRX_RC_DONE);
}

int irx_cmd_update(struct irx_env *env, int argc, char **argv)
{
    struct update_args args = {.env = env,
                               .request = {.shim = IRX_DEFAULT_SHIM,
                                           .xen = IRX_DEFAULT_XEN,
                                           .claim_after_s = IRX_CLAIM_AFTER_S}};
    static struct irx_target target;
    struct irx_run run;
    int rc;

    irx_parse(env, &argp, argc, argv, &args);
    rc = irx_run_begin(&run, env, "update", 9);
    if (rc)
        return rc;
    rc = check_and_load(&run, &args, &target);
    if (rc == IRX_RC_DONE)
        rc = update(&run, &args.cpus);
    irx_target_free(&target);
    irx_run_end(&run);
    return rc;
}
