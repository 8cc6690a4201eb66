/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * interrex drill: the whole update on the live host but for the jump: lend,
 * prepare, enter, hold, claim, return. interrex hold: the same up to hold, and
 * leaves the guests there until `interrex abort`.
 */
#include "cmd.h"

#include "cpus.h"
#include "report.h"

#define DRILL_SECONDS     10u
#define DRILL_SECONDS_MAX 86400u
#define DRILL_TIMES_MAX   1000000u

struct drill_args {
    struct irx_env *env;
    struct irx_target_request request;
    struct irx_cpu_list cpus;
    struct irx_limits_request limits; /* of a drill */
    unsigned int seconds, times;      /* times 0: hold until abort */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct drill_args *args = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = args->env;
        if (args->times)
            state->child_inputs[1] = &args->limits;
        return 0;
    case 's':
        args->seconds = irx_parse_number(state, "--seconds", arg, 0, DRILL_SECONDS_MAX);
        return 0;
    case 'n':
        args->times = irx_parse_number(state, "--times", arg, 1, DRILL_TIMES_MAX);
        return 0;
    case 'S':
        args->request.shim = arg;
        return 0;
    case 'c':
        irx_parse_cpus(state, "--cpus", arg, &args->cpus);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument \"%s\"", arg);
    }
    return ARGP_ERR_UNKNOWN;
}

#define COMMON_OPTIONS                                                                             \
    {"shim",                                                                                       \
     'S',                                                                                          \
     "FILE",                                                                                       \
     0,                                                                                            \
     "Load this shim (default: the one that is loaded, else " IRX_DEFAULT_SHIM ")",                \
     0},                                                                                           \
    {                                                                                              \
        "cpus", 'c', "LIST", 0, "Lend these CPUs, e.g. 1,3-5 (default: all but CPU 0)", 0          \
    }

static const struct argp_option drill_options[] = {
    {"seconds", 's', "N", 0, "Hold the guests for N seconds (0 to 86400, default 10)", 0},
    {"times", 'n', "N", 0,
     "Enter, hold and claim the guests N times before the CPUs come back (1 to 1000000, default 1)",
     0},
    COMMON_OPTIONS,
    {0}};

static const struct argp_option hold_options[] = {COMMON_OPTIONS, {0}};

static const struct argp_child drill_children[] = {
    {&irx_argp_common, 0, NULL, 0}, {&irx_argp_limits, 0, "Limits:", 1}, {0}};
static const struct argp_child hold_children[] = {{&irx_argp_common, 0, NULL, 0}, {0}};

static const struct argp drill_argp = {
    .options = drill_options,
    .parser = parse,
    .children = drill_children,
    .doc = "Rehearses an update on the live host, without the jump: the guests run in the shim for "
           "a while and come back to the same Xen.\v"
           "Exit code: 0 drilled, 3 refused, 4 failed or stopped and went back, 5 still held, 8 "
           "over a limit.",
};

static const struct argp hold_argp = {
    .options = hold_options,
    .parser = parse,
    .children = hold_children,
    .doc = "Puts the guests into the shim and leaves them there, until `interrex abort`.\v"
           "Exit code: 0 held, 3 refused, 4 failed or stopped and went back, 5 still held.",
};

/* Reads the shim if one is to be loaded, and asks Xen. Returns IRX_RC_*. */
static int check(struct irx_run *run, const struct irx_target_request *request,
                 const struct drill_args *args, bool load, struct irx_target *target)
{
    struct irx_error e = {0};

    irx_run_idle(run);
    irx_cpus_check(&run->xen, &args->cpus, &run->findings);
    if (load)
        irx_target_read(&run->xen, &run->session.before, request, target, &run->findings);
    if (args->times)
        irx_run_limits(run, &args->limits, &args->cpus, 0, false);
    if (irx_session_check(&run->session, false, &run->findings, &e))
        return irx_say_error(run->env, &e);
    if (!irx_findings_passed(&run->findings))
        return irx_run_refuse(run);
    if (load && irx_session_load(&run->session, target, &e))
        return irx_run_undo(run, &e);
    return IRX_RC_DONE;
}

/* From lent CPUs to where the guests are held. Returns 0 or a negative errno. */
static int enter(struct irx_session *s, struct irx_error *e)
{
    int rc = irx_session_prepare(s, e);

    return rc ? rc : irx_session_enter(s, e);
}

static int once(struct irx_session *s, unsigned int seconds, struct irx_error *e)
{
    int rc = enter(s, e);

    if (rc == 0)
        rc = irx_session_hold(s, seconds * 1000, e);
    if (rc == 0)
        rc = irx_session_claim(s, e);
    return rc;
}

static int many_times(struct irx_session *s, const struct drill_args *args, struct irx_error *e)
{
    int rc = 0;

    irx_repeat_begin(s, args->times);
    for (unsigned int i = 0; rc == 0 && i < args->times; i++) {
        rc = once(s, args->seconds, e);
        if (rc == 0)
            irx_repeat_done(s);
    }
    irx_repeat_end(s);
    return rc;
}

static int drill(struct irx_run *run, const struct drill_args *args)
{
    struct irx_session *s = &run->session;
    struct irx_error e = {0};
    int rc = irx_session_lend(s, args->cpus.cpus, args->cpus.count, &e);

    if (rc == 0)
        rc = args->times > 1 ? many_times(s, args, &e) : once(s, args->seconds, &e);
    if (rc == 0)
        rc = irx_session_return(s, &e);
    if (rc)
        return irx_run_undo(run, &e);
    return irx_run_report(run, IRX_RESULT_DRILLED, NULL, IRX_RC_DONE);
}

static int hold(struct irx_run *run, const struct drill_args *args)
{
    struct irx_error e = {0};
    int rc = irx_session_lend(&run->session, args->cpus.cpus, args->cpus.count, &e);

    if (rc == 0)
        rc = enter(&run->session, &e);
    if (rc)
        return irx_run_undo(run, &e);
    return irx_run_report(run, IRX_RESULT_HELD, NULL, IRX_RC_DONE);
}

/* check, load, lend; prepare, enter (that is all of a hold), hold, claim, or one for all times;
   return. */
static unsigned int phases_of(const struct drill_args *args)
{
    return args->times == 1 ? 8 : 5;
}

static int run_command(struct irx_env *env, const struct drill_args *args, const char *command)
{
    static struct irx_target target;
    struct irx_target_request request = args->request;
    struct irx_run run;
    bool load;
    int rc = irx_run_begin(&run, env, command, phases_of(args));

    if (rc)
        return rc;
    load = request.shim || run.session.before.host_state == IRX_HOST_IDLE;
    if (!request.shim)
        request.shim = IRX_DEFAULT_SHIM;
    rc = check(&run, &request, args, load, &target);
    if (rc == IRX_RC_DONE)
        rc = args->times ? drill(&run, args) : hold(&run, args);
    irx_target_free(&target);
    irx_run_end(&run);
    return rc;
}

int irx_cmd_drill(struct irx_env *env, int argc, char **argv)
{
    struct drill_args args = {.env = env, .seconds = DRILL_SECONDS, .times = 1};

    irx_parse(env, &drill_argp, argc, argv, &args);
    return run_command(env, &args, "drill");
}

int irx_cmd_hold(struct irx_env *env, int argc, char **argv)
{
    struct drill_args args = {.env = env};

    irx_parse(env, &hold_argp, argc, argv, &args);
    return run_command(env, &args, "hold");
}
