/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_SOFTIRQ_H
#define TESTS_XEN_SOFTIRQ_H

/* Counted in world_softirqs. */
void process_pending_softirqs(void);

#endif
