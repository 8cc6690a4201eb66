// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probe: runs in a guest and finds out how the guest fares.
 *
 * On every vCPU, pinned:
 *   spin    counts its iterations, remembers the largest gaps between two of
 *           them by the guest's own TSC, keeps changing a share of the memory by a
 *           known rule and verifies each word on the way, and compares the clocks
 *           with the TSC about once in a millisecond. Between spells it sleeps,
 *           so that the vCPU also goes idle and has its timer set.
 *   tick    a timer, 50 times a second: expirations, their lateness, lost and doubled ones.
 *   token   hands a token around all vCPUs, each time by an IPI: laps, the
 *           longest lap, tokens out of turn.
 *
 * Once in the guest, where asked for:
 *   service  reads from xenstore: the longest delay of an I/O that needs dom0.
 *
 * All is kept in memory, so that nothing outside the guest is needed while it
 * runs. A report is one line of JSON (README.md has its fields); it is asked for
 * and given through xenstore (xenstore.h): "report [FIRST COUNT]" (of windows; 0), "reset".
 *
 * Arguments: mib=N (memory), spin_us=N, sleep_us=N (0: never sleeps),
 * service_ms=N (rest between two calls; 0: no service thread), pause=1 (PAUSE in
 * each iteration of spin: where an emulator runs the CPUs in turn, it is the others'),
 * tick_ms=N (period of the timer), lap_ms=N (rest between two laps of the token),
 * wide_us=N (a sample of the clocks that took longer is of no use; by half of it two
 * samples are uncertain: more where the TSC is emulated and each reading takes long).
 * Every statistic has one writer, its thread; the reader tolerates a value
 * that is changing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "xenstore.h"

#define MAX_VCPUS   64
#define GAPS        16   /* the largest ones that are kept, per vCPU */
#define WINDOWS     8192 /* that are kept, per vCPU */
#define WINDOW_MS   20
#define STACK       (128 * 1024) /* of a thread: all of it is locked in memory */
#define CHECK_US    1000         /* between two comparisons of the clocks */
#define PIECE_WORDS 64           /* words that one iteration changes */
#define RT_PRIORITY 20
#define NS          1000000000L
#define REPORT_MAX  (1024 * 1024)

struct gap {
    uint64_t start, end; /* TSC */
};

/* One reading of the clocks, with the TSC around it; the one from the kernel, the other from the vDSO. */
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

static struct vcpu vcpus[MAX_VCPUS];
static unsigned int nr_vcpus;
static uint64_t tsc_hz, window_ticks, since_tsc;
static unsigned long opt_mib = 16, opt_spin_us = 200, opt_sleep_us = 50000, opt_service_ms;
static unsigned long opt_pause, opt_tick_ms = 20, opt_lap_ms = 50, opt_wide_us = 20;
static atomic_uint epoch; /* raised to have every thread clear its figures */
static _Atomic int64_t latest_mono;
static _Atomic uint64_t latest_tsc;

static struct {
    atomic_uint turn; /* the token: counts hops, modulo 2^32 */
    uint64_t laps, out_of_turn;
    uint64_t worst_start, worst_end;
    unsigned int epoch;
} token;

static struct {
    uint64_t calls, failed;
    uint64_t worst_start, worst_end; /* TSC */
} service;

static int64_t nanoseconds(struct timespec ts)
{
    return (int64_t)ts.tv_sec * NS + ts.tv_nsec;
}

/* What the kernel reads: the pvclock of the vCPU that we are on. */
static int64_t kernel_ns(clockid_t id)
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

static void pin(unsigned int cpu, int priority)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set) ||
        pthread_setschedparam(pthread_self(), priority ? SCHED_FIFO : SCHED_OTHER,
                              &(struct sched_param){.sched_priority = priority})) {
        fprintf(stderr, "probe: cannot pin a thread\n");
        exit(1);
    }
}

/* ---- spin: gaps, windows, memory, clocks ---- */

