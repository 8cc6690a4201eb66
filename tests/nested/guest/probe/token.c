// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probe's token: each vCPU hands it to the next one, which an IPI wakes for it.
 */
#define _GNU_SOURCE
#include "probe.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

struct token token;

static void wait_turn(unsigned int id)
{
    unsigned int turn;

    while ((turn = atomic_load(&token.turn)) % nr_vcpus != id)
        syscall(SYS_futex, &token.turn, FUTEX_WAIT, turn, NULL, NULL, 0);
}

/* vCPU 0 has it again. start: TSC at which it let go of it, 0 at first. */
static void note_lap(uint64_t start)
{
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
}

void *pass_token(void *vcpu)
{
    struct vcpu *v = vcpu;
    uint64_t start = 0;

    pin(v->id, RT_PRIORITY + 1);
    for (;;) {
        wait_turn(v->id);
        if (atomic_load(&token.turn) != (unsigned int)(v->hops * nr_vcpus + v->id))
            token.out_of_turn++;
        v->hops++;
        if (v->id == 0) {
            note_lap(start);
            usleep((useconds_t)opt.lap_ms * 1000);
            start = __rdtsc();
        }
        atomic_fetch_add(&token.turn, 1);
        syscall(SYS_futex, &token.turn, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
    }
    return NULL;
}
