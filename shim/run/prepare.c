/* SPDX-License-Identifier: GPL-2.0-only */
#include "prepare.h"

#include "core/log.h"
#include "core/mem.h"
#include "core/npt.h"
#include "core/state.h"
#include "core/validate.h"
#include "core/vendor.h"

/* A piece: some tens of microseconds. */
#define BUILD_ENTRIES 2048u /* nested entries */
#define FREE_TABLES   128u  /* nested tables, each looked through */

static struct dom_asked asked_of(const struct irx_domain *r)
{
    return (struct dom_asked){
        .generation = r->generation,
        .extents = r->extents,
        .leaves = r->leaves,
        .extent_count = r->extent_count,
        .extents_crc = r->extents_crc,
        .policy_crc = r->policy_crc,
        .vcpu_first = r->vcpu_first,
        .vcpu_count = r->vcpu_count,
        .domid = r->domid,
    };
}

/* Xen took it back and asks for another, or for the same one changed, before anybody here looked. */
static bool is_another(const struct dom *d)
{
    struct dom_asked now = asked_of(d->rec);

    return memcmp(&now, &d->asked, sizeof(now));
}

void prepare_phase(struct dom *d, enum dom_phase phase)
{
    bool was = prepare_is_stepwise(d->phase), is = prepare_is_stepwise(phase);

    if (is && !was)
        __atomic_fetch_add(&shim.building, 1, __ATOMIC_RELEASE);
    if (was && !is)
        __atomic_fetch_sub(&shim.building, 1, __ATOMIC_RELEASE);
    if (is)
        d->walk = (struct irx_walk){.count = 0};
    if (phase == DOM_CHECKING)
        d->asked = asked_of(d->rec);
    __atomic_store_n(&d->phase, phase, __ATOMIC_RELEASE);
}

bool prepare_answer(struct dom *d, uint32_t asked, uint32_t state, int error)
{
    d->rec->error = error;
    if (error)
        log_line("d%u failed: error %d", d->rec->domid, error);
    return state_domain_from(d->rec, asked, state);
}

static void fail(struct dom *d, int error)
{
    if (!is_another(d))
        prepare_answer(d, IRX_DOM_PREPARING, IRX_DOM_FAILED, error);
    prepare_phase(d, DOM_GIVING_BACK);
}

void prepare_forget(struct dom *d, uint32_t asked)
{
    uint32_t building = 0;

    d->vcpus = NULL;
    d->fifo_mfn = NULL;
    d->vendor = NULL;
    d->npt_root = 0;
    d->npt_pages = 0;
    d->vcpu_count = 0;
    __atomic_store_n(&d->phase, DOM_EMPTY, __ATOMIC_RELEASE);
    for (uint32_t i = 0; i < shim.domain_count; i++)
        building += prepare_is_stepwise(shim.doms[i].phase);
    __atomic_store_n(&shim.building, building, __ATOMIC_RELEASE);
    if (asked == IRX_DOM_PREPARING || asked == IRX_DOM_ENTERING)
        prepare_answer(d, asked, IRX_DOM_FAILED, -SHIM_EFAULT);
}

/* ---- back ---- */

static void give_back(struct dom *d)
{
    if (!npt_free_some(d, FREE_TABLES))
        return;
    for (uint32_t i = 0; d->vcpus && i < d->vcpu_count; i++) {
        vendor_vcpu_free(&d->vcpus[i]);
        mem_free(d->vcpus[i].fpu, 1);
    }
    mem_free(d->vcpus, (unsigned int)d->vcpus_pages);
    mem_free(d->fifo_mfn, 1);
    vendor_domain_free(d);
    d->vcpus = NULL;
    d->fifo_mfn = NULL;
    d->vcpu_count = 0;
    prepare_phase(d, DOM_EMPTY);
}

/* ---- forth ---- */

static int allocate(struct dom *d)
{
    int rc = npt_init(d);

    d->vcpus_pages = (uint32_t)DIV_UP(d->vcpu_count * sizeof(struct vcpu), PAGE_SIZE);
    d->vcpus = mem_alloc(d->vcpus_pages);
    d->fifo_mfn = mem_alloc(1);
    if (rc || !d->vcpus || !d->fifo_mfn)
        return -SHIM_ENOMEM;
    rc = vendor_domain_init(d);
    for (uint32_t i = 0; !rc && i < d->vcpu_count; i++) {
        struct vcpu *v = &d->vcpus[i];

        v->d = d;
        v->id = i;
        v->rec = shim_vcpu_rec(d->rec->vcpu_first + i);
        v->fpu = mem_alloc(1);
        rc = v->fpu ? vendor_vcpu_init(v) : -SHIM_ENOMEM;
    }
    return rc;
}

/* Another entry that is in use has the same domid, or vCPUs in common. */
static bool clashes(const struct dom *d)
{
    const struct irx_domain *r = d->rec;

    for (uint32_t i = 0; i < shim.domain_count; i++) {
        const struct dom *other = &shim.doms[i];
        const struct irx_domain *o = other->rec;

        if (other == d || other->phase == DOM_EMPTY || other->phase == DOM_CHECKING ||
            other->phase == DOM_GIVING_BACK)
            continue;
        if (other->domid == r->domid || (r->vcpu_first < o->vcpu_first + other->vcpu_count &&
                                         o->vcpu_first < r->vcpu_first + r->vcpu_count))
            return true;
    }
    return false;
}

static void check(struct dom *d)
{
    int rc = domain_check(d);

    if (rc > 0)
        return;
    if (!rc && clashes(d))
        rc = -SHIM_EEXIST;
    if (!rc) {
        domain_take(d->rec, d);
        rc = allocate(d);
    }
    if (rc)
        fail(d, rc);
    else
        prepare_phase(d, DOM_BUILDING);
}

static void build(struct dom *d)
{
    int rc = npt_step(d, BUILD_ENTRIES);

    if (rc > 0)
        return;
    if (rc < 0) {
        fail(d, rc);
        return;
    }
    if (is_another(d)) {
        prepare_phase(d, DOM_GIVING_BACK);
        return;
    }
    prepare_phase(d, DOM_BUILT);
    log_line("d%u prepared: %u extents, %lu table pages, %lu KiB free", d->domid, d->extent_count,
             d->npt_pages, mem_free_pages() * 4);
    prepare_answer(d, IRX_DOM_PREPARING, IRX_DOM_PREPARED, 0);
}

void prepare_step(struct dom *d)
{
    if (d->phase != DOM_GIVING_BACK &&
        (__atomic_load_n(&d->rec->state, __ATOMIC_ACQUIRE) != IRX_DOM_PREPARING || is_another(d)))
        prepare_phase(d, DOM_GIVING_BACK); /* Xen gave up waiting */
    if (d->phase == DOM_GIVING_BACK)
        give_back(d);
    else if (d->phase == DOM_CHECKING)
        check(d);
    else if (d->phase == DOM_BUILDING)
        build(d);
}
