/* SPDX-License-Identifier: GPL-2.0-only */
        .section .text.start, "ax"
        .globl  guest_start
guest_start:                            /* rdi = vCPU number; rsp is set */
        lgdt    gdtr(%rip)
        pushq   $8
        lea     1f(%rip), %rax
        pushq   %rax
        lretq
1:      mov     $16, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %ss
        call    guest_main
2:      hlt
        jmp     2b

        .text
        .macro  gate name, handler
        .globl  \name
\name:
        push    %rax
        push    %rcx
        push    %rdx
        push    %rbx
        push    %rbp
        push    %rsi
        push    %rdi
        push    %r8
        push    %r9
        push    %r10
        push    %r11
        cld
        mov     %rsp, %rbp
        and     $-16, %rsp
        call    \handler
        mov     %rbp, %rsp
        pop     %r11
        pop     %r10
        pop     %r9
        pop     %r8
        pop     %rdi
        pop     %rsi
        pop     %rbp
        pop     %rbx
        pop     %rdx
        pop     %rcx
        pop     %rax
        iretq
        .endm
        gate    upcall_gate, upcall
        gate    self_gate, self_ipi

        .globl  fault_gate
fault_gate:
        mov     %rsp, %rdi
        and     $-16, %rsp
        call    fault

        .data
        .balign 8
gdt:    .quad   0, 0x00209b0000000000, 0x00cf93000000ffff
gdtr:   .word   23
        .quad   gdt
        .section .note.GNU-stack, "", @progbits
