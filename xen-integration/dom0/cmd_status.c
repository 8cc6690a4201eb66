/* SPDX-License-Identifier: GPL-2.0-only */
/* interrex status: what the host, its lent CPUs and its held domains are at. */
#include "cmd.h"

#include "report.h"
#include "status.h"

#define LOG_LINES 40u

struct status_args {
    struct irx_env *env;
    bool log;
    unsigned int lines;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct status_args *args = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = args->env;
        return 0;
    case 'l':
        args->log = true;
        if (arg)
            args->lines = irx_parse_number(state, "--log", arg, 0, 1000000);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument \"%s\"", arg);
    }
    return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
    {"log", 'l', "LINES", OPTION_ARG_OPTIONAL,
     "Also show the newest LINES of the shim's log (default 40; 0: all)", 0},
    {0}};

static const struct argp_child children[] = {{&irx_argp_common, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .doc =
        "Shows the state of the host, of its CPUs in the shim and of every domain in the region, "
        "with the exits that the shim served and those that parked a vCPU.",
};

int irx_cmd_status(struct irx_env *env, int argc, char **argv)
{
    struct status_args args = {.env = env, .lines = LOG_LINES};
    struct irx_error e = {0};
    struct irx_xen xen = {0};
    json_t *status = NULL;

    irx_parse(env, &argp, argc, argv, &args);
    if (env->connect(&xen, &e) == 0)
        status = irx_status_gather(&xen, env->lock, args.log, &e);
    irx_xen_close(&xen);
    if (!status)
        return irx_say_error(env, &e);
    if (env->json)
        irx_json_print(status, env->out);
    else
        irx_status_print(status, args.lines, env->out);
    json_decref(status);
    return IRX_RC_DONE;
}
