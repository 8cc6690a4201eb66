/* SPDX-License-Identifier: GPL-2.0-only */
/* interrex report: shows the last report again, with what the guests measured merged in. */
#include "cmd.h"

#include <errno.h>
#include <string.h>

#include "deadman.h"
#include "report.h"

#define KEY_MERGE  0x300
#define KEY_OUTPUT 0x301

struct report_args {
    struct irx_env *env;
    const char *merge;
    const char *output;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct report_args *args = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = args->env;
        return 0;
    case KEY_MERGE:
        args->merge = arg;
        return 0;
    case KEY_OUTPUT:
        args->output = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument \"%s\"", arg);
    }
    return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
    {"merge-guests", KEY_MERGE, "FILE", 0, "Fill in what the guests measured, from this JSON file",
     0},
    {"output", KEY_OUTPUT, "FILE", 0, "Also write the report to this file, as JSON", 0},
    {0}};

static const struct argp_child children[] = {{&irx_argp_common, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .doc = "Shows the report of the last update, drill, hold, abort or finish of this host.",
};

static int merge(json_t *report, const char *path, struct irx_error *e)
{
    json_error_t why;
    json_t *guests = json_load_file(path, 0, &why);
    int rc;

    if (!guests)
        return irx_fail(e, -EINVAL, "name a JSON file with --merge-guests", "%s: %s (line %d)",
                        path, why.text, why.line);
    rc = irx_report_merge(report, guests, e);
    json_decref(guests);
    return rc;
}

static int write_to(const json_t *report, const char *path, struct irx_error *e)
{
    FILE *file = fopen(path, "we");
    int rc;

    if (!file)
        return irx_fail(e, -errno, "name a file that can be written with --output",
                        "cannot write %.200s: %s", path, strerror(errno));
    rc = irx_json_print(report, file);
    if (fclose(file) && rc == 0)
        rc = -errno;
    return rc ? irx_fail(e, rc, irx_file_remedy(-rc), "cannot write %s: %s", path, strerror(-rc))
              : 0;
}

/*
 * The last update's command left no report, as it was killed, but Xen finished by itself: what Xen knows of it.
 * NULL: it is not so. last: the newest report that was kept, or NULL.
 */
static json_t *unattended(struct irx_env *env, const json_t *last)
{
    struct irx_session s = {0};
    struct irx_error e = {0};
    struct irx_xen xen = {0};
    json_t *report = NULL;
    long long left;

    if (env->connect(&xen, &e) || irx_session_open(&s, &xen, NULL, 0, env->stop, &e))
        goto done;
    if (!irx_deadman_began(irx_session_deadman(&s)) || irx_deadman_is_told(s.deadman, last))
        goto done;
    irx_session_continue(&s);
    left = (long long)json_integer_value(json_object_get(s.deadman, "left"));
    if (left)
        irx_fail(&e, -EBUSY, "run `interrex status`, which says why, then `interrex finish`",
                 "Xen finished the update by itself, but for %lld guests", left);
    report = irx_report_build(&s, "update", left ? IRX_RESULT_FAILED : IRX_RESULT_FINISHED, NULL,
                              left ? &e : NULL);
    if (report)
        json_object_set(report, "started", json_object_get(s.deadman, "began"));
done:
    irx_session_free(&s);
    irx_xen_close(&xen);
    return report;
}

/* The last update's, drill's, ... */
static json_t *last_report(struct irx_env *env, struct irx_error *e)
{
    json_t *last = irx_report_load(env->state_directories, e);
    json_t *newer = unattended(env, last);

    if (!newer)
        return last;
    json_decref(last);
    *e = (struct irx_error){0};
    return newer;
}

int irx_cmd_report(struct irx_env *env, int argc, char **argv)
{
    struct report_args args = {.env = env};
    struct irx_error e = {0};
    json_t *report;

    irx_parse(env, &argp, argc, argv, &args);
    report = last_report(env, &e);
    if (report && args.merge)
        merge(report, args.merge, &e);
    if (report && !e.err && args.output)
        write_to(report, args.output, &e);
    if (!report || e.err) {
        json_decref(report);
        return irx_say_error(env, &e);
    }
    if (env->json)
        irx_json_print(report, env->out);
    else
        irx_report_print(report, env->out);
    json_decref(report);
    return IRX_RC_DONE;
}
