/* SPDX-License-Identifier: GPL-2.0-only */
/* Nested tables from extents: what the guest reaches is what the extents say, no more. */
#include "env.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/npt.h"

#define MANY 3000u

static struct irx_extent extents[MANY];

static void build(struct dom *d, uint32_t count, unsigned int budget)
{
    memset(d, 0, sizeof(*d));
    d->extents = extents;
    d->extent_count = count;
    assert_int_equal(npt_init(d), 0);
    for (int rc = 1; rc;) {
        rc = npt_step(d, budget);
        assert_true(rc >= 0);
    }
}

/* The frame behind gfn by the extents themselves; ~0: none. */
static uint64_t expected(uint32_t count, uint64_t gfn, const struct irx_extent **found)
{
    for (uint32_t i = 0; i < count; i++) {
        if (gfn >= extents[i].gfn && gfn - extents[i].gfn < extents[i].nr) {
            *found = &extents[i];
            return extents[i].mfn + gfn - extents[i].gfn;
        }
    }
    return ~0ull;
}

static void check(const struct dom *d, uint32_t count, uint64_t gfn)
{
    const struct irx_extent *e = NULL;
    uint64_t want = expected(count, gfn, &e);
    bool writable;
    mfn_t mfn;

    if (want == ~0ull) {
        assert_false(npt_lookup(d, GFN(gfn), &mfn, &writable));
        return;
    }
    assert_true(npt_lookup(d, GFN(gfn), &mfn, &writable));
    assert_int_equal(mfn.v, want);
    assert_int_equal(writable, e->type != IRX_P2M_RAM_RO && e->type != IRX_P2M_GRANT_RO);
}

static void check_around(const struct dom *d, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct irx_extent *e = &extents[i];

        check(d, count, e->gfn);
        check(d, count, e->gfn + e->nr / 2);
        check(d, count, e->gfn + e->nr - 1);
        check(d, count, e->gfn + e->nr);
        if (e->gfn)
            check(d, count, e->gfn - 1);
    }
}

/* The level of the entry that maps gfn. */
static unsigned int level_of(const struct dom *d, uint64_t gfn)
{
    const uint64_t *table = (const uint64_t *)d->npt_root;

    for (unsigned int level = 4; level; level--) {
        uint64_t e = table[gfn >> (9 * (level - 1)) & 511];

        assert_true(e & shim.npt.present);
        if (level == 1 || (e & shim.npt.large))
            return level;
        table = (const uint64_t *)(e & PTE_ADDR);
    }
    return 0;
}

static void large_pages_where_aligned(void **state)
{
    struct dom d;

    (void)state;
    extents[0] = (struct irx_extent){.gfn = 0, .mfn = 0x100000, .nr = 0x80000}; /* 2 GiB */
    extents[1] = (struct irx_extent){.gfn = 0x80000, .mfn = 0x200200, .nr = 0x400};
    extents[2] = (struct irx_extent){.gfn = 0x80400, .mfn = 0x300001, .nr = 0x400};
    build(&d, 3, 100);
    check_around(&d, 3);
    assert_int_equal(level_of(&d, 0), 3);
    assert_int_equal(level_of(&d, 0x7ffff), 3);
    assert_int_equal(level_of(&d, 0x80000), 2);
    assert_int_equal(level_of(&d, 0x80400), 1);
    /* Root, one table of level 3, of level 2, and two of level 1. */
    assert_int_equal(d.npt_pages, 5);
}

static void no_1g_pages_without_the_feature(void **state)
{
    struct dom d;

    (void)state;
    shim.host.page_1g = false;
    extents[0] = (struct irx_extent){.gfn = 0, .mfn = 0x100000, .nr = 0x40000};
    build(&d, 1, 7);
    assert_int_equal(level_of(&d, 0x12345), 2);
    check_around(&d, 1);
}

static void edges_of_large_pages(void **state)
{
    struct dom d;

    (void)state;
    /* Aligned in both spaces, but begins and ends in the middle of a 2 MiB page. */
    extents[0] = (struct irx_extent){.gfn = 0x1ff, .mfn = 0x501ff, .nr = 0x402};
    build(&d, 1, 3);
    assert_int_equal(level_of(&d, 0x1ff), 1);
    assert_int_equal(level_of(&d, 0x200), 2);
    assert_int_equal(level_of(&d, 0x5ff), 2);
    assert_int_equal(level_of(&d, 0x600), 1);
    check_around(&d, 1);
}

