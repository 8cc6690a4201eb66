/* SPDX-License-Identifier: GPL-2.0-only */
/* Storms of exits, and two vCPUs at once: whoever comes through it has the same answer. */
#include "hostile.h"

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#define TURNS 2000u

/* The one that disturbs: a worker that is told what by `what`, until it is 0. */
static volatile unsigned int what, turns;
static uint8_t *flipped;

enum { NOTHING, FLIP, SEND, NMI, CPUID, KINDS };

static uint64_t storm(struct worker *w, const char *code, struct frame start, unsigned int count)
{
    uint64_t h = 0;

    for (unsigned int n = 0; n < count; n++) {
        struct frame f = start;
        uint64_t trapped = run(w, code, 0, &f);

        if (n < 2)
            h = fold(h, trapped);
        if (n % 100 == 0)
            beat(w);
    }
    return h;
}

static uint64_t ask_storm(struct worker *w, const struct query *k, unsigned int word)
{
    struct frame f = {.rax = word == 3   ? 17
                             : word == 4 ? 29
                                         : 0x40000000,
                      .rcx = word == 1 ? 0x12345 : 0xc0000080};

    (void)k;
    if (word == 3)
        f.rdi = 0; /* the version */
    if (word == 4)
        f.rdi = SCHEDOP_yield;
    f.rdx = 0;
    return storm(w,
                 word == 0   ? code_cpuid
                 : word <= 2 ? code_rdmsr
                             : code_vmmcall,
                 f, word == 1 ? 1 : TURNS);
}

/* Sends to a port that is not there, and to the own one. */
static uint64_t ask_send_storm(struct worker *w, const struct query *k, unsigned int word)
{
    uint32_t port = word ? w->timer_port : 900;
    uint64_t h = 0;

    (void)k;
    for (unsigned int n = 0; n < TURNS; n++) {
        h |= (uint64_t)hypercall5(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uintptr_t)&port, 0,
                                  0, 0);
        if (n % 100 == 0)
            beat(w);
    }
    xen_take(w->timer_port);
    return h;
}

static uint64_t disturb(struct worker *w)
{
    unsigned int n = 0;

    while (what) {
        if (what == FLIP) {
            flipped[1] = n & 1 ? 0xa2 : 0x0b; /* CPUID, UD2 */
        } else if (what == SEND) {
            xen_send(workers[1].port);
        } else if (what == NMI) {
            hypercall5(__HYPERVISOR_vcpu_op, VCPUOP_send_nmi, turns, 0, 0, 0);
        } else {
            uint32_t r[4];

            cpuid(n & 31, r);
        }
        n++;
        __asm__ volatile("pause");
    }
    (void)w;
    return 0;
}

/* The last vCPU disturbs while this one asks; what must hold does: the answer says so. */
static uint64_t ask_race(struct worker *w, const struct query *k, unsigned int word)
{
    uint64_t wrong = 0;

    (void)word;
    flipped = w->code[0];
    w->code[0][0] = 0x0f;
    w->code[0][1] = 0xa2;
    w->code[0][2] = 0xcd;
    w->code[0][3] = VECTOR_END;
    turns = w->id;
    what = (unsigned int)k->a;
    xen_send(workers[vcpus - 1].port);
    for (unsigned int n = 0; n < TURNS / 2; n++) {
        struct frame f = {.rax = 0x40000000};
        uint64_t trapped = run(w, (void *)window(w, WIN_CODE), 0, &f);

        /* The old instruction or the new one, whole; or, the old one having come out for its handler, #GP
           where that finds the new one (Xen's svm_get_insn_len()). */
        if (trapped ? k->a != FLIP ||
                          (trapped != HOSTILE_TRAP(6, 0, 0) && trapped != HOSTILE_TRAP(13, 0, 0))
                    : (uint32_t)f.rbx != 0x566e6558)
            wrong = trapped ? trapped : f.rbx;
        if (n % 50 == 0)
            beat(w);
    }
    what = NOTHING;
    w->irqs[2] = 0;
    return wrong;
}

bool race_disturbs(struct worker *w)
{
    if (!what || w->id != vcpus - 1)
        return false;
    disturb(w);
    return true;
}

void group_race(void)
{
    static const char *const names[KINDS] = {"", "flipped code", "events", "nmis", "exits"};

    for (unsigned int k = FLIP; k < KINDS; k++)
        add(ask_race, 1, k, 0, NULL, "race %s", names[k]);
    add(ask_storm, 5, 0, 0, NULL, "storm of exits");
    add(ask_send_storm, 2, 0, 0, NULL, "storm of sends");
}
