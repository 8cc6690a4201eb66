/* SPDX-License-Identifier: MIT */
/*
 * Records of the late section: what B needs to rebuild the domains, beyond the
 * live tables (live.h) that the shim shares: those hold memory, policy, event
 * channels, timers and vCPU state. irx_record.instance is the domid.
 * Writer: A, at kexec, with dom0 saved. Reader: B, once it has a heap.
 * Life: one handoff, until B has claimed the domain.
 */
#ifndef INTERREX_ABI_LATE_H
#define INTERREX_ABI_LATE_H

#include "early.h"
#include "live.h"

/*
 * Domains in ascending order of domid, all records of one together, its
 * IRX_REC_DOMAIN first. The comment of each says its payload: tools/describe.py.
 */
#define IRX_REC_DOMAIN       0x101u /* struct irx_domain_record; first */
#define IRX_REC_AFFINITY     0x102u /* struct irx_affinity[]: one a vCPU */
#define IRX_REC_SCHED        0x103u /* struct irx_sched: share of its pool's CPUs */
#define IRX_REC_GRANT_TABLE  0x110u /* struct irx_grant_table */
#define IRX_REC_GRANT_FRAMES 0x111u /* struct irx_grant_frame[] */
#define IRX_REC_GRANT_ACTIVE 0x112u /* struct irx_grant_active[] */
#define IRX_REC_MAPTRACK     0x113u /* struct irx_maptrack[] */
#define IRX_REC_FOREIGN      0x114u /* struct irx_foreign[] */
#define IRX_REC_HVM_CONTEXT  0x120u /* bytes: HVM save records of the domain, not its vCPUs' */
#define IRX_REC_VIOAPIC      0x121u /* struct irx_vioapic; many: one a chip; dom0 */
#define IRX_REC_PIRQ         0x122u /* struct irx_pirq[]: dom0 */
#define IRX_REC_RIGHTS       0x123u /* struct irx_right[]: dom0 */
#define IRX_REC_E820         0x124u /* struct irx_memmap_entry[]: the map that dom0 sees */
#define IRX_REC_DOM0_STATE   0x125u /* struct irx_dom0_state */
#define IRX_REC_CPUPOOLS     0x126u /* struct irx_cpupool[]: all of the host, with dom0's records */
#define IRX_REC_PCI_DEVICE   0x130u /* struct irx_pci_device[]: dom0 */
#define IRX_REC_PCI_MSIX     0x131u /* struct irx_pci_msix[]: dom0 */
#define IRX_REC_PV_DOMAIN    0x140u /* struct irx_pv_domain; since 1.1 */
#define IRX_REC_PV_FRAMES    0x141u /* struct irx_pv_run[]; since 1.1 */
#define IRX_REC_PV_TABLES    0x142u /* struct irx_pv_table[]; since 1.1 */
#define IRX_REC_PV_VCPU      0x143u /* struct irx_pv_vcpu[]; since 1.1: one a vCPU */
#define IRX_REC_PV_PIRQ      0x144u /* struct irx_pv_pirq[]; since 1.1: dom0 */
#define IRX_REC_PV_MMCFG     0x145u /* struct irx_pv_mmcfg[]; since 1.1: dom0 */

/* irx_domain_record.disposition */
#define IRX_DISPOSITION_RUN    0u /* runs as soon as it is claimed */
#define IRX_DISPOSITION_PAUSED 1u /* stays paused by the toolstack (pause_count of `xl pause`) */

