/* SPDX-License-Identifier: GPL-2.0-only */
/* vCPUs of PV domains; see pv.h. */
#include <xen/guest_access.h>
#include <xen/sched.h>

#include <asm/domain.h>
#include <asm/msr.h>
#include <asm/xstate.h>

#include <public/arch-x86/hvm/save.h>

#include "pv/pv.h"

/* One at a time: operations are serialised. */
static struct irx_pv_vcpu record;

/* ---- XSAVE and MSRs, as XEN_DOMCTL_getvcpuextstate and _get_vcpu_msrs have them ---- */

static int export_xsave(struct vcpu *v, struct irx_vcpu *r)
{
    struct hvm_hw_cpu_xsave *x = (void *)r->xsave;
    const unsigned int at = offsetof(struct hvm_hw_cpu_xsave, save_area);
    unsigned int size;

    if ( !cpu_has_xsave || !xsave_enabled(v) )
        return 0;
    size = xstate_ctxt_size(v->arch.xcr0_accum);
    if ( at + size > sizeof(r->xsave) )
        return -E2BIG;

    x->xfeature_mask = xfeature_mask;
    x->xcr0 = v->arch.xcr0;
    x->xcr0_accum = v->arch.xcr0_accum;
    expand_xsave_states(v, &x->save_area, size);
    r->xsave_size = at + size;
    r->flags |= IRX_VCPUF_XSAVE;

    return 0;
}

static int import_xsave(struct vcpu *v, const struct irx_vcpu *r)
{
    const struct hvm_hw_cpu_xsave *x = (const void *)r->xsave;
    const unsigned int at = offsetof(struct hvm_hw_cpu_xsave, save_area);
    int rc;

    if ( !(r->flags & IRX_VCPUF_XSAVE) )
        return 0;
    if ( !cpu_has_xsave ||
         r->xsave_size != at + xstate_ctxt_size(x->xcr0_accum) )
        return -EINVAL;
    rc = validate_xstate(v->domain, x->xcr0, x->xcr0_accum,
                         (const void *)&x->save_area.xsave_hdr);
    if ( rc )
        return rc;

    v->arch.xcr0 = x->xcr0;
    v->arch.xcr0_accum = x->xcr0_accum;
    v->arch.nonlazy_xstate_used = x->xcr0_accum & XSTATE_NONLAZY;
    compress_xsave_states(v, &x->save_area, r->xsave_size - at);

    return 0;
}

static const uint32_t msrs[] = {
    MSR_SPEC_CTRL,
    MSR_INTEL_MISC_FEATURES_ENABLES,
    MSR_TSC_AUX,
    MSR_AMD64_DR0_ADDRESS_MASK,
    MSR_AMD64_DR1_ADDRESS_MASK,
    MSR_AMD64_DR2_ADDRESS_MASK,
    MSR_AMD64_DR3_ADDRESS_MASK,
};

static void export_msrs(struct vcpu *v, struct irx_vcpu *r)
{
    unsigned int i;

    BUILD_BUG_ON(ARRAY_SIZE(msrs) > IRX_NR_MSRS);
    r->msr_count = 0;
    for ( i = 0; i < ARRAY_SIZE(msrs); i++ )
    {
        uint64_t value;

        /* Those that the guest does not have are refused. */
        if ( guest_rdmsr(v, msrs[i], &value) == X86EMUL_OKAY && value )
            r->msrs[r->msr_count++] = (struct irx_msr){
                .index = msrs[i],
                .value = value,
            };
    }
}

static bool is_carried_msr(uint32_t index)
{
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(msrs); i++ )
        if ( msrs[i] == index )
            return true;

    return false;
}

