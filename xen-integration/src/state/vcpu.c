/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of a vCPU: Xen's HVM save records, and what is in none of them.
 *
 * The records are made and loaded by Xen's own handlers, one type at a time:
 * hvm_save() and hvm_load() want all types of all vCPUs and process softirqs.
 */
#include <xen/event.h>

#include <asm/cpu-policy.h>
#include <asm/hvm/hvm.h>
#include <asm/hvm/save.h>
#include <asm/hvm/support.h>
#include <asm/hvm/vlapic.h>
#include <asm/msr.h>
#include <asm/paging.h>

#include "private/private.h"
#include "state/state.h"
#include "vendor/vendor.h"

/* One record of any of our types; operations are serialised. */
static uint8_t record_buffer[sizeof(struct hvm_save_descriptor) +
                             IRX_XSAVE_MAX] __aligned(16);

static int save_record(struct vcpu *v, unsigned int type, void *to,
                       uint32_t size, uint32_t *length)
{
    struct hvm_domain_context h = {
        .data = record_buffer,
        .size = sizeof(record_buffer),
    };
    const struct hvm_save_descriptor *desc = (const void *)record_buffer;
    int rc = interrex_hvm_save(v, type, &h);

    *length = 0;
    if ( rc || !h.cur )
        return rc;
    if ( desc->length > size )
        return -E2BIG;

    *length = desc->length;
    memcpy(to, desc + 1, desc->length);

    return 0;
}

/* A record for Xen's handler: its payload; NULL: it is too large. */
static void *fill_record(const struct vcpu *v, unsigned int type,
                         const void *from, uint32_t size)
{
    struct hvm_save_descriptor *desc = (void *)record_buffer;

    if ( sizeof(*desc) + size > sizeof(record_buffer) )
        return NULL;

    desc->typecode = type;
    desc->instance = v->vcpu_id;
    desc->length = size;

    return memcpy(desc + 1, from, size);
}

static int load_filled(struct vcpu *v)
{
    const struct hvm_save_descriptor *desc = (const void *)record_buffer;
    struct hvm_domain_context h = {
        .data = record_buffer,
        .size = sizeof(*desc) + desc->length,
    };

    return interrex_hvm_load(v->domain, desc->typecode, &h);
}

static int load_record(struct vcpu *v, unsigned int type, const void *from,
                       uint32_t size)
{
    return fill_record(v, type, from, size) ? load_filled(v) : -E2BIG;
}

static int save_msrs(struct vcpu *v, struct irx_vcpu *r)
{
    static uint8_t buffer[sizeof(struct hvm_msr) +
                          IRX_NR_MSRS * sizeof(struct irx_msr)] __aligned(8);
    const struct hvm_msr *m = (const void *)buffer;
    uint32_t length;
    unsigned int i;
    int rc = save_record(v, CPU_MSR_CODE, buffer, sizeof(buffer), &length);

    r->msr_count = 0;
    if ( rc || !length )
        return rc;

    for ( i = 0; i < m->count; i++ )
        r->msrs[i] = (struct irx_msr){
            .index = m->msr[i].index,
            .value = m->msr[i].val,
        };
    r->msr_count = m->count;

    return 0;
}

/*
 * The CPU took this value, though the guest's CPU policy hides a bit of it, which
 * guest_wrmsr() refuses. What this host has of it goes on.
 */
static int load_hidden_bits(struct vcpu *v, const struct irx_msr *msr)
{
    if ( msr->index != MSR_SPEC_CTRL )
        return -ENXIO;

    hvm_set_reg(v, MSR_SPEC_CTRL,
                msr->value & msr_spec_ctrl_valid_bits(&host_cpu_policy));

    return 0;
}

