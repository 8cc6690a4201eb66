/* SPDX-License-Identifier: GPL-2.0-only */
/* The instructions that exits stand for. guest/insn.h reads them where they lie. */
#ifndef SHIM_CORE_INSN_H
#define SHIM_CORE_INSN_H

#include "types.h"

enum insn {
    INSN_CPUID,
    INSN_RDMSR,
    INSN_WRMSR,
    INSN_HLT,
    INSN_PAUSE,
    INSN_HYPERCALL, /* the vendor's: vendor_hypercall */
    INSN_RDTSC,
    INSN_RDTSCP,
    INSN_XSETBV,
    INSN_INVD,
    INSN_WBINVD,
    INSN_CLTS,
    INSN_ICEBP,
    NR_INSNS
};

/* The bytes behind its prefixes. */
struct opcode {
    uint8_t bytes[3];
    uint8_t len;
    bool rep; /* needs an F3 prefix */
};

#endif
