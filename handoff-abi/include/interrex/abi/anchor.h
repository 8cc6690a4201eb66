/* SPDX-License-Identifier: MIT */
/*
 * The anchor: first page of the region R, and the map of everything in R.
 *
 * Inside R only offsets (irx_off_t); outside R only physical addresses (paddr)
 * and frame numbers (mfn). State words: one writer at a time, written with
 * release, read with acquire ordering. Who may write is said at each.
 *
 * R is physically contiguous, 2 MiB aligned, below 4 GiB. Its life: reserved by
 * `liveupdate=` when the first Xen boots, passed on to every later one by
 * `liveupdate=<size>@<addr>` on its command line.
 */
#ifndef INTERREX_ABI_ANCHOR_H
#define INTERREX_ABI_ANCHOR_H

#include "version.h"

#define IRX_ANCHOR_MAGIC 0x5845525245544e49ull /* "INTERREX" in memory order */

/* Host states: irx_anchor.host_state. Writer: the Xen that runs (A, then B); the shim, of RECOVERING. */
#define IRX_HOST_IDLE         0u
#define IRX_HOST_LOADED       1u
#define IRX_HOST_LENDING      2u
#define IRX_HOST_HOLDING      3u
#define IRX_HOST_HANDING_OVER 4u
#define IRX_HOST_CLAIMING     5u
#define IRX_HOST_RECOVERING   6u

/* Shim states: irx_anchor.shim_state. Writer: the shim; Xen writes NONE before the first lend. */
#define IRX_SHIM_NONE   0u /* image in place, not yet entered */
#define IRX_SHIM_READY  1u /* relocated, its page tables built: other CPUs may be lent */
#define IRX_SHIM_FAILED 2u /* see shim_error; no CPU may be lent any more */

/* Image slot states: irx_image_slot.state. Writer: the Xen that runs. */
#define IRX_SLOT_EMPTY   0u
#define IRX_SLOT_LOADED  1u /* a target is in it */
#define IRX_SLOT_RUNNING 2u /* the Xen that runs now lives in it: never overwritten */

/* The vector on which a held CPU takes doorbells from Xen and from other held CPUs. */
#define IRX_SHIM_DOORBELL_VECTOR 0xf1u
/* The vector of a held CPU's own timer. */
#define IRX_SHIM_TIMER_VECTOR 0xf2u
/* The vector by which held CPUs wake one another; nobody else sends it. */
#define IRX_SHIM_KICK_VECTOR 0xf3u

/* A table of equal entries in R: entry i is at off + i * stride. */
struct irx_table {
    irx_off_t off;
    uint32_t stride; /* bytes, a multiple of 64 */
    uint32_t count;  /* entries */
};
IRX_SIZE(struct irx_table, 16);

/* A piece of R. */
struct irx_span {
    irx_off_t off;
    uint64_t size; /* bytes */
};
IRX_SIZE(struct irx_span, 16);

/* A place for a target image, so that B runs where it was loaded while C is loaded beside it. */
struct irx_image_slot {
    struct irx_span span; /* 2 MiB aligned */
    uint32_t state;       /* IRX_SLOT_* */
    uint32_t reserved;
};
IRX_SIZE(struct irx_image_slot, 24);

/*
 * System time as a function of the TSC, as in Xen's pvclock: for a TSC value t,
 *   delta = t - tsc_stamp; shift > 0 ? delta << shift : delta >> -shift;
 *   system time = stime_stamp + (delta * mul >> 32)          [ns since the first Xen's boot]
 * Source: xen/include/public/xen.h, struct vcpu_time_info.
 */
struct irx_time_scale {
    uint64_t tsc_stamp;
    uint64_t stime_stamp; /* ns */
    uint32_t mul;
    int32_t shift; /* -32 to 32 */
};
IRX_SIZE(struct irx_time_scale, 24);

/*
 * What a Xen answers its guests about itself: struct xen_compile_info and the other buffers of
 * public/version.h. Texts, as long as they are or cut, with zeros behind; the last byte is 0.
 * Since 1.1.
 */
