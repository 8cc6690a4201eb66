/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vCPU that never sees long mode (narrow.c): it sleeps until there is a frame in its box, goes on
 * with that, and leaves in the box what it was trapped with.
 */
#include "vectors.h"

#define APIC_SVR 0xfee000f0
#define APIC_EOI 0xfee000b0

        .text
        .code32
/* VCPUOP_initialise starts it here, with ESP and EDI (struct narrow_tables). */
        .globl  start_narrow
start_narrow:
        lgdt    (%edi)
        lidt    8(%edi)
        ljmp    $8, $1f
1:      mov     $0x10, %eax
        mov     %eax, %ss
        mov     $0x1b, %eax             /* for both levels: IRET leaves it as it is */
        mov     %eax, %ds
        mov     %eax, %es
        mov     $0x28, %eax
        ltr     %ax
        movl    $0x1ff, APIC_SVR

sleep:  mov     %esp, %ebx
        and     $-NARROW_STACK, %ebx
        mov     NARROW_BOX_AT(%ebx), %ebp
        lea     NARROW_BOX_AT - 256(%ebx), %esp
1:      cli
        xor     %eax, %eax
        xchg    %eax, NARROW_GO(%ebp)
        test    %eax, %eax
        jnz     2f
        sti
        hlt
        jmp     1b
/* TR anew: its descriptor says available where QEMU has loaded it itself, and busy after a hold, as on a CPU,
   which QEMU takes for a reason to end when 32-bit code leaves CPL 3 (README.md). */
2:      sgdt    -8(%esp)
        mov     -6(%esp), %eax
        movb    $0x89, 0x28 + 5(%eax)
        mov     $0x28, %eax
        ltr     %ax
        mov     %ebp, %esi
        lea     -NARROW_FRAME(%esp), %esp
        mov     %esp, %edi
        mov     $NARROW_FRAME / 4, %ecx
        cld
        rep movsl
        popal
        add     $8, %esp
        iretl

common: pushal
        cld
        mov     %esp, %ebx
        and     $-NARROW_STACK, %ebx
        mov     NARROW_BOX_AT(%ebx), %ebp
        mov     32(%esp), %eax
        cmp     $VECTOR_UPCALL, %eax
        je      upcall
        cmp     $VECTOR_END, %eax
        je      ended
        cmp     $2, %eax
        je      count
        cmp     $32, %eax
        jb      ended
        movl    $0, APIC_EOI
count:  incl    NARROW_IRQS(%ebp)
        jmp     back
upcall: mov     NARROW_VCPU_INFO(%ebp), %ebx
        movb    $0, (%ebx)              /* evtchn_upcall_pending, evtchn_pending_sel */
        xor     %eax, %eax
        xchg    %eax, 8(%ebx)
back:   popal
        add     $8, %esp
        iretl

ended:  mov     %esp, %esi
        lea     NARROW_OUT(%ebp), %edi
        mov     $NARROW_FRAME / 4, %ecx
        rep movsl
        mov     $1, %eax
        xchg    %eax, NARROW_DONE(%ebp)
        jmp     sleep

        .macro  stub vector
narrow\vector:
        .if     !(\vector == 8 || (\vector >= 10 && \vector <= 14) || \vector == 17 || \vector == 21)
        push    $0
        .endif
        push    $\vector
        jmp     common
        .pushsection .rodata
        .long   narrow\vector
        .popsection
        .endm

        .section .rodata
        .balign 8
        .globl  narrow_stubs
narrow_stubs:                           /* uint32_t[256] */
        .text
        .altmacro
        n = 0
        .rept   256
        stub    %n
        n = n + 1
        .endr
        .noaltmacro

        .section .note.GNU-stack, "", @progbits
