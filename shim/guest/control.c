/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HLT, PAUSE, RDTSC, XSETBV, cache and control-register exits. Source: Xen's hvm/hvm.c
 * (hvm_hlt, hvm_set_cr0, hvm_set_cr4) and its exit handlers.
 */
#include "core/fpu.h"
#include "core/policy.h"
#include "core/sched.h"
#include "core/vendor.h"
#include "core/xenabi.h"
#include "handlers.h"
#include "insn.h"
#include "intr.h"
#include "tsc.h"
#include "upcall.h"

#define LMSW_SETS   (X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS)
#define LMSW_CLEARS (X86_CR0_MP | X86_CR0_EM | X86_CR0_TS)

static bool fault(struct vcpu *v)
{
    vendor_inject_exception(v, TRAP_GP, true, 0);
    return true;
}

bool guest_hlt(struct pcpu *pc, struct vcpu *v)
{
    unsigned int length = insn_length(pc, v, INSN_HLT);
    bool off = !(v->rflags & X86_EFLAGS_IF);

    /* With interrupts off the vCPU goes down; the last one shuts the domain down: not here. */
    if (!length || (off && !vendor_event_pending(v) && !sched_others_up(v)))
        return false;
    vendor_retire(v, length);
    if (vendor_event_pending(v))
        return true;
    if (off)
        sched_down(v);
    else { /* SCHEDOP_block, in hvm_hlt() */
        upcall_unmask(pc, v);
        if (!intr_needs_delivery(pc, v))
            sched_block(v);
    }
    return true;
}

bool guest_pause(struct pcpu *pc, struct vcpu *v)
{
    unsigned int length = insn_length(pc, v, INSN_PAUSE);

    if (!length)
        return false;
    vendor_retire(v, length);
    sched_yield(pc, v);
    return true;
}

bool guest_rdtsc(struct pcpu *pc, struct vcpu *v, enum insn insn)
{
    bool rdtscp = insn == INSN_RDTSCP;
    struct cpuid_regs r;
    unsigned int length;
    uint64_t tsc;

    policy_leaf(v->d, 0x80000001u, 0, &r);
    if (rdtscp && !(r.d & BIT(27))) {
        vendor_inject_exception(v, TRAP_UD, false, 0);
        return true;
    }
    length = insn_length(pc, v, insn);
    if (!length)
        return false;
    tsc = tsc_read(v);
    v->gpr[RAX] = (uint32_t)tsc;
    v->gpr[RDX] = tsc >> 32;
    if (rdtscp)
        v->gpr[RCX] = vcpu_hw_cpu(v)->msr_tsc_aux;
    vendor_retire(v, length);
    return true;
}

bool guest_xsetbv(struct pcpu *pc, struct vcpu *v)
{
    uint64_t value = (uint32_t)v->gpr[RAX] | v->gpr[RDX] << 32;
    unsigned int length;
    int rc;

    v->park_detail = (uint32_t)v->gpr[RCX];
    if (v->cpl)
        return fault(v);
    length = insn_length(pc, v, INSN_XSETBV);
    if (!length)
        return false;
    rc = (uint32_t)v->gpr[RCX] ? -SHIM_EINVAL : fpu_set_xcr0(v, value);
    if (rc == -SHIM_ENOTSUP)
        return false;
    if (rc)
        return fault(v);
    vendor_retire(v, length);
    return true;
}

/* A domain without devices of its own may not flush the host's caches: nothing happens. */
bool guest_cache(struct pcpu *pc, struct vcpu *v, enum insn insn)
{
    unsigned int length = insn_length(pc, v, insn);

    if (!length)
        return false;
    vendor_retire(v, length);
    return true;
}

/*
 * hvm_set_cr0(). CD and NW are the guest's own where no device sees its memory; NW without CD is no
 * state to enter with (APM volume 2, 15.5.1).
 */
static bool write_cr0(struct vcpu *v, uint64_t value, unsigned int length)
{
    const uint64_t known = X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS | X86_CR0_ET |
                           X86_CR0_NE | X86_CR0_WP | X86_CR0_AM | X86_CR0_NW | X86_CR0_CD |
                           X86_CR0_PG;

    if (value >> 32)
        return fault(v);
    value = (value & known) | X86_CR0_ET;
    if ((value & (X86_CR0_PE | X86_CR0_PG)) == X86_CR0_PG)
        return fault(v);
    if (!(value & X86_CR0_PG) && (v->cr0 & X86_CR0_PG) &&
        (v->mode == 8 || (v->cr4 & X86_CR4_PCIDE)))
        return fault(v);
    if (((value ^ v->cr0) & (X86_CR0_PE | X86_CR0_PG)) ||
        (value & (X86_CR0_CD | X86_CR0_NW)) == X86_CR0_NW)
        return false;
    vendor_set_cr0(v, value);
    vendor_retire(v, length);
    return true;
}

