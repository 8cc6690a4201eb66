/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way in (anchor.h, "How a lent CPU enters the shim") and the gates of
 * every interrupt and exception.
 */
#include "core/offsets.h"

/* The top of the stack for NMIs of the CPU with this index: 16 of 256 bytes, so that few share one. */
        .macro boot_stack_of index
        mov     \index, %rax
        and     $15, %eax
        shl     $8, %eax
        lea     boot_stacks + 256(%rip), %rsp
        add     %rax, %rsp
        .endm

/* The first half of an interrupt gate to a place below 4 GiB, where R is; the second is 0. */
        .macro boot_gate at, tmp
        mov     \at, \tmp
        and     $0xffff, \tmp
        shr     $16, \at
        shl     $48, \at
        or      \tmp, \at
        movabs  $(0x8e << 40) | (SEL_CODE << 16), \tmp
        or      \tmp, \at
        .endm

        .section .text.entry, "ax"
        .globl shim_entry
shim_entry:
        cli
        cld
        mov     %rdi, %rbx
        mov     %rsi, %r12
        /*
         * An NMI can come at any time, and Xen's IDT, GDT and stack are not mapped any more. Until
         * this CPU has its own (start.c): tables that all share, and a little stack. Every CPU
         * writes the same into them.
         */
        boot_stack_of %r12
        lea     boot_gdt(%rip), %rax
        mov     %rax, boot_gdtr + 2(%rip)
        lgdt    boot_gdtr(%rip)
        lea     boot_idt(%rip), %rdi
        mov     %rdi, boot_idtr + 2(%rip)
        lea     boot_fault(%rip), %rax
        boot_gate %rax, %rdx
        mov     $32, %ecx
1:      mov     %rax, (%rdi)
        movq    $0, 8(%rdi)
        add     $16, %rdi
        sub     $1, %ecx
        jnz     1b
        lea     boot_nmi(%rip), %rax
        boot_gate %rax, %rdx
        mov     %rax, boot_idt + 2 * 16(%rip)
        lidt    boot_idtr(%rip)
        /* One CPU at a time: they share the boot stack. */
1:      lock btsl $0, boot_lock(%rip)
        jnc     2f
        pause
        jmp     1b
2:      lea     boot_stack_top(%rip), %rsp
        /* Placed flat and unrelocated, linked at 0. Doing it again changes nothing. */
        lea     image_start(%rip), %rax
        lea     image_rela_start(%rip), %rcx
        lea     image_rela_end(%rip), %rdx
3:      cmp     %rdx, %rcx
        jae     4f
        mov     0(%rcx), %r8            /* r_offset */
        mov     16(%rcx), %r9           /* r_addend; all are R_X86_64_RELATIVE */
        add     %rax, %r9
        mov     %r9, (%rax, %r8)
        add     $24, %rcx
        jmp     3b
4:      xor     %ebp, %ebp
        mov     %rbx, %rdi
        mov     %r12, %rsi
        call    start_cpu
        test    %rax, %rax
        jz      5f
        mov     %rax, %rdi
        mov     PCPU_STACK(%rdi), %rsp
        add     $STACK_SIZE, %rsp
        movl    $0, boot_lock(%rip)
        call    loop_enter              /* does not return */
5:      boot_stack_of %r12              /* the other one is the next CPU's */
        movl    $0, boot_lock(%rip)
6:      cli
        hlt
        jmp     6b

        /*
         * An NMI before there is an IDT of this CPU's own: it is over. Xen's selectors are not in
         * this GDT, so it goes on with ours.
         */
boot_nmi:
        movq    $SEL_CODE, 8(%rsp)
        movq    $SEL_DATA, 32(%rsp)
        iretq
        /* A fault or machine check that early: this CPU stops, and Xen finds that it does not arrive. */
boot_fault:
        cli
        hlt
        jmp     boot_fault

        .text
        /* After a fault in the shim: rdi = this CPU's struct pcpu, a clean stack. */
        .globl  entry_restart
entry_restart:
        xor     %ebp, %ebp
        call    loop_restart
        jmp     6b

        /* 256 gates of 16 bytes; those without an error code push a zero. */
        .balign 16
        .globl  trap_gates
trap_gates:
vector = 0
        .rept   256
        .balign 16
        .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
        push    $0
        .endif
        push    $vector
        jmp     trap_common
vector = vector + 1
        .endr

trap_common:
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
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        cld
        mov     %rsp, %rdi
        mov     %rsp, %rbp
        and     $-16, %rsp
        call    trap_handle
        mov     %rbp, %rsp
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
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
        add     $16, %rsp
        iretq

        .bss
        .balign 16
boot_stack:
        .skip   16384
boot_stack_top:
boot_stacks:
        .skip   16 * 256
boot_idt:
        .skip   32 * 16

        .data
        .balign 8
boot_gdt:
        .quad   0, 0x00209b0000000000, 0x00cf93000000ffff /* as start.c's */
boot_gdtr:
        .word   3 * 8 - 1
        .quad   0
        .balign 8
boot_idtr:
        .word   32 * 16 - 1
        .quad   0
        .balign 4
boot_lock:
        .long   0

        .section .note.GNU-stack, "", @progbits
