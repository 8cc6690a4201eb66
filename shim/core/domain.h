/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A held domain and its vCPUs, as the shim sees them. Built at PREPARE, filled
 * at ENTER, emptied at FREEZE; the live state that Xen reads lies in R.
 */
#ifndef SHIM_CORE_DOMAIN_H
#define SHIM_CORE_DOMAIN_H

#include <interrex/walk.h>

#include "pcpu.h"

#define MAX_VCPUS           128u
#define FIFO_PAGES          128u /* EVTCHN_FIFO_NR_CHANNELS (1 << 17) / 1024 words a page */
#define FIFO_WORDS_PER_PAGE 1024u

/* General registers in the order of their encoding in instructions. */
enum gpr { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, NR_GPRS };

/* A local APIC's timer: Xen's struct periodic_time and vlapic.timer_last_update. Times are the
   guest's system time. See guest/vlapic_timer.c. */
struct apic_timer {
    bool on;          /* counts, or has ticks that wait */
    bool to_deadline; /* set by the MSR TSC_DEADLINE */
    bool asserted;    /* its vector is in the IRR for a tick */
    bool keeps;       /* goes on though its vCPU waits for a CPU (do_not_freeze) */
    uint8_t vector;
    ns_t due;          /* the next tick */
    ns_t period;       /* 0 = one shot */
    ns_t counted_from; /* what the current count is of, 0 = it stands still */
    uint64_t ticks;    /* came, and not yet taken */
};

struct vcpu {
    uint64_t gpr[NR_GPRS]; /* first: the assembly of the vendor knows the offset */
    uint64_t rip, rflags;

    /* The guest's view of its control state, taken at each exit; handlers change it through
       vendor_set_*() only. */
    uint64_t cr0, cr3, cr4, efer;
    uint64_t cs_base;
    uint8_t cpl;
    uint8_t tpr;       /* task priority, as the local APIC has it; CR8 is its upper half */
    uint8_t mode;      /* bytes of the operand mode: 8 (64-bit), 4, 2 */
    uint64_t next_rip; /* as the CPU gave it, 0 = it did not */
    uint8_t insn[16];  /* instruction bytes as the CPU gave them */
    uint8_t insn_len;  /* how many of them, 0 = it did not */
    bool insn_missed;  /* in this exit its instruction was looked for and not found */

    struct dom *d;
    struct irx_vcpu *rec;
    uint32_t id;
    void *vendor;              /* the vendor's part */
    uint8_t *fpu;              /* one page: FXSAVE or XSAVE image while not loaded */
    uint64_t xcr0, xcr0_accum; /* with IRX_VCPUF_XSAVE */
    uint64_t dr[4];
    bool dr_loaded;      /* DR0 to DR3 are in the CPU and the guest has access to them */
    struct pcpu *ran_on; /* where it was entered last */

    /* scheduling; owner: the CPU in `cpu`, but for kicked */
    struct pcpu *cpu;
    struct vcpu *next; /* in pcpu.list or pcpu.inbox */
    bool recheck;      /* an interrupt waits behind the one that is being injected (intr.c) */
    uint32_t kicked;   /* something may have become deliverable (any CPU sets) */
    uint32_t bring_up; /* VCPUOP_up came for it (any CPU sets) */
    bool live;         /* entered and not yet frozen */
    bool on_way;       /* given to `cpu`, which has not taken it in (its inbox_lock) */
    bool lost;         /* its registers were in a CPU that is dead */
    tsc_t next_tsc;    /* earliest of its deadlines, host TSC */
    tsc_t runnable_since;
    int64_t credit;        /* what it is owed: credit.h */
    uint64_t round;        /* up to which it has got its credit */
    bool woken;            /* it has not run since it woke up */
    bool capped;           /* it waits for its domain's cap, not for a CPU */
    bool bound;            /* to the CPUs in `allowed`, a bit an entry of irx_anchor.cpus */
    uint64_t allowed[4];   /* irx_vcpu.cpus_allowed */
    tsc_t came;            /* when it came to this CPU */
    uint32_t timer_port;   /* its VIRQ_TIMER, 0 = none */
    uint64_t period_asked; /* for its periodic timer by another vCPU (any CPU sets); timer.c */

