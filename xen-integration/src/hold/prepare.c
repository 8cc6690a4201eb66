/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prepare: all that takes time and can fail, while the guest still runs here.
 * Memory, CPU policy and the room for event channels go into R, then the shim
 * validates them and builds the nested page tables.
 */
#include <xen/err.h>
#include <xen/event.h>
#include <xen/version.h>

#include <asm/hvm/domain.h>
#include <asm/hvm/irq.h>
#include <asm/hvm/support.h>

#include <public/hvm/params.h>

#include <interrex/crc32c.h>

#include "internal.h"
#include "state/policy.h"
#include "state/tsc.h"

/* Runs that may come up between counting and writing. */
#define SPARE_EXTENTS 64

/* Parameters that HVMOP_get_param gives to the guest itself: hvm_allow_get_param(). */
static const uint8_t readable_params[] = {
    HVM_PARAM_CALLBACK_IRQ,          HVM_PARAM_VM86_TSS,
    HVM_PARAM_VM86_TSS_SIZED,        HVM_PARAM_ACPI_IOPORTS_LOCATION,
    HVM_PARAM_VM_GENERATION_ID_ADDR, HVM_PARAM_STORE_PFN,
    HVM_PARAM_STORE_EVTCHN,          HVM_PARAM_CONSOLE_PFN,
    HVM_PARAM_CONSOLE_EVTCHN,        HVM_PARAM_ALTP2M,
    HVM_PARAM_X87_FIP_WIDTH,
};

/* What can change until the domain is paused; called again then. */
void interrex_domain_params(struct domain *d, struct irx_domain *r)
{
    const struct hvm_irq *irq = hvm_domain_irq(d);
    unsigned int i;

    BUILD_BUG_ON(HVM_NR_PARAMS > ARRAY_SIZE(r->params));

    for ( i = 0; i < HVM_NR_PARAMS; i++ )
        r->params[i] = d->arch.hvm.params[i];
    r->params[HVM_PARAM_X87_FIP_WIDTH] = d->arch.x87_fip_width;
    r->params[HVM_PARAM_VM86_TSS_SIZED] &= ~VM86_TSS_UPDATED;
    r->params[HVM_PARAM_VM86_TSS] =
        (uint32_t)d->arch.hvm.params[HVM_PARAM_VM86_TSS_SIZED];

    for ( i = 0; i < ARRAY_SIZE(readable_params); i++ )
        r->params_readable |= 1ULL << readable_params[i];

    r->flags = 0;
    if ( d->arch.has_32bit_shinfo )
        r->flags |= IRX_DOMF_SHINFO_32BIT;
    if ( irq->callback_via_type == HVMIRQ_callback_vector )
    {
        r->flags |= IRX_DOMF_CALLBACK_VECTOR;
        r->callback_vector = irq->callback_via.vector;
    }
    if ( is_hardware_domain(d) )
        r->flags |= IRX_DOMF_DOM0;
    if ( d->controller_pause_count || d->is_shut_down )
        r->flags |= IRX_DOMF_PAUSED;

    r->shared_info_mfn = virt_to_mfn(d->shared_info);
    r->shared_info_gfn = get_gpfn_from_mfn(r->shared_info_mfn);
    if ( r->shared_info_gfn == INVALID_M2P_ENTRY )
        r->shared_info_gfn = ~0ULL;
    interrex_tsc_export(d, r);
}

static int fill_extents(struct interrex_hold *h, struct irx_domain *r,
                        unsigned long capacity)
{
    struct irx_extent *extents = interrex_at(r->extents);
    unsigned int changes = read_atomic(&h->p2m_changes);
    long count;

    smp_rmb();
    count = interrex_extents(h->d, extents, capacity);
    if ( count < 0 )
        return count;

    r->extent_count = count;
    r->extents_crc = irx_crc32c(0, extents, count * sizeof(*extents));
    r->p2m_generation = changes;

    return 0;
}

