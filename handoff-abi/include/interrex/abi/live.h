/* SPDX-License-Identifier: MIT */
/*
 * The live tables in R: CPUs, domains and vCPUs while they are held.
 *
 * They are written by Xen when it lends and enters, by the shim while it holds,
 * and read by the Xen that claims, be it the same (abort, drill) or the next.
 * Arrays (extents, ports, policy) lie in irx_anchor.data. Everything here is
 * validated whole by its reader before it has an effect.
 */
#ifndef INTERREX_ABI_LIVE_H
#define INTERREX_ABI_LIVE_H

#include "anchor.h"

/* ---- CPUs ---- */

/* irx_cpu.state */
#define IRX_CPU_XEN      0u /* Xen's (writer: Xen; shim, of DRAINING that starts a fallback) */
#define IRX_CPU_LENT     1u /* on its way into the shim (Xen) */
#define IRX_CPU_HELD     2u /* runs vCPUs (shim) */
#define IRX_CPU_DRAINING 3u /* gives its vCPUs away (shim) */
#define IRX_CPU_RELEASED 4u /* halted, waits for INIT (shim; Xen, of LENT that does not arrive) */
#define IRX_CPU_DEAD     5u /* did not answer: stopped by INIT, never started again (Xen); since 1.1 */

/* irx_cpu.request (writer: Xen) */
#define IRX_CPU_REQ_NONE 0u
/* leave; -EBUSY in error if a domain still runs and it is the last one */
#define IRX_CPU_REQ_RELEASE      1u
#define IRX_CPU_REQ_RELEASE_IDLE 2u /* since 1.1: leave; -EBUSY in error if its core has a vCPU */

/*
 * A machine check that a held CPU met, as its banks told it (AMD64 APM volume 2, section 9.3): the
 * worst bank that was valid; the log has all. Since 1.1.
 */
struct irx_machine_check {
    uint64_t tsc; /* host TSC when it came */
    uint64_t mcg_status;
    uint64_t status; /* MCi_STATUS; 0 = no bank was valid */
    uint64_t addr;   /* MCi_ADDR, if status says that it is valid, else 0 */
    uint64_t misc;   /* MCi_MISC, likewise */
    uint64_t rip;    /* of the guest; of the shim, from its image's start */
    uint32_t bank;
    uint32_t count; /* machine checks of this CPU since it was lent; 0 = none, and all else is 0 */
    uint16_t domid; /* whose vCPU ran; 0xffff = none, the shim itself did */
    uint16_t vcpu_id;
    uint32_t banks; /* how many were valid */
};
IRX_OFFSET(struct irx_machine_check, bank, 48);
IRX_SIZE(struct irx_machine_check, 64);

struct irx_cpu {
    uint32_t state;        /* IRX_CPU_* */
    uint32_t apic_id;      /* physical APIC id (Xen) */
    uint32_t xen_cpu;      /* Xen's number of it, for messages (Xen) */
    uint32_t request;      /* IRX_CPU_REQ_* (Xen) */
    int32_t error;         /* negative errno of the last request, 0 = none (shim) */
    uint32_t package_core; /* equal for threads of one core (Xen) */
    /* vectors that came and are not the shim's: bit per vector (the shim sets, Xen takes; both
     * atomically) */
    uint64_t irq_pending[4];
    /* statistics, all by the shim */
    uint64_t busy_tsc;   /* TSC ticks with a guest or a handler running */
    uint64_t idle_tsc;   /* TSC ticks halted */
    uint64_t switches;   /* changes from one vCPU to another */
    uint64_t doorbells;  /* doorbell interrupts taken */
    uint64_t timer_irqs; /* own timer interrupts taken */
    uint64_t nmis;
    uint64_t heartbeat_tsc; /* TSC of the last pass through its loop */
    uint8_t reserved[128 - 112];
    struct irx_machine_check mce; /* the last one (shim); since 1.1 */
};
IRX_OFFSET(struct irx_cpu, irq_pending, 24);
IRX_OFFSET(struct irx_cpu, busy_tsc, 56);
IRX_OFFSET(struct irx_cpu, mce, 128);
IRX_SIZE(struct irx_cpu, 192);

