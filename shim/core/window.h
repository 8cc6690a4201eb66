/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Windows onto guest pages: the only way the shim ever sees guest memory. A
 * few page-table entries a CPU, used in turn.
 */
#ifndef SHIM_CORE_WINDOW_H
#define SHIM_CORE_WINDOW_H

#include "pcpu.h"

/*
 * Maps a machine frame, read-write, not executable. The mapping stays valid for
 * the next WINDOWS - 1 calls on this CPU. The caller has found `mfn` in a
 * domain's nested tables or in its validated entry.
 */
void *window_map(struct pcpu *pc, mfn_t mfn);
/* Takes all of this CPU's windows away: before another domain's vCPU runs here. */
void window_clear(struct pcpu *pc);

#endif
