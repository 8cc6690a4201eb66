/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPUs that --cpus names, against those that the host has. */
#ifndef INTERREX_DOM0_CPUS_H
#define INTERREX_DOM0_CPUS_H

#include "cmd.h"

/* A finding for each that cannot be lent: not there, or offline. None named: nothing is said. */
void irx_cpus_check(const struct irx_xen *xen, const struct irx_cpu_list *list,
                    struct irx_findings *f);

#endif