static int fill_policy(struct domain *d, struct irx_domain *r)
{
    xen_cpuid_leaf_t *leaves = interrex_at(r->leaves);
    xen_msr_entry_t *msrs = interrex_at(r->msrs);
    int rc;

    r->leaf_count = INTERREX_MAX_LEAVES;
    r->msr_count = INTERREX_MAX_MSRS;
    rc = interrex_policy_export(d, leaves, &r->leaf_count, msrs,
                                &r->msr_count);
    if ( rc )
        return rc;

    r->policy_crc = irx_crc32c(0, leaves, r->leaf_count * sizeof(*leaves));
    r->policy_crc = irx_crc32c(r->policy_crc, msrs,
                               r->msr_count * sizeof(*msrs));

    return 0;
}

/* Everything of the domain that does not need it to stand still. */
int interrex_fill_domain(struct interrex_hold *h)
{
    struct domain *d = h->d;
    struct irx_domain *r = interrex_domain_rec(h->entry);
    uint64_t evtchn, leaves, msrs;
    long count = interrex_extents(d, NULL, 0);
    irx_off_t off;
    int rc;

    if ( count < 0 )
        return count;

    count += SPARE_EXTENTS;
    leaves = ROUNDUP(INTERREX_MAX_LEAVES * sizeof(xen_cpuid_leaf_t), 64);
    msrs = ROUNDUP(INTERREX_MAX_MSRS * sizeof(xen_msr_entry_t), 64);
    evtchn = ROUNDUP(interrex_evtchn_size(d), 64);

    rc = interrex_data_alloc(h, leaves + msrs + evtchn +
                                    count * sizeof(struct irx_extent));
    if ( rc )
        return rc;

    off = h->data_off;
    r->leaves = off;
    r->msrs = off += leaves;
    interrex_evtchn_layout(d, r, off += msrs);
    r->extents = off + evtchn;

    r->xen_version = (xen_major_version() << 16) | xen_minor_version();
    interrex_domain_params(d, r);

    return fill_policy(d, r) ?: fill_extents(h, r, count);
}

void interrex_set_state(struct interrex_hold *h, uint32_t state)
{
    interrex_store_release(&interrex_domain_rec(h->entry)->state, state);
    interrex_ring(~0u);
}

int interrex_wait_turn(struct interrex_hold *h, unsigned int timeout_ms,
                       s_time_t start, s_time_t patience)
{
    if ( !h->deadline )
        h->deadline = start + MILLISECS(timeout_ms);

    if ( NOW() > h->deadline )
    {
        h->deadline = 0;
        return -ETIMEDOUT;
    }
    if ( NOW() - start > patience && hypercall_preempt_check() )
        return -ERESTART;
    cpu_relax();

    return 0;
}

int interrex_wait_state(struct interrex_hold *h, uint32_t from, uint32_t to,
                        unsigned int timeout_ms, s_time_t patience)
{
    struct irx_domain *r = interrex_domain_rec(h->entry);
    s_time_t start = NOW();
    uint32_t state;

    while ( (state = interrex_load_acquire(&r->state)) == from )
    {
        int rc = interrex_wait_turn(h, timeout_ms, start, patience);

        if ( rc )
            return rc;
    }

    h->deadline = 0;
    if ( state == to )
        return 0;

    return state == IRX_DOM_FAILED && r->error < 0 ? r->error : -EIO;
}

void interrex_prepare_undo(struct interrex_hold *h)
{
    interrex_set_state(h, IRX_DOM_WITH_XEN);
    interrex_hold_free(h);
}

static int begin(struct domain *d, struct interrex_hold **h)
{
    int rc;

    *h = interrex_hold_new(d);
    if ( IS_ERR(*h) )
        return PTR_ERR(*h);

    rc = interrex_fill_domain(*h);
    if ( rc )
        interrex_hold_free(*h);
    else
        interrex_set_state(*h, IRX_DOM_PREPARING);

    return rc;
}

int interrex_prepare(struct domain *d, const struct irx_op_domain *op)
{
    struct interrex_hold *h = interrex_hold_of(d);
    int rc;

    if ( !interrex_held_cpus() )
        return -ENODEV;

    if ( !h )
    {
        struct irx_op_reason reason;

        if ( interrex_check_domain(d, &reason, 1) )
            return -EOPNOTSUPP;
        rc = begin(d, &h);
        if ( rc )
            return rc;
    }

    rc = interrex_wait_state(h, IRX_DOM_PREPARING, IRX_DOM_PREPARED,
                             op->timeout_ms, 0);
    if ( rc && rc != -ERESTART )
        interrex_prepare_undo(h);

    return rc;
}
