/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For assembly: fills the CPU's stack of predicted returns, of at most 32 entries, with places
 * where nothing goes on. What a guest left there predicts no RET of the shim any more. Takes 256
 * bytes of stack, changes RFLAGS only. As Xen's DO_OVERWRITE_RSB does, without its loop: half
 * the instructions.
 */
#ifndef SHIM_CORE_RSB_H
#define SHIM_CORE_RSB_H

        .macro overwrite_rsb
        .rept   32
        call    77f
        int3
77:
        .endr
        add     $32 * 8, %rsp
        .endm

#endif
