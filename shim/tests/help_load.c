/* SPDX-License-Identifier: GPL-2.0-only */
#include "help_load.h"

#include <string.h>

#include "fake/fake.h"
#include "run/loop.h"

#define STEP (20u * US) /* so late a CPU sees what another one did */

struct load {
    tsc_t runs, sleeps; /* runs = 0: spins */
    tsc_t left;         /* until it sleeps */
    tsc_t wakes;        /* while it does */
    uint64_t counted;   /* run_tsc at load_begin() */
};

static struct load loads[ENV_DOMAINS][ENV_VCPUS];
static tsc_t at[ENV_CPUS]; /* how far each CPU is */
static tsc_t began;

static struct load *load_of(const struct vcpu *v)
{
    return &loads[v->d->index][v->id];
}

/* The same in each run. */
static uint32_t noise(void)
{
    static uint32_t x = 1;

    x = x * 1664525 + 1013904223;
    return x >> 16;
}

/* Up to where the CPU gets by itself from now. */
static tsc_t steps(void)
{
    tsc_t left = fake.timer > fake.tsc ? fake.timer - fake.tsc : 0;

    return MIN(left, STEP);
}

static struct vm_exit works(struct pcpu *pc, struct vcpu *v)
{
    struct load *l = load_of(v);
    tsc_t ran = steps();

    (void)pc;
    if (!l->runs || l->left > ran) {
        l->left -= l->runs ? ran : 0;
        fake.tsc += ran;
        return (struct vm_exit){.class = IRX_EXIT_INTR};
    }
    fake.tsc += l->left;
    l->left = l->runs;
    l->wakes = fake.tsc + l->sleeps * 3 / 4 + l->sleeps * (noise() % 1024) / 2048;
    v->rip = GFN_CODE << PAGE_SHIFT;
    v->next_rip = v->rip + 1;
    return (struct vm_exit){.class = IRX_EXIT_HLT};
}

static void sleeps(void)
{
    fake.tsc += steps();
}

int load_setup(uint32_t cpus)
{
    env_setup(NULL);
    memset(loads, 0, sizeof(loads));
    fake_guest = works;
    fake.on_idle = sleeps;
    for (uint32_t i = 1; i < cpus; i++) {
        if (!env_cpu(i))
            env_add_cpu(i);
        env_open_cpu(i);
    }
    for (uint32_t i = 0; i < ENV_CPUS; i++)
        at[i] = fake.tsc;
    return 0;
}

int load_setup_1(void **state)
{
    (void)state;
    return load_setup(1);
}

static struct dom *enter(struct irx_domain *r, uint32_t vcpus)
{
    for (uint32_t i = 0; i < vcpus; i++)
        env_vcpu_rec(r, i)->cpu_hint = ~0u;
    return env_run(r);
}

struct dom *load_domain(uint32_t entry, uint32_t vcpus, uint32_t weight, uint32_t cap)
{
    struct irx_domain *r = env_domain(entry, (uint16_t)(entry + 1), vcpus);

    r->sched_weight = weight;
    r->sched_cap = cap;
    return enter(r, vcpus);
}

struct dom *load_bound(uint32_t entry, uint32_t vcpus, uint64_t cpus)
{
    struct irx_domain *r = env_domain(entry, (uint16_t)(entry + 1), vcpus);

    for (uint32_t i = 0; i < vcpus; i++)
        env_vcpu_rec(r, i)->cpus_allowed[0] = cpus;
    return enter(r, vcpus);
}

void load_sleeper(struct dom *d, uint32_t vcpu, tsc_t runs_for, tsc_t sleeps_for)
{
    loads[d->index][vcpu] = (struct load){.runs = runs_for, .sleeps = sleeps_for, .left = runs_for};
}

/* Timers of its own would wake it. */
static void wake(tsc_t now)
{
    for (uint32_t i = 0; i < shim.domain_count; i++)
        for (uint32_t n = 0; shim.doms[i].live && n < shim.doms[i].vcpu_count; n++) {
            struct vcpu *v = &shim.doms[i].vcpus[n];

            if (v->rec->state == IRX_VCPU_BLOCKED && now >= load_of(v)->wakes)
                v->kicked = 1;
        }
}

void load_run(tsc_t ticks)
{
    tsc_t end = at[0] + ticks;

    for (;;) {
        uint32_t cpu = 0;

        for (uint32_t i = 1; i < ENV_CPUS; i++)
            if (env_cpu(i) && env_cpu(i)->rec->state == IRX_CPU_HELD && at[i] < at[cpu])
                cpu = i;
        if (at[cpu] >= end)
            break;
        fake.tsc = at[cpu];
        fake.timer = env_cpu(cpu)->armed;
        wake(fake.tsc);
        fake_clear_ipis();
        loop_once(env_on(cpu));
        if (fake.tsc >= env_cpu(cpu)->armed)
            env_cpu(cpu)->armed = TSC_NEVER; /* its interrupt */
        at[cpu] = MAX(fake.tsc, at[cpu] + 1);
    }
    for (uint32_t i = 0; i < ENV_CPUS; i++)
        at[i] = MAX(at[i], end);
}

void load_begin(void)
{
    began = at[0];
    for (uint32_t i = 0; i < shim.domain_count; i++)
        for (uint32_t n = 0; shim.doms[i].live && n < shim.doms[i].vcpu_count; n++) {
            struct vcpu *v = &shim.doms[i].vcpus[n];

            load_of(v)->counted = v->rec->run_tsc;
            v->rec->max_wait_tsc = 0;
        }
}

uint64_t load_share(struct dom *d, uint32_t vcpu)
{
    const struct vcpu *v = &d->vcpus[vcpu];

    return (v->rec->run_tsc - load_of(v)->counted) * 1000 / (at[0] - began);
}

uint64_t load_share_of(struct dom *d)
{
    uint64_t all = 0;

    for (uint32_t i = 0; i < d->vcpu_count; i++)
        all += load_share(d, i);
    return all;
}

uint64_t load_wait_us(struct dom *d, uint32_t vcpu)
{
    return d->vcpus[vcpu].rec->max_wait_tsc / US;
}
