/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The probe: runs in a guest and finds out how the guest fares.
 *
 * On every vCPU, pinned:
 *   spin    counts its iterations, remembers the largest gaps between two of them by the guest's
 *           own TSC, keeps changing a share of the memory by a known rule and verifies each word on
 *           the way, and compares the clocks with the TSC about once in a millisecond (clocks.c).
 *           Between spells it sleeps, so that the vCPU also goes idle and has its timer set.
 *   tick    a timer, 50 times a second: expirations, their lateness, lost and doubled ones.
 *   token   hands a token around all vCPUs, each time by an IPI: laps, the longest lap, tokens out
 *           of turn.
 *
 * Once in the guest, where asked for:
 *   service reads from xenstore: the longest delay of an I/O that needs dom0.
 *
 * All is kept in memory, so that nothing outside the guest is needed while it runs. Every statistic
 * has one writer, its thread; the reader (report.c) tolerates a value that is changing.
 */
#ifndef GUEST_PROBE_H
#define GUEST_PROBE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define MAX_VCPUS   64
#define GAPS        16   /* the largest ones that are kept, per vCPU */
#define WINDOWS     8192 /* that are kept, per vCPU */
#define WINDOW_MS   20
#define RT_PRIORITY 20
#define NS          1000000000L

/* ---- what the threads of a vCPU find out ---- */

struct gap {
    uint64_t start, end; /* TSC */
};

/* One reading of the clocks, with the TSC around it; mono from the kernel, real from the vDSO. */
struct sample {
    uint64_t tsc; /* middle of the reading */
    int64_t mono, real;
    int64_t uncertain; /* ns, each way */
};

struct clock_check {
    struct sample last, anchor;
    double ns_per_tick, rate_uncertain; /* the clock's rate, and by how much it may be wrong */
    uint64_t next;                      /* TSC at which to look again */
    uint64_t checks, backwards, tsc_backwards;
    int64_t worst_mono, worst_real; /* ns that a clock was off the TSC between two samples */
    uint64_t worst_at;              /* TSC */
};

struct memory {
    uint64_t *base;
    size_t words, at;
    uint64_t sweep, pieces, errors;
    uint64_t bad_address, bad_value, bad_expected; /* the first one that was wrong */
};

struct ticks {
    uint64_t total, lost, doubled;
    int64_t worst; /* ns that the oldest expiration of a wake-up was late */
    uint64_t worst_at;
};

struct vcpu {
    unsigned int id, epoch, tick_epoch;
    uint64_t iterations, gaps_over_5ms;
    uint64_t iterations_before; /* the last reset */
    uint64_t iteration_ticks; /* the shortest iteration: what one takes when nothing disturbs it */
    struct gap gaps[GAPS];    /* largest first */
    uint64_t window_index[WINDOWS];
    uint32_t window_count[WINDOWS];
    struct clock_check clock;
    struct memory memory;
    struct ticks ticks;
    uint64_t hops;
} __attribute__((aligned(64)));

extern struct vcpu vcpus[MAX_VCPUS];
extern unsigned int nr_vcpus;

/* ---- what there is one of in the guest ---- */

struct token {
    atomic_uint turn; /* the token: counts hops, modulo 2^32 */
    uint64_t laps, out_of_turn;
    uint64_t worst_start, worst_end; /* TSC of the longest lap */
    unsigned int epoch;
};

struct service {
    uint64_t calls, failed;
    uint64_t worst_start, worst_end; /* TSC of the longest wait */
};

extern struct token token;
extern struct service service;

/* What the command line says; main.c has the defaults. Set before any thread starts. */
struct options {
    unsigned long mib;        /* memory that is changed, of all vCPUs together */
    unsigned long spin_us;    /* a spell of spinning */
    unsigned long sleep_us;   /* between two spells; 0: never */
    unsigned long service_ms; /* between two reads from xenstore; 0: none */
    unsigned long tick_ms;    /* period of the timer */
    unsigned long lap_ms;     /* between two laps of the token */
    /* 1: PAUSE in each iteration of spin. An emulator that runs the CPUs in turn then goes to the
     * next one. */
    unsigned long pause;
    /* A sample of the clocks that took longer is of no use; by half of it two samples are
     * uncertain. More where the TSC is emulated. */
    unsigned long wide_us;
};

extern struct options opt;

extern uint64_t tsc_hz, window_ticks, since_tsc; /* since_tsc: of the last reset */
extern atomic_uint epoch;                        /* raised to have every thread clear its figures */

/* ---- clocks.c ---- */

/* What the kernel reads, in ns: the pvclock of the vCPU that we are on. */
int64_t kernel_ns(clockid_t id);

/* The TSC's frequency in Hz, from a second of time. tsc_hz has to be of the right order already. */
uint64_t measure_tsc(void);

/* Begins with the rate that measure_tsc() found; the vCPU's spin thread only. */
void start_clocks(struct clock_check *c);

/* Compares the clocks with the TSC and with what other vCPUs last saw. The same thread only. */
void check_clocks(struct clock_check *c);

/* ---- main.c ---- */

/* Pins the calling thread to a vCPU. priority: of SCHED_FIFO; 0: SCHED_OTHER. Where that fails the
 * program ends. */
void pin(unsigned int cpu, int priority);

/* ---- threads; those of a vCPU get its struct vcpu ---- */

void *spin(void *vcpu);
void *tick(void *vcpu);
void *pass_token(void *vcpu);
void *use_service(void *unused);

/* Gives every vCPU its share of the memory, as it is before the first sweep. Once, before spin. */
void prepare_memory(void);

/* ---- report.c ---- */

/*
 * Answers a request that came through xenstore (xenstore.h): "report [FIRST COUNT]" (of windows)
 * with a line of JSON, whose fields README.md has; "reset" with nothing. The text stays valid until
 * the next call.
 */
const char *answer(const char *verb, const char *rest);

#endif