static void types_and_rights(void **state)
{
    static const bool executable[] = {true, true, true, true, false, false, false};
    struct dom d;

    (void)state;
    for (uint32_t t = 0; t <= IRX_P2M_FOREIGN; t++)
        extents[t] = (struct irx_extent){.gfn = t * 2, .mfn = 0x70000 + t, .nr = 1, .type = t};
    build(&d, IRX_P2M_FOREIGN + 1, 1);
    check_around(&d, IRX_P2M_FOREIGN + 1);
    for (uint32_t t = 0; t <= IRX_P2M_FOREIGN; t++) {
        const uint64_t *table = (const uint64_t *)d.npt_root;

        for (unsigned int level = 4; level > 1; level--)
            table = (const uint64_t *)(table[0] & PTE_ADDR);
        if (t != IRX_P2M_MMIO)
            assert_int_equal(!!(table[t * 2] & 4), executable[t]);
    }
}

/* Many pieces of random length, with holes, scattered over 64 GiB. */
static void fragmented(void **state)
{
    uint64_t free_pages = mem_free_pages();
    unsigned int seed = 1;
    struct dom d;
    uint64_t gfn = 0;

    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        gfn += (uint64_t)rand_r(&seed) % 3 ? 0 : (uint64_t)rand_r(&seed) % 600;
        extents[i] = (struct irx_extent){
            .gfn = gfn,
            .mfn = 0x60000 + ((uint64_t)rand_r(&seed) % 0x1000000),
            .nr = 1 + (uint64_t)rand_r(&seed) % (i % 10 ? 20 : 1500),
            .type = rand_r(&seed) % 2 ? IRX_P2M_RAM_RW : IRX_P2M_RAM_RO,
        };
        if (i % 4 == 0) /* aligned alike in both spaces */
            extents[i].mfn = (extents[i].mfn & ~511ull) | (gfn & 511);
        gfn += extents[i].nr;
    }
    build(&d, MANY, 61);
    check_around(&d, MANY);
    for (unsigned int i = 0; i < 20000; i++)
        check(&d, MANY, (uint64_t)rand_r(&seed) % (gfn + 5000));
    assert_true(npt_free_some(&d, ~0u));
    assert_int_equal(mem_free_pages(), free_pages);
}

static void a_step_is_bounded(void **state)
{
    struct dom d = {.extents = extents, .extent_count = 1};
    unsigned int steps = 0;

    (void)state;
    extents[0] = (struct irx_extent){.gfn = 0, .mfn = 0x50001, .nr = 10000};
    assert_int_equal(npt_init(&d), 0);
    while (npt_step(&d, 100) == 1)
        steps++;
    assert_true(steps >= 99 && steps <= 10000);
    check_around(&d, 1);
}

static void out_of_memory_frees_all(void **state)
{
    uint64_t all = mem_free_pages();
    struct dom d = {.extents = extents, .extent_count = 1};
    int rc;

    (void)state;
    extents[0] = (struct irx_extent){
        .gfn = 0, .mfn = 1, .nr = 1ull << 24}; /* 16 Mi tables' worth */
    assert_int_equal(npt_init(&d), 0);
    while ((rc = npt_step(&d, 1000)) == 1)
        ;
    assert_int_equal(rc, -SHIM_ENOMEM);
    assert_true(npt_free_some(&d, ~0u));
    assert_int_equal(mem_free_pages(), all);
}

static void nothing_beyond_48_bits(void **state)
{
    bool writable;
    struct dom d;
    mfn_t mfn;

    (void)state;
    extents[0] = (struct irx_extent){.gfn = 0, .mfn = 0x50000, .nr = 1};
    build(&d, 1, 10);
    assert_false(npt_lookup(&d, GFN(1ull << 36), &mfn, &writable));
    assert_false(npt_lookup(&d, GFN(~0ull), &mfn, &writable));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(large_pages_where_aligned),
        ENV_CASE(no_1g_pages_without_the_feature),
        ENV_CASE(edges_of_large_pages),
        ENV_CASE(types_and_rights),
        ENV_CASE(fragmented),
        ENV_CASE(a_step_is_bounded),
        ENV_CASE(out_of_memory_frees_all),
        ENV_CASE(nothing_beyond_48_bits),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