/* What domain_create() and the toolstack were told. Values are Xen's public ones. */
struct irx_domain_record {
    uint16_t domid;
    uint16_t disposition; /* IRX_DISPOSITION_* */
    uint32_t entry;       /* index in irx_anchor.domains */
    uint8_t handle[16];
    uint32_t flags; /* XEN_DOMCTL_CDF_* */
    uint32_t iommu_opts;
    uint32_t max_vcpus;
    uint32_t max_evtchn_port;
    int32_t max_grant_frames;
    int32_t max_maptrack_frames;
    uint32_t grant_opts;
    uint32_t cpupool_id;      /* its own; while held it is in Pool-0 */
    uint32_t emulation_flags; /* XEN_X86_EMU_* */
    uint32_t misc_flags;      /* XEN_X86_* */
    uint32_t ssidref;
    uint32_t tsc_mode;
    uint64_t max_pages;
    uint64_t paging_pool_pages; /* HAP pool */
    int64_t time_offset_seconds;
    uint32_t tsc_khz;
    uint32_t tsc_incarnation;
    uint64_t vtsc_offset;
    uint32_t shutdown_code; /* ~0 = none */
    uint32_t controller_pause_count;
    uint64_t vm_assist;
    uint32_t suspend_evtchn;
    uint32_t vmtrace_size;
    uint32_t hv_limit;      /* toolstack's limit of the leaves 0x40000000..., 0 = default */
    uint32_t hv2_limit;     /* the same for 0x40000100... */
    uint64_t node_affinity; /* bit a NUMA node; 0 = automatic: follows the vCPUs' affinities */
    uint32_t target;        /* domid that it is privileged for (XEN_DOMCTL_set_target); ~0 = none */
    uint32_t virqs;         /* bit a global VIRQ that goes to it, not to dom0 */
};
IRX_OFFSET(struct irx_domain_record, flags, 24);
IRX_OFFSET(struct irx_domain_record, max_pages, 72);
IRX_OFFSET(struct irx_domain_record, vtsc_offset, 104);
IRX_OFFSET(struct irx_domain_record, node_affinity, 144);
IRX_SIZE(struct irx_domain_record, 160);

/* Hard and soft affinity of a vCPU, bit = APIC-id order of IRX_REC_CPUS (256 CPUs). */
struct irx_affinity {
    uint32_t vcpu_id;
    uint32_t hard_all; /* 1: every CPU, now and later */
    uint32_t soft_all;
    uint32_t reserved;
    uint64_t hard[4];
    uint64_t soft[4];
};
IRX_SIZE(struct irx_affinity, 80);

/* sched_id of the records below: XEN_SCHEDULER_* of public/domctl.h. Others are not carried. */
#define IRX_SCHED_CREDIT  5u
#define IRX_SCHED_CREDIT2 6u

/* A domain's parameters, in the scheduler of its pool. */
struct irx_sched {
    uint32_t sched_id; /* IRX_SCHED_* */
    uint32_t reserved;
    /* the member of xen_domctl_scheduler_op.u that belongs to the scheduler, zero-padded */
    uint32_t params[4];
};
IRX_OFFSET(struct irx_sched, params, 8);
IRX_SIZE(struct irx_sched, 24);

/* irx_cpupool.granularity */
#define IRX_GRANULARITY_CPU    0u
#define IRX_GRANULARITY_CORE   1u
#define IRX_GRANULARITY_SOCKET 2u

/*
 * A CPU pool as it was before anything was lent. In ascending order of id, Pool-0
 * first; a CPU of no pool is a free one.
 */
struct irx_cpupool {
    uint32_t id;
    uint32_t sched_id;    /* IRX_SCHED_* */
    uint32_t granularity; /* IRX_GRANULARITY_*, with one CPU a scheduling resource */
    uint32_t reserved;
    /* the member of xen_sysctl_scheduler_op.u that belongs to the scheduler, zero-padded */
    uint32_t params[4];
    uint64_t cpus[4]; /* bit = as in irx_affinity */
};
IRX_OFFSET(struct irx_cpupool, params, 16);
IRX_OFFSET(struct irx_cpupool, cpus, 32);
IRX_SIZE(struct irx_cpupool, 64);

struct irx_grant_table {
    uint32_t version;   /* 0 = not yet chosen by the guest, 1, 2 */
    uint32_t nr_frames; /* IRX_REC_GRANT_FRAMES entries that are not status frames */
    uint32_t nr_status_frames;
    uint32_t maptrack_limit;
};
IRX_SIZE(struct irx_grant_table, 16);