static void note_gap(struct vcpu *v, uint64_t start, uint64_t end)
{
    uint64_t length = end - start;
    int i = GAPS - 1;

    if (length > tsc_hz / 200)
        v->gaps_over_5ms++;
    if (length <= v->gaps[i].end - v->gaps[i].start)
        return;
    for (; i > 0 && length > v->gaps[i - 1].end - v->gaps[i - 1].start; i--)
        v->gaps[i] = v->gaps[i - 1];
    v->gaps[i] = (struct gap){start, end};
}

static void note_window(struct vcpu *v, uint64_t tsc)
{
    uint64_t index = tsc / window_ticks;
    unsigned int slot = index % WINDOWS;

    if (v->window_index[slot] != index) {
        v->window_count[slot] = 0;
        v->window_index[slot] = index;
    }
    v->window_count[slot]++;
}

/* The value that word i has to have after so many sweeps. */
static uint64_t word_value(size_t i, uint64_t sweep)
{
    return (i * 0x9e3779b97f4a7c15u) ^ (sweep * 0xc2b2ae3d27d4eb4fu);
}

/* Verifies a piece and takes it to the next sweep. */
static void step_memory(struct memory *m)
{
    for (size_t i = m->at; i < m->at + PIECE_WORDS; i++) {
        uint64_t expected = word_value(i, m->sweep);
        if (m->base[i] != expected) {
            if (m->errors++ == 0) {
                m->bad_address = (uintptr_t)&m->base[i];
                m->bad_value = m->base[i];
                m->bad_expected = expected;
            }
        }
        m->base[i] = word_value(i, m->sweep + 1);
    }
    m->pieces++;
    m->at += PIECE_WORDS;
    if (m->at == m->words) {
        m->at = 0;
        m->sweep++;
    }
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

static void check_clocks(struct clock_check *c)
{
    struct sample s = take_sample();

    check_order(c);
    if (s.uncertain > (int64_t)opt_wide_us * 1000 / 2)
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
        if (mono > 10000 || real > 10000)
            c->anchor = s; /* a jump must not spoil the rate */
    }
    if (c->anchor.tsc)
        refine_rate(c, &s);
    else
        c->anchor = s;
    c->last = s;
}

static void clear_spin(struct vcpu *v)
{
    memset(v->gaps, 0, sizeof(v->gaps));
    v->gaps_over_5ms = 0;
    v->iterations_before = v->iterations;
    v->clock.worst_mono = v->clock.worst_real = 0;
    v->clock.worst_at = 0;
}

/* Sleeps; time that passed beyond what was asked for is a gap too. */
static uint64_t nap(struct vcpu *v)
{
    uint64_t due = __rdtsc() + tsc_hz / 1000000 * opt_sleep_us;

    struct timespec rest = {.tv_sec = (time_t)(opt_sleep_us / 1000000),
                            .tv_nsec = (long)(opt_sleep_us % 1000000) * 1000};

    clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, NULL);
    uint64_t now = __rdtsc();
    if (now > due)
        note_gap(v, due, now);
    return now;
}

static void *spin(void *arg)
{
    struct vcpu *v = arg;
    const uint64_t spell = tsc_hz / 1000000 * opt_spin_us;

    pin(v->id, 0);
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 10);
    v->clock.ns_per_tick = 1e9 / (double)tsc_hz;
    v->clock.rate_uncertain = v->clock.ns_per_tick * (double)opt_wide_us /
                              1e6; /* measure_tsc() took a second */

    uint64_t last = __rdtsc();
    uint64_t spell_end = last + spell;
    bool in_spell = false; /* the last iteration was just before this one */
    v->iteration_ticks = UINT64_MAX;
    for (;;) {
        uint64_t now = __rdtsc();
        note_gap(v, last, now);
        note_window(v, now);
        if (in_spell && now - last < v->iteration_ticks)
            v->iteration_ticks = now - last;
        in_spell = true;
        last = now;
        v->iterations++;
        if (opt_pause)
            _mm_pause();
        step_memory(&v->memory);
        if (now >= v->clock.next) {
            v->clock.next = now + tsc_hz / 1000000 * CHECK_US;
            check_clocks(&v->clock);
        }
        if (v->epoch != atomic_load_explicit(&epoch, memory_order_relaxed)) {
            v->epoch = atomic_load(&epoch);
            clear_spin(v);
        }
        if (opt_sleep_us && now > spell_end) {
            last = nap(v);
            spell_end = last + spell;
            in_spell = false;
        }
    }
    return NULL;
}