/* ---- Domains ---- */

/*
 * irx_domain.state. One word, its writers take turns (interrex/states.h; with what they are part
 * of: handoff-abi/states.table):
 *   Xen:  WITH_XEN -> PREPARING;  PREPARED -> ENTERING;  RUNNING -> FREEZING;
 *         FROZEN -> CLAIMED -> WITH_XEN; PREPARED -> WITH_XEN (taken back);
 *         FROZEN -> ENTERING (taken back into the shim); FAILED -> WITH_XEN;
 *         FREEZING -> FROZEN (no held CPU is left alive; since 1.1);
 *         PREPARING, ENTERING -> WITH_XEN (the shim does not answer); ENTERING -> FROZEN (nor
 *         takes it back); FAILED -> CLAIMED, ENTERING (not taken back: as FROZEN).
 *   shim: PREPARING -> PREPARED | FAILED; ENTERING -> RUNNING | FAILED;
 *         FREEZING -> FROZEN.
 * After a change Xen sends IRX_SHIM_DOORBELL_VECTOR to any held CPU.
 */
#define IRX_DOM_WITH_XEN 0u
/* entry and extents written; shim: validate, build nested page tables */
#define IRX_DOM_PREPARING 1u
#define IRX_DOM_PREPARED  2u
#define IRX_DOM_ENTERING  3u /* vCPUs written; shim: validate, run */
#define IRX_DOM_RUNNING   4u
#define IRX_DOM_FREEZING  5u /* shim: stop all vCPUs, write their state */
#define IRX_DOM_FROZEN    6u
#define IRX_DOM_CLAIMED   7u
#define IRX_DOM_FAILED    8u /* error says why; nothing of the guest was changed */
/* never runs in the shim (dom0, PV): state only, for the next Xen (Xen) */
#define IRX_DOM_SAVED 9u

/* irx_extent.type */
#define IRX_P2M_RAM_RW 0u /* domain's own page */
#define IRX_P2M_RAM_RO 1u
/* page of the sending Xen that the guest sees (shared_info, grant frames); the next Xen adopts
 * it: same frame, from now on of its own heap */
#define IRX_P2M_XEN_PAGE 2u
#define IRX_P2M_MMIO     3u /* direct MMIO; dom0 only */
/* another domain's page by grant: owner, and maptrack in the late section */
#define IRX_P2M_GRANT_RW 4u
#define IRX_P2M_GRANT_RO 5u
#define IRX_P2M_FOREIGN  6u /* another domain's page by foreign mapping: owner */

/* A run of guest frames with consecutive machine frames. Sorted by gfn, not overlapping. */
struct irx_extent {
    uint64_t gfn;
    uint64_t mfn;
    uint64_t nr;    /* pages, at least 1 */
    uint32_t type;  /* IRX_P2M_* */
    uint16_t owner; /* domid of the page's owner (GRANT, FOREIGN), else this domain's */
    /* Xen's p2m_access_t value; p2m_access_rwx everywhere until vm_event is supported */
    uint16_t access;
};
IRX_SIZE(struct irx_extent, 32);

/* irx_port.state: values of EVTCHNSTAT_* (xen/include/public/event_channel.h) */
#define IRX_PORT_CLOSED      0u
#define IRX_PORT_UNBOUND     1u
#define IRX_PORT_INTERDOMAIN 2u
#define IRX_PORT_PIRQ        3u
#define IRX_PORT_VIRQ        4u
#define IRX_PORT_IPI         5u
#define IRX_PORT_RESERVED    255u /* Xen's ECS_RESERVED: port 0, never usable */

/* irx_port.flags */
/* FIFO: raised before its event word existed (struct evtchn.pending) */
#define IRX_PORT_F_PENDING 1u
/* the receiver is code in Xen (struct evtchn.xen_consumer): to-Xen always */
#define IRX_PORT_F_CONSUMER 2u

/* One event-channel port; port n is entry n. The shim writes last_*, notify_vcpu and PENDING; Xen
 * follows state and remote_* while it is held. */
