/* SPDX-License-Identifier: GPL-2.0-only */
/* Figures for the report, from the stamps that Xen and the shim leave in R and in IRX_OP_INFO. */
#ifndef INTERREX_DOM0_MEASURE_H
#define INTERREX_DOM0_MEASURE_H

#include "session.h"

/* Right after enter: which vCPUs ran at once. Failure only means fewer figures. */
void irx_measure_entered(struct irx_session *s, struct irx_guest *g);
/*
 * Of guest g, or with NULL of all that were entered: blackout at enter and brown-out as they stand
 * now, into enter_tsc and brownout_tsc; a vCPU that waits for its first turn counts until now.
 * Failure only means fewer figures.
 */
void irx_measure_so_far(struct irx_session *s, struct irx_guest *g);
/*
 * After claim, of all guests that came back from the shim (g->measure, with vcpu_first and
 * vcpu_count): blackouts and counts. Failure only means fewer figures.
 *
 * Blackout of a vCPU at enter: from its stop in Xen to its first instruction in
 * the shim; for one that was idle, to the end of the operation, from when on it
 * could have run. At leave: from its last exit in the shim; if that was before the claim was asked
 * for (it slept, was parked, or waited for its turn), from then; to its first run in Xen, also
 * if it only waited for a CPU there. The longest of a domain's vCPUs counts.
 *
 * Brown-out of a vCPU: the longest time that it wanted to run and had no CPU, from the first lent
 * CPU to the last one returned: the longer of what Xen saw (run state RUNSTATE_runnable, in the Xen
 * before and in the next; xen_wait_ns) and of what the shim saw (max_wait_tsc). One that spans an
 * enter or a leave counts as two; the stop in between is the blackout.
 *
 * left: CPUs have been returned since, so that R has the first runs. Without it nothing is said
 * about the leave.
 */
void irx_measure_all(struct irx_session *s, bool left);
/*
 * After the jump: splits the kexec phase where A saved dom0, at B's first line, the begin and
 * the end of its rebuild, and dom0's resume. jump + boot + rebuild + resume = the service stall.
 */
void irx_measure_stall(struct irx_session *s, struct irx_phase *kexec);
/*
 * After the jump: how long each PV guest stood still, from its stop in A until it could run in B. One that B could
 * not rebuild is quarantined.
 */
void irx_measure_parked(struct irx_session *s);
/* The service stall, from where A saved dom0 to its resume in B; 0: there was none. */
uint64_t irx_stall_ticks(const struct irx_session *s);

#endif
