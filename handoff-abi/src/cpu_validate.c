/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs in R, and in the early section: see interrex/live.h. */
#include "live_internal.h"

#define FIRST_VECTOR 16u /* the local APIC delivers no lower one: Intel SDM volume 3, 11.5.2 */

int irx_cpu_validate(const struct irx_cpu *cpu, uint32_t index, struct irx_live_error *err)
{
    const uint64_t never = (1ull << FIRST_VECTOR) - 1;
    int rc = irx_live_at_most(err, "cpu.state", index, cpu->state, IRX_CPU_DEAD);

    if (!rc)
        rc = irx_live_at_most(err, "cpu.request", index, cpu->request, IRX_CPU_REQ_RELEASE_IDLE);
    if (!rc)
        rc = irx_live_errno(err, "cpu.error", index, cpu->error);
    if (!rc && (cpu->irq_pending[0] & never))
        rc = irx_live_refuse(err, IRX_LE_RANGE, "cpu.irq_pending", index, cpu->irq_pending[0],
                             cpu->irq_pending[0] & ~never);
    return rc ? rc : irx_live_reserved(err, &irx_layout_irx_cpu, cpu, index);
}

static const struct irx_cpu *cpu_entry(const struct irx_anchor *a, uint32_t entry)
{
    return (const struct irx_cpu *)irx_entry(a, &a->cpus, entry);
}

/*
 * Has a CPU without ears been left behind, the early section is older than that: of the CPUs that it tells
 * of as held, one has started the fallback since, and threads of its core were let go.
 */
static bool has_deaf(const struct irx_anchor *a)
{
    return a->version >= IRX_VERSION(1, 1) && a->watch.deaf;
}

static bool is_deaf(const struct irx_anchor *a, const struct irx_cpu *cpu)
{
    return has_deaf(a) && cpu->apic_id == a->watch.deaf - 1;
}

static bool has_left(const struct irx_anchor *a, const struct irx_cpu *cpu)
{
    return has_deaf(a) && (cpu->state == IRX_CPU_RELEASED ||
                           (cpu->state == IRX_CPU_XEN && cpu->apic_id == a->xen_apic_id));
}

/* Nobody but the Xen that lent it may have it back: a dead one nobody has. */
static bool is_held(const struct irx_cpu *cpu)
{
    return cpu->state == IRX_CPU_HELD || cpu->state == IRX_CPU_DRAINING ||
           cpu->state == IRX_CPU_DEAD;
}

/* All entries of the table; *held is the number of those that the shim has. */
static int check_table(const struct irx_anchor *a, uint32_t *held, struct irx_live_error *err)
{
    bool alive = false;
    uint32_t i;
    int rc;

    for (i = 0; i < a->cpus.count; i++) {
        const struct irx_cpu *cpu = cpu_entry(a, i);

        rc = irx_cpu_validate(cpu, i, err);
        if (rc)
            return rc;
        if (cpu->state == IRX_CPU_LENT) /* nobody waits for it to arrive any more */
            return irx_live_refuse(err, IRX_LE_STATE, "cpu.state", i, cpu->state, IRX_CPU_HELD);
        if (cpu->state == IRX_CPU_DEAD && a->version < IRX_VERSION(1, 1))
            return irx_live_refuse(err, IRX_LE_STATE, "cpu.state", i, cpu->state, IRX_CPU_HELD);
        if (is_deaf(a, cpu) && is_held(cpu) && cpu->state != IRX_CPU_DEAD)
            return irx_live_refuse(err, IRX_LE_STATE, "cpu.state", i, cpu->state, IRX_CPU_DEAD);
        *held += is_held(cpu) && !is_deaf(a, cpu);
        alive |= cpu->state == IRX_CPU_HELD || cpu->state == IRX_CPU_DRAINING;
    }
    if (alive && a->shim_state != IRX_SHIM_READY)
        return irx_live_refuse(err, IRX_LE_STATE, "anchor.shim_state", 0, a->shim_state,
                               IRX_SHIM_READY);
    return 0;
}

static int check_record(const struct irx_anchor *a, const struct irx_cpu_record *records,
                        uint32_t i, uint32_t *told, struct irx_live_error *err)
{
    const struct irx_cpu_record *r = &records[i];
    const struct irx_cpu *cpu;
    uint32_t j;

    for (j = 0; j < i; j++)
        if (records[j].apic_id == r->apic_id)
            return irx_live_refuse(err, IRX_LE_OVERLAP, "cpu_record.apic_id", i, r->apic_id, j);
    if (!r->held)
        return 0;
    cpu = cpu_entry(a, r->cpu_entry);
    if (!has_left(a, cpu) && !is_held(cpu))
        return irx_live_refuse(err, IRX_LE_STATE, "cpu.state", r->cpu_entry, cpu->state,
                               IRX_CPU_HELD);
    *told += !has_left(a, cpu);
    if (cpu->apic_id != r->apic_id)
        return irx_live_refuse(err, IRX_LE_MISMATCH, "cpu.apic_id", r->cpu_entry, cpu->apic_id,
                               r->apic_id);
    return 0;
}

int irx_cpus_validate(const struct irx_anchor *a, const struct irx_cpu_record *records,
                      uint32_t count, struct irx_live_error *err)
{
    uint32_t held = 0, told = 0, i;
    int rc = check_table(a, &held, err);

    for (i = 0; !rc && i < count; i++)
        rc = check_record(a, records, i, &told, err);
    /* Each record has an APIC id of its own, so none of the table's is told of twice. */
    if (!rc && told != held)
        rc = irx_live_refuse(err, IRX_LE_MISMATCH, "cpu_record.held", 0, told, held);
    return rc;
}