static int import_msrs(struct vcpu *v, const struct irx_vcpu *r)
{
    unsigned int i;

    for ( i = 0; i < r->msr_count; i++ )
        if ( !is_carried_msr(r->msrs[i].index) ||
             guest_wrmsr(v, r->msrs[i].index, r->msrs[i].value) !=
                 X86EMUL_OKAY )
        {
            printk(XENLOG_ERR "Interrex: %pv: MSR %#x cannot be %#" PRIx64
                              "\n",
                   v, r->msrs[i].index, r->msrs[i].value);
            return -EINVAL;
        }

    return 0;
}

/* ---- What struct vcpu_guest_context and Xen's own stream lack ---- */

static void export_rest(const struct vcpu *v, struct irx_pv_vcpu *out)
{
    const struct pv_vcpu *pv = &v->arch.pv;
    unsigned int i;

    BUILD_BUG_ON(VCPU_TRAP_LAST != IRX_PV_ASYNC);

    out->sysenter_eip = pv->sysenter_callback_eip;
    out->sysenter_cs = pv->sysenter_callback_cs;
    out->syscall32_eip = pv->syscall32_callback_eip;
    out->syscall32_cs = pv->syscall32_callback_cs;
    if ( pv->sysenter_disables_events )
        out->flags |= IRX_PV_SYSENTER_MASKS;
    if ( pv->syscall32_disables_events )
        out->flags |= IRX_PV_SYSCALL32_MASKS;

    out->bounce_error = pv->trap_bounce.error_code;
    out->bounce_flags = pv->trap_bounce.flags;
    out->bounce_cs = pv->trap_bounce.cs;
    out->bounce_eip = pv->trap_bounce.eip;

    out->iobmp = (unsigned long)pv->iobmp.p;
    out->iobmp_limit = pv->iobmp_limit;

    out->async_mask = v->arch.async_exception_mask >> 1;
    for ( i = 0; i < VCPU_TRAP_LAST; i++ )
        out->async_old_mask[i] = v->arch.async_exception_state[i].old_mask >>
                                 1;
    out->async_pending = v->arch.nmi_pending | v->arch.mce_pending << 1;
}

static void import_rest(struct vcpu *v, const struct irx_pv_vcpu *in)
{
    struct pv_vcpu *pv = &v->arch.pv;
    unsigned int i;

    pv->sysenter_callback_eip = in->sysenter_eip;
    pv->sysenter_callback_cs = in->sysenter_cs;
    pv->syscall32_callback_eip = in->syscall32_eip;
    pv->syscall32_callback_cs = in->syscall32_cs;
    pv->sysenter_disables_events = !!(in->flags & IRX_PV_SYSENTER_MASKS);
    pv->syscall32_disables_events = !!(in->flags & IRX_PV_SYSCALL32_MASKS);

    pv->trap_bounce.error_code = in->bounce_error;
    pv->trap_bounce.flags = in->bounce_flags;
    pv->trap_bounce.cs = in->bounce_cs;
    pv->trap_bounce.eip = in->bounce_eip;

    set_xen_guest_handle(pv->iobmp, (uint8_t *)in->iobmp);
    pv->iobmp_limit = in->iobmp_limit;

    v->arch.async_exception_mask = in->async_mask << 1;
    for ( i = 0; i < VCPU_TRAP_LAST; i++ )
        v->arch.async_exception_state[i].old_mask = in->async_old_mask[i] << 1;
    v->arch.nmi_pending = in->async_pending & 1;
    v->arch.mce_pending = in->async_pending >> 1 & 1;
}

/* ---- All of it ---- */

static int export_vcpu(struct vcpu *v, struct irx_vcpu *r)
{
    struct vcpu_guest_context *context = (void *)record.context;
    int rc;

    BUILD_BUG_ON(sizeof(*context) != sizeof(record.context));

    memset(&record, 0, sizeof(record));
    record.vcpu_id = v->vcpu_id;
    if ( !(r->flags & IRX_VCPUF_INITIALISED) )
        return 0;

    arch_get_info_guest(v, (vcpu_guest_context_u){ .nat = context });
    export_rest(v, &record);
    rc = export_xsave(v, r);
    if ( !rc )
        export_msrs(v, r);

    return rc;
}