/* The record leaves out what is zero, but v may have another value from before. */
static int load_msrs(struct vcpu *v, const struct irx_vcpu *r)
{
    static const uint32_t zeroed[] = {
        MSR_SPEC_CTRL,
        MSR_AMD64_DR0_ADDRESS_MASK,
        MSR_AMD64_DR1_ADDRESS_MASK,
        MSR_AMD64_DR2_ADDRESS_MASK,
        MSR_AMD64_DR3_ADDRESS_MASK,
    };
    unsigned int i;
    int rc = 0;

    for ( i = 0; i < ARRAY_SIZE(zeroed); i++ )
        guest_wrmsr(v, zeroed[i], 0);

    for ( i = 0; !rc && i < r->msr_count; i++ )
        if ( guest_wrmsr(v, r->msrs[i].index, r->msrs[i].value) !=
             X86EMUL_OKAY )
            rc = load_hidden_bits(v, &r->msrs[i]);

    return rc;
}

/*
 * CR3: a guest with nested paging loads it without an exit, and the CPU takes bits up to its own
 * 52, of which hvm_load_cpu_ctxt() refuses those beyond the guest's physical addresses. It goes
 * on with what it loaded: a page walk from there faults, as it did.
 */
static int load_cpu(struct vcpu *v, const struct irx_vcpu *r)
{
    struct hvm_hw_cpu *cpu = fill_record(v, HVM_SAVE_CODE(CPU), r->cpu,
                                         sizeof(r->cpu));
    const uint64_t low = (1ULL << v->domain->arch.cpuid->extd.maxphysaddr) - 1;
    uint64_t cr3;
    int rc;

    BUILD_BUG_ON(sizeof(*cpu) != sizeof(r->cpu));
    BUILD_BUG_ON(sizeof(r->cpu) > IRX_XSAVE_MAX); /* it fits */
    cr3 = cpu->cr3;
    cpu->cr3 &= low;

    rc = load_filled(v);
    if ( !rc && (cr3 & ~low) )
    {
        v->arch.hvm.guest_cr[3] = cr3;
        paging_update_cr3(v, false);
    }

    return rc;
}

static const struct {
    unsigned int type;
    unsigned int offset, size;
} fixed_records[] = {
#define RECORD(x, field)                                                      \
    {                                                                         \
        HVM_SAVE_CODE(x), offsetof(struct irx_vcpu, field),                   \
            sizeof(((struct irx_vcpu *)NULL)->field)                          \
    }
    RECORD(CPU, cpu), /* first: it resets what the others set */
    RECORD(LAPIC, lapic), RECORD(LAPIC_REGS, lapic_regs),
    RECORD(MTRR, mtrr),   RECORD(TSC_ADJUST, tsc_adjust),
#undef RECORD
};

static int save_records(struct vcpu *v, struct irx_vcpu *r)
{
    unsigned int i;
    uint32_t length;
    int rc;

    BUILD_BUG_ON(IRX_LAPIC_HW_DISABLED != VLAPIC_HW_DISABLED);
    BUILD_BUG_ON(IRX_LAPIC_SW_DISABLED != VLAPIC_SW_DISABLED);

    for ( i = 0; i < ARRAY_SIZE(fixed_records); i++ )
    {
        rc = save_record(v, fixed_records[i].type,
                         (void *)r + fixed_records[i].offset,
                         fixed_records[i].size, &length);
        if ( rc )
            return rc;
        if ( length != fixed_records[i].size )
            return -ENODATA;
    }

    rc = save_record(v, CPU_XSAVE_CODE, r->xsave, sizeof(r->xsave),
                     &r->xsave_size);
    if ( rc )
        return rc;
    if ( r->xsave_size )
        r->flags |= IRX_VCPUF_XSAVE;

    return save_msrs(v, r);
}

static int load_records(struct vcpu *v, const struct irx_vcpu *r)
{
    unsigned int i;
    int rc;

    for ( i = 0; i < ARRAY_SIZE(fixed_records); i++ )
    {
        rc = fixed_records[i].type == HVM_SAVE_CODE(CPU)
                 ? load_cpu(v, r)
                 : load_record(v, fixed_records[i].type,
                               (const void *)r + fixed_records[i].offset,
                               fixed_records[i].size);
        if ( rc )
            return rc;
    }

    if ( r->flags & IRX_VCPUF_XSAVE )
    {
        rc = load_record(v, CPU_XSAVE_CODE, r->xsave, r->xsave_size);
        if ( rc )
            return rc;
    }

    return load_msrs(v, r);
}

