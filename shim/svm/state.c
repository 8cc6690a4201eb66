/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the VMCB holds of a vCPU, between Xen's records and it (core/regs.c has the rest). Source: Xen's hvm.c
 * (hvm_save_cpu_ctxt, hvm_load_cpu_ctxt, hvm_get_segment_register) and svm.c
 * (svm_vmcb_save, svm_vmcb_restore).
 */
#include "core/policy.h"
#include "core/regs.h"
#include "core/vendor.h"
#include "core/xenabi.h"
#include "svm.h"

/* Attribute bits of a segment, VMCB format: APM volume 2, 15.5.1. */
#define SEG_TYPE_ACCESSED 0x001u
#define SEG_TYPE_BUSY     0x002u
#define SEG_S             0x010u
#define SEG_DPL_SHIFT     5
#define SEG_P             0x080u
#define SEG_L             0x200u
#define SEG_DB            0x400u
#define SEG_G             0x800u

static struct vmcb_segment segment(uint32_t sel, uint32_t limit, uint64_t base, uint32_t attr)
{
    struct vmcb_segment s = {(uint16_t)sel, (uint16_t)attr, limit, base};

    if (attr & SEG_P)
        s.attributes = (uint16_t)((attr & ~SEG_G) | (limit >> 20 ? SEG_G : 0));
    return s;
}

/* hvm_get_segment_register(): what hardware leaves open is made canonical. */
static uint32_t attributes(const struct vmcb_segment *s, bool user)
{
    uint32_t a = s->attributes & 0xfff;

    if (a & SEG_P) {
        a = (a & ~(SEG_G | SEG_S)) | (s->limit >> 20 ? SEG_G : 0);
        if (user)
            a |= SEG_S | SEG_TYPE_ACCESSED;
    }
    return a;
}

static void load_segments(struct vmcb *b, const struct hvm_hw_cpu *c)
{
    b->cs = segment(c->cs_sel, c->cs_limit, c->cs_base, c->cs_arbytes);
    b->ds = segment(c->ds_sel, c->ds_limit, c->ds_base, c->ds_arbytes);
    b->es = segment(c->es_sel, c->es_limit, c->es_base, c->es_arbytes);
    b->fs = segment(c->fs_sel, c->fs_limit, c->fs_base, c->fs_arbytes);
    b->gs = segment(c->gs_sel, c->gs_limit, c->gs_base, c->gs_arbytes);
    b->ss = segment(c->ss_sel, c->ss_limit, c->ss_base, c->ss_arbytes);
    b->tr = segment(c->tr_sel, c->tr_limit, c->tr_base, c->tr_arbytes);
    b->ldtr = segment(c->ldtr_sel, c->ldtr_limit, c->ldtr_base, c->ldtr_arbytes);
    b->gdtr = segment(0, c->gdtr_limit, c->gdtr_base, 0);
    b->idtr = segment(0, c->idtr_limit, c->idtr_base, 0);
    b->cpl = (c->ss_arbytes >> SEG_DPL_SHIFT) & 3;
}

static void load_msrs(struct vcpu *v, struct vmcb *b, const struct hvm_hw_cpu *c)
{
    b->kernel_gs_base = c->shadow_gs;
    b->lstar = c->msr_lstar;
    b->star = c->msr_star;
    b->cstar = c->msr_cstar;
    b->sfmask = c->msr_syscall_mask;
    b->sysenter_cs = c->sysenter_cs;
    b->sysenter_esp = c->sysenter_esp;
    b->sysenter_eip = c->sysenter_eip;
    b->pat = vcpu_hw_mtrr(v)->msr_pat_cr;
    b->spec_ctrl = svm.spec_ctrl ? regs_msr(v->rec, MSR_SPEC_CTRL) : 0;
}

static uint8_t mode_of(const struct vcpu *v)
{
    const struct vmcb *b = vmcb_of(v);

    if (!(v->cr0 & X86_CR0_PE))
        return 1;
    if (v->rflags & X86_EFLAGS_VM)
        return 1;
    if ((v->efer & EFER_LMA) && (b->cs.attributes & SEG_L))
        return 8;
    return b->cs.attributes & SEG_DB ? 4 : 2;
}

/* svm_set_rdtsc_exiting() */
static void set_tsc(struct vmcb *b, const struct vcpu *v)
{
    b->tsc_offset = v->rec->tsc_offset;
    b->intercept_1 &= ~(uint32_t)INTERCEPT_RDTSC;
    b->intercept_2 &= ~(uint32_t)INTERCEPT_RDTSCP;
    if (v->d->vtsc) {
        b->intercept_1 |= (uint32_t)INTERCEPT_RDTSC;
        b->intercept_2 |= (uint32_t)INTERCEPT_RDTSCP;
    }
}

