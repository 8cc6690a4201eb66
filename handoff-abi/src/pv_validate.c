/* SPDX-License-Identifier: GPL-2.0-only */
/* What the late section has of PV domains: see interrex/sections.h. */
#include "late_internal.h"

#define BYTE_MAX 255u
#define LEVELS   4u
#define PIRQS_MAX                                                                                  \
    65536u /* pirqs are Xen's IRQs or above them: pirq_get_info() takes those of the domain */
#define MSIX_ENTRIES 2048u  /* PCI Local Bus 3.0, 6.8.2.3 */
#define PORTS_MAX    65536u /* of x86's I/O space */
#define TBF_ALL      11u /* asm/processor.h: TBF_EXCEPTION | TBF_EXCEPTION_ERRCODE | TBF_INTERRUPT */

static bool is_pv(const struct irx_late *late, const struct irx_group *g)
{
    return irx_domain_entry(late->a, g->rec.entry)->flags & IRX_DOMF_PV;
}

/* ---- The domain ---- */

static int check_domain(const struct irx_late *late, const struct irx_pv_domain *d,
                        struct irx_live_error *err)
{
    const uint32_t flags = IRX_PV_F_EOI_MAP | IRX_PV_F_AUTO_UNMASK;

    if ((d->flags & ~flags) || d->flags == IRX_PV_F_AUTO_UNMASK)
        return irx_live_refuse(err, IRX_LE_RANGE, "pv_domain.flags", 0, d->flags, flags);
    if (!d->tables[LEVELS - 1]) /* its vCPUs run on one */
        return irx_live_refuse(err, IRX_LE_RANGE, "pv_domain.tables", LEVELS - 1, 0, 1);
    if (d->flags & IRX_PV_F_EOI_MAP) {
        int rc = irx_live_frames(err, "pv_domain.eoi_map_mfn", 0, d->eoi_map_mfn, 1, IRX_LOW_FRAMES,
                                 late->a, late->limits);

        if (rc)
            return rc;
    }
    return irx_live_at_most(err, "pv_domain.cmos_index", 0, d->cmos_index, BYTE_MAX);
}

/* ---- Its frames and page tables ---- */

static int check_run(const struct irx_late *late, const struct irx_pv_run *r, uint32_t i,
                     uint64_t from, struct irx_live_error *err)
{
    if (!r->nr)
        return irx_live_refuse(err, IRX_LE_RANGE, "pv_run.nr", i, 0, 1);
    if (r->flags & ~IRX_PV_RUN_GIVEN_UP)
        return irx_live_refuse(err, IRX_LE_RANGE, "pv_run.flags", i, r->flags, IRX_PV_RUN_GIVEN_UP);
    if (r->step < -1 || r->step > 1)
        return irx_live_refuse(err, IRX_LE_RANGE, "pv_run.step", i, (uint64_t)(int64_t)r->step, 1);
    if (r->mfn < from)
        return irx_live_refuse(err, IRX_LE_ORDER, "pv_run.mfn", i, r->mfn, from);
    /* The pfn may be any: a guest writes what it likes there (MMU_MACHPHYS_UPDATE). */
    return irx_live_frames(err, "pv_run.mfn", i, r->mfn, r->nr, 0, late->a, late->limits);
}

static int check_runs(const struct irx_late *late, const struct irx_group *g,
                      struct irx_live_error *err)
{
    struct irx_items items = irx_group_items(late, g, IRX_REC_PV_FRAMES);
    uint64_t from = 0;
    uint32_t i;
    int rc = 0;

    for (i = 0; !rc && i < items.count; i++) {
        struct irx_pv_run copy;
        const struct irx_pv_run *r = irx_item(&items, i, &copy);

        rc = check_run(late, r, i, from, err);
        from = r->mfn + r->nr;
    }
    return rc;
}

/* Each once; of each level as many as the domain's record says. */
static int check_tables(const struct irx_late *late, const struct irx_group *g,
                        const struct irx_pv_domain *d, struct irx_live_error *err)
{
    struct irx_items items = irx_group_items(late, g, IRX_REC_PV_TABLES);
    uint32_t count[LEVELS] = {0}, i;
    uint64_t from = 0;
    int rc = 0;

    for (i = 0; !rc && i < items.count; i++) {
        struct irx_pv_table copy;
        const struct irx_pv_table *t = irx_item(&items, i, &copy);

        if (!t->level || t->level > LEVELS)
            return irx_live_refuse(err, IRX_LE_RANGE, "pv_table.level", i, t->level, LEVELS);
        if (t->mfn < from)
            return irx_live_refuse(err, IRX_LE_ORDER, "pv_table.mfn", i, t->mfn, from);
        rc = irx_live_at_most(err, "pv_table.pinned", i, t->pinned, 1);
        if (!rc)
            rc = irx_live_frames(err, "pv_table.mfn", i, t->mfn, 1, 0, late->a, late->limits);
        count[t->level - 1]++;
        from = t->mfn + 1;
    }
    for (i = 0; !rc && i < LEVELS; i++)
        if (count[i] != d->tables[i])
            return irx_live_refuse(err, IRX_LE_MISMATCH, "pv_domain.tables", i, d->tables[i],
                                   count[i]);
    return rc;
}