/* ---- tick ---- */

static int64_t tick_ns(void)
{
    return (int64_t)opt_tick_ms * 1000000;
}

static uint64_t ticks_due(int64_t start)
{
    return (uint64_t)((kernel_ns(CLOCK_MONOTONIC) - start) / tick_ns());
}

/* due_before: how many had become due when read() was called. */
static void note_tick(struct ticks *t, int64_t start, uint64_t due_before, uint64_t expirations)
{
    uint64_t oldest = t->total + 1; /* number of the expiration that waited longest */
    int64_t late = kernel_ns(CLOCK_MONOTONIC) - (start + (int64_t)oldest * tick_ns());
    uint64_t due = ticks_due(start);

    t->total += expirations;
    if (t->total > due) {
        t->doubled += t->total - due;
        t->total = due;
    } else if (t->total < due_before) {
        t->lost += due_before - t->total;
        t->total = due_before;
    }
    if (late > t->worst) {
        t->worst = late;
        t->worst_at = __rdtsc();
    }
}

static void *tick(void *arg)
{
    struct vcpu *v = arg;
    uint64_t expirations;

    pin(v->id, RT_PRIORITY);
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    int64_t start = kernel_ns(CLOCK_MONOTONIC);
    int64_t first = start + tick_ns();
    struct itimerspec when = {
        .it_interval = {.tv_sec = tick_ns() / NS, .tv_nsec = tick_ns() % NS},
        .it_value = {.tv_sec = first / NS, .tv_nsec = first % NS},
    };
    timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL);
    for (;;) {
        uint64_t due_before = ticks_due(start);

        if (read(fd, &expirations, sizeof(expirations)) != sizeof(expirations))
            break;
        if (v->tick_epoch != atomic_load(&epoch)) {
            v->tick_epoch = atomic_load(&epoch);
            v->ticks.worst = 0;
        }
        note_tick(&v->ticks, start, due_before, expirations);
    }
    fprintf(stderr, "probe: the timer failed\n");
    exit(1);
}

/* ---- token ---- */

static void wait_turn(unsigned int id)
{
    unsigned int turn;

    while ((turn = atomic_load(&token.turn)) % nr_vcpus != id)
        syscall(SYS_futex, &token.turn, FUTEX_WAIT, turn, NULL, NULL, 0);
}

