/* SPDX-License-Identifier: MIT */
/*
 * The operator's interface: what dom0 asks of Xen.
 *
 * A hypercall: __HYPERVISOR_kexec_op with command IRX_KEXEC_CMD and a pointer to
 * struct irx_op. XSM_PRIV, dom0 only. Target images are loaded with Xen's own
 * KEXEC_CMD_kexec_load (type KEXEC_TYPE_LIVE_UPDATE = 2) into the free image
 * slot that IRX_OP_INFO names, and started by KEXEC_CMD_kexec (same type).
 * Waits in Xen are bounded; on a time-out the operation undoes itself and
 * answers -ETIMEDOUT.
 *
 * Part of the ABI, and under its rules: after the jump the command of the Xen before, which still
 * runs, drives the next Xen.
 */
#ifndef INTERREX_ABI_OP_H
#define INTERREX_ABI_OP_H

#include "live.h"

#define IRX_KEXEC_CMD 0x49525800u

/* KEXEC_TYPE_LIVE_UPDATE and KEXEC_RANGE_MA_LIVEUPDATE as kexec-tools 2.0.21 uses them. */
#define IRX_KEXEC_TYPE_LIVE_UPDATE    2u
#define IRX_KEXEC_RANGE_MA_LIVEUPDATE 7u

#define IRX_OP_INFO      1u /* -> u.info */
#define IRX_OP_LOAD_SHIM 2u /* u.load: place the shim; host must be idle or loaded */
#define IRX_OP_CHECK     3u /* u.check -> reasons; changes nothing */
#define IRX_OP_LEND      4u /* u.cpus: CPUs into the shim; 0: all but the boot CPU's core */
#define IRX_OP_PREPARE   5u /* u.domain: extents and policy into R, shim builds tables; guest runs */
#define IRX_OP_ENTER     6u /* u.domain: pause, export, run in the shim */
#define IRX_OP_CLAIM     7u /* u.domain: freeze in the shim, import, run here */
/* u.cpus.max: take a core back; -EAGAIN: call again; -EBUSY: the others hold guests */
#define IRX_OP_RETURN  8u
#define IRX_OP_READ    9u  /* u.read: copy from R's live part, not images or the shim's memory */
#define IRX_OP_UNLOAD  10u /* host back to idle: forget the target and the shim */
#define IRX_OP_ABANDON 11u /* since 1.1. u.domain: freeze, give up; crashed, it is Xen's again */
/* since 1.1. u.fallback: beside a shim that is loaded; -ENOSPC: no room. Without an image: at any time */
#define IRX_OP_FALLBACK 12u
/* since 1.1. u.deadman: beside a shim that is loaded; a target of 1.0 waits for ever all the same */
#define IRX_OP_DEADMAN 13u
/* since 1.1; test builds alone. u.audit: is every page's count what its users come to? Changes nothing */
#define IRX_OP_AUDIT 14u
/* since 1.1. -> u.walks; changes nothing */
#define IRX_OP_WALKS 15u
/* since 1.1. -> u.heap; changes nothing, in the middle of any other operation too */
#define IRX_OP_HEAP 16u

