/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page in which the guest says what it found; dom0 reads it (guest-regs.c there).
 * Each word has one writer, its vCPU; `first` is complete before `mismatches` counts it.
 */
#ifndef GUEST_REGS_STATUS_H
#define GUEST_REGS_STATUS_H

#include <stdint.h>

#define REGS_STATUS_GFN 0x100u /* the image's first page: regs.lds */
#define REGS_MAGIC      0x31736765722d7269ull
#define REGS_VCPUS      2u
#define REGS_NAME       16u

/* What a vCPU does between fill and compare. */
enum regs_kind {
    REGS_USER,       /* jumps to itself at CPL 3, until its timer's event */
    REGS_KERNEL,     /* the same at CPL 0 */
    REGS_COMPAT,     /* REGS_USER in 32-bit code, with the hidden parts of data segments */
    REGS_OFF,        /* CPL 0 with interrupts off; one may wait in the local APIC */
    REGS_HALT,       /* HLT, woken by its timer */
    REGS_EXCEPTIONS, /* CPL 3: #BP and #UD by turns, counted */
    REGS_STEP,       /* CPL 3: single steps, counted */
    REGS_STI,        /* CPL 0: STI, where no interrupt may come right behind it */
    REGS_MOV_SS,     /* the same with MOV SS */
    REGS_NMI,        /* an NMI that comes in an NMI's handler */
    REGS_PARK,       /* CPL 0: an instruction that only a Xen serves */
    REGS_KINDS
};

#define REGS_KIND_NAMES                                                                            \
    "user", "kernel", "compat", "interrupts_off", "halt", "exceptions", "step", "sti", "mov_ss",   \
        "nmi", "park"

struct regs_count {
    uint64_t rounds;
    uint64_t spanned; /* of these: the vCPU was paused between fill and compare */
};

struct regs_mismatch {
    char name[REGS_NAME];
    uint64_t expected, found;
    uint64_t round;
    uint64_t kind; /* enum regs_kind */
};

struct regs_vcpu {
    uint64_t rounds;
    uint64_t mismatches;
    struct regs_mismatch first;
    uint64_t interrupts, exceptions, nmis; /* taken, all of them expected */
    struct regs_count kind[REGS_KINDS];
};

/* A trap that nothing explains: the guest has stopped. REGS_REFUSED: Xen refused a hypercall, code is
   the errno. */
#define REGS_REFUSED 256u
struct regs_fatal {
    uint64_t vcpu, vector, code, rip, cr2, rsp;
};

enum regs_state { REGS_BOOTING = 0, REGS_RUNNING = 1, REGS_STOPPED = 2 };

struct regs_status {
    uint64_t magic;
    uint64_t state; /* enum regs_state */
    uint64_t vcpus;
    struct regs_fatal fatal; /* with REGS_STOPPED */
    struct regs_vcpu vcpu[REGS_VCPUS];
};

_Static_assert(sizeof(struct regs_status) <= 4096, "one page");

#endif
