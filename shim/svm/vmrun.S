/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * void svm_enter(struct vcpu *v, paddr_t vmcb, paddr_t host, struct svm_spec *spec)
 *
 * One entry into the guest and back. GIF is off from before the guest's state is
 * loaded until the host's is back, so no interrupt or NMI meets a mixture. IF is on
 * at VMRUN: with V_INTR_MASKING the host's IF decides about physical interrupts
 * (APM volume 2, 15.21.1), and those that wait are taken right after STGI.
 * RAX, RSP, RIP and RFLAGS are in the VMCB.
 *
 * Against speculation: what Xen's svm_asm_do_resume() does, in its order, as *spec says. Between
 * VMRUN and STGI there is no RET and no indirect branch, which the guest could have taught the CPU
 * to guess; what is conditional there ends at STGI, which waits for all before it.
 */
#include "core/offsets.h"
#include "core/rsb.inc"
#include "spec_offsets.h"

#define MSR_SPEC_CTRL 0x48
#define MSR_PRED_CMD  0x49

        .text
        .globl  svm_enter
svm_enter:
        push    %rbx
        push    %rbp
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        push    %rcx                    /* 24(%rsp): spec */
        push    %rdx                    /* 16(%rsp): the host's page */
        push    %rdi                    /* 8(%rsp): v */
        pushq   SPEC_FLAGS(%rcx)        /* 0(%rsp): its flags, 4(%rsp): VERW's selector */
        mov     %rsi, %rax
        clgi
        vmload  %rax
        testl   $(SPEC_GUEST_CTRL | SPEC_DIV_ENTRY), (%rsp)
        jz      2f
        testb   $SPEC_GUEST_CTRL, (%rsp)
        jz      1f
        mov     SPEC_GUEST(%rcx), %eax
        cmp     SPEC_LAST(%rcx), %eax
        je      1f
        mov     %rcx, %r8
        mov     $MSR_SPEC_CTRL, %ecx
        xor     %edx, %edx
        wrmsr
        mov     %eax, SPEC_LAST(%r8)
1:      testl   $SPEC_DIV_ENTRY, (%rsp)
        jz      3f
        mov     $1, %eax
        div     %al                     /* any: it overwrites the divider's last result */
3:      mov     %rsi, %rax
2:
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
        testb   $SPEC_VERW_ENTRY, (%rsp)
        jz      4f
        verw    4(%rsp)                 /* last: nothing of the shim is loaded behind it */
4:      vmrun   %rax
        push    %rdi
        mov     16(%rsp), %rdi
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
        mov     16(%rsp), %rax
        vmload  %rax
        /* Nothing of the guest's is left for who guesses wrong, in registers that are not loaded below. */
        xor     %ecx, %ecx
        xor     %edx, %edx
        xor     %esi, %esi
        xor     %r8d, %r8d
        xor     %r9d, %r9d
        xor     %r10d, %r10d
        xor     %r11d, %r11d
        testl   $(SPEC_IBPB_EXIT | SPEC_RSB_EXIT | SPEC_GUEST_CTRL), (%rsp)
        jz      3f
        testb   $SPEC_IBPB_EXIT, (%rsp)
        jz      1f
        mov     $MSR_PRED_CMD, %ecx
        mov     $1, %eax                /* IBPB; RDX is 0 */
        wrmsr
1:      testb   $SPEC_RSB_EXIT, (%rsp)
        jz      2f
        overwrite_rsb
2:      testb   $SPEC_GUEST_CTRL, (%rsp)
        jz      3f
        mov     24(%rsp), %rsi
        mov     SPEC_HOST(%rsi), %eax
        cmp     SPEC_LAST(%rsi), %eax
        je      3f
        mov     $MSR_SPEC_CTRL, %ecx
        xor     %edx, %edx
        wrmsr
        mov     %eax, SPEC_LAST(%rsi)
3:      stgi
        nop
        nop
        cli
        add     $32, %rsp
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbp
        pop     %rbx
        ret
        int3

/* void svm_stgi(void), void svm_vmsave(paddr_t) */
        .globl  svm_stgi, svm_vmsave
svm_stgi:
        stgi
        ret
        int3
svm_vmsave:
        mov     %rdi, %rax
        vmsave  %rax
        ret
        int3

        .section .note.GNU-stack, "", @progbits
