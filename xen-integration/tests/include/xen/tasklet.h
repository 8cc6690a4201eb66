/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_TASKLET_H
#define TESTS_XEN_TASKLET_H

struct tasklet {
    void (*func)(void *data);
    void *data;
};

/* The case plays both: when func runs. */
void tasklet_init(struct tasklet *t, void (*func)(void *data), void *data);
void tasklet_schedule_on_cpu(struct tasklet *t, unsigned int cpu);

#endif
