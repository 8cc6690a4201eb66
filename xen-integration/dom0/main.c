/* SPDX-License-Identifier: GPL-2.0-only */
/* interrex: the operator's command in dom0. */
#include <string.h>

#include "commands.h"
#include "places.h"
#include "process.h"

static volatile sig_atomic_t stop;

static void protect(void)
{
    irx_process_protect("/proc/self/oom_score_adj");
}

int main(int argc, char **argv)
{
    struct irx_env env = {
        .out = stdout,
        .err = stderr,
        .connect = irx_xen_connect,
        .protect = protect,
        .state_directories = irx_place_reports(),
        .lock = irx_place_lock(),
        .stop = &stop,
    };

    irx_process_start(&stop);
    if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))) {
        irx_commands_help(stdout);
        return IRX_RC_DONE;
    }
    if (argc > 1 && (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))) {
        irx_commands_version(stdout);
        return IRX_RC_DONE;
    }
    return irx_command(&env, argc - 1, argv + 1);
}
