/* SPDX-License-Identifier: GPL-2.0-only */
/* Into a piece of code or a case, and out of it by a trap. */
#include "vectors.h"

        .text
        .macro  push_all
        .irp    r, rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
        push    %\r
        .endr
        .endm

        .macro  pop_all
        .irp    r, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax
        pop     %\r
        .endr
        .endm

        .macro  save_callee
        .irp    r, rbx, rbp, r12, r13, r14, r15
        push    %\r
        .endr
        .endm

/* uint64_t protect(uint64_t *sp, ask_fn *ask, w, k, word): what ask answers, or what leave() is given. */
        .globl  protect
protect:
        save_callee
        push    %rdi
        mov     %rsp, (%rdi)
        mov     %rsi, %rax
        mov     %rdx, %rdi
        mov     %rcx, %rsi
        mov     %r8d, %edx
        call    *%rax
        add     $8, %rsp
        jmp     out

/* void enter(const struct frame *f, uint64_t *sp): returns by leave(). */
        .globl  enter
enter:
        save_callee
        push    %rsi
        mov     %rsp, (%rsi)
        mov     %rdi, %rsp
back:   pop_all
        add     $16, %rsp
        iretq

/* noreturn void leave(uint64_t sp, uint64_t value) */
        .globl  leave
leave:
        lea     8(%rdi), %rsp
        mov     %rsi, %rax
out:    .irp    r, r15, r14, r13, r12, rbp, rbx
        pop     %\r
        .endr
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
        .rept   256
        stub    %n
        n = n + 1
        .endr
        .noaltmacro
        .section .rodata
stubs_end:

        .section .note.GNU-stack, "", @progbits
