/* SPDX-License-Identifier: GPL-2.0-only */
/* What the late section's records say of each domain: see interrex/sections.h. */
#include "late_internal.h"

#define PAUSES_MAX   255u /* domain_pause_by_systemcontroller(), common/domain.c */
#define SHUTDOWN_MAX 255u
#define LEAVES_MAX   255u /* cpu_policy.hv_limit is a byte */
#define NONE         0xffffffffu
#define PAGES_MAX    0xffffffffu /* struct domain counts them in 32 bits */

const struct irx_record *irx_group_find(const struct irx_late *late, const struct irx_group *g,
                                        uint32_t type, const struct irx_record *prev)
{
    const struct irx_record *rec = prev ? irx_stream_next(late->s, prev) : g->first;

    for (; rec && rec->instance == g->first->instance; rec = irx_stream_next(late->s, rec))
        if (rec->type == type)
            return rec;
    return NULL;
}

struct irx_items irx_group_items(const struct irx_late *late, const struct irx_group *g,
                                 uint32_t type)
{
    return irx_items(late->s, irx_group_find(late, g, type, NULL));
}

bool irx_late_carries(struct irx_late *late, uint32_t domid)
{
    uint32_t i;

    if (domid == late->last_peer)
        return true;
    for (i = 0; i < late->a->domains.count; i++) {
        const struct irx_domain *d = irx_domain_entry(late->a, i);

        if (irx_domain_in_use(late->a, d) && d->domid == domid) {
            late->last_peer = domid;
            return true;
        }
    }
    return false;
}

static int mismatch(struct irx_live_error *err, const char *what, uint64_t value, uint64_t expected)
{
    return irx_live_refuse(err, IRX_LE_MISMATCH, what, 0, value, expected);
}

/* ---- The domain's record ---- */

/* The entry in the table that it names says the same. */
static int check_entry(const struct irx_late *late, const struct irx_domain_record *r,
                       struct irx_live_error *err)
{
    const struct irx_domain *d;

    if (r->entry >= late->a->domains.count)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "domain_record.entry", 0, r->entry,
                               late->a->domains.count);
    d = irx_domain_entry(late->a, r->entry);
    if (!irx_domain_in_use(late->a, d) || d->domid != r->domid)
        return mismatch(err, "domain_record.entry", d->domid, r->domid);
    if (memcmp(d->handle, r->handle, sizeof(d->handle)))
        return mismatch(err, "domain_record.handle", r->handle[0], d->handle[0]);
    if (d->vcpu_count != r->max_vcpus)
        return mismatch(err, "domain_record.max_vcpus", r->max_vcpus, d->vcpu_count);
    if (d->tsc_mode != r->tsc_mode)
        return mismatch(err, "domain_record.tsc_mode", r->tsc_mode, d->tsc_mode);
    if (!(d->flags & IRX_DOMF_DOM0) != !!r->domid)
        return mismatch(err, "domain.flags", d->flags, IRX_DOMF_DOM0);
    return 0;
}

static int check_limits(const struct irx_domain_record *r, struct irx_live_error *err)
{
    int rc = irx_live_at_most(err, "domain_record.max_pages", 0, r->max_pages, PAGES_MAX);

    if (!rc)
        rc = irx_live_at_most(err, "domain_record.paging_pool_pages", 0, r->paging_pool_pages,
                              PAGES_MAX);
    if (!rc)
        rc = irx_live_at_most(err, "domain_record.hv_limit", 0, r->hv_limit, LEAVES_MAX);
    if (!rc)
        rc = irx_live_at_most(err, "domain_record.hv2_limit", 0, r->hv2_limit, LEAVES_MAX);
    if (!rc && r->shutdown_code != NONE)
        rc = irx_live_at_most(err, "domain_record.shutdown_code", 0, r->shutdown_code,
                              SHUTDOWN_MAX);
    if (!rc && !r->tsc_incarnation)
        rc = irx_live_refuse(err, IRX_LE_RANGE, "domain_record.tsc_incarnation", 0, 0, 1);
    return rc;
}

static int check_toolstack(struct irx_late *late, const struct irx_domain_record *r,
                           struct irx_live_error *err)
{
    int rc = irx_live_at_most(err, "domain_record.disposition", 0, r->disposition,
                              IRX_DISPOSITION_PAUSED);

    if (!rc)
        rc = irx_live_at_most(err, "domain_record.controller_pause_count", 0,
                              r->controller_pause_count, PAUSES_MAX);
    if (!rc && (r->disposition == IRX_DISPOSITION_PAUSED) != !!r->controller_pause_count)
        rc = mismatch(err, "domain_record.disposition", r->disposition, r->controller_pause_count);
    if (!rc)
        rc = irx_live_at_most(err, "domain_record.virqs", 0, r->virqs, (1u << IRX_NR_VIRQS) - 1);
    if (rc)
        return rc;
    if (r->virqs & late->virqs)
        return irx_live_refuse(err, IRX_LE_OVERLAP, "domain_record.virqs", 0, r->virqs,
                               r->virqs & ~late->virqs);
    late->virqs |= r->virqs;
    if (r->target != NONE && (r->target == r->domid || !irx_late_carries(late, r->target)))
        return irx_live_refuse(err, IRX_LE_MISSING, "domain_record.target", 0, r->target, NONE);
    return 0;
}

