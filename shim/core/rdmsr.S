/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bool hw_rdmsr_safe(uint32_t msr, uint64_t *value)
 *
 * The one instruction of the shim that may fault and is meant to: trap.c goes on at the
 * second label after a #GP at the first.
 */
        .text
        .globl  hw_rdmsr_safe, hw_rdmsr_fault_ip, hw_rdmsr_fixup_ip
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
hw_rdmsr_fixup_ip:
        xor     %eax, %eax
        ret
        int3

        .section .note.GNU-stack, "", @progbits
