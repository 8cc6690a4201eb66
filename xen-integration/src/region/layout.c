/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Layout of R. What the shim and Xen share comes first, so that one bound tells
 * what dom0 may read; the image slots come last and take all that is left.
 */
#include <xen/cpumask.h>
#include <xen/pfn.h>

#include "region/region.h"

#define MIN_CPUS     64
#define MIN_VCPUS    256
#define LOG_SIZE     KB(64)
#define ENTRY_SIZE   (16 * PAGE_SIZE) /* see lend/entry.c */
#define SHIM_SIZE    MB(2)
#define SLOT_MIN     MB(16)
#define FALLBACK_MIN MB(8)
#define FAILURE_TEXT KB(16) /* the end of a console */

/*
 * Per entry of a table, what the shim keeps for it in its heap: stack and save areas,
 * VMCB and bitmaps, roots.
 */
#define HEAP_PER_CPU    KB(80)
#define HEAP_PER_VCPU   KB(24)
#define HEAP_PER_DOMAIN KB(32)

static struct irx_span span_add(uint64_t *off, uint64_t size, uint64_t align)
{
    struct irx_span span;

    *off = ROUNDUP(*off, align);
    span = (struct irx_span){ .off = *off, .size = size };
    *off += size;

    return span;
}

static struct irx_table table_add(uint64_t *off, size_t entry, uint32_t count)
{
    struct irx_table table = {
        .stride = ROUNDUP(entry, 64),
        .count = count,
    };

    table.off = span_add(off, (uint64_t)table.stride * count, PAGE_SIZE).off;

    return table;
}

/*
 * Nested page tables in the worst case, every page mapped alone, take 1/512 of
 * the memory; with 2 MiB pages, 1/512 of that. A quarter of R is the limit: a
 * host that is both large and that fragmented is told so when it prepares.
 */
static uint64_t heap_size(const struct irx_anchor *a, uint64_t region_size)
{
    uint64_t tables = (uint64_t)total_pages * PAGE_SIZE / 512;
    uint64_t fixed = (uint64_t)a->cpus.count * HEAP_PER_CPU +
                     (uint64_t)a->vcpus.count * HEAP_PER_VCPU +
                     (uint64_t)a->domains.count * HEAP_PER_DOMAIN;

    tables += tables / 512;

    return ROUNDUP(fixed + min(tables, region_size / 4), MB(2));
}

int interrex_layout(struct irx_anchor *a, uint64_t region_size, uint64_t *need)
{
    uint64_t off = PAGE_SIZE, rest;
    unsigned int i;

    a->cpus = table_add(&off, sizeof(struct irx_cpu),
                        max_t(unsigned int, nr_cpu_ids, MIN_CPUS));
    a->domains = table_add(&off, sizeof(struct irx_domain),
                           INTERREX_MAX_DOMAINS);
    a->vcpus = table_add(&off, sizeof(struct irx_vcpu),
                         max_t(unsigned int, MIN_VCPUS,
                               region_size / INTERREX_REGION_PER_VCPU));
    a->log = span_add(&off, sizeof(struct irx_log) + LOG_SIZE, PAGE_SIZE);
    a->failure = span_add(
        &off, ROUNDUP(sizeof(struct irx_failure) + FAILURE_TEXT, PAGE_SIZE),
        PAGE_SIZE);
    a->data = span_add(
        &off, max_t(uint64_t, MB(4), region_size / INTERREX_DATA_SHARE),
        PAGE_SIZE);
    a->early = span_add(
        &off, max_t(uint64_t, MB(2), region_size / INTERREX_EARLY_SHARE),
        PAGE_SIZE);
    a->late = span_add(
        &off, max_t(uint64_t, MB(2), region_size / INTERREX_LATE_SHARE),
        PAGE_SIZE);
    a->entry = span_add(&off, ENTRY_SIZE, PAGE_SIZE);
    a->shim = span_add(&off, SHIM_SIZE, MB(2));
    a->shim_heap = span_add(&off, heap_size(a, region_size), MB(2));

    *need = off + 2 * SLOT_MIN;
    if ( *need > region_size )
        return -ENOSPC;

    /* An image without modules: half of a slot. A small R goes without. */
    rest = region_size - off;
    a->fallback = (struct irx_span){};
    if ( rest >= 2 * SLOT_MIN + FALLBACK_MIN )
        a->fallback = span_add(
            &off, max_t(uint64_t, FALLBACK_MIN, rest / 5 & ~(MB(2) - 1)),
            MB(2));

    rest = (region_size - off) / 2 & ~(MB(2) - 1);
    for ( i = 0; i < ARRAY_SIZE(a->slots); i++ )
        a->slots[i].span = span_add(&off, rest, MB(2));

    return 0;
}

uint64_t interrex_layout_with_fallback(uint64_t region_size)
{
    struct irx_anchor a;
    uint64_t need;

    for ( ;; region_size += MB(2) )
    {
        memset(&a, 0, sizeof(a));
        if ( !interrex_layout(&a, region_size, &need) && a.fallback.size )
            return region_size;
    }
}