int interrex_pv_vcpus_export(struct irx_writer *w, struct domain *d,
                             const struct irx_domain *r)
{
    unsigned int i;
    int rc = 0;

    irx_writer_begin(w, IRX_REC_PV_VCPU, d->domain_id, 0);
    for ( i = 0; !rc && i < d->max_vcpus; i++ )
    {
        rc = export_vcpu(d->vcpu[i], interrex_vcpu_rec(r->vcpu_first + i));
        irx_writer_put(w, &record, sizeof(record));
    }
    irx_writer_end(w);

    return rc;
}

void interrex_pv_roots(const struct irx_pv_vcpu *pv, mfn_t *kernel,
                       mfn_t *user)
{
    const struct vcpu_guest_context *context = (const void *)pv->context;

    *kernel = *user = INVALID_MFN;
    if ( context->ctrlreg[3] )
        *kernel = _mfn(xen_cr3_to_pfn(context->ctrlreg[3]));
    if ( context->ctrlreg[1] )
        *user = _mfn(xen_cr3_to_pfn(context->ctrlreg[1]));
}

/*
 * What interrex_pv_tables_import() held for it. Where nothing else leads there, as of a guest that cannot go
 * on, the reference becomes that of a pin: whoever destroys the domain lets it go in pieces.
 */
static void let_go(mfn_t root)
{
    struct page_info *pg = mfn_to_page(root);

    if ( mfn_eq(root, INVALID_MFN) )
        return;
    if ( (pg->u.inuse.type_info & PGT_count_mask) == 1 )
        pg->u.inuse.type_info |= PGT_pinned;
    else
        put_page_and_type(pg);
}

static int read_record(const struct irx_stream *late, const struct vcpu *v)
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_PV_VCPU,
                                                   v->domain->domain_id, NULL);

    return rec ? irx_record_get(late, rec, v->vcpu_id, &record, sizeof(record))
               : -ENOENT;
}

static void let_roots_go(void)
{
    mfn_t kernel, user;

    interrex_pv_roots(&record, &kernel, &user);
    let_go(kernel);
    let_go(user);
}

void interrex_pv_vcpu_drop(const struct irx_stream *late, struct vcpu *v)
{
    if ( !read_record(late, v) )
        let_roots_go();
}

/*
 * Addresses that a guest may have, a process by its stack pointer alone, and arch_set_info_guest()
 * refuses: to go on there is a fault of the guest's, as it was in the Xen before.
 */
struct wild {
    uint64_t rip, rsp, kernel_sp;
};

static void tame(uint64_t *address, uint64_t *was)
{
    *was = *address;
    if ( !is_canonical_address(*address) )
        *address = 0;
}

static int load_context(struct vcpu *v, struct vcpu_guest_context *context)
{
    struct wild was;
    int rc;

    tame(&context->user_regs.rip, &was.rip);
    tame(&context->user_regs.rsp, &was.rsp);
    tame(&context->kernel_sp, &was.kernel_sp);
    rc = arch_set_info_guest(v, (vcpu_guest_context_u){ .nat = context });
    if ( rc )
        return rc;
    v->arch.user_regs.rip = was.rip;
    v->arch.user_regs.rsp = was.rsp;
    v->arch.pv.kernel_sp = was.kernel_sp;

    return 0;
}

int interrex_pv_vcpu_import(const struct irx_stream *late, struct vcpu *v,
                            const struct irx_vcpu *r)
{
    int rc = read_record(late, v);

    if ( rc || !(r->flags & IRX_VCPUF_INITIALISED) )
        return rc;
    rc = load_context(v, (void *)record.context);
    let_roots_go();
    if ( rc )
        return rc;
    import_rest(v, &record);

    return import_xsave(v, r) ?: import_msrs(v, r);
}
