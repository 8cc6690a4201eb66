/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host for the tests: R with its tables, two held CPUs, and domains as Xen would
 * hand them over. Each test starts from env_setup() and breaks what it is about.
 */
#ifndef TESTS_ENV_H
#define TESTS_ENV_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/domain.h"
#include "core/xenabi.h"
#include "machine/machine.h"

#define ENV_REGION      0x40000000ull
#define ENV_REGION_SIZE 0x01c00000ull
#define ENV_MEMORY      0x50000000ull /* machine memory of the guests */
#define ENV_MEMORY_SIZE 0x02000000ull
#define ENV_CPUS        4u       /* entries; 0 and 1 are held after env_setup() */
#define ENV_DOMAINS     8u       /* entries */
#define ENV_VCPUS       64u      /* the most that one has */
#define ENV_KHZ         1000000u /* 1 TSC tick is 1 ns */

/* Guest frames of the standard guest */
#define GFN_PML4      1u
#define GFN_CODE      8u
#define GFN_DATA      9u
#define GFN_SHARED    16u
#define GFN_INFO      17u /* vcpu_info of vCPU v at v * 64 */
#define GFN_CONTROL   18u /* FIFO control block of vCPU v at v * 128 */
#define GFN_ARRAY     19u
#define ENV_PAGES     1024u /* of a guest */
#define ENV_PORTS     256u
#define ENV_UPCALL    0xf3u
#define NOT_MAPPED_VA 0x700000000000ull

/* CPU 1 takes no vCPUs, so that those of CPU 0 stay there, until it is opened. */
int env_setup(void **state);
void env_open_cpu(uint32_t i);
int env_teardown(void **state);
#define ENV_CASE(f) cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)

/* Fills an entry of the table for a domain with these vCPUs, not yet handed over. 2-level, callback
   vector. */
struct irx_domain *env_domain(uint32_t entry, uint16_t domid, uint32_t vcpus);
/* The same domain uses FIFO event channels and an upcall vector. */
void env_use_fifo(struct irx_domain *d);
/* The host has XSAVE with components 7, and more where xcr0_accum says so; the domain's policy too;
   the vCPU has used xcr0_accum. Returns its image. */
uint8_t *env_use_xsave(struct irx_domain *d, uint32_t vcpu, uint64_t xcr0, uint64_t xcr0_accum);
/* Other extents for it, of a page each with holes between them, not mapped; other ports, closed. */
struct irx_extent *env_more_extents(struct irx_domain *d, uint32_t n);
struct irx_port *env_more_ports(struct irx_domain *d, uint32_t n);
/* After a change: makes the CRCs right again. */
void env_seal(struct irx_domain *d);
struct irx_vcpu *env_vcpu_rec(const struct irx_domain *d, uint32_t i);
struct irx_extent *env_extents(const struct irx_domain *d);
struct irx_port *env_ports(const struct irx_domain *d);
xen_cpuid_leaf_t *env_leaves(const struct irx_domain *d);
xen_msr_entry_t *env_msrs(const struct irx_domain *d); /* room for two; none are there */
void env_add_leaf(struct irx_domain *d, xen_cpuid_leaf_t leaf);

/* PREPARING up to PREPARED or FAILED, and ENTERING up to RUNNING or FAILED. */
void env_prepare(struct irx_domain *d);
void env_enter(struct irx_domain *d);
/* Both, and it must run. */
struct dom *env_run(struct irx_domain *d);
void env_freeze(struct irx_domain *d);

struct pcpu *env_cpu(uint32_t i);
/* One more CPU is held. */
void env_add_cpu(uint32_t i);
/* Makes CPU i the one whose code runs. */
struct pcpu *env_on(uint32_t i);
/* The vCPU of a running domain, loaded on CPU 0 as if it had just exited. */
struct vcpu *env_current(struct dom *d, uint32_t vcpu);
struct vcpu *env_vcpu(struct dom *d, uint32_t i);

/* Guest memory of the domain of an entry, by guest frame. */
void *env_page(uint32_t entry, uint64_t gfn);
/* Code at the vCPU's RIP. */
void env_code(struct vcpu *v, const void *bytes, unsigned int len);
#define CODE(v, ...)                                                                               \
    do {                                                                                           \
        static const uint8_t bytes_[] = {__VA_ARGS__};                                             \
        env_code(v, bytes_, sizeof(bytes_));                                                       \
    } while (0)

/* A linear address in the guest's data page. */
uint64_t env_data_va(unsigned int offset);

#endif
