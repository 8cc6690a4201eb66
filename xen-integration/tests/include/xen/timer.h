/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_TIMER_H
#define TESTS_XEN_TIMER_H

#include <xen/types.h>

struct timer {
    uint64_t expires;
    bool armed;
};

static inline void stop_timer(struct timer *timer)
{
    timer->armed = false;
}

static inline void set_timer(struct timer *timer, uint64_t expires)
{
    *timer = (struct timer){ expires, true };
}

#endif