struct irx_grant_frame {
    uint64_t mfn; /* frame of the sending Xen, preserved: B adopts it */
    uint64_t gfn; /* ~0 = not mapped in the guest */
    uint32_t index;
    uint32_t status; /* 1: a status frame of version 2 */
};
IRX_SIZE(struct irx_grant_frame, 24);

/* An active entry: a grant that is mapped. */
struct irx_grant_active {
    uint32_t ref;
    uint32_t pin;   /* four 8-bit counts, as GNTPIN_*: internal to Xen, the same from 3.0 on */
    uint16_t domid; /* of the mapper */
    uint16_t start;
    uint16_t length;
    uint16_t is_sub_page;
    uint64_t mfn;
    uint64_t gfn;
    uint32_t trans_gref;
    uint16_t trans_domid;
    uint16_t reserved;
};
IRX_SIZE(struct irx_grant_active, 40);

/* A maptrack entry: a mapping that this domain holds, by handle. */
struct irx_maptrack {
    uint32_t handle;
    uint32_t ref;
    uint16_t domid; /* granter */
    uint16_t flags; /* GNTMAP_* */
    uint32_t vcpu_id;
};
IRX_SIZE(struct irx_maptrack, 16);

/* A foreign mapping in this domain's p2m. */
struct irx_foreign {
    uint64_t gfn;
    uint64_t mfn;
    uint16_t owner;
    uint16_t reserved[3];
};
IRX_SIZE(struct irx_foreign, 24);

/* A virtual IO-APIC of dom0. */
struct irx_vioapic {
    uint64_t base_address;
    uint32_t id;
    uint32_t base_gsi;
    uint32_t nr_pins; /* at most 128 */
    uint32_t ioregsel;
    uint64_t redirtbl[128];
    uint8_t gsi_assert_count[128];
};
IRX_SIZE(struct irx_vioapic, 1176);

struct irx_pirq {
    uint32_t pirq;
    uint32_t gsi; /* ~0 = none */
    uint32_t evtchn;
    uint32_t flags; /* bit 0: bound to the IO-APIC pin (dpci); bit 1: level; bit 2: active low */
};
IRX_SIZE(struct irx_pirq, 16);

/* irx_right.kind */
#define IRX_RIGHT_IOMEM  0u /* mfn range */
#define IRX_RIGHT_IOPORT 1u
#define IRX_RIGHT_IRQ    2u

struct irx_right {
    uint64_t first;
    uint64_t last; /* inclusive */
    uint32_t kind;
    uint32_t reserved;
};
IRX_SIZE(struct irx_right, 24);

/* irx_pci_device.flags */
#define IRX_PCI_F_EXTFN        1u  /* XEN_PCI_DEV_EXTFN */
#define IRX_PCI_F_VIRTFN       2u  /* XEN_PCI_DEV_VIRTFN: physfn holds */
#define IRX_PCI_F_MSI          4u  /* dom0 has MSI turned on */
#define IRX_PCI_F_MSIX         8u  /* dom0 has MSI-X turned on */
#define IRX_PCI_F_MSIX_MASKALL 16u /* and all of it masked */
#define IRX_PCI_F_MSIX_READY   32u /* PV dom0: made ready for another (PHYSDEVOP_prepare_msix) */

/*
 * A PCI function that dom0 told Xen of, with the MSI registers as dom0 wrote
 * them (a PV dom0 does not: address, data and mask are 0). Its BARs and command register are the hardware's. In
 * the order in which dom0 told of them. While nobody runs it, its interrupts are off: MSI-X vectors
 * and maskable MSI masked, other MSI turned off.
 */
