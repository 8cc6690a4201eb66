/* SPDX-License-Identifier: GPL-2.0-only */
/* From where Xen starts a 64-bit PV guest (public/xen.h: "Domain start-up"), and what it calls. */
#define HYPERVISOR_IRET 23

        .macro  NOTE type, value:vararg
        .balign 4
        .long   4, 2f - 1f, \type
        .asciz  "Xen"
1:      \value
2:      .balign 4
        .endm

        .section .note.Xen, "a", @note
        NOTE    3, .quad 0              /* XEN_ELFNOTE_VIRT_BASE */
        NOTE    1, .quad start32        /* XEN_ELFNOTE_ENTRY */
        NOTE    5, .asciz "xen-3.0"     /* XEN_ELFNOTE_XEN_VERSION */
        NOTE    6, .asciz "pv-hostile"  /* XEN_ELFNOTE_GUEST_OS */
        NOTE    8, .asciz "generic"     /* XEN_ELFNOTE_LOADER */

        .text
        .globl  start32                 /* so called in the linker's script */
start32:                                /* RSI: struct start_info */
        cld
        mov     $boot_stack_end, %rsp
        mov     %rsi, %rdi
        call    guest_main
        ud2

/* Where VCPUOP_initialise starts the second vCPU: RSP is set. */
        .globl  start_vcpu
start_vcpu:
        call    vcpu_main
        ud2

/*
 * bool probe_write(void *va): whether a byte there can be written. It stays as it is. The faulting
 * instruction leads to probe_fault.
 */
        .globl  probe_write, probe_at, probe_fault
probe_write:
        mov     $1, %eax
probe_at:
        lock orb $0, (%rdi)
        ret
probe_fault:
        xor     %eax, %eax
        ret

/* Exceptions, by vector, and the event callback: Xen pushes RCX and R11 above the usual frame. */
        .macro  STUB vector, code
stub_\vector:
        pop     %rcx
        pop     %r11
        .if     !\code
        push    $0
        .endif
        push    $\vector
        jmp     common
        .section .rodata
        .quad   \vector, stub_\vector
        .text
        .endm

        .section .rodata
        .globl  stubs, stubs_end
        .balign 8
stubs:
        .text
        .irp    vector, 0, 1, 3, 4, 5, 6, 7, 9, 16, 18, 19, 256
        STUB    \vector, 0
        .endr
        .irp    vector, 8, 10, 11, 12, 13, 14, 17
        STUB    \vector, 1
        .endr
        .section .rodata
stubs_end:

        .text
common:
        .irp    r, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
        push    %\r
        .endr
        cld
        mov     %rsp, %rdi
        call    trap
        .irp    r, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
        pop     %\r
        .endr
        add     $16, %rsp
        push    $0                      /* struct iret_context, of which the rest is there */
        push    %rcx
        push    %r11
        push    %rax
        mov     $HYPERVISOR_IRET, %eax
        syscall

        .bss
        .balign 16
boot_stack:
        .skip   16384
boot_stack_end:
        .section .note.GNU-stack, "", @progbits