static void *pass_token(void *arg)
{
    struct vcpu *v = arg;
    uint64_t start = 0;

    pin(v->id, RT_PRIORITY + 1);
    for (;;) {
        wait_turn(v->id);
        if (atomic_load(&token.turn) != (unsigned int)(v->hops * nr_vcpus + v->id))
            token.out_of_turn++;
        v->hops++;
        if (v->id == 0) {
            uint64_t now = __rdtsc();

            if (token.epoch != atomic_load(&epoch)) {
                token.epoch = atomic_load(&epoch);
                token.worst_start = token.worst_end = 0;
            }
            if (start && now - start > token.worst_end - token.worst_start) {
                token.worst_start = start;
                token.worst_end = now;
            }
            token.laps += start != 0;
            usleep((useconds_t)opt_lap_ms * 1000);
            start = __rdtsc();
        }
        atomic_fetch_add(&token.turn, 1);
        syscall(SYS_futex, &token.turn, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
    }
    return NULL;
}

/* ---- report ---- */

static char report[REPORT_MAX];
static size_t report_len;

static void __attribute__((format(printf, 1, 2))) put(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(report + report_len, sizeof(report) - report_len, format, args);
    va_end(args);
    if (n > 0 && report_len + (size_t)n < sizeof(report))
        report_len += (size_t)n;
}

/* Which windows a report shows. */
struct span {
    uint64_t first, count;
};

/* Of those that are complete and not yet forgotten. */
static void put_windows(const struct vcpu *v, struct span asked)
{
    uint64_t now = __rdtsc() / window_ticks; /* the current one is not complete */
    uint64_t first = now >= WINDOWS && asked.first < now - WINDOWS + 1 ? now - WINDOWS + 1
                                                                       : asked.first;

    put("\"windows_first\":%" PRIu64 ",\"windows\":[", first);
    for (uint64_t i = first; i < now && i - asked.first < asked.count; i++) {
        unsigned int slot = i % WINDOWS;
        put("%s%u", i == first ? "" : ",", v->window_index[slot] == i ? v->window_count[slot] : 0);
    }
    put("]");
}

static void put_vcpu(const struct vcpu *v, struct span windows)
{
    const struct memory *m = &v->memory;
    const struct clock_check *c = &v->clock;

    put("{\"vcpu\":%u,\"iterations\":%" PRIu64 ",\"iterations_since\":%" PRIu64
        ",\"iteration_ticks\":%" PRIu64 ",\"gaps_over_5ms\":%" PRIu64 ",\"gaps\":[",
        v->id, v->iterations, v->iterations - v->iterations_before, v->iteration_ticks,
        v->gaps_over_5ms);
    for (int i = 0; i < GAPS && v->gaps[i].end; i++)
        put("%s[%" PRIu64 ",%" PRIu64 "]", i ? "," : "", v->gaps[i].start, v->gaps[i].end);
    put("],");
    put_windows(v, windows);
    put(",\"ticks\":%" PRIu64 ",\"ticks_lost\":%" PRIu64 ",\"ticks_doubled\":%" PRIu64
        ",\"tick_worst_us\":%" PRId64 ",\"tick_worst_at\":%" PRIu64,
        v->ticks.total, v->ticks.lost, v->ticks.doubled, v->ticks.worst / 1000, v->ticks.worst_at);
    put(",\"memory_pieces\":%" PRIu64 ",\"memory_errors\":%" PRIu64, m->pieces, m->errors);
    if (m->errors)
        put(",\"memory_bad\":[\"0x%" PRIx64 "\",\"0x%" PRIx64 "\",\"0x%" PRIx64 "\"]",
            m->bad_address, m->bad_value, m->bad_expected);
    put(",\"clock_checks\":%" PRIu64 ",\"clock_backwards\":%" PRIu64 ",\"tsc_backwards\":%" PRIu64
        ",\"monotonic_worst_ns\":%" PRId64 ",\"wall_worst_ns\":%" PRId64
        ",\"clock_worst_at\":%" PRIu64 "}",
        c->checks, c->backwards, c->tsc_backwards, c->worst_mono, c->worst_real, c->worst_at);
}

static void make_report(struct span windows)
{
    char boot_id[64] = "";
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY);

    if (fd >= 0) {
        ssize_t n = read(fd, boot_id, 36);
        boot_id[n > 0 ? n : 0] = 0;
        close(fd);
    }
    report_len = 0;
    put("{\"probe\":1,\"boot_id\":\"%s\",\"uptime_ms\":%" PRId64 ",\"tsc\":%" PRIu64
        ",\"tsc_hz\":%" PRIu64 ",\"since\":%" PRIu64 ",\"window_ticks\":%" PRIu64
        ",\"memory_mib\":%lu",
        boot_id, kernel_ns(CLOCK_MONOTONIC) / 1000000, (uint64_t)__rdtsc(), tsc_hz, since_tsc,
        window_ticks, opt_mib);
    put(",\"laps\":%" PRIu64 ",\"lap_worst\":[%" PRIu64 ",%" PRIu64 "],\"out_of_turn\":%" PRIu64,
        token.laps, token.worst_start, token.worst_end, token.out_of_turn);
    if (opt_service_ms)
        put(",\"service_calls\":%" PRIu64 ",\"service_failed\":%" PRIu64
            ",\"service_worst\":[%" PRIu64 ",%" PRIu64 "]",
            service.calls, service.failed, service.worst_start, service.worst_end);
    put(",\"vcpus\":[");
    for (unsigned int i = 0; i < nr_vcpus; i++) {
        if (i)
            put(",");
        put_vcpu(&vcpus[i], windows);
    }
    put("]}");
}