    /* where the guest looks, ~0 = nowhere */
    mfn_t info_mfn; /* struct vcpu_info */
    uint32_t info_offset;
    uint32_t control_offset;
    mfn_t control_mfn; /* FIFO control block */

    struct apic_timer timer;
    uint64_t mcg_status; /* what the guest wrote there since ENTER: guest/msr_mc.c */

    bool
        triple_fault; /* an exception met a double fault on its way in (vendor_inject_exception()) */

    uint32_t park_detail; /* set by a handler before it answers "park" */
};

/* How far the shim is with a domain. Writer: the CPU with mailbox_lock. */
enum dom_phase {
    DOM_EMPTY,    /* nothing built */
    DOM_CHECKING, /* its memory is being looked at */
    DOM_BUILDING, /* nested tables under way */
    DOM_BUILT,    /* prepared: everything allocated */
    DOM_ENTERING, /* its event channels are being looked at */
    DOM_LIVE,     /* entered */
    DOM_FREEZING,
    DOM_GIVING_BACK, /* what was built is being freed */
};

/* What a domain is prepared of: where it is in R, and what is there. No padding that is not zero. */
struct dom_asked {
    uint64_t generation, extents, leaves;
    uint32_t extent_count, extents_crc, policy_crc;
    uint32_t vcpu_first, vcpu_count, domid;
};

struct dom {
    struct irx_domain *rec;
    uint32_t index; /* of its entry in irx_anchor.domains */
    uint16_t domid;
    enum dom_phase phase;
    struct lock lock;       /* event channels, and `live` */
    bool live;              /* events may be delivered into it (under lock) */
    uint32_t active;        /* vCPUs not yet frozen (atomic) */
    struct dom_asked asked; /* what it is prepared of, from DOM_CHECKING on */
    struct irx_walk walk;   /* how far it has been looked at, in DOM_CHECKING and DOM_ENTERING */

    /* validated copies of what lies in R */
    const struct irx_extent *extents;
    uint32_t extent_count, extent_next;
    uint64_t extent_done; /* pages of extents[extent_next] that are mapped */
    const void *leaves;   /* xen_cpuid_leaf_t[leaf_count] */
    uint32_t leaf_count;
    const void *msrs; /* xen_msr_entry_t[msr_count] of the policy */
    uint32_t msr_count;
    uint8_t phys_bits;     /* of the guest's physical addresses, by the policy */
    uint8_t spec_ctrl;     /* bits of MSR_SPEC_CTRL, by the policy */
    uint64_t top_reserved; /* bits that its top page tables may not have, by the policy's vendor */
    uint32_t vcpu_count;
    struct irx_port *ports;
    uint32_t port_count;
    uint64_t *to_guest, *to_xen; /* bitmaps of port_words words */
    uint32_t port_words;
    bool fifo;
    bool shinfo_32bit;
    bool vtsc;          /* its TSC is emulated */
    tsc_t watchdog_tsc; /* its next watchdog, host TSC (atomic) */
    bool paused;        /* by the toolstack: no vCPU of it runs here */
    uint32_t stopped;  /* a triple fault or a machine check ended it: none of it runs on (atomic) */
    uint32_t weight;   /* irx_domain.sched_weight */
    int64_t cap_ticks; /* what it may use in a period, 0 = no cap */
    int64_t cap_left;  /* of that, below 0: overdrawn (atomic) */
    tsc_t cap_refill;  /* when the next period begins (atomic) */
    uint16_t callback_vector; /* 0 = none */
    mfn_t shared_info;
    uint64_t *fifo_mfn; /* [FIFO_PAGES] machine frames of the event array */
    uint32_t fifo_pages;
    uint64_t poll_mask[MAX_VCPUS / 64]; /* vCPUs in SCHEDOP_poll (atomic) */
    uint32_t lowest_last; /* vCPU that took the last interrupt for the lowest priority (atomic) */

    paddr_t npt_root;
    uint64_t npt_pages; /* pages of nested tables */
    void *vendor;       /* the vendor's part */
    struct vcpu *vcpus; /* [vcpu_count] */
    uint32_t vcpus_pages;
};

/* Xen said of d what IRX_ANSWER_* says; false also where it said nothing. */
static inline bool dom_answers(const struct dom *d, uint32_t flag)
{
    return shim_has(IRX_VERSION(1, 1)) && (d->rec->answers.flags & flag);
}

#endif
