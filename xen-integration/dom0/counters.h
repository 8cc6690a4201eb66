/* SPDX-License-Identifier: GPL-2.0-only */
/* What the shim counts and stamps, as reports and status show it. */
#ifndef INTERREX_DOM0_COUNTERS_H
#define INTERREX_DOM0_COUNTERS_H

#include <stdint.h>

#include <jansson.h>

/* Of IRX_NR_EXITS counts those that are not zero, by class: {"hlt": 12, ...}. */
json_t *irx_exits_json(const uint64_t *counts);

/* Ticks of the host's TSC to microseconds; khz 0: 0. */
uint64_t irx_ticks_to_us(uint64_t ticks, uint64_t khz);
/* And the other way, from nanoseconds. */
uint64_t irx_ns_to_ticks(uint64_t ns, uint64_t khz);

#endif
