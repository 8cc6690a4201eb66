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
    struct vcpu *current; /* the vCPU whose turn it is, NULL when idle */
    struct vcpu *loaded;  /* whose FPU and debug registers are in the CPU */
    struct vcpu *last;    /* the vCPU entered last: its translations may be in the TLB */
    uint32_t last_id;     /* who ran here last, domid << 16 | vCPU, or SPEC_NOBODY (spec.h) */
    tsc_t slice_end;
    tsc_t slice_start;
    struct lock inbox_lock;
    struct vcpu *inbox; /* vCPUs given to this CPU, not yet in list (inbox_lock) */
    uint32_t freezing;  /* a domain with vCPUs here is to be frozen */

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
};

/* The CPU that this code runs on. */
struct pcpu *this_cpu(void);

#endif
