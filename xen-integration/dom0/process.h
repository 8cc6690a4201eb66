/* SPDX-License-Identifier: GPL-2.0-only */
/* What the process does for itself: its signals, its streams, its memory. */
#ifndef INTERREX_DOM0_PROCESS_H
#define INTERREX_DOM0_PROCESS_H

#include <signal.h>

/*
 * Before anything is opened: a stream that the caller has closed is not given to a file, signals
 * leave a mark in *stop, and output that could not be written changes exit status 0 to
 * IRX_RC_UNHEARD.
 */
void irx_process_start(volatile sig_atomic_t *stop);

/*
 * For a command that may leave something held when it is killed: the kernel takes another process
 * when memory runs out, and does not page this one out. As far as the process may; never fails.
 * oom_score_adj: the process's file of this name in /proc.
 */
void irx_process_protect(const char *oom_score_adj);

#endif
