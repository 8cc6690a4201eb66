/* SPDX-License-Identifier: GPL-2.0-only */
/* interrex load and unload: shim and target into the region, and out again. Guests notice nothing.
 */
#include "cmd.h"

#include "report.h"

#define KEY_SHIM_ONLY 0x200

struct load_args {
    struct irx_env *env;
    struct irx_target_request request;
};

static error_t parse_load(int key, char *arg, struct argp_state *state)
{
    struct load_args *args = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = args->env;
        state->child_inputs[1] = &args->request;
        return 0;
    case KEY_SHIM_ONLY:
        args->request.xen = NULL;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument \"%s\"", arg);
    }
    return ARGP_ERR_UNKNOWN;
}

static const struct argp_option load_options[] = {
    {"shim-only", KEY_SHIM_ONLY, NULL, 0, "Load no target: enough for a drill", 0}, {0}};

static const struct argp_child load_children[] = {
    {&irx_argp_common, 0, NULL, 0}, {&irx_argp_target, 0, "Files:", 1}, {0}};

static const struct argp load_argp = {
    .options = load_options,
    .parser = parse_load,
    .children = load_children,
    .doc =
        "Puts the shim and the target Xen into the live-update region. Nothing else is touched.\v"
        "Exit code: 0 loaded, 3 refused; nothing was loaded then.",
};

int irx_cmd_load(struct irx_env *env, int argc, char **argv)
{
    struct load_args args = {.env = env,
                             .request = {.shim = IRX_DEFAULT_SHIM,
                                         .xen = IRX_DEFAULT_XEN,
                                         .claim_after_s = IRX_CLAIM_AFTER_S}};
    static struct irx_target target;
    struct irx_error e = {0};
    struct irx_run run;
    int rc;

    irx_parse(env, &load_argp, argc, argv, &args);
    rc = irx_run_begin(&run, env, "load", 1);
    if (rc)
        return rc;
    irx_run_idle(&run);
    irx_target_read(&run.xen, &run.session.before, &args.request, &target, &run.findings);
    if (!irx_findings_passed(&run.findings)) {
        rc = irx_run_say(&run, IRX_RESULT_REFUSED, IRX_RC_REFUSED);
    } else if (irx_session_load(&run.session, &target, &e)) {
        rc = irx_say_error(env, &e);
    } else {
        rc = irx_run_say(&run, "loaded", IRX_RC_DONE);
    }
    irx_target_free(&target);
    irx_run_end(&run);
    return rc;
}

static error_t parse_unload(int key, char *arg, struct argp_state *state)
{
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = state->input;
        return 0;
    }
    if (key == ARGP_KEY_ARG)
        argp_error(state, "unexpected argument \"%s\"", arg);
    return ARGP_ERR_UNKNOWN;
}

static const struct argp_child common_child[] = {{&irx_argp_common, 0, NULL, 0}, {0}};

static const struct argp unload_argp = {
    .parser = parse_unload,
    .children = common_child,
    .doc = "Forgets the shim and the target that were loaded.",
};

int irx_cmd_unload(struct irx_env *env, int argc, char **argv)
{
    struct irx_error e = {0};
    struct irx_run run;
    int rc;

    irx_parse(env, &unload_argp, argc, argv, env);
    rc = irx_run_begin(&run, env, "unload", 1);
    if (rc)
        return rc;
    if (!irx_run_idle(&run)) {
        rc = irx_run_say(&run, IRX_RESULT_REFUSED, IRX_RC_REFUSED);
    } else if (irx_session_unload(&run.session, &e)) {
        rc = irx_say_error(env, &e);
    } else {
        rc = irx_run_say(&run, "unloaded", IRX_RC_DONE);
    }
    irx_run_end(&run);
    return rc;
}
