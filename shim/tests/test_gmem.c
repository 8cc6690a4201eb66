/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest memory by linear address: page walks, hostile tables, copies. */
#include "help_guest.h"

#include <string.h>

#include "guest/gmem.h"

static bool translates(struct vcpu *v, uint64_t va, enum gmem_access access, uint64_t want)
{
    gfn_t gfn = {0};

    return gmem_translate(env_cpu(0), v, va, access, &gfn) && gfn.v == want;
}

static void walk_long_mode(void **state)
{
    struct vcpu *v = current(1);
    uint64_t *pt = env_page(0, GFN_PML4 + 3), *pd = env_page(0, GFN_PML4 + 2);
    uint64_t *pdpt = env_page(0, GFN_PML4 + 1);

    (void)state;
    assert_true(translates(v, 0x5123, GMEM_READ, 5));
    assert_false(translates(v, NOT_MAPPED_VA, GMEM_READ, 0));
    assert_false(translates(v, 0x8000000000005000ull, GMEM_READ, 5)); /* not canonical */
    pt[5] &= ~2ull;
    assert_true(translates(v, 0x5000, GMEM_READ, 5));
    assert_false(translates(v, 0x5000, GMEM_WRITE, 5));
    v->cr0 &= ~X86_CR0_WP;
    assert_true(translates(v, 0x5000, GMEM_WRITE, 5));
    v->cr0 |= X86_CR0_WP;
    pt[6] |= 1ull << 63;
    assert_false(translates(v, 0x6000, GMEM_FETCH, 6));
    assert_true(translates(v, 0x6000, GMEM_READ, 6));
    pt[7] &= ~4ull; /* a supervisor page */
    v->cpl = 3;
    assert_false(translates(v, 0x7000, GMEM_FETCH, 7));
    v->cpl = 0;
    pd[1] = 0x200000 | 0x80 | 0x67;
    assert_true(translates(v, 0x2abcde, GMEM_READ, 0x2ab));
    pdpt[1] = 0x40000000 | 0x80 | 0x67;
    assert_true(translates(v, 0x40000000 + 0x12345678, GMEM_READ, 0x52345));
    v->cr4 |= X86_CR4_LA57;
    assert_false(translates(v, 0x5000, GMEM_READ, 5));
}

static void walk_sets_accessed_and_dirty(void **state)
{
    struct vcpu *v = current(1);
    uint64_t *pt = env_page(0, GFN_PML4 + 3);

    (void)state;
    pt[5] &= ~0x60ull;
    assert_true(translates(v, 0x5000, GMEM_READ, 5));
    assert_int_equal(pt[5] & 0x60, 0x20);
    assert_true(translates(v, 0x5000, GMEM_WRITE, 5));
    assert_int_equal(pt[5] & 0x60, 0x60);
}

/* Tables that the guest points outside of its memory lead nowhere. */
static void walk_hostile_tables(void **state)
{
    static const uint64_t outside[] = {(uint64_t)ENV_PAGES << 12, ENV_REGION, 0xfee00000,
                                       0x000ffffffffff000ull};
    struct vcpu *v = current(1);
    uint8_t byte;

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(outside); i++) {
        ((uint64_t *)env_page(0, GFN_PML4))[1] = outside[i] | 0x67;
        assert_false(gmem_read(env_cpu(0), v, 1ull << 39, &byte, 1));
        ((uint64_t *)env_page(0, GFN_PML4 + 3))[9] = outside[i] | 0x67;
        assert_false(gmem_read(env_cpu(0), v, 0x9000, &byte, 1));
        assert_false(gmem_write(env_cpu(0), v, 0x9000, &byte, 1));
        v->cr3 = outside[i];
        assert_false(gmem_read(env_cpu(0), v, 0x5000, &byte, 1));
        v->cr3 = GFN_PML4 << 12;
    }
    ((uint64_t *)env_page(0, GFN_PML4))[2] = GFN_PML4 << 12 | 0x67; /* a table of itself */
    gmem_read(env_cpu(0), v, 2ull << 39, &byte, 1);
}

static void walk_pae_and_legacy(void **state)
{
    struct vcpu *v = current(1);
    uint64_t *pdpt = env_page(0, 40), *pd = env_page(0, 41);
    uint32_t *legacy = env_page(0, 42), *table = env_page(0, 43);

    (void)state;
    v->mode = 4;
    v->efer = 0;
    pdpt[4 + 3] = 41 << 12 | 1; /* a root need not begin a page */
    pd[1] = 0x200000 | 0x80 | 0x67;
    v->cr3 = (40 << 12) + 32;
    assert_true(translates(v, 0xc0234567, GMEM_WRITE, 0x234));
    assert_false(translates(v, 0x1000, GMEM_READ, 1));
    v->cr4 &= ~X86_CR4_PAE;
    v->cr4 |= X86_CR4_PSE;
    v->cr3 = 42 << 12;
    legacy[1] = 43 << 12 | 0x67;
    table[5] = 0x77000 | 0x67;
    assert_true(translates(v, 0x405123, GMEM_READ, 0x77));
    legacy[2] = 0x400000 | 0x80 | 0x67 | 1 << 13; /* 4 MiB, address bit 32 */
    assert_true(translates(v, 0x923456, GMEM_READ, 0x100000 + 0x400 + 0x123));
    v->cr0 &= ~X86_CR0_PG;
    assert_true(translates(v, 0xffffffff00012345ull, GMEM_READ, 0x12));
}

static void copies_across_pages(void **state)
{
    struct vcpu *v = current(1);
    uint64_t *pt = env_page(0, GFN_PML4 + 3);
    char text[16];

    (void)state;
    pt[20] = 22ull << 12 | 0x67; /* neighbours that lie apart */
    pt[21] = 24ull << 12 | 0x67;
    assert_true(gmem_write(env_cpu(0), v, (20 << 12) + 4090, "0123456789", 11));
    assert_memory_equal((char *)env_page(0, 22) + 4090, "012345", 6);
    assert_memory_equal(env_page(0, 24), "6789", 5);
    assert_true(gmem_read(env_cpu(0), v, (20 << 12) + 4090, text, 11));
    assert_string_equal(text, "0123456789");
    pt[21] = 0;
    assert_false(gmem_read(env_cpu(0), v, (20 << 12) + 4090, text, 11));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(walk_long_mode),      ENV_CASE(walk_sets_accessed_and_dirty),
        ENV_CASE(walk_hostile_tables), ENV_CASE(walk_pae_and_legacy),
        ENV_CASE(copies_across_pages),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