struct irx_port {
    uint8_t state;    /* IRX_PORT_* */
    uint8_t priority; /* FIFO, 0 to 15 */
    uint16_t notify_vcpu;
    uint32_t remote_port;  /* INTERDOMAIN: remote port; VIRQ: virq; PIRQ: pirq */
    uint16_t remote_domid; /* INTERDOMAIN, UNBOUND */
    uint16_t last_vcpu;    /* FIFO: queue where it was last linked */
    uint8_t last_priority;
    uint8_t flags; /* IRX_PORT_F_* */
    /* xen_consumer index, meaningful to the producer's ABI minor only; 0 = none */
    uint8_t consumer;
    uint8_t reserved;
};
IRX_SIZE(struct irx_port, 16);
IRX_OFFSET(struct irx_port, remote_domid, 8);
IRX_OFFSET(struct irx_port, flags, 13);

#define IRX_EVTCHN_2L   0u
#define IRX_EVTCHN_FIFO 1u

/* Exit classes, index of irx_vcpu.served[] and .parked[] */
#define IRX_EXIT_CPUID     0u
#define IRX_EXIT_MSR       1u
#define IRX_EXIT_HLT       2u
#define IRX_EXIT_PAUSE     3u
#define IRX_EXIT_HYPERCALL 4u
#define IRX_EXIT_NPF       5u
#define IRX_EXIT_INTR      6u
#define IRX_EXIT_NMI       7u
#define IRX_EXIT_VINTR     8u
#define IRX_EXIT_EXCEPTION 9u
#define IRX_EXIT_CR        10u
#define IRX_EXIT_DR        11u
#define IRX_EXIT_XSETBV    12u
#define IRX_EXIT_CACHE     13u /* WBINVD, INVD */
#define IRX_EXIT_TSC       14u /* RDTSC, RDTSCP */
#define IRX_EXIT_IO        15u
#define IRX_EXIT_SHUTDOWN  16u /* triple fault */
#define IRX_EXIT_OTHER     17u
#define IRX_NR_EXITS       20u

/* irx_domain.flags */
#define IRX_DOMF_SHINFO_32BIT    1u /* d->arch.has_32bit_shinfo: 32-bit layout of shared_info */
#define IRX_DOMF_CALLBACK_VECTOR 2u /* HVM_PARAM_CALLBACK_IRQ is a vector: callback_vector */
#define IRX_DOMF_DOM0            4u
#define IRX_DOMF_X2APIC          8u /* reserved */
/* RDTSC exits: the guest's TSC is made of guest time (struct irx_guest_time) */
#define IRX_DOMF_VTSC 16u
/* paused by the toolstack, or shut down, when it entered: its vCPUs do not run in the shim */
#define IRX_DOMF_PAUSED 32u
/* a PV domain, which never runs in the shim: its state is in the late section; since 1.1 */
#define IRX_DOMF_PV 64u

/*
 * Guest time, of which an emulated TSC is made, as in Xen's hvm/vpt.c and time.c:
 *   guest time = max(system time + offset, last + 1); last = guest time;
 *   guest TSC = scale(guest time + irx_vcpu.guest_time_offset, to_tsc) + irx_vcpu.tsc_offset
 * with scale() as struct irx_time_scale tells it.
 */
struct irx_guest_time {
    uint64_t offset; /* ns, modulo 2^64 (struct pl_time.stime_offset) */
    /* what was given out last, ns: no two answers are equal (Xen, shim while it holds) */
    uint64_t last;
    uint32_t to_tsc_mul;  /* ns to TSC; not 0 with IRX_DOMF_VTSC */
    int32_t to_tsc_shift; /* -32 to 32 */
    uint32_t to_ns_mul;   /* TSC to ns; never 0 */
    int32_t to_ns_shift;  /* -32 to 32 */
};
IRX_OFFSET(struct irx_guest_time, to_tsc_mul, 16);
IRX_SIZE(struct irx_guest_time, 32);

