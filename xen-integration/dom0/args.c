/* SPDX-License-Identifier: GPL-2.0-only */
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
    struct irx_env *env = state->input;

    (void)arg;
    if (key != 'j')
        return ARGP_ERR_UNKNOWN;
    env->json = true;
    return 0;
}

static const struct argp_option common_options[] = {
    {"json", 'j', NULL, 0, "Write one JSON object to standard output, progress to standard error",
     0},
    {0},
};

const struct argp irx_argp_common = {.options = common_options, .parser = parse_common};

#define CPU_NUMBER_MAX 4095u

#define KEY_SHIM           0x100
#define KEY_XEN            0x101
#define KEY_CMDLINE        0x102
#define KEY_MODULE         0x103
#define KEY_MODULE_CMDLINE 0x104
#define KEY_BOOT_DELAY     0x105
#define KEY_FALLBACK       0x106
#define KEY_NO_FALLBACK    0x107
#define KEY_ON_SILENCE     0x108
#define KEY_SILENCE_LIMIT  0x109
#define KEY_CLAIM_AFTER    0x10a

#define KEY_MAX_BLACKOUT 0x110
#define KEY_MAX_BROWNOUT 0x111
#define KEY_MAX_STALL    0x112
#define KEY_OVER_LIMIT   0x113
#define KEY_LIMITS       0x114
#define KEY_TIME_LIMIT   0x115
#define KEY_STEP_LIMIT   0x116

#define TIME_LIMIT_MAX_S  86400u
#define STEP_LIMIT_MIN_MS 100u
#define STEP_LIMIT_MAX_MS 60000u /* INTERREX_TIMEOUT_MS_MAX of Xen's side */

#define BOOT_DELAY_MAX_MS    60000u
#define SILENCE_LIMIT_MIN_MS 50u
#define SILENCE_LIMIT_MAX_MS 3600000u

