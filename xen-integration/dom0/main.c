/* SPDX-License-Identifier: GPL-2.0-only */
/* interrex: the operator's command in dom0. The process: signals, streams, where things are kept.
 */
#include <signal.h>
#include <string.h>

#include "commands.h"

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    stop = number;
}

/*
 * A signal only leaves a mark: the sequence looks at it between two steps before
 * the jump, where it can go back, and not at all after it.
 */
static void catch_signals(void)
{
    static const int stopping[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(stopping) / sizeof(*stopping); i++)
        sigaction(stopping[i], &action, NULL);
    /* A reader of our output that goes away must not end us half way. */
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

int main(int argc, char **argv)
{
    static const char *const directories[] = {"/var/lib/interrex", "/run/interrex", NULL};
    struct irx_env env = {
        .out = stdout,
        .err = stderr,
        .connect = irx_xen_connect,
        .state_directories = directories,
        .lock = "/run/interrex/lock",
        .stop = &stop,
    };

    if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))) {
        irx_commands_help(stdout);
        return IRX_RC_DONE;
    }
    if (argc > 1 && (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))) {
        irx_commands_version(stdout);
        return IRX_RC_DONE;
    }
    catch_signals();
    return irx_command(&env, argc - 1, argv + 1);
}
