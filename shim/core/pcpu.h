/* SPDX-License-Identifier: GPL-2.0-only */
/* What belongs to one held CPU. Only that CPU writes it, unless a lock is named. */
#ifndef SHIM_CORE_PCPU_H
#define SHIM_CORE_PCPU_H

#include "shim.h"

#define WINDOWS 8u

struct pcpu {
    struct pcpu *self; /* first: this_cpu() reads it through GS */
    uint8_t *stack;    /* its bottom; second: entry.S takes it */
    uint32_t index;
    uint32_t apic_id;
    struct irx_cpu *rec;

    uint32_t doorbell; /* set by its interrupt (run/trap.c), taken by the loop (run/loop.c) */
    uint8_t spurious_vector;

    /* scheduling */
    struct vcpu *list;    /* the vCPUs that this CPU runs */
    uint32_t nr;          /* how many; read by other CPUs to balance */
    uint32_t *core;       /* how many all threads of its core have (atomic) */
    uint32_t core_nr;     /* what that points to, at one of them */
    struct vcpu *current; /* the vCPU whose turn it is, NULL when idle */
    struct vcpu *loaded;  /* whose FPU and debug registers are in the CPU */
    struct vcpu *turn;    /* the vCPU whose run-state area says that it runs here */
    struct vcpu *last;    /* the vCPU entered last: its translations may be in the TLB */
    tsc_t turn_start;     /* of current */
    tsc_t turn_end;       /* when it may be another's turn */
    tsc_t charged;        /* up to when current has paid for its time */
    bool yields;          /* current gives its turn away */
    /* for other CPUs to look at, who may see it late (sched.c, place.c) */
    int64_t runs;             /* the credit of current, CREDIT_NONE: idle */
    int64_t top;              /* the most of those that wait here, CREDIT_NONE: none does */
    uint32_t waiting;         /* how many wait here for a CPU */
    uint32_t asked;           /* another CPU has nothing to run (any CPU sets) */
    tsc_t balance_at, ask_at; /* not before that is a better place looked for, another asked */
    uint64_t moves;           /* vCPUs that went on to another CPU */
    uint32_t last_id;         /* who ran here last, domid << 16 | vCPU, or SPEC_NOBODY (spec.h) */
    struct lock inbox_lock;
    struct vcpu *inbox; /* vCPUs given to this CPU, not yet in list (inbox_lock) */
    bool closed;        /* it takes no more (inbox_lock) */
    uint32_t freezing;  /* a domain with vCPUs here is to be frozen */

    tsc_t ring_at;   /* when to ring Xen for what could not be rung at once, 0 = nothing */
    tsc_t armed;     /* what the local timer is set to, TSC_NEVER = off */
    tsc_t next_poll; /* when to look at the mailbox again without a doorbell */
    uint32_t handled_request;

    /* short-lived windows onto guest pages (window.c) */
    paddr_t root; /* its page tables */
    uint64_t *window_pte;
    uint64_t window_va;
    mfn_t window_mfn[WINDOWS];
    uint32_t window_next;

    void *vendor; /* what the vendor needs of each CPU */

    /* descriptor tables and stacks (start.c) */
    void *desc;      /* GDT and TSS, one page */
    bool unsound;    /* a machine check says that its state is not what it seems: it stops */
    uint32_t faults; /* faults in the shim that it lived through */
    bool stops;      /* it cannot go on (run/stop.c) */

    /* for the others to look at when it is dead (run/dead.c) */
    struct vcpu *giving;   /* on its way to another CPU */
    struct dom *works_at;  /* its state is being changed, under mailbox_lock */
    struct dom *finishing; /* all its vCPUs stand, and Xen is not told yet */
    bool buried;           /* what it had is the others' (mailbox_lock) */
    tsc_t dead_look_at;    /* when this CPU looks next for dead ones */
};

/* The CPU that this code runs on. */
struct pcpu *this_cpu(void);

#endif
