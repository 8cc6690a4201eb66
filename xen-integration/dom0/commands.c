/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands.h"

#include <errno.h>
#include <string.h>

#include <interrex/release.h>

static const struct command {
    const char *name;
    int (*run)(struct irx_env *env, int argc, char **argv);
    const char *help; /* NULL: for tests of Xen, not for operators */
} commands[] = {
    {"check", irx_cmd_check, "may this host be updated with these files?"},
    {"load", irx_cmd_load, "put shim and target into the live-update region"},
    {"unload", irx_cmd_unload, "forget what was loaded"},
    {"drill", irx_cmd_drill, "rehearse: hold the guests for a while, and come back"},
    {"hold", irx_cmd_hold, "put the guests into the shim and leave them there"},
    {"update", irx_cmd_update, "exchange Xen while the guests run on"},
    {"abort", irx_cmd_abort, "before the jump: bring everything that is held back into Xen"},
    {"finish", irx_cmd_finish, "after the jump: bring what is still held into the next Xen"},
    {"abandon", irx_cmd_abandon, "end a domain that the shim runs and Xen cannot take back"},
    {"status", irx_cmd_status, "what host, CPUs and domains are at"},
    {"report", irx_cmd_report, "show the last report again"},
    {"audit", irx_cmd_audit, NULL},
};

/* Of each command's --version, too (argp). */
const char *argp_program_version = "interrex " IRX_RELEASE_TEXT;

#define NR_COMMANDS (sizeof(commands) / sizeof(*commands))

void irx_commands_version(FILE *out)
{
    fprintf(out, "%s\n", argp_program_version);
}

void irx_commands_help(FILE *out)
{
    fprintf(out, "Usage: interrex COMMAND [OPTION...]\n"
                 "Replaces the running Xen by another build while the guests run on.\n\n");
    for (size_t i = 0; i < NR_COMMANDS; i++)
        if (commands[i].help)
            fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].help);
    fprintf(out,
            "\n`interrex COMMAND --help` shows a command's options. All take --json.\n"
            "`interrex --version` shows the release.\n"
            "Exit codes: 0 done, 1 error and nothing changed, 2 usage, 3 refused,\n"
            "4 failed and went back, 5 failed and something is still held,\n"
            "6 done, but guests are quarantined, 7 done, but the output could not be written,\n"
            "8 over a limit: refused, or went back.\n");
}

int irx_command(struct irx_env *env, int argc, char **argv)
{
    struct irx_error e;
    char name[64];

    for (size_t i = 0; argc > 0 && i < NR_COMMANDS; i++) {
        if (strcmp(argv[0], commands[i].name) != 0)
            continue;
        snprintf(name, sizeof(name), "interrex %s", commands[i].name);
        argv[0] = name;
        return commands[i].run(env, argc, argv);
    }
    if (argc > 0)
        irx_fail(&e, -EINVAL, "see `interrex --help`", "unknown command \"%.60s\"", argv[0]);
    else
        irx_fail(&e, -EINVAL, "see `interrex --help`", "no command is given");
    env->json = irx_wants_json(argc, argv);
    irx_say_error(env, &e);
    return IRX_RC_USAGE;
}