void vendor_vcpu_load(struct vcpu *v)
{
    const struct hvm_hw_cpu *c = vcpu_hw_cpu(v);
    struct vmcb *b = vmcb_of(v);
    uint64_t event = c->pending_event | EVENT_CODE(c->error_code);

    load_segments(b, c);
    load_msrs(v, b, c);
    vendor_set_cr0(v, v->cr0);
    vendor_set_cr4(v, v->cr4);
    vendor_set_efer(v, v->efer);
    b->cr3 = v->cr3;
    b->cr2 = c->cr2;
    v->cs_base = b->cs.base;
    v->cpl = b->cpl;
    v->mode = mode_of(v);
    b->dr6 = c->dr6;
    b->dr7 = c->dr7;
    svm_load_branches(v);
    b->intercept_dr = ~0u;
    set_tsc(b, v);
    b->event_inject = event_needs_reinjection(event) ? event : 0;
    b->exit_int_info = 0;
    b->vintr = VINTR_MASKING;
    b->intercept_1 &= ~(uint32_t)(INTERCEPT_VINTR | INTERCEPT_IRET);
    b->interrupt_shadow = v->rec->flags & IRX_VCPUF_INTR_SHADOW ? SHADOW_ACTIVE : 0;
    if (v->rec->flags & IRX_VCPUF_NMI_BLOCKED)
        b->intercept_1 |= (uint32_t)INTERCEPT_IRET;
    b->nested_cr3 = v->d->npt_root;
    b->tlb_control = TLB_FLUSH_ALL;
}

#define SAVE_SEGMENT(name, attr)                                                                   \
    do {                                                                                           \
        c->name##_sel = b->name.selector;                                                          \
        c->name##_limit = b->name.limit;                                                           \
        c->name##_base = b->name.base;                                                             \
        c->name##_arbytes = (attr);                                                                \
    } while (0)

static void save_segments(struct vmcb *b, struct hvm_hw_cpu *c)
{
    b->cs.attributes |= SEG_P;
    b->tr.attributes |= SEG_P | SEG_TYPE_BUSY;
    b->ss.attributes = (uint16_t)((b->ss.attributes & ~(3u << SEG_DPL_SHIFT)) |
                                  (unsigned int)b->cpl << SEG_DPL_SHIFT);
    if (!(b->ss.attributes & SEG_P))
        b->ss.attributes &= (uint16_t)~SEG_DB;
    SAVE_SEGMENT(cs, attributes(&b->cs, true));
    SAVE_SEGMENT(ds, attributes(&b->ds, true));
    SAVE_SEGMENT(es, attributes(&b->es, true));
    SAVE_SEGMENT(fs, attributes(&b->fs, true));
    SAVE_SEGMENT(gs, attributes(&b->gs, true));
    SAVE_SEGMENT(ss, attributes(&b->ss, true));
    SAVE_SEGMENT(tr, attributes(&b->tr, false));
    SAVE_SEGMENT(ldtr, attributes(&b->ldtr, false));
    c->gdtr_limit = (uint16_t)b->gdtr.limit;
    c->gdtr_base = b->gdtr.base;
    c->idtr_limit = (uint16_t)b->idtr.limit;
    c->idtr_base = b->idtr.base;
}

static void save_msrs(struct vcpu *v, const struct vmcb *b, struct hvm_hw_cpu *c)
{
    c->shadow_gs = b->kernel_gs_base;
    c->msr_lstar = b->lstar;
    c->msr_star = b->star;
    c->msr_cstar = b->cstar;
    c->msr_syscall_mask = b->sfmask;
    c->sysenter_esp = b->sysenter_esp;
    c->sysenter_eip = b->sysenter_eip;
    vcpu_hw_mtrr(v)->msr_pat_cr = b->pat;
    /* The CPU takes the bits that it has itself, and the next Xen refuses what the policy has not. */
    if (svm.spec_ctrl)
        regs_set_msr(v->rec, MSR_SPEC_CTRL, b->spec_ctrl & v->d->spec_ctrl);
}

static void save_flags(struct vcpu *v, const struct vmcb *b)
{
    uint32_t set = 0;

    if (b->interrupt_shadow & SHADOW_ACTIVE)
        set |= IRX_VCPUF_INTR_SHADOW;
    if (b->intercept_1 & INTERCEPT_IRET)
        set |= IRX_VCPUF_NMI_BLOCKED;
    __atomic_fetch_and(&v->rec->flags, ~(IRX_VCPUF_INTR_SHADOW | IRX_VCPUF_NMI_BLOCKED),
                       __ATOMIC_SEQ_CST); /* other CPUs may set NMI_PENDING meanwhile */
    __atomic_fetch_or(&v->rec->flags, set, __ATOMIC_SEQ_CST);
}

void vendor_vcpu_save(struct vcpu *v)
{
    struct hvm_hw_cpu *c = vcpu_hw_cpu(v);
    struct vmcb *b = vmcb_of(v);

    save_segments(b, c);
    save_msrs(v, b, c);
    c->cr2 = b->cr2;
    c->dr6 = (uint32_t)b->dr6;
    c->dr7 = (uint32_t)b->dr7;
    svm_save_branches(v);
    c->pending_event = 0;
    c->error_code = 0;
    if (event_needs_reinjection(b->event_inject)) {
        c->pending_event = (uint32_t)(b->event_inject & EVENT_KNOWN);
        c->error_code = (uint16_t)(b->event_inject >> 32);
    }
    save_flags(v, b);
}

/* ---- after an exit ---- */

void svm_read_state(struct vcpu *v)
{
    const struct vmcb *b = vmcb_of(v);

    v->gpr[RAX] = b->rax;
    v->gpr[RSP] = b->rsp;
    v->rip = b->rip;
    v->rflags = b->rflags;
    v->cr3 = b->cr3;
    v->cs_base = b->cs.base;
    v->cpl = b->cpl;
    v->mode = mode_of(v);
    v->tpr = (uint8_t)((b->vintr & 0xf) << 4 | (v->tpr & 0xf));
    v->next_rip = svm.next_rip ? b->next_rip : 0;
}
