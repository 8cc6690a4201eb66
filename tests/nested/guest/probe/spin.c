// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probe's spin thread of a vCPU: gaps, windows, memory; clocks.c in between.
 */
#define _GNU_SOURCE
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define CHECK_US    1000 /* between two comparisons of the clocks */
#define PIECE_WORDS 64   /* words that one iteration changes */

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

void prepare_memory(void)
{
    size_t words = (opt.mib << 20) / sizeof(uint64_t) / nr_vcpus / PIECE_WORDS * PIECE_WORDS;

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
    uint64_t due = __rdtsc() + tsc_hz / 1000000 * opt.sleep_us;

    struct timespec rest = {.tv_sec = (time_t)(opt.sleep_us / 1000000),
                            .tv_nsec = (long)(opt.sleep_us % 1000000) * 1000};

    clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, NULL);
    uint64_t now = __rdtsc();
    if (now > due)
        note_gap(v, due, now);
    return now;
}

void *spin(void *vcpu)
{
    struct vcpu *v = vcpu;
    const uint64_t spell = tsc_hz / 1000000 * opt.spin_us;

    pin(v->id, 0);
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 10);
    start_clocks(&v->clock);

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
        if (opt.pause)
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
        if (opt.sleep_us && now > spell_end) {
            last = nap(v);
            spell_end = last + spell;
            in_spell = false;
        }
    }
    return NULL;
}