struct irx_pci_device {
    uint32_t sbdf; /* segment << 16 | bus << 8 | device << 3 | function */
    uint32_t flags;
    uint16_t physfn;      /* bus << 8 | device << 3 | function, in the same segment */
    uint16_t msi_vectors; /* 0: it has no MSI; else 1, 2, 4, 8, 16 or 32 */
    uint16_t msi_data;
    uint16_t reserved;
    uint32_t msi_mask;
    uint32_t reserved1;
    uint64_t msi_address;
};
IRX_OFFSET(struct irx_pci_device, msi_address, 24);
IRX_SIZE(struct irx_pci_device, 32);

/* An entry of a function's MSI-X table that dom0 wrote, as dom0 wrote it. */
struct irx_pci_msix {
    uint32_t sbdf; /* of an irx_pci_device */
    uint32_t entry;
    uint64_t address;
    uint32_t data;
    uint32_t masked; /* 1: by its own mask bit */
};
IRX_SIZE(struct irx_pci_msix, 24);

/* ---- PV domains (IRX_DOMF_PV): gfn is mfn in all other records and tables; since 1.1 ---- */

/* irx_pv_domain.flags */
#define IRX_PV_F_EOI_MAP     1u /* eoi_map_mfn holds (PHYSDEVOP_pirq_eoi_gmfn_v1 or _v2) */
#define IRX_PV_F_AUTO_UNMASK 2u /* of them _v1: EOI also unmasks the port */

#define IRX_PV_PIT_SIZE 56u /* struct hvm_hw_pit, public/arch-x86/hvm/save.h */

/* What of a PV domain is in no other record. */
struct irx_pv_domain {
    uint32_t flags;      /* IRX_PV_F_* */
    uint32_t cf8;        /* latch of the PCI configuration address port */
    uint32_t cmos_index; /* latch of the CMOS index port, up to 255 */
    uint32_t tables[4];  /* page tables by level, L1 first: a check */
    uint32_t reserved;
    uint64_t eoi_map_mfn; /* frame of the domain's own */
    uint64_t kernel_pte;  /* bits of L1 entries that Xen sets for itself: of the guest's kernel */
    uint64_t grant_pte;   /* and of mapped grants; 0: it does not mark them */
    uint8_t pit[IRX_PV_PIT_SIZE];
};
IRX_OFFSET(struct irx_pv_domain, tables, 12);
IRX_OFFSET(struct irx_pv_domain, eoi_map_mfn, 32);
IRX_OFFSET(struct irx_pv_domain, pit, 56);
IRX_SIZE(struct irx_pv_domain, 112);

/* irx_pv_run.flags */
/* the domain gave the pages back, and something still refers to them */
#define IRX_PV_RUN_GIVEN_UP 1u

/*
 * Frames of the domain and what the machine-to-physical table says of them: frame mfn + i is pfn + i * step.
 * In ascending order, not overlapping; all frames of its extents.
 */
struct irx_pv_run {
    uint64_t mfn;
    uint64_t pfn; /* ~0: none */
    uint32_t nr;
    int16_t step; /* 1, -1, 0: all the same */
    uint16_t flags;
};
IRX_OFFSET(struct irx_pv_run, nr, 16);
IRX_SIZE(struct irx_pv_run, 24);

/* A page table, in ascending order of frames: its type, as in XEN_DOMCTL_PFINFO_L1TAB to L4TAB and LPINTAB. */
struct irx_pv_table {
    uint64_t mfn;
    uint16_t level; /* 1 to 4 */
    uint16_t pinned;
    uint32_t reserved;
};
IRX_SIZE(struct irx_pv_table, 16);

#define IRX_PV_CONTEXT_SIZE 5168u /* struct vcpu_guest_context, public/arch-x86/xen.h, 64 bit */
#define IRX_PV_ASYNC        2u    /* exceptions with a mask of their own: NMI, machine check */

/* irx_pv_vcpu.flags */
#define IRX_PV_SYSENTER_MASKS  1u /* the callback is entered with events masked */
#define IRX_PV_SYSCALL32_MASKS 2u