/* Blocked by the STI or MOV SS before, and NMIs by a handler that has not returned. */
static void export_interruptibility(struct vcpu *v, struct irx_vcpu *r)
{
    unsigned int shadow = alternative_call(hvm_funcs.get_interrupt_shadow, v);

    if ( shadow & (HVM_INTR_SHADOW_STI | HVM_INTR_SHADOW_MOV_SS) )
        r->flags |= IRX_VCPUF_INTR_SHADOW;
    if ( shadow & HVM_INTR_SHADOW_NMI )
        r->flags |= IRX_VCPUF_NMI_BLOCKED;
    if ( v->arch.nmi_pending )
        r->flags |= IRX_VCPUF_NMI_PENDING;
}

static void import_interruptibility(struct vcpu *v, const struct irx_vcpu *r)
{
    unsigned int shadow = 0;

    if ( r->flags & IRX_VCPUF_INTR_SHADOW )
        shadow |= HVM_INTR_SHADOW_STI;
    if ( r->flags & IRX_VCPUF_NMI_BLOCKED )
        shadow |= HVM_INTR_SHADOW_NMI;

    alternative_vcall(hvm_funcs.set_interrupt_shadow, v, shadow);
    v->arch.nmi_pending = r->flags & IRX_VCPUF_NMI_PENDING;
}

static void export_where_guest_looks(struct vcpu *v, struct irx_vcpu *r)
{
    struct irx_fifo_vcpu fifo;

    interrex_vcpu_info_export(v, r);
    interrex_fifo_vcpu(v, &fifo);
    r->fifo_control_gfn = fifo.control_gfn;
    r->fifo_control_offset = fifo.control_offset;
    BUILD_BUG_ON(sizeof(r->fifo_tail) != sizeof(fifo.tail));
    memcpy(r->fifo_tail, fifo.tail, sizeof(r->fifo_tail));
}

void interrex_fifo_tails_export(struct vcpu *v, struct irx_vcpu *r)
{
    struct irx_fifo_vcpu fifo;

    interrex_fifo_vcpu(v, &fifo);
    memcpy(r->fifo_tail, fifo.tail, sizeof(r->fifo_tail));
}

/*
 * A vector that evtchn_upcall_pending stands for may not have reached the
 * local APIC yet (hvm_assert_evtchn_irq() defers it when called from an
 * interrupt). Twice is a spurious upcall, never would be a lost event.
 */
static void raise_upcall(struct vcpu *v, struct irx_vcpu *r)
{
    unsigned int vector = v->arch.hvm.evtchn_upcall_vector;

    if ( vector >= 16 && v->vcpu_info != &dummy_vcpu_info &&
         vcpu_info(v, evtchn_upcall_pending) )
        *(uint32_t *)&r->lapic_regs[APIC_IRR + vector / 32 * 16] |=
            1U << (vector % 32);
}

static uint32_t vcpu_state(const struct vcpu *v)
{
    if ( test_bit(_VPF_down, &v->pause_flags) )
        return IRX_VCPU_DOWN;

    return test_bit(_VPF_blocked, &v->pause_flags) ? IRX_VCPU_BLOCKED
                                                   : IRX_VCPU_RUNNABLE;
}

/* What every vCPU has: clocks, timers, and where the guest looks. */
static void export_common(struct vcpu *v, struct irx_vcpu *r)
{
    interrex_time_publish(v);
    interrex_time_scale(&r->time);
    export_where_guest_looks(v, r);
    interrex_timers_export(v, r);
    interrex_runstate_export(v, r);
    if ( interrex_abi(1) )
        interrex_wait_export(v, r);
    interrex_time_area_export(v, r);
}

