/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world around our files on the host: memory, CPUs, domains and their p2m in
 * the place of Xen's. world_begin() and world_end() are the fixture of each case.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <xen/pfn.h>
#include <xen/sched.h>

#include <asm/p2m.h>
#include <asm/smp.h>

/* A new world: memory all zero, four CPUs with APIC ids 0, 2, 4, 6, no domain; data of the boot as it was. */
int world_begin(void **state);
/* Nobody may have a reference to a domain, a lock, or a piece of memory any more. */
int world_end(void **state);
#define CASE(test)                                                            \
    cmocka_unit_test_setup_teardown(test, world_begin, world_end)

/* Another Xen boots on this machine: data of the boot as it was at first, memory as it is. */
void world_boot(void);

/* What printk() said. */
extern char world_log[4096];

/* Runs a statement that has to end in a panic; its words are in world_log. */
#define expect_panic(statement)                                               \
    do                                                                        \
    {                                                                         \
        world_panic_expected = true;                                          \
        if ( !setjmp(world_panicked) )                                        \
        {                                                                     \
            statement;                                                        \
            fail_msg("no panic: " #statement);                                \
        }                                                                     \
        world_panic_expected = false;                                         \
    } while ( 0 )
extern bool world_panic_expected;
extern jmp_buf world_panicked;

/* A domain with so many vCPUs, in Pool-0; it goes at world_end(). */
struct domain *world_domain(domid_t id, unsigned int vcpus);

/* ---- Memory ---- */

/*
 * Frames from mfn on exist. They are d's, in Xen's heap or not; or nobody's (NULL), as
 * those that are preserved in a Xen that boots.
 */
void world_pages(unsigned long mfn, unsigned int nr, struct domain *d,
                 bool xen_heap);

/* One entry of a p2m: 1 << order pages from gfn and mfn on, both aligned to that. */
struct world_entry {
    unsigned long gfn, mfn;
    unsigned int order;
    p2m_type_t type;
    p2m_access_t access;
};
/* d's p2m, in the order of gfns. entries stays as long as d. */
void world_p2m(struct domain *d, const struct world_entry *entries,
               unsigned int nr);

/* What p2m_set_entry() was told, in turn; in Xen's tables each of them was aligned to its order. */
#define WORLD_SET 1024
extern struct world_entry world_set[WORLD_SET];
extern unsigned int world_nr_set;
/* The n-th p2m_set_entry() from now on fails with -ENOMEM; 0: none. */
extern unsigned int world_p2m_fails;

/* The frame's place, as set_gpfn_from_mfn() said; ~0: nothing was said. */
unsigned long world_gpfn(unsigned long mfn);

/* What was asked of Xen's memory at boot, in turn. */
struct world_range {
    uint64_t start, end; /* addresses */
};
#define WORLD_RANGES 256
extern struct world_range world_mapped[WORLD_RANGES], world_heap[WORLD_RANGES];
extern unsigned int world_nr_mapped, world_nr_heap;
/* Pieces of memory that bootstrap_map() gave and that are still valid. */
extern unsigned int world_bootstrap_maps;

/* The n-th allocation from now on fails; 0: none. */
extern unsigned int world_alloc_fails;
extern unsigned int world_softirqs;

/* This Xen's image. */
extern paddr_t world_xen_start, world_xen_end;

#endif
