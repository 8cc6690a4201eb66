// SPDX-License-Identifier: GPL-2.0-only
/*
 * The traffic of IPIs. What Linux sends by an event channel of type IPI from user space for sure is
 * the call that membarrier(2) makes to every vCPU that runs this program: one, which waits for a
 * number. The caller goes on when the call was answered, so a lost IPI is a pair that stands still.
 * Linux does not tell a doubled one; the kernel's own count of calls is reported beside ours.
 */
#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#define BURST       4  /* IPIs; both vCPUs do nothing else meanwhile */
#define BURST_RESTS 20 /* between two bursts, in rests of an end */
#define RT_PRIORITY 10

static struct {
    struct figures *f;
    atomic_uint turn; /* odd: a burst is under way */
    _Atomic uint64_t seq, seen;
} ipi;

uint64_t calls_of(unsigned int vcpu)
{
    FILE *file = fopen("/proc/interrupts", "r");
    char line[1024], many[32], one[32];
    uint64_t calls = 0;

    snprintf(many, sizeof(many), " callfunc%u\n", vcpu);
    snprintf(one, sizeof(one), " callfuncsingle%u\n", vcpu);
    while (file && fgets(line, sizeof(line), file)) {
        char *at = strchr(line, ':');

        if (!at || (!strstr(line, many) && !strstr(line, one)))
            continue;
        for (at++;;) {
            char *next;
            uint64_t n = strtoull(at, &next, 10);

            if (next == at)
                break;
            calls += n;
            at = next;
        }
    }
    if (file)
        fclose(file);
    return calls;
}

/* Runs on the vCPU that is called, so that there is somebody to call. */
static void *be_called(void *arg)
{
    struct lane *l = &ipi.f->lane[0];

    (void)arg;
    pin((int)ipi.f->vcpu, RT_PRIORITY);
    for (;;) {
        unsigned int turn = atomic_load(&ipi.turn);
        uint64_t seq;

        if (!(turn & 1)) {
            syscall(SYS_futex, &ipi.turn, FUTEX_WAIT_PRIVATE, turn, NULL, NULL, 0);
            continue;
        }
        seq = atomic_load(&ipi.seq);
        if (seq == l->received) {
            _mm_pause();
            continue;
        }
        l->disordered += seq != l->received + 1;
        l->received = seq;
        note_message(ipi.f);
        note_reset(ipi.f);
        atomic_store(&ipi.seen, seq);
    }
    return NULL;
}

static void call_burst(void)
{
    atomic_fetch_add(&ipi.turn, 1);
    syscall(SYS_futex, &ipi.turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    for (unsigned int i = 0; i < BURST; i++) {
        uint64_t seq = atomic_load(&ipi.seq) + 1;

        ipi.f->lane[0].sent = seq;
        atomic_store(&ipi.seq, seq);
        if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0))
            fail("membarrier: %s", strerror(errno));
        while (atomic_load(&ipi.seen) != seq)
            _mm_pause();
    }
    atomic_fetch_add(&ipi.turn, 1);
}

void call(const char *name, int first, int second)
{
    if (first == second) /* two threads that nobody interrupts */
        fail("an IPI takes two vCPUs");
    go_to_background();
    ipi.f = new_figures(name, "ipi", 1);
    ipi.f->vcpu = (uint32_t)second;
    ipi.f->called = calls_of((unsigned int)second);
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
        fail("membarrier: %s", strerror(errno));
    start(be_called, NULL);
    pin(first, RT_PRIORITY);
    answer("1 lane\n");
    for (;;) {
        call_burst();
        usleep(BURST_RESTS * opt.rest_us);
    }
}