/* ---- Its vCPUs ---- */

static int check_vcpu(const struct irx_pv_vcpu *v, uint32_t i, struct irx_live_error *err)
{
    const uint32_t masks = IRX_PV_SYSENTER_MASKS | IRX_PV_SYSCALL32_MASKS;
    const uint32_t async = (1u << IRX_PV_ASYNC) - 1;
    int rc;

    if (v->vcpu_id != i)
        return irx_live_refuse(err, IRX_LE_ORDER, "pv_vcpu.vcpu_id", i, v->vcpu_id, i);
    if (v->flags & ~masks)
        return irx_live_refuse(err, IRX_LE_RANGE, "pv_vcpu.flags", i, v->flags, masks);
    if (v->bounce_flags & ~TBF_ALL)
        return irx_live_refuse(err, IRX_LE_RANGE, "pv_vcpu.bounce_flags", i, v->bounce_flags,
                               TBF_ALL);
    rc = irx_live_at_most(err, "pv_vcpu.iobmp_limit", i, v->iobmp_limit, PORTS_MAX);
    if (!rc)
        rc = irx_live_at_most(err, "pv_vcpu.async_mask", i, v->async_mask, async);
    return rc ? rc : irx_live_at_most(err, "pv_vcpu.async_pending", i, v->async_pending, async);
}

static int check_vcpus(const struct irx_late *late, const struct irx_group *g,
                       struct irx_live_error *err)
{
    struct irx_items items = irx_group_items(late, g, IRX_REC_PV_VCPU);
    uint32_t i;
    int rc = 0;

    if (items.count != g->rec.max_vcpus)
        return irx_live_refuse(err, IRX_LE_SIZE, "pv_vcpu", 0, items.count, g->rec.max_vcpus);
    for (i = 0; !rc && i < items.count; i++) {
        struct irx_pv_vcpu copy;

        rc = check_vcpu(irx_item(&items, i, &copy), i, err);
    }
    return rc;
}

/* ---- Its interrupts ---- */

static bool is_function(const struct irx_items *functions, uint32_t sbdf)
{
    uint32_t i;

    for (i = 0; i < functions->count; i++) {
        struct irx_pci_device copy;

        if (((const struct irx_pci_device *)irx_item(functions, i, &copy))->sbdf == sbdf)
            return true;
    }
    return false;
}

/* Something of the host is behind it. */
static int check_behind(const struct irx_items *functions, const struct irx_pv_pirq *p, uint32_t i,
                        struct irx_live_error *err)
{
    if (p->kind == IRX_PIRQ_NONE)
        return p->flags ? irx_live_refuse(err, IRX_LE_MISMATCH, "pv_pirq.flags", i, p->flags, 0)
                        : 0;
    if (p->kind == IRX_PIRQ_GSI)
        return 0;
    if (p->kind == IRX_PIRQ_MSIX && p->entry >= MSIX_ENTRIES)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "pv_pirq.entry", i, p->entry, MSIX_ENTRIES - 1);
    if (!is_function(functions, p->sbdf))
        return irx_live_refuse(err, IRX_LE_MISSING, "pv_pirq.sbdf", i, p->sbdf, 0);
    return 0;
}

/* The port that it is bound to is a pirq's, of this one. The entry may not have been looked at yet. */
static int check_bound(const struct irx_late *late, const struct irx_domain *d,
                       const struct irx_pv_pirq *p, uint32_t i, struct irx_live_error *err)
{
    const struct irx_port *port = (const void *)((const uint8_t *)late->a + d->ports);
    uint64_t size = (uint64_t)d->port_count * sizeof(*port);

    if (!(p->flags & IRX_PIRQ_F_BOUND))
        return 0;
    if (d->ports % 8 || d->ports > late->a->region_size || size > late->a->region_size - d->ports)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "domain.ports", 0, d->ports, size);
    if (p->evtchn >= d->port_count)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "pv_pirq.evtchn", i, p->evtchn, d->port_count);
    port += p->evtchn;
    if (port->state != IRX_PORT_PIRQ || port->remote_port != p->pirq)
        return irx_live_refuse(err, IRX_LE_MISMATCH, "pv_pirq.evtchn", i, p->evtchn, port->state);
    return 0;
}

