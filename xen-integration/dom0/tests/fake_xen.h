/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Xen that is played: host, CPUs, domains and the region R in memory, behind the
 * same table as the real one, with the same states and answers. One can be told to
 * fail at a step, to refuse, to lose a domain, or not to come back from a jump.
 * One TSC tick is one nanosecond; time passes with each call and with sleep.
 */
#ifndef INTERREX_DOM0_TESTS_FAKE_XEN_H
#define INTERREX_DOM0_TESTS_FAKE_XEN_H

#include <interrex/abi/live.h>

#include "../xen.h"

/* What the ABI of this tree is called. */
#define ABI_TEXT "1.1"
_Static_assert(IRX_ABI_VERSION == IRX_VERSION(1, 1), "ABI_TEXT is another");

#define FAKE_REGION  0x8000000ull /* physical */
#define FAKE_DOMAINS 8u
#define FAKE_VCPUS   16u
#define FAKE_CPUS    4u
#define FAKE_LOG     256u
#define FAKE_OP_NS   10000u /* how long a call takes */

/* What to fail with, once it is asked for. cmd 0: nothing. */
struct fake_failure {
    uint32_t cmd;   /* IRX_OP_*, or FAKE_KEXEC_LOAD, FAKE_KEXEC_EXEC */
    uint32_t domid; /* of a domain's operation; 0: any */
    int rc;
    unsigned int times; /* 0: always */
    unsigned int after; /* this often it works before */
};

#define FAKE_KEXEC_LOAD 100u
#define FAKE_KEXEC_EXEC 101u

struct fake_guest {
    uint32_t domid; /* 0: none */
    uint32_t vcpus;
    const char *name;
    bool parks;                         /* its last vCPU parks in the shim */
    bool idle;                          /* its vCPUs are blocked when it is entered */
    bool waits;                         /* for its turn in the shim, when the claim comes */
    uint64_t wait_xen_ns, wait_shim_ns; /* how long it waited for a CPU: its last vCPU, each */
    bool suspends;                      /* the toolstack has asked it to */
    bool dying;                         /* it is on its way out, and a sleep later gone */
    bool paused;                        /* it is entered so */
    bool pv;                            /* not held: it stands still over a jump */
    bool crashes;                       /* the next Xen cannot rebuild it, if it is PV */
};

struct fake_xen {
    uint64_t now; /* ns, and TSC */
    bool no_region, no_interrex;
    bool no_deadman; /* it does not know of it */
    bool abi_1_0;    /* lends and returns all CPUs at once */
    /* most vCPUs a CPU that there were in Xen and in the shim since the first LEND, times 100 */
    unsigned int crowd_here, crowd_there;
    uint32_t number; /* of the Xen that runs: 0, then 1, ... */
    const char *cmdline;
    uint64_t memory_mib;
    bool loaded_target;
    bool stays;          /* a jump answers 0 and does not happen */
    bool deaf;           /* after a jump nothing answers INFO */
    uint16_t no_room;    /* IRX_REASON_* of what a jump has no room for; 0: it has */
    uint32_t takes_room; /* with no_room: the guest that takes more of R than its share; 0: none */
    bool crash_image;    /* dom0 has loaded one */
    const char *watchdog_user; /* who in dom0 has a watchdog open; NULL: nobody */
    uint64_t boot_tsc, dom0_tsc, exec_tsc;
    struct irx_note note;
    struct fake_guest guests[FAKE_DOMAINS];
    struct fake_failure failure;
    struct irx_op_reason reasons[64];
    unsigned int reason_count;
    unsigned int reasons_after_load; /* so many of the last ones show only when loaded */
    uint64_t pv_pages, pv_tables;    /* struct irx_op_walks */
    struct irx_op_heap heap;
    unsigned int reasons_untold; /* so many more there are, which this Xen only counts */
    /* what an audit answers; without: it is no test build */
    const struct irx_op_audit *audit;
    const struct irx_audit_difference *differences; /* min(audit->count, 16) */
    unsigned int audits_again;                      /* so often a domain is still being destroyed */
    uint32_t spoil;                                 /* what the last one was asked to make wrong */
    /* something that happens during a sleep or before the jump */
    void (*on_sleep)(struct fake_xen *x);
    void (*on_op)(struct fake_xen *x); /* before each operation */
    uint32_t quarantines;              /* the next Xen cannot take this domain; 0: it takes all */
    uint32_t taken_by;                 /* the number of the Xen that takes it again; 0: none does */
    bool carries;                      /* whoever cannot take it hands it on */
    uint32_t came;                     /* a bit an entry: it was in the shim when this Xen came */
    bool beside;                       /* an update is loaded beside those */
    bool takes_fallback;               /* it knows of them; room, need: what R has, or would need */
    uint64_t fallback_room, fallback_need;
    bool target_fails;                     /* after the jump: the fallback runs, if there is one */
    uint32_t failure_cause;                /* then IRX_CAUSE_* */
    bool newcomer;                         /* a domain 77 appears once guests are held */
    uint8_t *region;                       /* live part of R */
    unsigned int changes;                  /* operations that changed the host */
    uint32_t waits_ms[IRX_OP_DEADMAN + 1]; /* the last limit that came with it; 0: Xen's own */
    unsigned int done[IRX_OP_DEADMAN + 1]; /* IRX_OP_*: how often it was asked for and worked */
};

void fake_init(struct fake_xen *x);
void fake_free(struct fake_xen *x);
/* The connect() of struct irx_env connects here. */
extern struct fake_xen *fake_current;
int fake_connect(struct irx_xen *xen, struct irx_error *e);

struct irx_anchor *fake_anchor(struct fake_xen *x);
struct irx_domain *fake_domain(struct fake_xen *x, uint32_t domid); /* its entry, or NULL */
struct irx_vcpu *fake_vcpu(struct fake_xen *x, uint32_t index);
void fake_log(struct fake_xen *x, const char *text);

/* After a jump, what the Xen that runs does by itself when nobody goes on. */
void fake_deadman(struct fake_xen *x);

/* True when every domain runs in Xen and every CPU is Xen's. */
bool fake_normal(struct fake_xen *x);
unsigned int fake_held(struct fake_xen *x);

#endif