struct irx_xen_info {
    uint64_t virt_start; /* XENVER_platform_parameters */
    uint8_t extraversion[16];
    uint8_t compile_info[144];
    uint8_t capabilities[1024];
    uint8_t changeset[64];
};
IRX_OFFSET(struct irx_xen_info, compile_info, 24);
IRX_OFFSET(struct irx_xen_info, changeset, 1192);
IRX_SIZE(struct irx_xen_info, 1256);

/*
 * Speculation: what the Xen that lends does about it on this host, and the shim in its place. Source:
 * Xen's arch/x86/spec_ctrl.c, which decides, and include/asm/spec_ctrl_asm.h, hvm/svm/entry.S. Since 1.1.
 */
/* irx_spec.flags */
#define IRX_SPEC_GIVEN       1u    /* else the shim does the safest that the CPU has */
#define IRX_SPEC_GUEST_CTRL  2u    /* MSR_SPEC_CTRL is switched at entry and exit (SC_MSR_HVM) */
#define IRX_SPEC_IBPB_EXIT   4u    /* branch-predictor barrier after exits (IBPB_ENTRY_HVM) */
#define IRX_SPEC_IBPB_SWITCH 8u    /* the same when another vCPU runs (opt_ibpb_ctxt_switch) */
#define IRX_SPEC_RSB_IBPB    16u   /* that barrier leaves the return stack (BUG_IBPB_NO_RET) */
#define IRX_SPEC_RSB_EXIT    32u   /* return stack overwritten after exits (SC_RSB_HVM) */
#define IRX_SPEC_RSB_IDLE    64u   /* and before the CPU idles (SC_RSB_IDLE) */
#define IRX_SPEC_VERW_ENTRY  128u  /* VERW before each entry (SCF_verw) */
#define IRX_SPEC_VERW_IDLE   256u  /* and before the CPU idles (SC_VERW_IDLE) */
#define IRX_SPEC_DIV_ENTRY   512u  /* a division before each entry (SC_DIV) */
#define IRX_SPEC_SSBD_ALWAYS 1024u /* a guest's VIRT_SPEC_CTRL changes nothing (opt_ssbd) */

/* irx_spec.ssbd: how a guest's VIRT_SPEC_CTRL.SSBD is brought about */
#define IRX_SSBD_NONE      0u
#define IRX_SSBD_SPEC_CTRL 1u /* by MSR_SPEC_CTRL (cpu_has_amd_ssbd) */
#define IRX_SSBD_VIRT      2u /* by the host's own MSR_VIRT_SPEC_CTRL (cpu_has_virt_ssbd) */
#define IRX_SSBD_LS_CFG    3u /* by its family's bit of MSR_AMD64_LS_CFG (amd_legacy_ssbd) */

struct irx_spec {
    uint32_t flags; /* IRX_SPEC_* */
    /* MSR_SPEC_CTRL while Xen or the shim runs: default_xen_spec_ctrl */
    uint32_t host_ctrl;
    uint32_t ssbd; /* IRX_SSBD_* */
    uint32_t reserved;
};
IRX_SIZE(struct irx_spec, 16);

/*
 * Whether a next Xen gets on, from the jump until dom0 runs in it. A Xen moves the deadline before
 * each jump, and then wherever its boot comes to another IRX_BOOT_* stage. The held CPU that finds it
 * passed first (it compares and exchanges `noticed`) sends an NMI to irx_anchor.xen_apic_id, if that
 * CPU answers one by starting the fallback. Where it takes none, a held CPU may start the fallback on
 * itself: what the deaf one executes (`text`) is overwritten by HLT before, so that it comes to an end
 * there, whenever it goes on; all others that may be that Xen's (irx_fallback.cpus) get an INIT; and
 * nobody sends the deaf one anything any more.
 */
