/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU of the shim that answers no more. Each shows in R that its loop goes round
 * (irx_cpu.heartbeat_tsc, several times in 100 ms); whoever waits for the shim looks at that. One that
 * stood still for SILENCE is rung, and looked at for as long again: a host that is slow stops for a
 * while, and all its CPUs do. Then it is stopped by INIT, so that it never runs on beside memory that
 * has been claimed, and left alone until the machine is started anew. The shim's other CPUs see
 * IRX_CPU_DEAD, and go on without it.
 */
#include <xen/delay.h>
#include <xen/sched.h>

#include <asm/apic.h>
#include <asm/smp.h>
#include <asm/time.h>

#include "lend/lend.h"
#include "state/state.h"

#define SILENCE_MS INTERREX_TIMEOUT_MS
#define QUIET_MS   500
#define INIT_MS                                                               \
    10 /* until an INIT has its effect, as in Xen's own start of a CPU */

/* What was seen of each, by its entry. */
static struct seen {
    uint64_t beat;
    s_time_t
        since; /* it has been so; system time; 0: it was never looked at */
    bool suspected; /* since then it has the second wait */
} seen[INTERREX_MAX_CPUS];

static bool is_with_shim(const struct irx_cpu *c)
{
    uint32_t state = interrex_load_acquire(&c->state);

    return state == IRX_CPU_HELD || state == IRX_CPU_DRAINING;
}

/* By the stamp alone: the CPUs' TSCs may be apart, so nothing comes of it but another look. */
static bool is_older(uint64_t beat, unsigned int ms)
{
    return (int64_t)(rdtsc() - beat) > (int64_t)(cpu_khz * (uint64_t)ms);
}

static void suspect(unsigned int entry, struct seen *s)
{
    s->suspected = true;
    s->since = NOW();
    printk(XENLOG_WARNING "Interrex: CPU%u of the shim is silent\n",
           interrex_cpu_rec(entry)->xen_cpu);
    interrex_ring(entry);
}

/* Whatever it is at, it stops: and may have let itself go this very moment. */
static void give_up(unsigned int entry)
{
    struct irx_cpu *c = interrex_cpu_rec(entry);
    uint32_t state;

    interrex_send(c->apic_id,
                  APIC_INT_LEVELTRIG | APIC_INT_ASSERT | APIC_DM_INIT);
    mdelay(INIT_MS);
    state = interrex_load_acquire(&c->state);
    if ( !is_with_shim(c) ||
         interrex_cpu_state_from(entry, state, IRX_CPU_DEAD) != state )
        return;

    printk(XENLOG_ERR
           "Interrex: CPU%u does not answer and is given up: it stays offline "
           "until the machine is started anew\n",
           c->xen_cpu);
    interrex_stray_raise(entry);
    interrex_ring(~0U);
}

bool interrex_cpu_look(unsigned int entry)
{
    const struct irx_cpu *c = interrex_cpu_rec(entry);
    struct seen *s = &seen[entry];
    uint64_t beat;

    if ( entry >= ARRAY_SIZE(seen) || !interrex_abi(1) || !is_with_shim(c) )
        return false;

    beat = read_atomic(&c->heartbeat_tsc);
    if ( beat != s->beat || !s->since )
    {
        *s = (struct seen){ .beat = beat, .since = NOW() };
        if ( is_older(beat, SILENCE_MS) )
            suspect(entry, s);
    }
    else if ( NOW() - s->since > MILLISECS(SILENCE_MS) )
    {
        if ( s->suspected )
            give_up(entry);
        else
            suspect(entry, s);
    }

    return s->suspected;
}

bool interrex_cpus_look(void)
{
    bool silent = false;
    unsigned int entry;

    for ( entry = 0; entry < interrex_anchor()->cpus.count; entry++ )
        silent |= interrex_cpu_look(entry);

    return silent;
}

bool interrex_cpu_is_quiet(unsigned int entry)
{
    const struct irx_cpu *c = interrex_cpu_rec(entry);

    return is_with_shim(c) &&
           is_older(read_atomic(&c->heartbeat_tsc), QUIET_MS);
}

bool interrex_shim_is_dead(void)
{
    bool dead = false;
    unsigned int entry;

    for ( entry = 0; entry < interrex_anchor()->cpus.count; entry++ )
    {
        const struct irx_cpu *c = interrex_cpu_rec(entry);

        if ( is_with_shim(c) )
            return false;
        dead |= interrex_load_acquire(&c->state) == IRX_CPU_DEAD;
    }

    return dead;
}

/* ---- From one update to the next ---- */

static struct dead_cpu {
    bool is;
    uint32_t package_core;
} dead[INTERREX_MAX_CPUS];

void interrex_dead_note(void)
{
    unsigned int entry;

    memset(dead, 0, sizeof(dead));
    for ( entry = 0; entry < interrex_anchor()->cpus.count; entry++ )
    {
        const struct irx_cpu *c = interrex_cpu_rec(entry);

        if ( c->state == IRX_CPU_DEAD && c->xen_cpu < ARRAY_SIZE(dead) )
            dead[c->xen_cpu] = (struct dead_cpu){
                .is = true,
                .package_core = c->package_core,
            };
    }
}

/* Not by its arrow: the table was cleared. In this Xen a CPU's entry is its number (lend.c). */
void interrex_dead_put(void)
{
    unsigned int cpu;

    for ( cpu = 0;
          cpu < ARRAY_SIZE(dead) && cpu < interrex_anchor()->cpus.count;
          cpu++ )
        if ( dead[cpu].is )
            *interrex_cpu_rec(cpu) = (struct irx_cpu){
                .state = IRX_CPU_DEAD,
                .apic_id = x86_cpu_to_apicid[cpu],
                .xen_cpu = cpu,
                .package_core = dead[cpu].package_core,
            };
}
