/* SPDX-License-Identifier: GPL-2.0-only */
#include "state.h"

#include "log.h"

struct state_faults state_faults;

void state_fault(const char *what, uint32_t from, uint32_t to)
{
    __atomic_fetch_add(&state_faults.count, 1, __ATOMIC_RELAXED);
    state_faults.what = what;
    state_faults.from = from;
    state_faults.to = to;
    log_line("%s: state %u does not follow %u", what, to, from);
}
