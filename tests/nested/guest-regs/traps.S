/* SPDX-License-Identifier: GPL-2.0-only */
/* Into a round, the code that it spends its time in, and out of it by a trap. */
#include "vectors.h"

        .text
        .macro  push_all
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
        .endm

        .macro  pop_all
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
        .endm

/* void round_enter(const struct frame *image, uint64_t *stack): returns by round_leave(). */
        .globl  round_enter
round_enter:
        push    %rbx
        push    %rbp
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        mov     %rsp, (%rsi)
        mov     %rdi, %rsp
back:   pop_all
        add     $16, %rsp
        iretq

/* noreturn void round_leave(uint64_t stack): round_enter() returns. */
        .globl  round_leave
round_leave:
        mov     %rdi, %rsp
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbp
        pop     %rbx
        ret

/* Every trap is on a stack of its own (IST), so that RSP may hold anything. */
common: push_all
        cld
        mov     %rsp, %rdi
        call    trap
        jmp     back

        .macro  stub vector
stub\vector:
        .if     !(\vector == 8 || (\vector >= 10 && \vector <= 14) || \vector == 17 || \vector == 21)
        push    $0
        .endif
        push    $\vector
        jmp     common
        .pushsection .rodata
        .quad   \vector, stub\vector
        .popsection
        .endm

        .section .rodata
        .balign 8
        .globl  stubs, stubs_end
stubs:                                  /* struct stub[] */
        .text
        .altmacro
        n = 0
        .rept   32
        stub    %n
        n = n + 1
        .endr
        .irp    n, VECTOR_END, VECTOR_SELF, VECTOR_UPCALL_APIC, VECTOR_UPCALL
        stub    %\n
        .endr
        .noaltmacro
        .section .rodata
stubs_end:
        .text

/* ---- what rounds spend their time in: nothing but RIP and, in loops, RCX changes ---- */

        .globl  spin
spin:   jmp     spin

        .globl  spin_off, spin_off_end
spin_off:
        loop    spin_off
        int     $VECTOR_END
spin_off_end:

        .globl  spin_halt
spin_halt:
        hlt
        jmp     spin_halt

        .globl  spin_exceptions, spin_ud2, spin_exceptions_end
spin_exceptions:
        int3
spin_ud2:
        ud2
        loop    spin_exceptions
        int     $VECTOR_END
spin_exceptions_end:

        .globl  spin_sti, spin_sti_shadow, spin_sti_end
spin_sti:
        sti
spin_sti_shadow:
        nop
        nop
        cli
        loop    spin_sti
        int     $VECTOR_END
spin_sti_end:

        .globl  spin_mov_ss, spin_mov_ss_shadow, spin_mov_ss_end
spin_mov_ss:
        mov     %r8d, %ss
spin_mov_ss_shadow:
        nop
        nop
        loop    spin_mov_ss
        int     $VECTOR_END
spin_mov_ss_end:

        .globl  spin_park, spin_park_end
spin_park:
        wrmsr
        int     $VECTOR_END
spin_park_end:

/* After a round of 32-bit code. */
        .code32
        .globl  probe
probe:  mov     %ds:PROBE_AT, %eax
        mov     %es:PROBE_AT, %ebx
        mov     %fs:PROBE_AT, %ecx
        mov     %gs:PROBE_AT, %edx
        int     $VECTOR_END
        .code64

        .section .note.GNU-stack, "", @progbits
