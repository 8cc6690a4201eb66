/* SPDX-License-Identifier: GPL-2.0-only */
/* Timers of Xen, waiting, watchdogs and the TSC: past, near, far and impossible. */
#include "hostile.h"

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#define MSR_TSC        0x10u
#define MSR_TSC_ADJUST 0x3bu
#define NEAR_NS        200000u
#define SPIN_TSC       500000u

enum when { ZERO, ONE, PAST, NOW, NEAR, FAR, LAST, NEGATIVE, ALL_ONES, WHENS };

static const char *const names[WHENS] = {"0",   "1",    "past",     "now", "near",
                                         "far", "last", "negative", "ones"};

static uint64_t ns_of(enum when when)
{
    switch (when) {
    case ZERO:
        return 0;
    case ONE:
        return 1;
    case PAST:
        return xen_now_ns() - 1000000;
    case NOW:
        return xen_now_ns();
    case NEAR:
        return xen_now_ns() + NEAR_NS;
    case FAR:
        return xen_now_ns() + (1ull << 50);
    case LAST:
        return INT64_MAX;
    case NEGATIVE:
        return 1ull << 63;
    default:
        return ~0ull;
    }
}

/* Whether the timer's event came while a bit of time went by, of which the vCPU may have had nothing. */
static uint64_t came(struct worker *w, unsigned int most)
{
    uint64_t end = rdtsc() + SPIN_TSC, n = 0;
    bool over;

    do {
        over = rdtsc() >= end;
        if (xen_take(w->timer_port))
            n++;
    } while (!over);
    return n > most ? most : n;
}

static void stop(struct worker *w)
{
    hypercall5(__HYPERVISOR_vcpu_op, VCPUOP_stop_singleshot_timer, w->id, 0, 0, 0);
    hypercall5(__HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, w->id, 0, 0, 0);
    xen_take(w->timer_port);
}

static uint64_t ask_singleshot(struct worker *w, const struct query *k, unsigned int word)
{
    struct vcpu_set_singleshot_timer set = {.timeout_abs_ns = ns_of((enum when)k->a),
                                            .flags = word ? VCPU_SSHOTTMR_future : 0};
    uint64_t rc, n;

    stop(w);
    rc = (uint64_t)hypercall5(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, w->id,
                              (uintptr_t)&set, 0, 0);
    n = came(w, 2);
    stop(w);
    return rc ^ n << 56;
}

static uint64_t ask_timer_op(struct worker *w, const struct query *k, unsigned int word)
{
    uint64_t rc, n;

    (void)word;
    stop(w);
    rc = (uint64_t)hypercall5(__HYPERVISOR_set_timer_op, ns_of((enum when)k->a), 0, 0, 0, 0);
    n = came(w, 2);
    stop(w);
    return rc ^ n << 56;
}

static uint64_t ask_periodic(struct worker *w, const struct query *k, unsigned int word)
{
    struct vcpu_set_periodic_timer set = {.period_ns = k->a};
    uint64_t rc, n = 0;

    (void)word;
    stop(w);
    rc = (uint64_t)hypercall5(__HYPERVISOR_vcpu_op, VCPUOP_set_periodic_timer, w->id,
                              (uintptr_t)&set, 0, 0);
    for (unsigned int i = 0; i < 6; i++)
        n += came(w, 1);
    stop(w);
    return rc ^ (n > 1 ? 2 : n) << 56;
}

/* A poll that has to end by its time (a) or at once; b: of how many ports, closed ones. */
static uint64_t ask_poll(struct worker *w, const struct query *k, unsigned int word)
{
    static const evtchn_port_t closed[2] = {4090, 4091};
    struct sched_poll poll = {.nr_ports = (unsigned int)k->b, .timeout = ns_of((enum when)k->a)};

    (void)w;
    (void)word;
    set_xen_guest_handle(poll.ports, (evtchn_port_t *)closed);
    return (uint64_t)hypercall5(__HYPERVISOR_sched_op, SCHEDOP_poll, (uintptr_t)&poll, 0, 0, 0);
}

