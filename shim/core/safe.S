/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bool hw_rdmsr_safe(uint32_t msr, uint64_t *value)
 * bool hw_set_xcr0(uint64_t value)
 *
 * The instructions of the shim that may fault and are meant to: trap.c goes on at the
 * last label after a #GP at one of the two before. Nothing goes on behind a return, by a guess either.
 */
        .text
        .globl  hw_rdmsr_safe, hw_rdmsr_fault_ip, hw_set_xcr0, hw_xsetbv_fault_ip, hw_fixup_ip
hw_rdmsr_safe:
        mov     %edi, %ecx
hw_rdmsr_fault_ip:
        rdmsr
        shl     $32, %rdx
        or      %rdx, %rax
        mov     %rax, (%rsi)
        mov     $1, %eax
        ret
        int3
hw_set_xcr0:
        xor     %ecx, %ecx
        mov     %edi, %eax
        mov     %rdi, %rdx
        shr     $32, %rdx
hw_xsetbv_fault_ip:
        xsetbv
        mov     $1, %eax
        ret
        int3
hw_fixup_ip:
        xor     %eax, %eax
        ret
        int3

        .section .note.GNU-stack, "", @progbits