/* irx_answers.flags */
/* it is not privileged, and Xen asks no security policy but its default one (no FLASK) */
#define IRX_ANSWER_DEFAULT_POLICY 1u
/* MSRs that Xen does not know read as 0 where the host has them, and take writes (msr_relaxed) */
#define IRX_ANSWER_MSR_RELAXED 2u
/* registers of performance monitoring read as 0 and take writes: no vPMU */
#define IRX_ANSWER_NO_VPMU 4u
/* VMASST_TYPE_runstate_update_flag is on: irx_vcpu.runstate_area */
#define IRX_ANSWER_RUNSTATE_FLAG 8u
/* it may not use Xen's console: console_io is -EPERM, whatever it asks of it */
#define IRX_ANSWER_NO_CONSOLE 16u

/* What Xen's answers to a guest depend on. Since 1.1. */
struct irx_answers {
    uint32_t flags;        /* IRX_ANSWER_* */
    uint32_t xen_features; /* XENVER_get_features, submap 0 */
};
IRX_SIZE(struct irx_answers, 8);

struct irx_domain {
    uint32_t state; /* IRX_DOM_* */
    uint16_t domid;
    uint16_t callback_vector; /* up to 255, with IRX_DOMF_CALLBACK_VECTOR */
    int32_t error;            /* negative errno with IRX_DOM_FAILED (shim) */
    uint32_t flags;           /* IRX_DOMF_* */
    /* irx_anchor.generation that wrote this entry; another: the entry is empty */
    uint64_t generation;
    uint8_t handle[16];  /* UUID of the domain */
    uint32_t vcpu_first; /* index of vCPU 0 in irx_anchor.vcpus; vCPUs are consecutive */
    uint32_t vcpu_count;
    /* memory (Xen) */
    irx_off_t extents; /* struct irx_extent[extent_count] */
    uint32_t extent_count;
    uint32_t extents_crc;    /* CRC-32C of the array */
    uint64_t p2m_generation; /* changes of the p2m in the sending Xen when the array was made */
    /* CPU policy (Xen): xen_cpuid_leaf_t[] and xen_msr_entry_t[] of public/arch-x86/xen.h, then
       the hypervisor's leaves (0x4000xxxx) in the first array too, as vCPU 0 sees them */
    irx_off_t leaves;
    irx_off_t msrs;
    uint32_t leaf_count;
    uint32_t msr_count;
    uint32_t policy_crc;  /* CRC-32C of leaves, then msrs */
    uint32_t xen_version; /* (major << 16) | minor, what XENVER_version answers */
    /* event channels */
    irx_off_t ports;     /* struct irx_port[port_count] */
    uint32_t port_count; /* valid ports are 1 to port_count - 1 */
    uint32_t evtchn_abi; /* IRX_EVTCHN_* */
    /* doorbell bitmap, a bit a port, port_count bits rounded up to 64 (Xen sets, shim clears;
     * shim also sets between two held guests) */
    irx_off_t to_guest;
    /* doorbell bitmap, bit = the domain's own port that sent (shim sets, Xen clears) */
    irx_off_t to_xen;
    uint64_t to_guest_summary; /* bit n: look at words n, n + 64, n + 128, ... of the bitmap */
    uint64_t to_xen_summary;
    /* uint64_t gfn[fifo_array_count]: event-array pages (FIFO); ~0: the guest gave it away, its words
     * are nowhere */
    irx_off_t fifo_array;
    uint32_t fifo_array_count;
    uint32_t reserved1;
    uint64_t shared_info_gfn; /* ~0 = not mapped by the guest */
    uint64_t shared_info_mfn; /* the page itself, always */
    /* time */
    /* reserved for later: wall clock lies in shared_info, continued by B */
    uint64_t wallclock_sec;
    uint32_t tsc_mode; /* asm-x86/time.h: 0 default, 1 always emulate, 2 native */
    uint32_t reserved2;
    uint64_t params[64];      /* HVM params, public/hvm/params.h; HVM_NR_PARAMS <= 64 */
    uint64_t params_readable; /* bit n: HVMOP_get_param(n) by the guest itself succeeds */
    /* stamps, host TSC: for the report */
    uint64_t pause_tsc;  /* Xen: paused for enter */
    uint64_t run_tsc;    /* shim: first VMRUN of the first vCPU */
    uint64_t freeze_tsc; /* shim: last vCPU stopped */
    uint64_t resume_tsc; /* Xen: unpaused after claim */
    struct irx_guest_time guest_time;
    /* SCHEDOP_watchdog: system time at which the domain ends unless it asks again, ns; 0 = not in
     * use (Xen, shim while it holds) */
    uint64_t watchdog[2];
    uint8_t reserved[224];
    struct irx_answers answers; /* since 1.1 (Xen) */
    /* CPU time, as the scheduler of its pool has it (Xen) */
    uint32_t sched_weight; /* of each vCPU: 1 to 65535, 0 = not told: 256; since 1.1 */
    uint32_t sched_cap;    /* percent of a CPU, of all vCPUs; 0 = no cap; since 1.1 */
};
IRX_OFFSET(struct irx_domain, generation, 16);
IRX_OFFSET(struct irx_domain, extents, 48);
IRX_OFFSET(struct irx_domain, leaves, 72);
IRX_OFFSET(struct irx_domain, ports, 104);
IRX_OFFSET(struct irx_domain, to_guest, 120);
IRX_OFFSET(struct irx_domain, shared_info_gfn, 168);
IRX_OFFSET(struct irx_domain, params, 200);
IRX_OFFSET(struct irx_domain, pause_tsc, 720);
IRX_OFFSET(struct irx_domain, guest_time, 752);
IRX_OFFSET(struct irx_domain, watchdog, 784);
IRX_OFFSET(struct irx_domain, answers, 1024);
IRX_OFFSET(struct irx_domain, sched_weight, 1032);
IRX_SIZE(struct irx_domain, 1040);