/* irx_op_reason.code: why a domain, the host or an image is refused */
#define IRX_REASON_NO_REGION        1u /* booted without liveupdate= */
#define IRX_REASON_NOT_LOADED       2u /* no target, or no shim */
#define IRX_REASON_CPU_VENDOR       3u /* no SVM with nested paging */
#define IRX_REASON_NO_CPU           4u /* fewer than two cores online */
#define IRX_REASON_REGION_SMALL     5u /* detail: bytes needed */
#define IRX_REASON_IOMMU            6u /* host has an active IOMMU */
#define IRX_REASON_DOM0_NOT_PVH     7u
#define IRX_REASON_PV               8u
#define IRX_REASON_DEVICE_MODEL     9u /* HVM with emulated devices; detail: emulation flags */
#define IRX_REASON_PASSTHROUGH      10u
#define IRX_REASON_ALTP2M           11u
#define IRX_REASON_POD              12u
#define IRX_REASON_MEM_SHARING      13u
#define IRX_REASON_MEM_PAGING       14u
#define IRX_REASON_NESTED           15u
#define IRX_REASON_VM_EVENT         16u
#define IRX_REASON_IOREQ            17u
#define IRX_REASON_LOG_DIRTY        18u /* a migration or save is under way */
#define IRX_REASON_SHADOW           19u /* not hardware-assisted paging */
#define IRX_REASON_TSC_MODE         20u /* TSC scaled, or emulated and delayed; detail: tsc_mode */
#define IRX_REASON_DYING            21u
#define IRX_REASON_TOO_MANY_VCPUS   22u /* of all domains; detail: limit */
#define IRX_REASON_TOO_MANY_DOMAINS 23u /* detail: limit */
#define IRX_REASON_GRANT_IN_TRANSIT 24u /* transitive or copy grants pinned */
#define IRX_REASON_CPUPOOL          25u /* a pool schedules several CPUs as one; detail: the pool */
#define IRX_REASON_MONITOR          26u
#define IRX_REASON_MEMORY_LOW       27u /* owns memory below 1 MiB; PREPARE refuses it instead */
#define IRX_REASON_XSAVE_SIZE       28u /* detail: bytes */
#define IRX_REASON_FRAGMENTED       29u /* no large pieces for the target; detail: bytes needed */
#define IRX_REASON_VIRIDIAN         30u
#define IRX_REASON_UNKNOWN          31u /* state that this build cannot carry; detail: source line */
#define IRX_REASON_SCHEDULER        32u /* parameters are not carried; detail: XEN_SCHEDULER_ number */
#define IRX_REASON_LABEL            33u /* it has an XSM label; detail: ssidref */
/* since 1.1; detail: IRX_QUARANTINE_*, in the upper 32 bits a positive errno */
#define IRX_REASON_QUARANTINED   34u /* it runs in the shim, and this Xen cannot take it */
#define IRX_REASON_SUSPENDED     35u /* shut down to be saved or migrated; since 1.1 */
#define IRX_REASON_TOO_MANY_CPUS 36u /* detail: limit; since 1.1 */
#define IRX_REASON_PV_TABLES     37u /* its page tables take too long; detail: how many; since 1.1 */
#define IRX_REASON_UNFINISHED    38u /* it is still being made; since 1.1 */
#define IRX_REASON_REGION_SHARE  39u /* it takes too much of R; detail: bytes; since 1.1 */
#define IRX_REASON_DEAF_CPU      40u /* one may be in the other image slot; since 1.1 */
#define IRX_REASON_MAX           40u

/* since 1.1. What of a quarantined domain this Xen refuses */
#define IRX_QUARANTINE_CREATE  1u /* to create it: its limits or options are beyond this Xen's */
#define IRX_QUARANTINE_STATE   2u /* its registers or timers in R */
#define IRX_QUARANTINE_SHELL   3u /* paging memory, vCPUs, time, shared_info */
#define IRX_QUARANTINE_GRANTS  4u /* grant table or mapped grants */
#define IRX_QUARANTINE_MEMORY  5u /* memory, or mappings of other domains' memory */
#define IRX_QUARANTINE_POLICY  6u /* CPU policy */
#define IRX_QUARANTINE_EVENTS  7u /* event channels */
#define IRX_QUARANTINE_SETTING 8u /* CPU pool, scheduling, global VIRQs */
#define IRX_QUARANTINE_CLAIM   9u /* what the shim wrote, at the last claim: ask again */
#define IRX_QUARANTINE_MAX     9u
/* with one of these: an update takes it along, as it is */
#define IRX_QUARANTINE_CARRIED 0x100u

#define IRX_DOMID_HOST 0xffffu /* irx_op_reason.domid: the host itself */

struct irx_op_reason {
    uint16_t domid;
    uint16_t code; /* IRX_REASON_* */
    uint32_t reserved;
    uint64_t detail;
};
IRX_SIZE(struct irx_op_reason, 16);

struct irx_op_info {
    uint64_t region_base; /* 0 = no region */
    uint64_t region_size;
    uint32_t host_state; /* IRX_HOST_* */
    uint32_t online_cpus;
    uint64_t slot_base; /* physical; where the next target goes */
    uint64_t slot_size;
    uint64_t generation;
    uint64_t system_time; /* ns, now */
    uint64_t tsc;         /* host TSC, now */
    uint64_t tsc_khz;
    uint64_t boot_tsc; /* host TSC at the first line of this Xen */
    uint64_t dom0_tsc; /* host TSC when dom0 first ran (resumed) in this Xen */
    uint64_t exec_tsc; /* host TSC when dom0 was saved in the Xen before; 0 = plain boot */
    /* the service stall's parts, host TSC; 0 = plain boot */
    uint64_t rebuild_tsc; /* this Xen has booted as far as it does without guests */
    uint64_t rebuilt_tsc; /* all domains are rebuilt; dom0 is next */
    struct irx_note note; /* this Xen's; last, since notes grow */
};
IRX_SIZE(struct irx_op_info, 160);

