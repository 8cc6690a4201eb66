/* SPDX-License-Identifier: GPL-2.0-only */
/* Toolstacks that are saving, migrating or restoring a domain. */
#ifndef INTERREX_DOM0_SAVER_H
#define INTERREX_DOM0_SAVER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * One of libxl's is at this domain: its helper runs, from before it looks at the domain until it is
 * done. proc: where the processes are, "/proc".
 */
bool irx_saver_runs(const char *proc, uint32_t domid);

#endif