struct irx_watch {
    uint64_t deadline; /* host TSC; 0: nobody looks (Xen) */
    uint64_t limit;   /* TSC ticks that a stage may take; 0: silence is waited out (Xen, at load) */
    uint32_t answers; /* 1: an NMI has the CPU that boots start the fallback (Xen) */
    uint32_t noticed; /* 1 + index of the CPU that did; 0: none (shim; Xen clears it) */
    uint32_t stage;   /* IRX_BOOT_* that the boot is at (Xen) */
    uint32_t taken;   /* IRX_TAKEN_*: who exchanges NOBODY for itself, and clears it again */
    /* 1 + APIC id of the CPU that took no NMI: the image slot that is not the running Xen's is its own
     * until the machine is started anew; 0: none (shim) */
    uint32_t deaf;
    uint32_t heard;          /* 1: that CPU is at starting the fallback, and needs its time (Xen) */
    struct irx_span text[2]; /* what the Xen that boots executes, in its slot (Xen); 0: not known */
};
IRX_OFFSET(struct irx_watch, answers, 16);
IRX_OFFSET(struct irx_watch, text, 40);
IRX_SIZE(struct irx_watch, 72);

/* Who starts the fallback: irx_watch.taken. */
#define IRX_TAKEN_NOBODY 0u
#define IRX_TAKEN_XEN    1u /* the Xen that fails, by itself or by an NMI */
#define IRX_TAKEN_SHIM   2u /* a held CPU, in the place of one that takes no NMI */

/* Of irx_deadman.limit_ms: an hour. */
#define IRX_DEADMAN_LIMIT_MAX_MS 3600000u

/*
 * What the next Xen does if nobody goes on with the update: the command was killed, or hangs. When dom0 has
 * asked for no operation that changes anything for so long, that Xen claims the guests that it can and takes
 * the CPUs back, as the command would have. Since 1.1.
 */
struct irx_deadman {
    uint32_t limit_ms;  /* 0: it waits for ever (Xen, at load) */
    uint32_t claimed;   /* guests that it claimed, all times together (Xen) */
    uint32_t left;      /* guests that it left in the shim when it was done (Xen) */
    uint32_t cpus;      /* CPUs that it took back, all times together (Xen) */
    uint64_t start_tsc; /* host TSC, when it last began; 0: it never did (Xen) */
    uint64_t end_tsc;   /* when it was done; 0: it is at it, or was interrupted (Xen) */
};
IRX_OFFSET(struct irx_deadman, start_tsc, 16);
IRX_SIZE(struct irx_deadman, 32);

/* How many fallbacks may be started in one update: irx_anchor.attempts_max is no more. */
#define IRX_ATTEMPTS_LIMIT 8u

struct irx_anchor {
    uint64_t magic;       /* IRX_ANCHOR_MAGIC */
    uint32_t version;     /* IRX_VERSION() of everything in R */
    uint32_t size;        /* sizeof(struct irx_anchor) */
    uint64_t region_base; /* physical address of R */
    uint64_t region_size; /* bytes */
    /* number of the update: +1 at each load; a stale entry has an older one */
    uint64_t generation;
    uint8_t handoff_id[16];
    uint32_t host_state;  /* IRX_HOST_* (Xen) */
    uint32_t shim_state;  /* IRX_SHIM_* (shim) */
    int32_t shim_error;   /* negative errno when IRX_SHIM_FAILED (shim) */
    uint32_t xen_alive;   /* 1 while a Xen takes doorbells on xen_vector (Xen) */
    uint32_t xen_vector;  /* vector of the to-Xen doorbell (Xen) */
    uint32_t xen_apic_id; /* physical APIC id that takes it (Xen) */
    uint64_t features;    /* negotiated IRX_FEATURE_* (Xen, at load) */
    uint64_t tsc_khz;     /* host TSC, kHz (Xen, at load) */
    /* the boot CPU's system time, frozen from lend to the last claim (Xen) */
    struct irx_time_scale time;

