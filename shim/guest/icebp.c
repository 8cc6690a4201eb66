/* SPDX-License-Identifier: GPL-2.0-only */
/* ICEBP (INT1): a #DB with the return address behind the instruction. Source: Xen's hvm/svm/svm.c. */
#include "core/lib.h"
#include "core/vendor.h"
#include "gmem.h"
#include "handlers.h"
#include "insn.h"

#define GATE_PRESENT  BIT(15)
#define GATE_TYPE(w)  ((w) >> 8 & 0x1f)
#define GATE_TASK     5u
#define GATE_INTR16   6u
#define GATE_TRAP16   7u
#define GATE_INTR     14u
#define GATE_TRAP     15u
#define EFLAGS_IOPL   (3ull << 12)
#define CODE_EXTERNAL 1u /* bits of an error code: APM volume 2, 8.4.1 */
#define CODE_IDT      2u
#define DELIVERABLE   0u
#define CANNOT_READ   ~0u

static bool is_gate(uint32_t type, bool long_mode)
{
    if (type == GATE_INTR || type == GATE_TRAP)
        return true;
    return !long_mode && (type == GATE_INTR16 || type == GATE_TRAP16 || type == GATE_TASK);
}

/*
 * svm_emul_swint_injection(): what the CPU will not check of an injected #DB.
 * DELIVERABLE, the fault to raise in its place, or CANNOT_READ.
 */
static uint32_t look_at_gate(struct pcpu *pc, struct vcpu *v)
{
    bool long_mode = v->efer & EFER_LMA;
    uint32_t size = long_mode ? 16 : 8, gate[4] = {0}, limit;
    uint64_t base;

    vendor_idt(v, &base, &limit);
    if ((v->rflags & X86_EFLAGS_VM) && (v->rflags & EFLAGS_IOPL) != EFLAGS_IOPL)
        return TRAP_GP;
    if (TRAP_DB * size + size - 1 > limit)
        return TRAP_GP;
    if (!gmem_read(pc, v, base + TRAP_DB * size, gate, size))
        return CANNOT_READ;
    if (!is_gate(GATE_TYPE(gate[1]), long_mode) || (gate[3] & 0x1f00))
        return TRAP_GP;
    return gate[1] & GATE_PRESENT ? DELIVERABLE : TRAP_NP;
}

bool guest_icebp(struct pcpu *pc, struct vcpu *v)
{
    unsigned int length = insn_length(pc, v, INSN_ICEBP);
    uint32_t fault;

    if (!length)
        return false;
    if (!(v->cr0 & X86_CR0_PE)) {
        vendor_inject_exception(v, TRAP_GP, true, 0);
        return true;
    }
    fault = look_at_gate(pc, v);
    if (fault == CANNOT_READ)
        return false;
    if (fault != DELIVERABLE) {
        vendor_inject_exception(v, fault, true, TRAP_DB << 3 | CODE_IDT | CODE_EXTERNAL);
        return true;
    }
    v->rip += length;
    if (v->mode != 8)
        v->rip = (uint32_t)v->rip;
    vendor_inject_exception(v, TRAP_DB, false, 0);
    return true;
}
