/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of subcommands; tests call through it as the process does. */
#ifndef INTERREX_DOM0_COMMANDS_H
#define INTERREX_DOM0_COMMANDS_H

#include "cmd.h"

/* argv[0] is the command's own name. An unknown one is a usage error. Returns IRX_RC_*. */
int irx_command(struct irx_env *env, int argc, char **argv);
void irx_commands_help(FILE *out);
void irx_commands_version(FILE *out);

#endif