/* ---- vCPUs ---- */

/* irx_vcpu.state (Xen writes it before ENTERING, the shim while held) */
#define IRX_VCPU_DOWN     0u /* never brought up, or VCPUOP_down */
#define IRX_VCPU_RUNNABLE 1u
#define IRX_VCPU_RUNNING  2u
/* until an event or a deadline (HLT, SCHEDOP_block, SCHEDOP_poll) */
#define IRX_VCPU_BLOCKED 3u
#define IRX_VCPU_PARKED  4u /* until the next Xen: park_* says why */

/* irx_vcpu.flags */
#define IRX_VCPUF_INTR_SHADOW 1u /* STI or MOV SS shadow */
#define IRX_VCPUF_NMI_PENDING 2u
#define IRX_VCPUF_NMI_BLOCKED 4u /* in an NMI handler, until IRET */
#define IRX_VCPUF_SINGLESHOT  8u /* singleshot_deadline is armed */
/* has a register state (struct vcpu.is_initialised); the shim never sets nor clears it */
#define IRX_VCPUF_INITIALISED   16u
#define IRX_VCPUF_POLL_DEADLINE 32u /* poll_deadline is armed */
/* records hold an xsave image; else the FPU is in hvm_hw_cpu */
#define IRX_VCPUF_XSAVE 64u
/* a machine check came while it ran: it did not go on, and whoever claims crashes its domain;
 * since 1.1 */
#define IRX_VCPUF_MACHINE_CHECK 128u
/* its registers were in a CPU that is dead (park_detail: its entry), or with the shim when its last
 * CPU died: those here are old, and whoever claims crashes its domain (shim, Xen); since 1.1 */
#define IRX_VCPUF_LOST 256u

/* hvm_hw_lapic.disabled: APIC_BASE's enable bit, the spurious-vector register's (Xen: asm/hvm/vlapic.h) */
#define IRX_LAPIC_HW_DISABLED 1u
#define IRX_LAPIC_SW_DISABLED 2u

/* Records of a vCPU: sizes of Xen's public HVM save records (public/arch-x86/hvm/save.h, Xen 4.17) */
#define IRX_HVM_CPU_SIZE        1032u
#define IRX_HVM_LAPIC_SIZE      24u
#define IRX_HVM_LAPIC_REGS_SIZE 1024u
#define IRX_HVM_MTRR_SIZE       240u
#define IRX_XSAVE_MAX           4096u
#define IRX_NR_MSRS             32u
#define IRX_FIFO_QUEUES         16u