static const char *answer(const char *verb, const char *rest)
{
    struct span windows = {0, 0};

    report_len = 0;
    report[0] = 0;
    if (!strcmp(verb, "reset")) {
        since_tsc = __rdtsc();
        atomic_fetch_add(&epoch, 1);
    } else if (!strcmp(verb, "report")) {
        if (sscanf(rest, "%" SCNu64 " %" SCNu64, &windows.first, &windows.count) != 2)
            windows.count = 0;
        make_report(windows);
    }
    return report;
}

/* ---- service ---- */

/* Reads from xenstore all the time: what an I/O that needs dom0 is delayed. */
static void *use_service(void *arg)
{
    char body[XS_MAX + 1];
    unsigned int seen = 0;
    struct xs xs;

    (void)arg;
    xs_open(&xs);
    for (;;) {
        uint64_t start = __rdtsc();
        bool answered = xs_read(&xs, "domid", body);
        uint64_t end = __rdtsc();

        if (seen != atomic_load(&epoch)) {
            seen = atomic_load(&epoch);
            service.worst_start = service.worst_end = 0;
        }
        service.calls++;
        service.failed += !answered;
        if (end - start > service.worst_end - service.worst_start) {
            service.worst_start = start;
            service.worst_end = end;
        }
        usleep((useconds_t)opt_service_ms * 1000);
    }
    return NULL;
}

/* ---- start ---- */

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

/*
 * The TSC's frequency, from a second of time: good to a few parts in a million,
 * so that a pause of a second is judged to some microseconds. Refined later.
 */
static uint64_t measure_tsc(void)
{
    struct sample a = narrow_sample();
    struct sample b;

    sleep(1);
    b = narrow_sample();
    return (uint64_t)((double)(b.tsc - a.tsc) * 1e9 / (double)(b.mono - a.mono));
}

static void prepare_memory(void)
{
    size_t words = (opt_mib << 20) / sizeof(uint64_t) / nr_vcpus / PIECE_WORDS * PIECE_WORDS;

    for (unsigned int i = 0; i < nr_vcpus; i++) {
        struct memory *m = &vcpus[i].memory;

        m->words = words;
        m->base = mmap(NULL, words * sizeof(uint64_t), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (m->base == MAP_FAILED) {
            perror("probe: memory");
            exit(1);
        }
        for (size_t w = 0; w < words; w++)
            m->base[w] = word_value(w, 0);
    }
}

static void start(void *(*run)(void *), void *arg)
{
    pthread_attr_t attr;
    pthread_t thread;

    if (pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, STACK) ||
        pthread_create(&thread, &attr, run, arg)) {
        fprintf(stderr, "probe: cannot start a thread\n");
        exit(1);
    }
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (sscanf(argv[i], "mib=%lu", &opt_mib) != 1 &&
            sscanf(argv[i], "spin_us=%lu", &opt_spin_us) != 1 &&
            sscanf(argv[i], "sleep_us=%lu", &opt_sleep_us) != 1 &&
            sscanf(argv[i], "service_ms=%lu", &opt_service_ms) != 1 &&
            sscanf(argv[i], "pause=%lu", &opt_pause) != 1 &&
            sscanf(argv[i], "tick_ms=%lu", &opt_tick_ms) != 1 &&
            sscanf(argv[i], "lap_ms=%lu", &opt_lap_ms) != 1 &&
            sscanf(argv[i], "wide_us=%lu", &opt_wide_us) != 1)
            fprintf(stderr, "probe: '%s' means nothing\n", argv[i]);

    long online = sysconf(_SC_NPROCESSORS_ONLN);
    nr_vcpus = online > MAX_VCPUS ? MAX_VCPUS : (unsigned int)online;
    tsc_hz = NS; /* only has to be of the right order for take_sample() */
    tsc_hz = measure_tsc();
    window_ticks = tsc_hz / 1000 * WINDOW_MS;
    since_tsc = __rdtsc();
    prepare_memory();
    mlockall(MCL_CURRENT | MCL_FUTURE);

    for (unsigned int i = 0; i < nr_vcpus; i++) {
        vcpus[i].id = i;
        start(spin, &vcpus[i]);
        start(tick, &vcpus[i]);
        if (nr_vcpus > 1)
            start(pass_token, &vcpus[i]);
    }
    if (opt_service_ms)
        start(use_service, NULL);
    xs_serve("probe", answer);
    return 1;
}