static int check_pirq(const struct irx_late *late, const struct irx_domain *d,
                      const struct irx_items *functions, const struct irx_pv_pirq *p, uint32_t i,
                      struct irx_live_error *err)
{
    const uint32_t gsi = IRX_PIRQ_F_LEVEL | IRX_PIRQ_F_LOW | IRX_PIRQ_F_SET_UP;
    const uint32_t any = IRX_PIRQ_F_BOUND | IRX_PIRQ_F_SHAREABLE | IRX_PIRQ_F_MASKED;
    int rc;

    if (p->pirq >= PIRQS_MAX)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "pv_pirq.pirq", i, p->pirq, PIRQS_MAX - 1);
    if (p->kind > IRX_PIRQ_NONE)
        return irx_live_refuse(err, IRX_LE_RANGE, "pv_pirq.kind", i, p->kind, IRX_PIRQ_NONE);
    if (p->flags & ~(any | (p->kind == IRX_PIRQ_GSI ? gsi : 0)))
        return irx_live_refuse(err, IRX_LE_RANGE, "pv_pirq.flags", i, p->flags, any | gsi);
    rc = check_behind(functions, p, i, err);
    return rc ? rc : check_bound(late, d, p, i, err);
}

static int check_pirqs(const struct irx_late *late, const struct irx_group *g,
                       struct irx_live_error *err)
{
    const struct irx_domain *d = irx_domain_entry(late->a, g->rec.entry);
    struct irx_items items = irx_group_items(late, g, IRX_REC_PV_PIRQ);
    struct irx_items functions = irx_group_items(late, g, IRX_REC_PCI_DEVICE);
    uint32_t from = 0, i;
    int rc = 0;

    for (i = 0; !rc && i < items.count; i++) {
        struct irx_pv_pirq copy;
        const struct irx_pv_pirq *p = irx_item(&items, i, &copy);

        if (p->pirq < from)
            return irx_live_refuse(err, IRX_LE_ORDER, "pv_pirq.pirq", i, p->pirq, from);
        rc = check_pirq(late, d, &functions, p, i, err);
        from = p->pirq + 1;
    }
    return rc;
}

static int check_mmcfg(const struct irx_late *late, const struct irx_group *g,
                       struct irx_live_error *err)
{
    struct irx_items items = irx_group_items(late, g, IRX_REC_PV_MMCFG);
    uint32_t i;

    for (i = 0; i < items.count; i++) {
        struct irx_pv_mmcfg copy;
        const struct irx_pv_mmcfg *m = irx_item(&items, i, &copy);

        if (m->end_bus < m->start_bus)
            return irx_live_refuse(err, IRX_LE_BOUNDS, "pv_mmcfg.end_bus", i, m->end_bus,
                                   m->start_bus);
        if (m->flags > 1)
            return irx_live_refuse(err, IRX_LE_RANGE, "pv_mmcfg.flags", i, m->flags, 1);
    }
    return 0;
}

/* ---- All of it ---- */

/* What only a PV domain has. */
static int check_none(const struct irx_late *late, const struct irx_group *g,
                      struct irx_live_error *err)
{
    uint32_t type;

    for (type = IRX_REC_PV_DOMAIN; type <= IRX_REC_PV_MMCFG; type++)
        if (irx_group_find(late, g, type, NULL))
            return irx_live_refuse(err, IRX_LE_OWNER, "pv_domain", 0, g->rec.domid, type);
    return 0;
}

int irx_pv_validate(const struct irx_late *late, const struct irx_group *g,
                    struct irx_live_error *err)
{
    const struct irx_record *rec = irx_group_find(late, g, IRX_REC_PV_DOMAIN, NULL);
    struct irx_pv_domain d;
    int rc;

    if (!is_pv(late, g))
        return check_none(late, g, err);
    if (!rec)
        return irx_live_refuse(err, IRX_LE_MISSING, "pv_domain", 0, 0, 1);
    irx_record_copy(rec, &d, sizeof(d));
    rc = check_domain(late, &d, err);
    if (!rc)
        rc = check_runs(late, g, err);
    if (!rc)
        rc = check_tables(late, g, &d, err);
    if (!rc)
        rc = check_vcpus(late, g, err);
    if (!rc)
        rc = check_pirqs(late, g, err);
    return rc ? rc : check_mmcfg(late, g, err);
}