/* ---- Where its vCPUs may run ---- */

static int check_affinity(const struct irx_late *late, const struct irx_group *g,
                          struct irx_live_error *err)
{
    struct irx_items items = irx_group_items(late, g, IRX_REC_AFFINITY);
    uint32_t i;
    int rc = 0;

    if (items.count != g->rec.max_vcpus)
        return irx_live_refuse(err, IRX_LE_SIZE, "affinity", 0, items.count, g->rec.max_vcpus);
    for (i = 0; !rc && i < items.count; i++) {
        struct irx_affinity copy;
        const struct irx_affinity *v = irx_item(&items, i, &copy);

        if (v->vcpu_id != i)
            return irx_live_refuse(err, IRX_LE_ORDER, "affinity.vcpu_id", i, v->vcpu_id, i);
        rc = irx_live_at_most(err, "affinity.hard_all", i, v->hard_all, 1);
        if (!rc)
            rc = irx_live_at_most(err, "affinity.soft_all", i, v->soft_all, 1);
    }
    return rc;
}

static int check_sched(const struct irx_late *late, const struct irx_group *g,
                       struct irx_live_error *err)
{
    const struct irx_record *rec = irx_group_find(late, g, IRX_REC_SCHED, NULL);
    struct irx_sched sched;

    if (!rec)
        return irx_live_refuse(err, IRX_LE_MISSING, "sched", 0, 0, 1);
    irx_record_copy(rec, &sched, sizeof(sched));
    return irx_sched_validate(&sched, g->rec.cpupool_id, &late->pools, err);
}

/* ---- All of it ---- */

static int check_group(struct irx_late *late, const struct irx_group *g, struct irx_live_error *err)
{
    int rc;

    if (g->rec.domid != g->first->instance)
        return mismatch(err, "domain_record.domid", g->rec.domid, g->first->instance);
    rc = check_entry(late, &g->rec, err);
    if (!rc)
        rc = check_limits(&g->rec, err);
    if (!rc)
        rc = check_toolstack(late, &g->rec, err);
    if (!rc)
        rc = irx_devices_validate(late, g, err);
    if (!rc)
        rc = irx_pv_validate(late, g, err);
    if (!rc)
        rc = check_affinity(late, g, err);
    if (!rc)
        rc = check_sched(late, g, err);
    return rc ? rc : irx_grants_validate(late, g, err);
}

const struct irx_record *irx_late_next_domain(const struct irx_stream *s,
                                              const struct irx_record *prev)
{
    while ((prev = irx_stream_next(s, prev)) && prev->type != IRX_REC_DOMAIN)
        ;
    return prev;
}

/* Nobody is in the table who is not in the section. */
static int check_count(const struct irx_late *late, uint32_t told, struct irx_live_error *err)
{
    uint32_t used = 0, i;

    for (i = 0; i < late->a->domains.count; i++)
        used += irx_domain_in_use(late->a, irx_domain_entry(late->a, i));
    return used == told ? 0 : irx_live_refuse(err, IRX_LE_MISSING, "domain_record", 0, told, used);
}

int irx_late_validate(const struct irx_stream *s, const struct irx_anchor *a,
                      const struct irx_limits *limits, struct irx_live_error *err)
{
    struct irx_late late = {.s = s, .a = a, .limits = limits, .last_peer = NONE};
    const struct irx_record *rec = irx_late_next_domain(s, NULL);
    uint32_t told = 0;
    int rc;

    if (!irx_stream_of_handoff(s, a->handoff_id))
        return irx_live_refuse(err, IRX_LE_MISMATCH, "anchor.handoff_id", 0, IRX_SECTION_LATE, 0);
    if (!rec || rec->instance) /* they ascend */
        return irx_live_refuse(err, IRX_LE_MISSING, "domain_record", 0, 0, 1);
    late.pools = irx_items(s, irx_stream_find(s, IRX_REC_CPUPOOLS, 0, NULL));
    rc = irx_pools_validate(&late.pools, err);
    for (; !rc && rec; rec = irx_late_next_domain(s, rec), told++) {
        struct irx_group g = {.first = rec};

        irx_record_copy(rec, &g.rec, sizeof(g.rec));
        rc = check_group(&late, &g, err);
        if (rc && err)
            err->domid = rec->instance;
    }
    return rc ? rc : check_count(&late, told, err);
}
