/* SPDX-License-Identifier: GPL-2.0-only */
/* Pieces of code for run(): they end with INT VECTOR_END, or by a trap. */
#include "vectors.h"

        .text
        .macro  code name, insn:vararg
        .globl  code_\name
code_\name:
        \insn
        int     $VECTOR_END
        .endm

        code    cpuid, cpuid
        code    rdmsr, rdmsr
        code    wrmsr, wrmsr
        code    vmmcall, vmmcall
        code    xsetbv, xsetbv
        code    xgetbv, xgetbv
        code    load8, mov (%rdi), %rax
        code    load4, mov (%rdi), %eax
        code    load2, mov (%rdi), %ax
        code    load1, mov (%rdi), %al
        code    store8, mov %rax, (%rdi)
        code    store4, mov %eax, (%rdi)
        code    store2, mov %ax, (%rdi)
        code    store1, mov %al, (%rdi)
        code    moffs, movabs 0xfee00030, %eax

        .section .note.GNU-stack, "", @progbits