struct irx_op_load {
    uint64_t image;       /* guest virtual address of the flat, unrelocated shim image */
    uint64_t image_size;  /* bytes; 0: what is held is quarantined, and its shim stays */
    uint64_t mem_size;    /* with bss */
    uint64_t entry;       /* offset */
    struct irx_note note; /* the shim's; last, since notes grow */
};
IRX_SIZE(struct irx_op_load, 80);

struct irx_op_check {
    uint64_t reasons; /* guest virtual address: struct irx_op_reason[capacity] */
    uint32_t capacity;
    uint32_t count; /* out: how many there are; may be above capacity */
};
IRX_SIZE(struct irx_op_check, 16);

struct irx_op_cpus {
    uint32_t count;   /* at most 15 a call */
    uint32_t cpu[15]; /* Xen's CPU numbers */
    /* LEND: no more than so many now, a core at least; RETURN: 1: a core, domains may be held */
    uint32_t max;  /* 0 = all that are asked for; RETURN with all domains claimed; since 1.1 */
    uint32_t left; /* LEND, out: of those asked for, what further calls would lend; since 1.1 */
};
IRX_SIZE(struct irx_op_cpus, 72);

struct irx_op_domain {
    uint32_t domid;
    uint32_t timeout_ms; /* 0: 2000 */
    uint64_t start_tsc;  /* out: host TSC */
    uint64_t end_tsc;    /* out */
};
IRX_SIZE(struct irx_op_domain, 24);

struct irx_op_read {
    irx_off_t off;
    uint64_t size;   /* bytes, at most 1 MiB */
    uint64_t buffer; /* guest virtual address */
};
IRX_SIZE(struct irx_op_read, 24);

/* What stands in for the target if that fails before dom0 runs in it. Since 1.1. */
struct irx_op_fallback {
    uint64_t image;        /* guest virtual address: as it lies in its slot */
    uint64_t image_size;   /* bytes, whole pages; 0: there is nothing to load, only to answer */
    uint64_t entry;        /* offset: 32-bit protected mode, no paging */
    uint64_t dest;         /* out: physical address that it is to be made for */
    uint64_t room;         /* out: bytes that there are for it; 0: none */
    uint64_t need;         /* out, where there is no room: bytes that R must have at least */
    uint8_t build_id[20];  /* zero: not known */
    uint32_t attempts_max; /* 1 to IRX_ATTEMPTS_LIMIT */
    /* how long a stage of the target's boot may take until it counts as failed; 0: for ever */
    uint32_t silence_ms;
    uint32_t reserved;
};
IRX_SIZE(struct irx_op_fallback, 80);

/* When the target goes on by itself: struct irx_deadman (anchor.h). Since 1.1. */
struct irx_op_deadman {
    uint32_t limit_ms; /* at most IRX_DEADMAN_LIMIT_MAX_MS; 0: never */
    uint32_t reserved;
};
IRX_SIZE(struct irx_op_deadman, 8);

/* irx_audit_page.type; 0: none */
#define IRX_AUDIT_L1       1u /* a page table, to 4: of level 4 */
#define IRX_AUDIT_L4       4u
#define IRX_AUDIT_SEGMENTS 5u /* in a GDT or LDT */
#define IRX_AUDIT_SHARED   6u
#define IRX_AUDIT_WRITABLE 7u

/* irx_audit_page.flags */
#define IRX_AUDIT_PINNED    1u
#define IRX_AUDIT_VALIDATED 2u
#define IRX_AUDIT_PARTIAL   4u  /* a page table that is being made or taken apart */
#define IRX_AUDIT_ODD       8u  /* locked, or on its way out of use */
#define IRX_AUDIT_CONFLICT  16u /* expected: its users want different types of it */

