/* SPDX-License-Identifier: GPL-2.0-only */
#include "regs.h"

#include "xenabi.h"

void regs_import(struct vcpu *v)
{
    const struct hvm_hw_cpu *c = vcpu_hw_cpu(v);

    v->gpr[RAX] = c->rax;
    v->gpr[RBX] = c->rbx;
    v->gpr[RCX] = c->rcx;
    v->gpr[RDX] = c->rdx;
    v->gpr[RBP] = c->rbp;
    v->gpr[RSI] = c->rsi;
    v->gpr[RDI] = c->rdi;
    v->gpr[RSP] = c->rsp;
    v->gpr[R8] = c->r8;
    v->gpr[R9] = c->r9;
    v->gpr[R10] = c->r10;
    v->gpr[R11] = c->r11;
    v->gpr[R12] = c->r12;
    v->gpr[R13] = c->r13;
    v->gpr[R14] = c->r14;
    v->gpr[R15] = c->r15;
    v->rip = c->rip;
    v->rflags = c->rflags | X86_EFLAGS_MBS;
    v->cr0 = c->cr0 | X86_CR0_ET;
    v->cr3 = c->cr3;
    v->cr4 = c->cr4;
    v->efer = c->msr_efer;
    v->dr[0] = c->dr0;
    v->dr[1] = c->dr1;
    v->dr[2] = c->dr2;
    v->dr[3] = c->dr3;
    v->next_rip = 0;
    v->triple_fault = false;
    v->mcg_status = 0;
    v->insn_len = 0;
}

void regs_export(const struct vcpu *v)
{
    struct hvm_hw_cpu *c = vcpu_hw_cpu(v);

    c->rax = v->gpr[RAX];
    c->rbx = v->gpr[RBX];
    c->rcx = v->gpr[RCX];
    c->rdx = v->gpr[RDX];
    c->rbp = v->gpr[RBP];
    c->rsi = v->gpr[RSI];
    c->rdi = v->gpr[RDI];
    c->rsp = v->gpr[RSP];
    c->r8 = v->gpr[R8];
    c->r9 = v->gpr[R9];
    c->r10 = v->gpr[R10];
    c->r11 = v->gpr[R11];
    c->r12 = v->gpr[R12];
    c->r13 = v->gpr[R13];
    c->r14 = v->gpr[R14];
    c->r15 = v->gpr[R15];
    c->rip = v->rip;
    c->rflags = v->rflags;
    c->cr0 = v->cr0;
    /* The CPU takes an address as wide as its own, and the next Xen refuses what the policy has not. */
    c->cr3 = v->cr3 & (BIT(v->d->phys_bits) - 1);
    c->cr4 = v->cr4;
    c->msr_efer = v->efer;
    c->dr0 = v->dr[0];
    c->dr1 = v->dr[1];
    c->dr2 = v->dr[2];
    c->dr3 = v->dr[3];
}

uint64_t regs_msr(const struct irx_vcpu *r, uint32_t index)
{
    for (uint32_t i = 0; i < r->msr_count; i++)
        if (r->msrs[i].index == index)
            return r->msrs[i].value;
    return 0;
}

void regs_set_msr(struct irx_vcpu *r, uint32_t index, uint64_t value)
{
    uint32_t i = 0;

    while (i < r->msr_count && r->msrs[i].index != index)
        i++;
    if (i == r->msr_count) {
        if (!value || i == IRX_NR_MSRS)
            return;
        r->msrs[r->msr_count++] = (struct irx_msr){.index = index};
    }
    r->msrs[i].value = value;
}
