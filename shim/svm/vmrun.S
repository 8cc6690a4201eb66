/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * void svm_enter(struct vcpu *v, paddr_t vmcb, paddr_t host)
 *
 * One entry into the guest and back. GIF is off from before the guest's state is
 * loaded until the host's is back, so no interrupt or NMI meets a mixture. IF is on
 * at VMRUN: with V_INTR_MASKING the host's IF decides about physical interrupts
 * (APM volume 2, 15.21.1), and those that wait are taken right after STGI.
 * RAX, RSP, RIP and RFLAGS are in the VMCB.
 */
#include "core/offsets.h"

        .text
        .globl  svm_enter
svm_enter:
        push    %rbx
        push    %rbp
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        push    %rdx                    /* 8(%rsp): the host's page */
        push    %rdi                    /* 0(%rsp): v */
        mov     %rsi, %rax
        clgi
        vmload  %rax
        mov     VCPU_RCX(%rdi), %rcx
        mov     VCPU_RDX(%rdi), %rdx
        mov     VCPU_RBX(%rdi), %rbx
        mov     VCPU_RBP(%rdi), %rbp
        mov     VCPU_RSI(%rdi), %rsi
        mov     VCPU_R8(%rdi), %r8
        mov     VCPU_R9(%rdi), %r9
        mov     VCPU_R10(%rdi), %r10
        mov     VCPU_R11(%rdi), %r11
        mov     VCPU_R12(%rdi), %r12
        mov     VCPU_R13(%rdi), %r13
        mov     VCPU_R14(%rdi), %r14
        mov     VCPU_R15(%rdi), %r15
        sti                             /* not right before VMRUN: QEMU would take STI's */
        mov     VCPU_RDI(%rdi), %rdi    /* shadow into the guest, past its first instruction */
        vmrun   %rax
        push    %rdi
        mov     8(%rsp), %rdi
        mov     %rcx, VCPU_RCX(%rdi)
        mov     %rdx, VCPU_RDX(%rdi)
        mov     %rbx, VCPU_RBX(%rdi)
        mov     %rbp, VCPU_RBP(%rdi)
        mov     %rsi, VCPU_RSI(%rdi)
        mov     %r8, VCPU_R8(%rdi)
        mov     %r9, VCPU_R9(%rdi)
        mov     %r10, VCPU_R10(%rdi)
        mov     %r11, VCPU_R11(%rdi)
        mov     %r12, VCPU_R12(%rdi)
        mov     %r13, VCPU_R13(%rdi)
        mov     %r14, VCPU_R14(%rdi)
        mov     %r15, VCPU_R15(%rdi)
        pop     %rcx
        mov     %rcx, VCPU_RDI(%rdi)
        vmsave  %rax                    /* RAX is the host's again: the VMCB */
        mov     8(%rsp), %rax
        vmload  %rax
        stgi
        nop
        nop
        cli
        add     $16, %rsp
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbp
        pop     %rbx
        ret

/* void svm_stgi(void), void svm_vmsave(paddr_t) */
        .globl  svm_stgi, svm_vmsave
svm_stgi:
        stgi
        ret
svm_vmsave:
        mov     %rdi, %rax
        vmsave  %rax
        ret

        .section .note.GNU-stack, "", @progbits
