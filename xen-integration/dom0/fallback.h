/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fallback: the Xen that stands in for the target if that fails before dom0 runs in it. By
 * default the build that runs, if its file is on this host.
 */
#ifndef INTERREX_DOM0_FALLBACK_H
#define INTERREX_DOM0_FALLBACK_H

#include "target.h"

#define IRX_FALLBACK_DIRECTORY "/boot"
#define IRX_FALLBACK_ATTEMPTS  2u

/*
 * How long a stage of the target's boot may take. What takes longest grows with memory: 17 ms for each
 * GiB on the bed (docs/status.md), in all stages.
 */
#define IRX_SILENCE_MS     5000u
#define IRX_SILENCE_MS_GIB 100u

/*
 * Finds and reads it, and looks whether R has room: with lines in *f. Named and not fit for it is a
 * refusal, none at all a warning. The target has been read.
 */
void irx_fallback_read(const struct irx_xen *xen, const struct irx_op_info *info,
                       const struct irx_target_request *request, struct irx_target *target,
                       struct irx_findings *f);

/* Into R, beside a shim that was just loaded. Nothing where the target has none. */
int irx_fallback_load(const struct irx_xen *xen, const struct irx_op_info *info,
                      const struct irx_target *target, struct irx_error *e);

#endif
