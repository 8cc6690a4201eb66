/* SPDX-License-Identifier: MIT */
/*
 * Records of the early section: all that B needs before its first allocation.
 * Writer: A, at kexec. Reader: B, in __start_xen before the boot allocator.
 * Life: one handoff, until B has a heap. irx_record.instance is 0.
 */
#ifndef INTERREX_ABI_EARLY_H
#define INTERREX_ABI_EARLY_H

#include "anchor.h"

#define IRX_REC_PRESERVED 1u /* struct irx_preserved[] */
#define IRX_REC_MEMMAP    2u /* struct irx_memmap_entry[] */
#define IRX_REC_CPUS      3u /* struct irx_cpu_record[] */
#define IRX_REC_TIME      4u /* struct irx_time_record */
#define IRX_REC_FIRMWARE  5u /* struct irx_firmware_record */
#define IRX_REC_CONSOLE   6u /* struct irx_console_record */

/* irx_preserved.kind */
#define IRX_PRESERVED_DOMAIN   0u /* a domain's page: becomes its page again */
#define IRX_PRESERVED_XEN_PAGE 1u /* IRX_P2M_XEN_PAGE: B adopts it as a page of its own heap */

/* Memory that B must not hand out. Sorted by mfn, not overlapping, R itself not among them. */
struct irx_preserved {
    uint64_t mfn;
    uint64_t nr;    /* pages, at least 1 */
    uint16_t owner; /* domid */
    uint16_t kind;  /* IRX_PRESERVED_* */
    uint32_t reserved;
};
IRX_SIZE(struct irx_preserved, 24);

/* The host's memory map as firmware gave it to the first Xen (E820 types), sorted by addr. */
struct irx_memmap_entry {
    uint64_t addr;
    uint64_t size;
    uint32_t type; /* E820_* */
    uint32_t reserved;
};
IRX_SIZE(struct irx_memmap_entry, 24);

/* A CPU of the host. */
struct irx_cpu_record {
    uint32_t apic_id;
    uint32_t held;      /* 1: runs the shim; B sends nothing to it until it is released */
    uint32_t cpu_entry; /* index in irx_anchor.cpus, ~0 = none */
    uint32_t offline;   /* 1: neither online nor held: B starts it, and takes it offline again */
};
IRX_SIZE(struct irx_cpu_record, 16);

/* Time: B's system time and wall clock continue A's. */
struct irx_time_record {
    uint64_t tsc_khz;
    struct irx_time_scale scale; /* boot CPU's */
    uint64_t wc_sec;             /* wall clock at system time 0: seconds since 1970 */
    uint32_t wc_nsec;
    uint32_t reserved;
    uint64_t apic_timer_hz; /* local APIC timer input, Hz; 0 = B calibrates itself */
};
IRX_SIZE(struct irx_time_record, 56);

struct irx_firmware_record {
    uint64_t rsdp;         /* physical address of the ACPI RSDP */
    uint64_t efi_table;    /* EFI system table, 0 = booted by a BIOS */
    uint64_t smbios;       /* 0 = look for it */
    uint32_t bda_ebda_seg; /* BIOS data area word 0x40e */
    uint32_t bda_base_kib; /* BIOS data area word 0x413 */
};
IRX_SIZE(struct irx_firmware_record, 32);

struct irx_console_record {
    uint8_t xen_cmdline[1024]; /* A's command line, zero-terminated: for the log */
};
IRX_SIZE(struct irx_console_record, 1024);

#endif