    struct irx_table cpus;     /* struct irx_cpu */
    struct irx_table domains;  /* struct irx_domain */
    struct irx_table vcpus;    /* struct irx_vcpu */
    struct irx_span log;       /* struct irx_log */
    struct irx_span data;      /* arrays of the domains: extents, ports, policy (Xen allocates) */
    struct irx_span early;     /* stream: what B reads before its first allocation */
    struct irx_span late;      /* stream: what B reads once it has a heap */
    struct irx_span entry;     /* Xen's page tables and trampoline for the jump into the shim */
    struct irx_span shim;      /* the shim's image, then its bss */
    struct irx_span shim_heap; /* the shim's own memory: nested page tables, VMCBs, stacks */
    struct irx_image_slot slots[2];
    uint64_t shim_entry; /* entry point, offset from shim.off (Xen, at load) */
    /* bytes of shim.off that were loaded; the rest is zero (Xen, at load) */
    uint64_t shim_image_size;
    uint64_t data_used;  /* bytes of data up to the end of what is in use (Xen) */
    uint64_t early_used; /* bytes of the early stream; 0 = none, cleared when consumed */
    uint64_t late_used;  /* the same of the late stream */
    /* IRX_RELEASE() that the loaded shim was built from, for people (Xen, at load) */
    uint32_t shim_release;
    uint32_t reserved;
    struct irx_xen_info xen;  /* since 1.1: that the guests come from (Xen, at load) */
    struct irx_spec spec;     /* speculation (Xen, at load); since 1.1 */
    struct irx_span failure;  /* since 1.1: struct irx_failure, its text (a Xen that fails) */
    struct irx_span fallback; /* since 1.1: struct irx_fallback and what it says; may be absent */
    uint64_t fallback_used;   /* since 1.1: bytes of it, 0: none for this update (Xen) */
    uint32_t attempts;        /* since 1.1: fallbacks started in this update (Xen, before a jump) */
    uint32_t attempts_max;    /* since 1.1: then none is started any more (Xen, at load) */
    struct irx_watch watch;   /* since 1.1: whether the next Xen gets on */
    struct irx_deadman deadman; /* since 1.1: if nobody goes on after the jump */
};
IRX_OFFSET(struct irx_anchor, handoff_id, 40);
IRX_OFFSET(struct irx_anchor, host_state, 56);
IRX_OFFSET(struct irx_anchor, features, 80);
IRX_OFFSET(struct irx_anchor, time, 96);
IRX_OFFSET(struct irx_anchor, cpus, 120);
IRX_OFFSET(struct irx_anchor, log, 168);
IRX_OFFSET(struct irx_anchor, slots, 280);
IRX_OFFSET(struct irx_anchor, shim_entry, 328);
IRX_OFFSET(struct irx_anchor, shim_release, 368);
IRX_OFFSET(struct irx_anchor, xen, 376);
IRX_OFFSET(struct irx_anchor, spec, 1632);
IRX_OFFSET(struct irx_anchor, failure, 1648);
IRX_OFFSET(struct irx_anchor, watch, 1696);
IRX_OFFSET(struct irx_anchor, deadman, 1768);
IRX_SIZE(struct irx_anchor, 1800);

/*
 * How a lent CPU enters the shim (Xen -> shim):
 *   long mode, CPL 0, IF = 0, every LVT of its local APIC masked, APIC enabled;
 *   EFER.SVME = 0; CR4.PCIDE = CR4.CET = 0; CR0.TS = 0;
 *   CR3 = Xen's tables in `entry`, which map R at its physical address, writable and executable;
 *   RDI = region_base, RSI = index of its struct irx_cpu; RIP = region_base + shim.off + shim_entry;
 *   the stack pointer is undefined; GDT, IDT and TSS are still Xen's.
 * Xen lends the first CPU alone and waits for IRX_SHIM_READY and for that CPU's IRX_CPU_HELD.
 *
 * How it comes back (shim -> Xen): SVME cleared, GIF set, local timer masked, state
 * IRX_CPU_RELEASED written last, then halted with IF = 0 until Xen's INIT.
 */

/* The log ring: text lines, newest overwrite oldest. Writer: the shim. */
struct irx_log {
    uint32_t size; /* bytes of text[] (Xen) */
    uint32_t reserved;
    uint64_t head; /* bytes written since the shim became ready; text position = head % size */
    /* uint8_t text[size] follows */
};
IRX_SIZE(struct irx_log, 16);

