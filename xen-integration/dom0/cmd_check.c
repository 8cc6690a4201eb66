/* SPDX-License-Identifier: GPL-2.0-only */
/* interrex check: may this host be updated with these files? Changes nothing. */
#include "cmd.h"

#include "cpus.h"
#include "report.h"
#include "uses.h"

struct check_args {
    struct irx_env *env;
    struct irx_target_request request;
    struct irx_cpu_list cpus;
    struct irx_limits_request limits;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct check_args *args = state->input;

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
    {"cpus", 'c', "LIST", 0, "Also that these CPUs can be lent, e.g. 1,3-5", 0}, {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .doc = "Says whether this host can be updated with these files, and names every reason that "
           "speaks against it, domain by domain. Changes nothing.\v"
           "Exit code: 0 nothing refuses, 3 refused, 8 refused by nothing but a limit.",
};

static int print(struct irx_run *run, bool passed)
{
    struct irx_env *env = run->env;
    int rc = passed ? IRX_RC_DONE : irx_refused_rc(&run->findings);
    json_t *json;

    if (!env->json) {
        irx_findings_print(&run->findings, env->out, false);
        fprintf(env->out, "%s\n", passed ? "This host can be updated." : "Refused.");
        return rc;
    }
    json = json_pack("{s:s, s:o, s:o}", "result", passed ? "ok" : IRX_RESULT_REFUSED, "reasons",
                     irx_findings_json(&run->findings), "warnings",
                     irx_findings_warnings_json(&run->findings));
    irx_report_add_limits(&run->session, json);
    irx_json_print(json, env->out);
    json_decref(json);
    return rc;
}

int irx_cmd_check(struct irx_env *env, int argc, char **argv)
{
    struct check_args args = {.env = env,
                              .request = {.shim = IRX_DEFAULT_SHIM,
                                          .xen = IRX_DEFAULT_XEN,
                                          .claim_after_s = IRX_CLAIM_AFTER_S}};
    static struct irx_target target;
    struct irx_error e = {0};
    struct irx_run run;
    int rc;

    irx_parse(env, &argp, argc, argv, &args);
    rc = irx_run_begin(&run, env, "check", 1);
    if (rc)
        return rc;
    run.session.progress.out = NULL; /* the lines are the findings */
    irx_run_may_update(&run, &args.request);
    irx_cpus_check(&run.xen, &args.cpus, &run.findings);
    irx_target_read(&run.xen, &run.session.before, &args.request, &target, &run.findings);
    irx_run_limits(&run, &args.limits, &args.cpus, args.request.boot_delay_ms, true);
    if (irx_session_check(&run.session, false, &run.findings, &e)) {
        rc = irx_say_error(env, &e);
    } else {
        irx_uses_check(&run.xen, &run.findings);
        rc = print(&run, irx_findings_passed(&run.findings));
    }
    irx_target_free(&target);
    irx_run_end(&run);
    return rc;
}
