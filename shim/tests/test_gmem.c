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

/* SMAP and protection keys are for pages of processes; the kernel's own STAC opens SMAP. */
static void pages_of_processes(void **state)
{
    struct vcpu *v = current(1);
    uint64_t *pt = env_page(0, GFN_PML4 + 3);

    (void)state;
    pt[5] &= ~4ull; /* a supervisor page */
    pt[6] |= 3ull << 59;
    v->cr4 |= X86_CR4_SMAP;
    assert_false(translates(v, 0x6000, GMEM_READ, 6));
    assert_true(translates(v, 0x5000, GMEM_WRITE, 5));
    v->rflags |= X86_EFLAGS_AC;
    assert_true(translates(v, 0x6000, GMEM_WRITE, 6));
    v->cr4 |= X86_CR4_PKE;
    fake.pkru = 1u << 6; /* key 3: no access */
    assert_false(translates(v, 0x6000, GMEM_READ, 6));
    fake.pkru = 2u << 6; /* key 3: no writes */
    assert_true(translates(v, 0x6000, GMEM_READ, 6));
    assert_false(translates(v, 0x6000, GMEM_WRITE, 6));
    v->cr0 &= ~X86_CR0_WP;
    assert_true(translates(v, 0x6000, GMEM_WRITE, 6));
    v->cr4 |= X86_CR4_SMEP;
    assert_false(translates(v, 0x6000, GMEM_FETCH, 6));
    assert_true(translates(v, 0x5000, GMEM_FETCH, 5));
}

/* An entry with a reserved bit is none. */
static void reserved_bits(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    uint64_t *t[4];
    struct vcpu *v;

    (void)state;
    env_add_leaf(r, (xen_cpuid_leaf_t){.leaf = 0x80000008, .subleaf = ~0u, .a = 40});
    v = env_current(env_run(r), 0);
    for (unsigned int i = 0; i < 4; i++)
        t[i] = env_page(0, GFN_PML4 + i);
    t[3][5] = 5 << 12 | 0x7ull << 52 | 0x67; /* available to software */
    assert_true(translates(v, 0x5000, GMEM_READ, 5));
    t[3][5] |= 1ull << 40; /* above the policy's physical addresses */
    assert_false(translates(v, 0x5000, GMEM_READ, (1ull << 28) + 5));
    t[3][6] |= 1ull << 63; /* NX, while EFER.NXE is off */
    v->efer &= ~EFER_NXE;
    assert_false(translates(v, 0x6000, GMEM_READ, 6));
    v->efer |= EFER_NXE;
    assert_true(translates(v, 0x6000, GMEM_READ, 6));
    t[2][1] = 0x200000 | 0x2000 | 0x80 | 0x67; /* 2 MiB, and bit 13 */
    assert_false(translates(v, 0x200000, GMEM_READ, 0x200));
    t[1][1] = 0x40000000 | 0x80 | 0x67;
    assert_true(translates(v, 0x40000000, GMEM_READ, 0x40000));
    shim.host.page_1g = false;
    assert_false(translates(v, 0x40000000, GMEM_READ, 0x40000));
    t[0][0] |= 1ull << 8; /* global, of an AMD policy */
    assert_false(translates(v, 0x7000, GMEM_READ, 7));
    t[0][0] &= ~(1ull << 8);
    assert_true(translates(v, 0x7000, GMEM_READ, 7));
    t[0][0] |= 0x80;
    assert_false(translates(v, 0x7000, GMEM_READ, 7));
}

/* A walk that fails in the end leaves no trace. */
static void refused_walks_mark_nothing(void **state)
{
    struct vcpu *v = current(1);
    uint64_t *pd = env_page(0, GFN_PML4 + 2), *pt = env_page(0, GFN_PML4 + 3);

    (void)state;
    pt[5] &= ~0x62ull;
    pd[0] &= ~0x20ull;
    assert_false(translates(v, 0x5000, GMEM_WRITE, 5));
    assert_int_equal(pt[5] & 0x60, 0);
    assert_int_equal(pd[0] & 0x20, 0);
}

static void writes_to_what_is_read_only(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct vcpu *v;
    char text[5];

    (void)state;
    env_extents(r)[0].nr = 100;
    env_extents(r)[1] = env_extents(r)[0];
    env_extents(r)[1].gfn = 100;
    env_extents(r)[1].mfn += 100;
    env_extents(r)[1].type = IRX_P2M_RAM_RO;
    r->extent_count = 2;
    env_seal(r);
    v = env_current(env_run(r), 0);
    memcpy(env_page(0, 120), "keep", 5);
    assert_true(gmem_write(env_cpu(0), v, 120 << 12, "lost", 5)); /* as Xen discards it */
    assert_true(gmem_read(env_cpu(0), v, 120 << 12, text, 5));
    assert_string_equal(text, "keep");
    assert_null(gmem_map(env_cpu(0), v, 120 << 12, 5));
    assert_non_null(gmem_map(env_cpu(0), v, 50 << 12, 5));
    assert_null(gmem_map(env_cpu(0), v, (50 << 12) + 4092, 5)); /* in two pages */
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
        ENV_CASE(walk_long_mode),
        ENV_CASE(walk_sets_accessed_and_dirty),
        ENV_CASE(walk_hostile_tables),
        ENV_CASE(walk_pae_and_legacy),
        ENV_CASE(pages_of_processes),
        ENV_CASE(reserved_bits),
        ENV_CASE(copies_across_pages),
        ENV_CASE(refused_walks_mark_nothing),
        ENV_CASE(writes_to_what_is_read_only),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