/* Asleep until the timer's event, by HLT or by a hypercall. */
static uint64_t ask_sleep(struct worker *w, const struct query *k, unsigned int word)
{
    struct vcpu_set_singleshot_timer set;
    uint64_t rc = 0;

    stop(w);
    set = (struct vcpu_set_singleshot_timer){.timeout_abs_ns = ns_of((enum when)k->a)};
    w->irqs[VECTOR_UPCALL] = 0;
    hypercall5(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, w->id, (uintptr_t)&set, 0, 0);
    if (word == 0)
        __asm__ volatile("sti; hlt; cli" : : : "memory");
    else /* with interrupts off: what came before it would not be seen */
        rc = (uint64_t)hypercall5(__HYPERVISOR_sched_op, SCHEDOP_block, 0, 0, 0, 0);
    rc ^= (uint64_t)xen_take(w->timer_port) << 56;
    stop(w);
    return rc;
}

/* Set, again, a third one, reset by its number, by a number that there is not. */
static uint64_t ask_watchdog(struct worker *w, const struct query *k, unsigned int word)
{
    struct sched_watchdog d = {0};
    uint64_t rc[6];

    (void)w;
    (void)k;
    for (unsigned int i = 0; i < 3; i++) {
        d = (struct sched_watchdog){.id = 0, .timeout = 10000};
        rc[i] = (uint64_t)hypercall5(__HYPERVISOR_sched_op, SCHEDOP_watchdog, (uintptr_t)&d, 0, 0,
                                     0);
    }
    for (unsigned int i = 0; i < 3; i++) {
        d = (struct sched_watchdog){.id = i + 1, .timeout = 0};
        rc[3 + i] = (uint64_t)hypercall5(__HYPERVISOR_sched_op, SCHEDOP_watchdog, (uintptr_t)&d, 0,
                                         0, 0);
    }
    return rc[word];
}

/* The TSC jumps by what was written, TSC_ADJUST follows, and both go back. */
static uint64_t ask_tsc(struct worker *w, const struct query *k, unsigned int word)
{
    uint64_t adjust = rdmsr(MSR_TSC_ADJUST), begin = rdtsc(),
             value = word ? adjust + k->a : begin + k->a;
    struct frame f = {
        .rcx = word ? MSR_TSC_ADJUST : MSR_TSC, .rax = (uint32_t)value, .rdx = value >> 32};
    uint64_t trapped = run(w, code_wrmsr, 0, &f), jumped = rdtsc() - begin,
             by = rdmsr(MSR_TSC_ADJUST) - adjust;

    wrmsr(MSR_TSC_ADJUST, adjust);
    if (trapped)
        return trapped;
    /* To 64 ms: what the questions themselves took is less. */
    return ((jumped + (1u << 25)) >> 26) ^ ((by + (1u << 25)) >> 26 << 32);
}

void group_timer(void)
{
    static const uint64_t periods[] = {0,         1,    999999, 1000000, 1ull << 40, INT64_MAX / 4,
                                       INT64_MAX, ~0ull};
    static const uint64_t jumps[] = {1ull << 30,    1ull << 40,    1ull << 62,
                                     -(1ull << 24), -(1ull << 34), 1ull << 63};

    for (unsigned int i = 0; i < WHENS; i++) {
        add(ask_singleshot, 2, i, 0, NULL, "singleshot %s", names[i]);
        add(ask_timer_op, 1, i, 0, NULL, "set_timer_op %s", names[i]);
        if (i != ZERO && i != FAR && i != LAST) {
            add(ask_poll, 1, i, 0, NULL, "poll %s", names[i]);
            add(ask_poll, 1, i, 1, NULL, "poll %s closed port", names[i]);
            add(ask_poll, 1, i, 2, NULL, "poll %s closed ports", names[i]);
        }
    }
    add(ask_sleep, 1, PAST, 0, NULL, "sleep past");
    add(ask_sleep, 2, NEAR, 0, NULL, "sleep near");
    for (unsigned int i = 0; i < sizeof(periods) / sizeof(periods[0]); i++)
        add(ask_periodic, 1, periods[i], 0, NULL, "periodic %x:%x",
            (unsigned int)(periods[i] >> 32), (unsigned int)periods[i]);
    add(ask_watchdog, 6, 0, 0, NULL, "watchdog");
    for (unsigned int i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++)
        add(ask_tsc, 2, jumps[i], 0, NULL, "tsc jump %u", i);
}