/* irx_audit_difference.what */
#define IRX_AUDIT_WHAT_REFS      1u
#define IRX_AUDIT_WHAT_TYPE      2u
#define IRX_AUDIT_WHAT_TYPE_REFS 4u
#define IRX_AUDIT_WHAT_FLAGS     8u
#define IRX_AUDIT_WHAT_OWNER     16u /* used by whom it cannot be used by, or on no list of its owner */
#define IRX_AUDIT_WHAT_L4_PAGES  32u /* of a domain: refs are numbers of its validated L4 tables */

/* irx_op_audit.spoil: what is made wrong on purpose while it looks, and right again */
#define IRX_AUDIT_SPOIL_NOTHING 0u
#define IRX_AUDIT_SPOIL_REF     1u /* a page has one more reference than it should */
#define IRX_AUDIT_SPOIL_TYPE    2u /* one more writable reference */
#define IRX_AUDIT_SPOIL_TABLE   3u /* a page table has one more reference of its type */
#define IRX_AUDIT_SPOIL_PIN     4u /* a page table is pinned without the references of that */
#define IRX_AUDIT_SPOIL_MAX     4u

/* What is expected of a page, and what is found. Since 1.1. */
struct irx_audit_page {
    uint64_t refs;
    uint64_t type_refs;
    uint32_t type;  /* IRX_AUDIT_L1 to _WRITABLE, while there are type_refs */
    uint32_t flags; /* IRX_AUDIT_PINNED to _CONFLICT */
};
IRX_SIZE(struct irx_audit_page, 24);

/* Since 1.1. */
struct irx_audit_difference {
    uint64_t mfn;
    uint64_t pfn;   /* where its owner has it; ~0: nowhere */
    uint16_t domid; /* of its owner; IRX_DOMID_HOST: nobody's */
    uint16_t reserved;
    uint32_t what; /* IRX_AUDIT_WHAT_* */
    struct irx_audit_page expected;
    struct irx_audit_page found;
};
IRX_SIZE(struct irx_audit_difference, 72);

/* All domains are paused meanwhile. Since 1.1. */
struct irx_op_audit {
    uint64_t differences; /* guest virtual address: struct irx_audit_difference[capacity] */
    uint32_t capacity;
    uint32_t spoil;      /* IRX_AUDIT_SPOIL_* */
    uint32_t timeout_ms; /* 0: 2000 */
    uint32_t domains;    /* out, as all that follows */
    uint64_t spoilt;     /* the page that was made wrong; ~0: none */
    uint64_t count;      /* differences; may be above capacity */
    uint64_t pages;      /* that somebody owns */
    uint64_t tables[4];  /* page tables by level, L1 first */
    uint64_t partial;    /* of these */
    uint64_t pins;
    uint64_t entries;  /* present ones */
    uint64_t foreign;  /* of these, of L1 tables: pages of others than the table's owner */
    uint64_t mappings; /* grants that are mapped, foreign pages in the p2m of domains */
    uint64_t paused_ns;
};
IRX_SIZE(struct irx_op_audit, 128);

/* What both Xens go through while nobody but held guests runs. Since 1.1. */
struct irx_op_walks {
    uint64_t pv_pages;  /* of all PV domains */
    uint64_t pv_tables; /* page tables of PV domains but dom0 */
};
IRX_SIZE(struct irx_op_walks, 16);

/* How far a Xen that an update started is with giving free memory to its heap. Since 1.1. */
struct irx_op_heap {
    uint64_t to_come;  /* pages; counted as free, and to be had by whoever asks */
    uint64_t full_tsc; /* host TSC at which the last of it was there; 0: not yet, or no update */
};
IRX_SIZE(struct irx_op_heap, 16);

struct irx_op {
    uint32_t cmd;     /* IRX_OP_* */
    uint32_t version; /* IRX_ABI_VERSION of the caller */
    union {
        struct irx_op_info info;
        struct irx_op_load load;
        struct irx_op_check check;
        struct irx_op_cpus cpus;
        struct irx_op_domain domain;
        struct irx_op_read read;
        struct irx_op_fallback fallback;
        struct irx_op_deadman deadman;
        struct irx_op_audit audit;
        struct irx_op_walks walks;
        struct irx_op_heap heap;
        uint8_t pad[248];
    } u;
};
IRX_SIZE(struct irx_op, 256);

#endif