int interrex_vcpu_export(struct vcpu *v, struct irx_vcpu *r)
{
    uint64_t stop_tsc = r->stop_tsc;
    uint32_t cpu_hint = r->cpu_hint;
    int rc = 0;

    interrex_clear_entry(r, &interrex_anchor()->vcpus, sizeof(*r));
    r->vcpu_id = v->vcpu_id;
    r->state = vcpu_state(v);
    r->stop_tsc = stop_tsc;
    r->cpu_hint = cpu_hint;
    export_common(v, r);

    /* One that went down keeps its registers there: VCPUOP_up brings it up again with them. */
    if ( is_pv_vcpu(v) )
    {
        if ( v->is_initialised )
            r->flags |= IRX_VCPUF_INITIALISED;
        return 0; /* the rest is in the late section: pv/vcpu.c */
    }

    r->upcall_vector = v->arch.hvm.evtchn_upcall_vector;
    r->tsc_offset = v->arch.hvm.cache_tsc_offset;
    r->guest_time_offset = v->arch.hvm.stime_offset;
    if ( v->is_initialised && r->state != IRX_VCPU_DOWN )
    {
        r->flags |= IRX_VCPUF_INITIALISED;
        v->domain->arch.hvm.sync_tsc = rdtsc();
        export_interruptibility(v, r);
        rc = save_records(v, r);
        interrex_vendor()->vcpu_export(v, (void *)r->cpu);
        if ( interrex_abi(1) )
            interrex_vendor()->branches_export(v, &r->debugctl,
                                               r->last_branch);
        raise_upcall(v, r);
    }

    return rc;
}

/* As local_events_need_delivery(), which asks for current. */
static bool has_events(struct vcpu *v)
{
    if ( is_hvm_vcpu(v) )
        return hvm_local_events_need_delivery(v);

    return v->vcpu_info != &dummy_vcpu_info &&
           vcpu_info(v, evtchn_upcall_pending) &&
           !vcpu_info(v, evtchn_upcall_mask);
}

static void import_blocked(struct vcpu *v, const struct irx_vcpu *r)
{
    struct domain *d = v->domain;
    bool blocked = r->state == IRX_VCPU_BLOCKED;

    v->poll_evtchn = blocked ? r->poll_port : 0;
    if ( v->poll_evtchn )
        set_bit(v->vcpu_id, d->poll_mask);
    else
        clear_bit(v->vcpu_id, d->poll_mask);

    /* As vcpu_block() does. */
    if ( blocked )
        set_bit(_VPF_blocked, &v->pause_flags);
    else
        clear_bit(_VPF_blocked, &v->pause_flags);
    if ( blocked && has_events(v) )
    {
        clear_bit(_VPF_blocked, &v->pause_flags);
        clear_bit(v->vcpu_id, d->poll_mask);
        v->poll_evtchn = 0;
    }
}

int interrex_vcpu_import(struct vcpu *v, const struct irx_vcpu *r)
{
    int rc;

    if ( is_pv_vcpu(v) )
    {
        interrex_fifo_set_tails(v, r->fifo_tail);
        if ( r->state == IRX_VCPU_DOWN )
            set_bit(_VPF_down, &v->pause_flags);
        return 0;
    }

    v->arch.hvm.evtchn_upcall_vector = r->upcall_vector;
    v->arch.hvm.stime_offset = r->guest_time_offset;
    interrex_fifo_set_tails(v, r->fifo_tail);

    /* Registers of one that went down while it was held are kept for VCPUOP_up. */
    if ( r->flags & IRX_VCPUF_INITIALISED )
    {
        v->domain->arch.hvm.sync_tsc = rdtsc();
        rc = load_records(v, r);
        if ( rc )
            return rc;
        import_interruptibility(v, r);
        interrex_vendor()->vcpu_import(v);
        if ( interrex_abi(1) )
            interrex_vendor()->branches_import(v, r->debugctl, r->last_branch);
    }
    if ( r->state == IRX_VCPU_DOWN )
        set_bit(_VPF_down, &v->pause_flags);

    /* The CPU record made a new offset of the guest's TSC at export. */
    v->arch.hvm.cache_tsc_offset = r->tsc_offset;
    hvm_set_tsc_offset(v, r->tsc_offset, 0);

    return 0;
}

void interrex_vcpu_start(struct vcpu *v, const struct irx_vcpu *r)
{
    interrex_time_publish(v);
    interrex_runstate_import(v, r);
    interrex_runstate_area_import(v, r);
    if ( interrex_abi(1) )
        interrex_wait_import(v, r);
    interrex_timers_import(v, r);
    import_blocked(v, r);
}
