/* SPDX-License-Identifier: GPL-2.0-only */
/* void hw_overwrite_rsb(void) */
#include "core/rsb.inc"

        .text
        .globl  hw_overwrite_rsb
hw_overwrite_rsb:
        overwrite_rsb
        ret
        int3

        .section .note.GNU-stack, "", @progbits
