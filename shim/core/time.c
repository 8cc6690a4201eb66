/* SPDX-License-Identifier: GPL-2.0-only */
#include "time.h"

uint64_t time_scale(uint32_t mul, int32_t shift, uint64_t delta)
{
    delta = shift >= 0 ? delta << shift : delta >> -shift;
    return (uint64_t)(((unsigned __int128)delta * mul) >> 32);
}

static uint64_t scale(const struct irx_time_scale *s, uint64_t delta)
{
    return time_scale(s->mul, s->shift, delta);
}

/* (high:low) / by, saturating. No library call: the CPU divides 128 by 64 bits. */
static uint64_t divide(uint64_t high, uint64_t low, uint64_t by)
{
    uint64_t quotient, rest;

    if (high >= by)
        return TSC_NEVER;
    __asm__("divq %4" : "=a"(quotient), "=d"(rest) : "0"(low), "1"(high), "rm"(by));
    return quotient;
}

/* TSC ticks in which `delta` ns pass, rounded up, saturating. */
static uint64_t unscale(const struct irx_time_scale *s, uint64_t delta)
{
    uint64_t ticks = divide(delta >> 32, delta << 32, s->mul);

    if (ticks >= TSC_NEVER - 1)
        return TSC_NEVER;
    ticks++;
    if (s->shift >= 0)
        return (ticks >> s->shift) + 1;
    if (ticks >> (63 + s->shift)) /* would not fit */
        return TSC_NEVER;
    return (ticks << -s->shift) + (1ull << -s->shift);
}

ns_t time_from_tsc(const struct irx_time_scale *s, tsc_t t)
{
    if (t >= s->tsc_stamp)
        return s->stime_stamp + scale(s, t - s->tsc_stamp);
    return s->stime_stamp - scale(s, s->tsc_stamp - t);
}

ns_t time_now(const struct vcpu *v)
{
    return time_from_tsc(&v->rec->time, hw_tsc());
}

tsc_t time_to_tsc(const struct irx_time_scale *s, ns_t when)
{
    uint64_t ticks;

    if (when == NS_NEVER)
        return TSC_NEVER;
    if (when == s->stime_stamp)
        return s->tsc_stamp;
    if (when < s->stime_stamp) { /* long past: some ticks too early do not matter */
        ticks = unscale(s, s->stime_stamp - when);
        return ticks >= s->tsc_stamp ? 0 : s->tsc_stamp - ticks;
    }
    ticks = unscale(s, when - s->stime_stamp);
    return ticks >= TSC_NEVER - s->tsc_stamp ? TSC_NEVER : s->tsc_stamp + ticks;
}