/* A vCPU's state; XSAVE and MSRs are in its irx_vcpu, without IRX_VCPUF_INITIALISED nothing here holds. */
struct irx_pv_vcpu {
    uint32_t vcpu_id;
    uint32_t flags; /* IRX_PV_*_MASKS */
    uint64_t sysenter_eip;
    uint64_t syscall32_eip;
    uint16_t sysenter_cs;
    uint16_t syscall32_cs;
    /* an exception that waits to be delivered: struct trap_bounce of Xen's asm/domain.h */
    uint16_t bounce_cs;
    uint16_t bounce_flags; /* TBF_*: 1 an exception, 2 with an error code, 8 with events masked */
    uint32_t bounce_error;
    uint32_t iobmp_limit; /* ports in the I/O bitmap (PHYSDEVOP_set_iobitmap) */
    uint64_t bounce_eip;
    uint64_t iobmp;            /* where the guest has it */
    uint8_t async_mask;        /* bit n: exception n + 1 is being handled */
    uint8_t async_pending;     /* bit n: it waits */
    uint8_t async_old_mask[6]; /* the masks before each */
    uint8_t context[IRX_PV_CONTEXT_SIZE];
};
IRX_OFFSET(struct irx_pv_vcpu, sysenter_cs, 24);
IRX_OFFSET(struct irx_pv_vcpu, bounce_eip, 40);
IRX_OFFSET(struct irx_pv_vcpu, context, 64);
IRX_SIZE(struct irx_pv_vcpu, 5232);

/* irx_pv_pirq.kind */
#define IRX_PIRQ_GSI  0u /* entry is the GSI */
#define IRX_PIRQ_MSI  1u
#define IRX_PIRQ_MSIX 2u /* entry is that of the table */
#define IRX_PIRQ_NONE 3u /* a number that the domain has taken, and mapped nothing to yet */

/* irx_pv_pirq.flags */
#define IRX_PIRQ_F_LEVEL     1u  /* GSI: level-triggered */
#define IRX_PIRQ_F_LOW       2u  /* GSI: active low */
#define IRX_PIRQ_F_BOUND     4u  /* to port evtchn */
#define IRX_PIRQ_F_SHAREABLE 8u  /* BIND_PIRQ__WILL_SHARE */
#define IRX_PIRQ_F_MASKED    16u /* by the guest: MSI and MSI-X */
#define IRX_PIRQ_F_SET_UP    32u /* GSI: its pin is set up, as the two above say */

/* An interrupt of a device, mapped into a PV domain (PHYSDEVOP_map_pirq). In ascending order of pirq. */
struct irx_pv_pirq {
    uint32_t pirq;
    uint32_t kind; /* IRX_PIRQ_* */
    uint32_t entry;
    uint32_t flags; /* IRX_PIRQ_F_* */
    uint32_t evtchn;
    uint32_t sbdf;       /* of MSI and MSI-X: an irx_pci_device */
    uint64_t table_base; /* MSI-X: address of the BAR with the table, as the guest told it */
};
IRX_OFFSET(struct irx_pv_pirq, table_base, 24);
IRX_SIZE(struct irx_pv_pirq, 32);

/* Extended configuration space that the domain told Xen is reserved (PHYSDEVOP_pci_mmcfg_reserved). */
struct irx_pv_mmcfg {
    uint64_t address;
    uint16_t segment;
    uint8_t start_bus;
    uint8_t end_bus;
    uint32_t flags; /* XEN_PCI_MMCFG_RESERVED */
};
IRX_OFFSET(struct irx_pv_mmcfg, segment, 8);
IRX_SIZE(struct irx_pv_mmcfg, 16);

struct irx_dom0_state {
    uint64_t start_info_gpa; /* 0 = not needed any more */
    uint32_t acpi_pm_base;
    uint32_t reserved;
};
IRX_SIZE(struct irx_dom0_state, 16);

#endif