/* hvm_cr4_guest_valid_bits(), without the bits that no PVH guest of ours has. */
static uint64_t cr4_valid(const struct dom *d)
{
    struct cpuid_regs one, seven;
    uint64_t bits = X86_CR4_PCE;

    policy_leaf(d, 1, 0, &one);
    policy_leaf(d, 7, 0, &seven);
    bits |= one.d & BIT(1) ? X86_CR4_VME | X86_CR4_PVI : 0;
    bits |= one.d & BIT(4) ? X86_CR4_TSD : 0;
    bits |= one.d & BIT(2) ? X86_CR4_DE : 0;
    bits |= one.d & BIT(3) ? X86_CR4_PSE : 0;
    bits |= one.d & BIT(6) ? X86_CR4_PAE : 0;
    bits |= one.d & (BIT(7) | BIT(14)) ? X86_CR4_MCE : 0;
    bits |= one.d & BIT(13) ? X86_CR4_PGE : 0;
    bits |= one.d & BIT(24) ? X86_CR4_OSFXSR : 0;
    bits |= one.d & BIT(25) ? X86_CR4_OSXMMEXCPT : 0;
    bits |= one.c & BIT(17) ? X86_CR4_PCIDE : 0;
    bits |= one.c & BIT(26) ? X86_CR4_OSXSAVE : 0;
    bits |= seven.c & BIT(2) ? X86_CR4_UMIP : 0;
    bits |= seven.b & BIT(0) ? X86_CR4_FSGSBASE : 0;
    bits |= seven.b & BIT(7) ? X86_CR4_SMEP : 0;
    bits |= seven.b & BIT(20) ? X86_CR4_SMAP : 0;
    bits |= seven.c & BIT(3) ? X86_CR4_PKE : 0;
    bits |= (seven.c & BIT(7)) || (seven.d & BIT(20)) ? X86_CR4_CET : 0; /* CET_SS, CET_IBT */
    return bits;
}

/* hvm_set_cr4() */
static bool write_cr4(struct vcpu *v, uint64_t value, unsigned int length)
{
    const uint64_t flush = X86_CR4_PSE | X86_CR4_PGE | X86_CR4_PAE | X86_CR4_SMEP | X86_CR4_PCIDE;
    uint64_t old = v->cr4;
    int rc;

    if (value & ~cr4_valid(v->d))
        return fault(v);
    if (!(value & X86_CR4_PAE) && (v->efer & EFER_LMA))
        return fault(v);
    if ((value & X86_CR4_PCIDE) && !(old & X86_CR4_PCIDE) &&
        (!(v->efer & EFER_LMA) || (v->cr3 & 0xfff)))
        return fault(v);
    rc = value & X86_CR4_PKE ? fpu_use_pkru(v) : 0;
    if (((value ^ old) & X86_CR4_CET) || rc == -SHIM_ENOTSUP)
        return false;
    vendor_set_cr4(v, value);
    if ((value ^ old) & flush)
        vendor_flush(v);
    if (rc)
        return fault(v);
    vendor_retire(v, length);
    return true;
}

bool guest_cr(struct pcpu *pc, struct vcpu *v)
{
    unsigned int length;
    struct insn_mov mov;
    uint64_t value;

    if (!insn_decode_cr(pc, v, &mov)) {
        length = insn_match(pc, v, INSN_CLTS);
        return length && write_cr0(v, v->cr0 & ~X86_CR0_TS, length);
    }
    v->park_detail = mov.cr;
    if (mov.cr != 0 && mov.cr != 4)
        return false;
    value = mov.size == 8 ? v->gpr[mov.reg] : (uint32_t)v->gpr[mov.reg];
    if (mov.size == 2) /* LMSW sets PE, and does not clear it */
        value = (v->cr0 & ~LMSW_CLEARS) | (value & LMSW_SETS);
    if (mov.to_memory)
        return mov.cr ? write_cr4(v, value, mov.length) : write_cr0(v, value, mov.length);
    value = mov.cr ? v->cr4 : v->cr0;
    v->gpr[mov.reg] = mov.size == 8 ? value : (uint32_t)value;
    vendor_retire(v, mov.length);
    return true;
}