/*
 * The fallback: an image that stands in for a next Xen that fails before dom0 runs in it.
 *
 * Pristine in R, as it has to lie in a slot of its own to be started. Whoever starts it:
 *   has R at its physical address (`tables` does that) and stands in long mode, CPL 0, IF = 0, CR4.PGE =
 *   CR4.PCIDE = CR4.CET = 0;
 *   counts irx_anchor.attempts, below attempts_max;
 *   jumps to `code` with RDI = region_base and RSI = the physical address of this structure: the code
 *   copies the image to its slot (the one that the failed Xen runs in, too), and enters it as kexec does.
 * A Xen that may have to do so makes `own` lead to where it runs, in its boot.
 */
struct irx_fallback {
    uint32_t size;        /* sizeof(struct irx_fallback) */
    uint32_t crc;         /* CRC-32C of the image */
    irx_off_t tables;     /* page tables for CR3, four levels */
    irx_off_t own;        /* two pages for the running Xen: next levels for its own addresses */
    irx_off_t code;       /* what starts the image; a page */
    irx_off_t image;      /* as it is kept */
    uint64_t image_size;  /* bytes, a multiple of 4096 */
    irx_off_t dest;       /* where it runs: in a slot */
    irx_off_t entry;      /* entry point there: 32-bit protected mode, no paging */
    uint8_t build_id[20]; /* of the image, for people; zero: not known */
    uint32_t cpu_count;   /* IRX_FALLBACK_CPUS at most; 0: not known (Xen, before a jump) */
    irx_off_t cpus;       /* uint32_t APIC ids of all CPUs that the host has; a page */
};
IRX_OFFSET(struct irx_fallback, code, 24);
IRX_OFFSET(struct irx_fallback, dest, 48);
IRX_OFFSET(struct irx_fallback, build_id, 64);
IRX_OFFSET(struct irx_fallback, cpus, 88);
IRX_SIZE(struct irx_fallback, 96);

#define IRX_FALLBACK_CPUS 1024u

/* How far a Xen that an update started has come: irx_failure.stage. */
#define IRX_BOOT_EARLY  0u /* it knows what it may not touch */
#define IRX_BOOT_HEAP   1u /* it has memory */
#define IRX_BOOT_GUESTS 2u /* it makes the guests anew */
#define IRX_BOOT_DOM0   3u /* and dom0 */
#define IRX_BOOT_LINKS  4u /* and what joins them */
#define IRX_BOOT_READY  5u /* dom0 is next */

/* What ended it: irx_failure.cause. */
#define IRX_CAUSE_RESTART 0u /* it would have reset the machine: a panic, a BUG */
#define IRX_CAUSE_HALT    1u /* it would have stopped */
#define IRX_CAUSE_SILENCE 2u /* it did not get on, and a held CPU sent it an NMI */
#define IRX_CAUSE_DEAF    3u /* nor did it take that: a held CPU started the fallback in its place */

/* What a Xen leaves that failed before dom0 ran in it. Its text follows: the end of its console. */
struct irx_failure {
    uint64_t generation; /* of the update; another one than irx_anchor's: nothing has failed */
    uint64_t tsc;        /* host TSC */
    uint32_t attempt;    /* 0: the target, else which fallback */
    uint32_t stage;      /* IRX_BOOT_* */
    uint32_t cause;      /* IRX_CAUSE_* */
    uint32_t text_size;  /* bytes */
    uint64_t rip;        /* who gave up; this and the rest: zero, if it is not known */
    uint64_t rsp;
    uint64_t cr2;
    uint64_t cr3;
    uint64_t cr4;
    uint8_t build_id[20]; /* of that Xen */
    uint32_t reserved;
};
IRX_OFFSET(struct irx_failure, rip, 32);
IRX_OFFSET(struct irx_failure, build_id, 72);
IRX_SIZE(struct irx_failure, 96);

#endif
