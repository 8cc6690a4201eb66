// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probe's clocks: none may go back, on any vCPU, and none may be off the TSC by more than both
 * readings are uncertain.
 */
#define _GNU_SOURCE
#include "probe.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define JUMP_NS 10000 /* off by more: a step, which must not spoil the rate */

static _Atomic int64_t latest_mono;
static _Atomic uint64_t latest_tsc;

static int64_t nanoseconds(struct timespec ts)
{
    return (int64_t)ts.tv_sec * NS + ts.tv_nsec;
}

int64_t kernel_ns(clockid_t id)
{
    struct timespec ts;

    syscall(SYS_clock_gettime, id, &ts);
    return nanoseconds(ts);
}

/* What the vDSO reads: the pvclock of vCPU 0, on every vCPU. */
static int64_t vdso_ns(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return nanoseconds(ts);
}

static int64_t ticks_to_ns(uint64_t ticks)
{
    return (int64_t)((double)ticks * 1e9 / (double)tsc_hz);
}

static struct sample take_sample(void)
{
    uint64_t a = __rdtsc();
    int64_t mono = kernel_ns(CLOCK_MONOTONIC);
    int64_t real = vdso_ns(CLOCK_REALTIME);
    uint64_t b = __rdtsc();

    return (struct sample){
        .tsc = a + (b - a) / 2, .mono = mono, .real = real, .uncertain = ticks_to_ns(b - a) / 2};
}

/* The quickest of many readings. */
static struct sample narrow_sample(void)
{
    struct sample best = take_sample();

    for (int i = 0; i < 200; i++) {
        struct sample s = take_sample();
        if (s.uncertain < best.uncertain)
            best = s;
    }
    return best;
}

/* Good to a few parts in a million: a pause of a second is judged to some us. Refined later. */
uint64_t measure_tsc(void)
{
    struct sample a = narrow_sample();
    struct sample b;

    sleep(1);
    b = narrow_sample();
    return (uint64_t)((double)(b.tsc - a.tsc) * 1e9 / (double)(b.mono - a.mono));
}

void start_clocks(struct clock_check *c)
{
    c->ns_per_tick = 1e9 / (double)tsc_hz;
    /* measure_tsc() took a second. */
    c->rate_uncertain = c->ns_per_tick * (double)opt.wide_us / 1e6;
}

static void check_order(struct clock_check *c)
{
    uint64_t tsc_before = atomic_load(&latest_tsc);
    int64_t before = atomic_load(&latest_mono);
    uint64_t tsc = __rdtsc();
    int64_t mono = kernel_ns(CLOCK_MONOTONIC);

    c->tsc_backwards += tsc < tsc_before;
    c->backwards += mono < before;
    while (before < mono && !atomic_compare_exchange_weak(&latest_mono, &before, mono))
        ;
    while (tsc_before < tsc && !atomic_compare_exchange_weak(&latest_tsc, &tsc_before, tsc))
        ;
}

/* What is left of a deviation when the uncertainty of both samples is taken off. */
static int64_t excess(int64_t clock, double expected, int64_t uncertain)
{
    int64_t off = clock - (int64_t)expected;

    off = off < 0 ? -off : off;
    return off > uncertain ? off - uncertain : 0;
}

/* The rate from the longest time that the clock has been continuous: ever more exact. */
static void refine_rate(struct clock_check *c, const struct sample *s)
{
    double ticks = (double)(s->tsc - c->anchor.tsc);
    double uncertain = (double)(s->uncertain + c->anchor.uncertain) / ticks;

    if (s->mono - c->anchor.mono > NS && uncertain < c->rate_uncertain) {
        c->ns_per_tick = (double)(s->mono - c->anchor.mono) / ticks;
        c->rate_uncertain = uncertain;
    }
}

void check_clocks(struct clock_check *c)
{
    struct sample s = take_sample();

    check_order(c);
    if (s.uncertain > (int64_t)opt.wide_us * 1000 / 2)
        return;
    if (c->last.tsc) {
        double ticks = (double)(s.tsc - c->last.tsc);
        double expected = ticks * c->ns_per_tick;
        int64_t uncertain = s.uncertain + c->last.uncertain + (int64_t)(ticks * c->rate_uncertain);
        int64_t mono = excess(s.mono - c->last.mono, expected, uncertain);
        int64_t real = excess(s.real - c->last.real, expected, uncertain);

        c->checks++;
        if (mono > c->worst_mono || real > c->worst_real)
            c->worst_at = s.tsc;
        c->worst_mono = mono > c->worst_mono ? mono : c->worst_mono;
        c->worst_real = real > c->worst_real ? real : c->worst_real;
        if (mono > JUMP_NS || real > JUMP_NS)
            c->anchor = s; /* a jump must not spoil the rate */
    }
    if (c->anchor.tsc)
        refine_rate(c, &s);
    else
        c->anchor = s;
    c->last = s;
}
