/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the whole shim shares: the region, its tables, the host's features.
 * Written once by the first CPU (run/start.c), read by all.
 */
#ifndef SHIM_CORE_SHIM_H
#define SHIM_CORE_SHIM_H

#include <interrex/abi/live.h>

#include "lock.h"
#include "pte.h"
#include "types.h"

struct pcpu;
struct dom;
struct vcpu;

struct host_features {
    bool page_1g;        /* CPUID 0x80000001 EDX[26]: 1 GiB pages */
    bool xsave;          /* CPUID 1 ECX[26] */
    bool tsc_deadline;   /* CPUID 1 ECX[24] */
    bool rdtscp;         /* CPUID 0x80000001 EDX[27]: MSR_TSC_AUX exists */
    bool ibpb;           /* CPUID 0x80000008 EBX[12] */
    bool fpu_ptrs_bug;   /* no CPUID 0x80000008 EBX[2]: Xen's X86_BUG_FPU_PTRS */
    uint8_t phys_bits;   /* CPUID 0x80000008 EAX[7:0] */
    uint32_t mxcsr_mask; /* bits that MXCSR has: APM volume 2, 11.4.4 */
};

struct shim {
    struct irx_anchor *anchor;
    paddr_t region_base;
    uint64_t region_size;
    paddr_t cpus, domains, vcpus; /* tables, strides below */
    uint32_t cpu_stride, domain_stride, vcpu_stride;
    uint32_t cpu_count, domain_count, vcpu_count;
    struct host_features host;
    struct npt_format npt; /* the vendor's */
    uint64_t tsc_khz;
    struct lock mailbox_lock;
    struct pcpu **pcpu; /* [cpu_count], null until the CPU was lent once */
    struct dom *doms;   /* [domain_count] */
    tsc_t rung;         /* when Xen was rung last (atomic) */
    uint32_t building;  /* domains in a phase that is done in pieces (atomic) */
    uint32_t *leaving;  /* a core whose CPUs let themselves go; NULL (recover.c, atomic) */
    bool deaf_said;     /* that nothing is done (recover.c) */
    bool deaf_for_good; /* nothing ever will be (recover.c) */
    /* CPU time, see credit.h (atomic) */
    uint64_t round;          /* of giving credit */
    uint32_t highest_weight; /* of all held domains */
    uint32_t waiting;        /* vCPUs that wait for a CPU */
};

extern struct shim shim;

/* What the CPU that asks has; all have the same. h was zeroed. */
void host_features_read(struct host_features *h);

/* R is of a Xen that knows this version: its fields are there. */
static inline bool shim_has(uint32_t version)
{
    return shim.anchor->version >= version;
}

static inline struct irx_cpu *shim_cpu_rec(uint32_t i)
{
    return (struct irx_cpu *)(uintptr_t)(shim.cpus + (uint64_t)i * shim.cpu_stride);
}

static inline struct irx_domain *shim_domain_rec(uint32_t i)
{
    return (struct irx_domain *)(uintptr_t)(shim.domains + (uint64_t)i * shim.domain_stride);
}

static inline struct irx_vcpu *shim_vcpu_rec(uint32_t i)
{
    return (struct irx_vcpu *)(uintptr_t)(shim.vcpus + (uint64_t)i * shim.vcpu_stride);
}

/* Is [addr, addr + size) outside R altogether? */
static inline bool outside_region(paddr_t addr, uint64_t size)
{
    return addr + size <= shim.region_base || addr >= shim.region_base + shim.region_size;
}

#endif
