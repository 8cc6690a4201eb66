/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_TIMER_H
#define TESTS_XEN_TIMER_H

#include <xen/types.h>

#define STIME_MAX INT64_MAX

struct timer {
    s_time_t expires;
    void (*function)(void *data);
    void *data;
    unsigned int cpu;

    /* Of the stand-in. */
    bool world_armed, world_dead;
};

void init_timer(struct timer *timer, void (*function)(void *data), void *data,
                unsigned int cpu);
void set_timer(struct timer *timer, s_time_t expires);
void stop_timer(struct timer *timer);
void kill_timer(struct timer *timer);
void migrate_timer(struct timer *timer, unsigned int cpu);
bool timer_expires_before(struct timer *timer, s_time_t when);

/* Xen's is in a header that this one includes. */
unsigned int smp_processor_id(void);

#endif