static error_t parse_target(int key, char *arg, struct argp_state *state)
{
    struct irx_target_request *request = state->input;

    switch (key) {
    case KEY_SHIM:
        request->shim = arg;
        return 0;
    case KEY_XEN:
        request->xen = arg;
        return 0;
    case KEY_CMDLINE:
        request->cmdline = arg;
        return 0;
    case KEY_MODULE:
        if (request->module_count == IRX_IMAGE_MODULES_MAX)
            argp_error(state, "--module: at most %u modules", IRX_IMAGE_MODULES_MAX);
        request->modules[request->module_count++] = arg;
        return 0;
    case KEY_MODULE_CMDLINE:
        if (request->module_count == 0)
            argp_error(state, "--module-cmdline comes after the --module that it belongs to");
        request->module_cmdlines[request->module_count - 1] = arg;
        return 0;
    case KEY_BOOT_DELAY:
        request->boot_delay_ms = irx_parse_number(state, "--boot-delay", arg, 0, BOOT_DELAY_MAX_MS);
        return 0;
    case KEY_FALLBACK:
        request->fallback = arg;
        return 0;
    case KEY_NO_FALLBACK:
        request->no_fallback = true;
        return 0;
    case KEY_ON_SILENCE:
        if (strcmp(arg, "wait") && strcmp(arg, "recover"))
            argp_error(state, "--on-silence: \"%s\" is neither wait nor recover", arg);
        request->waits_out_silence = !strcmp(arg, "wait");
        return 0;
    case KEY_SILENCE_LIMIT:
        request->silence_limit_ms = irx_parse_number(state, "--silence-limit", arg,
                                                     SILENCE_LIMIT_MIN_MS, SILENCE_LIMIT_MAX_MS);
        return 0;
    case KEY_CLAIM_AFTER:
        request->claim_after_s = irx_parse_number(state, "--claim-after", arg, 0,
                                                  IRX_CLAIM_AFTER_MAX_S);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option target_options[] = {
    {"shim", KEY_SHIM, "FILE", 0, "The shim (default " IRX_DEFAULT_SHIM ")", 0},
    {"xen", KEY_XEN, "FILE", 0, "The target Xen, unpacked (default " IRX_DEFAULT_XEN ")", 0},
    {"cmdline", KEY_CMDLINE, "TEXT", 0, "The target's command line (default: the running Xen's)",
     0},
    {"module", KEY_MODULE, "FILE", 0,
     "A boot module for the target: a kernel, then its initrd (default: none, dom0 is carried "
     "over)",
     0},
    {"module-cmdline", KEY_MODULE_CMDLINE, "TEXT", 0, "Command line of the --module before it", 0},
    {"fallback", KEY_FALLBACK, "FILE", 0,
     "The Xen that stands in for a target that fails before dom0 runs in it (default: the running "
     "Xen's own file, if it is in /boot)",
     0},
    {"no-fallback", KEY_NO_FALLBACK, NULL, 0, "None: a target that fails resets the host", 0},
    {"on-silence", KEY_ON_SILENCE, "wait|recover", 0,
     "Where the target hangs before dom0 runs in it: start the fallback (default), or wait", 0},
    {"silence-limit", KEY_SILENCE_LIMIT, "MS", 0,
     "How long a stage of the target's boot may take until that counts as a failure (default: "
     "5000, "
     "and 100 for each GiB of memory)",
     0},
    {"claim-after", KEY_CLAIM_AFTER, "SECONDS", 0,
     "After the jump the target claims the guests by itself when nobody has gone on for so long: 0 "
     "to 3600, 0: never (default 30)",
     0},
    {"boot-delay", KEY_BOOT_DELAY, "MS", 0,
     "Rehearsals: the target waits so many ms before it looks at any domain", 0},
    {0},
};

const struct argp irx_argp_target = {.options = target_options, .parser = parse_target};

static void parse_limit(struct argp_state *state, const char *option, const char *text,
                        uint64_t *us)
{
    if (!irx_limit_parse(text, us))
        argp_error(state, "%s: \"%s\" is not a number of ms from 0.001 to %u", option, text,
                   IRX_LIMIT_MAX_MS);
}

static error_t parse_limits(int key, char *arg, struct argp_state *state)
{
    struct irx_limits_request *request = state->input;
    struct irx_limits *all = &request->all;

    switch (key) {
    case KEY_MAX_BLACKOUT:
        parse_limit(state, "--max-blackout", arg, &all->max_us[IRX_BLACKOUT]);
        return 0;
    case KEY_MAX_BROWNOUT:
        parse_limit(state, "--max-brownout", arg, &all->max_us[IRX_BROWNOUT]);
        return 0;
    case KEY_MAX_STALL:
        parse_limit(state, "--max-stall", arg, &all->max_us[IRX_STALL]);
        return 0;
    case KEY_OVER_LIMIT:
        if (!irx_over_limit_parse(arg, &all->goes_on))
            argp_error(state, "--over-limit: \"%s\" is neither abort nor continue", arg);
        return 0;
    case KEY_LIMITS:
        request->file = arg;
        return 0;
    case KEY_TIME_LIMIT:
        request->time_s = irx_parse_number(state, "--time-limit", arg, 1, TIME_LIMIT_MAX_S);
        return 0;
    case KEY_STEP_LIMIT:
        request->step_ms = irx_parse_number(state, "--step-limit", arg, STEP_LIMIT_MIN_MS,
                                            STEP_LIMIT_MAX_MS);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option limits_options[] = {
    {"max-blackout", KEY_MAX_BLACKOUT, "MS", 0,
     "The longest that a vCPU may stand still when it enters or leaves the shim", 0},
    {"max-brownout", KEY_MAX_BROWNOUT, "MS", 0,
     "The longest that a vCPU may want to run and have no CPU", 0},
    {"max-stall", KEY_MAX_STALL, "MS", 0,
     "The longest that dom0, and with it disk and network, may stand still", 0},
    {"over-limit", KEY_OVER_LIMIT, "abort|continue", 0,
     "Past a limit: refuse or go back (abort, the default), or only say so", 0},
    {"limits", KEY_LIMITS, "FILE", 0, "Other limits for some domains, as JSON (see interrex(8))",
     0},
    {"time-limit", KEY_TIME_LIMIT, "SECONDS", 0,
     "Go back where the jump, or the end of a drill, has not come by then (default: none)", 0},
    {"step-limit", KEY_STEP_LIMIT, "MS", 0,
     "How long Xen waits for the shim at each step of a guest, the first time (default 2000)", 0},
    {0},
};

const struct argp irx_argp_limits = {.options = limits_options, .parser = parse_limits};

bool irx_wants_json(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (!strcmp(argv[i], "--"))
            break;
        if (!strcmp(argv[i], "--json") || !strcmp(argv[i], "-j"))
            return true;
    }
    return false;
}

/* While arguments are parsed for somebody who wants JSON: what argp says of them. */
static struct {
    struct irx_env *env;
    FILE *stderr_before;
    char *text;
    size_t size;
} said;

static void stop_listening(void)
{
    fclose(stderr);
    stderr = said.stderr_before;
    said.env = NULL;
}

/* argp exits by itself. Its first line is the fault, behind the program's name. */
static void answer_usage(int status, void *unused)
{
    struct irx_env *env = said.env;
    struct irx_error e;
    const char *what;

    (void)unused;
    if (!env)
        return;
    stop_listening();
    fputs(said.text, stderr);
    if (status != IRX_RC_USAGE)
        return;
    said.text[strcspn(said.text, "\n")] = 0;
    what = strstr(said.text, ": ");
    irx_fail(&e, -EINVAL, "see --help", "%s", what ? what + 2 : said.text);
    irx_json_error(env, &e);
}

void irx_parse(struct irx_env *env, const struct argp *argp, int argc, char **argv, void *input)
{
    static bool registered;

    argp_err_exit_status = IRX_RC_USAGE;
    if (irx_wants_json(argc, argv)) {
        if (!registered)
            registered = on_exit(answer_usage, NULL) == 0;
        free(said.text);
        said.stderr_before = stderr;
        said.text = NULL;
        stderr = open_memstream(&said.text, &said.size);
        if (stderr && registered)
            said.env = env;
        else
            stderr = said.stderr_before;
    }
    if (argp_parse(argp, argc, argv, 0, NULL, input))
        exit(IRX_RC_USAGE);
    if (said.env)
        stop_listening();
}

unsigned int irx_parse_number(struct argp_state *state, const char *option, const char *text,
                              unsigned int min, unsigned int max)
{
    char *end;
    unsigned long value;

    errno = 0;
    value = strtoul(text, &end, 10);
    if (errno || end == text || *end || text[0] == '-' || value < min || value > max)
        argp_error(state, "%s: \"%s\" is not a number from %u to %u", option, text, min, max);
    return (unsigned int)value;
}

/* "3" or "3-5" from *text on; leaves *text behind it. False: neither. */
static bool parse_range(const char **text, unsigned long *first, unsigned long *last)
{
    char *end;

    if (**text < '0' || **text > '9')
        return false;
    *first = *last = strtoul(*text, &end, 10);
    if (*end == '-') {
        if (end[1] < '0' || end[1] > '9')
            return false;
        *last = strtoul(end + 1, &end, 10);
    }
    *text = end;
    return *first >= 1 && *last >= *first && *last <= CPU_NUMBER_MAX;
}

static bool has_cpu(const struct irx_cpu_list *list, unsigned long cpu)
{
    for (unsigned int i = 0; i < list->count; i++)
        if (list->cpus[i] == cpu)
            return true;
    return false;
}

void irx_parse_cpus(struct argp_state *state, const char *option, const char *text,
                    struct irx_cpu_list *list)
{
    const char *rest = text;
    unsigned long first = 0, last = 0;

    list->count = 0;
    do {
        if (!parse_range(&rest, &first, &last) || (*rest && *rest != ','))
            argp_error(state, "%s: \"%s\" is not a list of CPUs above 0, such as 1,3-5", option,
                       text);
        for (unsigned long cpu = first; cpu <= last; cpu++) {
            if (has_cpu(list, cpu) || list->count == IRX_CPUS_MAX)
                argp_error(state, "%s: each CPU once, at most %u", option, IRX_CPUS_MAX);
            list->cpus[list->count++] = (uint32_t)cpu;
        }
    } while (*rest++ == ',');
}