struct irx_msr {
    uint32_t index;
    uint32_t reserved;
    uint64_t value;
};
IRX_SIZE(struct irx_msr, 16);

/* irx_apic_timer.flags; since 1.1 */
/* what follows is told; else the timer begins anew, by its registers */
#define IRX_APIC_TIMER_GIVEN 1u
#define IRX_APIC_TIMER_ON    2u /* it counts, or ticks wait */
/* the vector was put into the IRR for a tick that waits (struct periodic_time.irq_issued) */
#define IRX_APIC_TIMER_ASSERTED 4u

/*
 * How far the timer of a local APIC is, beside its registers: struct periodic_time of Xen's
 * asm/hvm/vpt.h, and struct vlapic.timer_last_update. Times are system time, ns. Since 1.1.
 */
struct irx_apic_timer {
    uint32_t flags;        /* IRX_APIC_TIMER_* */
    uint32_t ticks;        /* that came and were not taken yet */
    uint64_t due;          /* of the next tick */
    uint64_t counted_from; /* what the current count is of; 0: it stands still */
};
IRX_OFFSET(struct irx_apic_timer, due, 8);
IRX_SIZE(struct irx_apic_timer, 24);

struct irx_vcpu {
    uint32_t state; /* IRX_VCPU_* */
    uint32_t flags; /* IRX_VCPUF_* */
    uint32_t vcpu_id;
    uint32_t cpu_hint; /* index in irx_anchor.cpus where it runs; ~0 = any (Xen, then shim) */
    /* why it is parked (shim) */
    uint32_t park_class;  /* IRX_EXIT_* */
    uint32_t park_detail; /* hypercall number, MSR index, port, CPUID leaf, ... */
    uint64_t exit_code;   /* the vendor's exit reason and information, as the CPU gave it */
    uint64_t exit_info1;
    uint64_t exit_info2;
    uint64_t park_tsc; /* host TSC when it parked */
    /* time */
    /* guest TSC = host TSC + tsc_offset; with IRX_DOMF_VTSC see struct irx_guest_time.
     * Changes only when the guest writes its TSC (Xen, shim while it holds) */
    uint64_t tsc_offset;
    /* system time, of the guest's deadlines; its pvclock page says the same in guest TSC (Xen) */
    struct irx_time_scale time;
    uint64_t singleshot_deadline; /* system time, ns */
    uint64_t periodic_period;     /* ns, 0 = none; at least 1 ms */
    uint64_t periodic_last;       /* system time of the last tick, ns */
    uint64_t poll_deadline;       /* system time, ns */
    /* SCHEDOP_poll: 0 none, > 0 one port, -1 many (struct vcpu.poll_evtchn) */
    int32_t poll_port;
    /* HVMOP_set_evtchn_upcall_vector; 0 = use the domain's callback */
    uint32_t upcall_vector;
    /* where the guest looks */
    uint64_t vcpu_info_gfn;    /* frame that holds struct vcpu_info; ~0 = none */
    uint64_t vcpu_info_mfn;    /* the same, machine frame */
    uint32_t vcpu_info_offset; /* in that frame, bytes */
    uint32_t fifo_control_offset;
    uint64_t fifo_control_gfn; /* FIFO control block; ~0 = none */
    /* last port of each queue, 0 = empty (struct evtchn_fifo_queue.tail) */
    uint32_t fifo_tail[IRX_FIFO_QUEUES];
    /* run state, struct vcpu_runstate_info of public/vcpu.h */
    uint32_t runstate; /* RUNSTATE_* */
    uint32_t reserved1;
    uint64_t runstate_entry_time; /* system time, ns */
    uint64_t runstate_time[4];    /* ns */
    /* stamps of the last enter and leave, host TSC */
    uint64_t stop_tsc;   /* Xen: descheduled for enter */
    uint64_t first_tsc;  /* shim: first VMRUN */
    uint64_t last_tsc;   /* shim: last exit before FROZEN */
    uint64_t resume_tsc; /* Xen: ran again, or was unpaused with nothing to do */
    /* statistics (shim) */
    uint64_t served[IRX_NR_EXITS];
    uint64_t parked[IRX_NR_EXITS];
    uint64_t run_tsc;      /* TSC ticks inside the guest */
    uint64_t exit_tsc;     /* TSC ticks from exit to next entry, for served exits */
    uint64_t events_in;    /* event-channel ports raised for it */
    uint64_t events_out;   /* sends by it */
    uint64_t upcalls;      /* upcall interrupts injected */
    uint64_t timers_fired; /* singleshot and periodic */
    /* from RUNNING to the freeze, but not while it is parked or its domain's cap is used up */
    uint64_t max_wait_tsc; /* longest time runnable without running */
    /* areas that are written for the guest: guest virtual addresses, 0 = none */
    /* VCPUOP_register_runstate_memory_area (Xen; from 1.1 on the shim too, while it holds) */
    uint64_t runstate_area;
    uint64_t time_area; /* VCPUOP_register_vcpu_time_memory_area; not the shim's */
    /* records; formats are Xen's */
    uint32_t msr_count;
    /* bytes in xsave[], of HVM_SAVE record CPU_XSAVE's payload */
    uint32_t xsave_size;
    uint8_t cpu[IRX_HVM_CPU_SIZE];               /* struct hvm_hw_cpu */
    uint8_t lapic[IRX_HVM_LAPIC_SIZE];           /* struct hvm_hw_lapic */
    uint8_t lapic_regs[IRX_HVM_LAPIC_REGS_SIZE]; /* struct hvm_hw_lapic_regs */
    uint8_t mtrr[IRX_HVM_MTRR_SIZE];             /* struct hvm_hw_mtrr */
    uint64_t tsc_adjust;
    struct irx_msr msrs[IRX_NR_MSRS]; /* struct hvm_msr's entries */
    /* struct hvm_hw_cpu_xsave, xsave_size bytes of it */
    uint8_t xsave[IRX_XSAVE_MAX];
    uint64_t guest_time_offset; /* ns, modulo 2^64 (struct hvm_vcpu.stime_offset) */
    uint64_t debugctl;          /* MSR DEBUGCTL; since 1.1 */
    /* LASTBRANCHFROMIP, LASTBRANCHTOIP, LASTINTFROMIP, LASTINTTOIP */
    uint64_t last_branch[4]; /* MSRs 0x1db to 0x1de; since 1.1 */
    /* hard affinity within its pool, as before the lend: bit i is entry i of irx_anchor.cpus */
    uint64_t cpus_allowed[4];         /* all 0 = any CPU (Xen); since 1.1 */
    struct irx_apic_timer apic_timer; /* since 1.1 (Xen, shim while it holds) */
    uint64_t xen_wait_ns; /* ns runnable without running in Xen, longest since LEND; since 1.1 */
};
IRX_OFFSET(struct irx_vcpu, tsc_offset, 56);
IRX_OFFSET(struct irx_vcpu, singleshot_deadline, 88);
IRX_OFFSET(struct irx_vcpu, vcpu_info_gfn, 128);
IRX_OFFSET(struct irx_vcpu, fifo_tail, 160);
IRX_OFFSET(struct irx_vcpu, stop_tsc, 272);
IRX_OFFSET(struct irx_vcpu, served, 304);
IRX_OFFSET(struct irx_vcpu, msr_count, 696);
IRX_OFFSET(struct irx_vcpu, cpu, 704);
IRX_OFFSET(struct irx_vcpu, lapic_regs, 1760);
IRX_OFFSET(struct irx_vcpu, tsc_adjust, 3024);
IRX_OFFSET(struct irx_vcpu, xsave, 3544);
IRX_OFFSET(struct irx_vcpu, guest_time_offset, 7640);
IRX_OFFSET(struct irx_vcpu, debugctl, 7648);
IRX_OFFSET(struct irx_vcpu, cpus_allowed, 7688);
IRX_OFFSET(struct irx_vcpu, apic_timer, 7720);
IRX_OFFSET(struct irx_vcpu, xen_wait_ns, 7744);
IRX_SIZE(struct irx_vcpu, 7752);

#endif
