/* SPDX-License-Identifier: GPL-2.0-only */
/* What the guest attacks with. A mode is set up once; its rounds look that all holds, in whichever Xen. */
#include "tree.h"

#include <xen/memory.h>

static struct tree tree;

/* ---- tables: nearly all memory is page tables ---- */

static void make_all(unsigned int entries)
{
    while (make_tree(&tree, entries)) {
        must(pin(tree.page[0], 4), "pin");
        for (unsigned int i = 1; i < TREE_PAGES; i += 7)
            must(pin(tree.page[i], tree_level(i)), "pin");
    }
}

static void setup_tables(void)
{
    make_all(ENTRIES);
}

/* ---- map: the same, and what the machine-to-physical table says of them is noise ---- */

static void setup_map(void)
{
    make_all(8);
    for (unsigned int pfn = root() + 100; pfn < nr_pages; pfn++) {
        struct mmu_update u = {
            .ptr = mfn(pfn) * PAGE | MMU_MACHPHYS_UPDATE,
            .val = random64() % 0x1000000,
        };

        must(hypercall(__HYPERVISOR_mmu_update, (uintptr_t)&u, 1, 0, DOMID_SELF, 0), "machphys");
    }
}

/* ---- pieces: every second page is given back; of tables, pinned or in use, too ---- */

static void give_back(unsigned int pfn)
{
    unsigned long frame = mfn(pfn);
    struct xen_memory_reservation r = {
        .nr_extents = 1,
        .domid = DOMID_SELF,
    };

    set_xen_guest_handle(r.extent_start, &frame);
    if (hypercall(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, (uintptr_t)&r, 0, 0, 0) != 1)
        die("decrease_reservation", pfn);
}

static void setup_pieces(void)
{
    unsigned int first;

    for (unsigned int n = 0; n < 8 && make_tree(&tree, 8); n++) {
        must(pin(tree.page[0], 4), "pin");
        for (unsigned int i = n % 2; i < TREE_PAGES; i += 3)
            give_back(tree.page[i]);
    }
    /* Mapped still: one that cannot be written any more, and one that can. */
    first = take();
    while (left() > 16) {
        unsigned int pfn = take();

        if (pfn % 2)
            continue;
        if (pfn % 64)
            must(map(va(pfn), 0), "unmap");
        give_back(pfn);
    }
    kind[first] = KEPT;
}

/* ---- linear: tables that lead to themselves, and to others of their level ---- */

#define SELF_SLOT  300u /* of a table of level 4, and lower ones */
#define OTHER_SLOT 301u

static unsigned int linear[3][2]; /* of levels 2 to 4: one that leads to the other */

static void *own_root_at(void)
{
    const uint64_t slot = SELF_SLOT;

    return (void *)(0xffff000000000000ull | slot << 39 | slot << 30 | slot << 21 | slot << 12);
}

static void setup_linear(void)
{
    for (unsigned int level = 2; level <= 4; level++) {
        unsigned int *t = linear[level - 2];

        t[0] = take();
        t[1] = take();
        for (unsigned int i = 0; i < 2; i++) {
            make_table(t[i], (enum kind)level);
            must(pin(t[i], level), "pin");
            must(mmu_update(t[i], SELF_SLOT, mfn(t[i]) * PAGE | P_PRESENT), "linear to itself");
        }
        must(mmu_update(t[0], OTHER_SLOT, mfn(t[1]) * PAGE | P_PRESENT), "linear");
        must(mmu_update(t[0], OTHER_SLOT + 1, mfn(t[1]) * PAGE | P_PRESENT), "linear");
        /* Only what leads there holds it. */
        must(unpin(t[1]), "unpin");
    }
    must(mmu_update(root(), SELF_SLOT, mfn(root()) * PAGE | P_PRESENT), "linear to itself");
}

static void round_linear(void)
{
    for (unsigned int level = 2; level <= 4; level++) {
        const unsigned int *t = linear[level - 2];
        long rc = mmu_update(t[1], OTHER_SLOT, mfn(t[0]) * PAGE | P_PRESENT);

        expect(rc < 0, "a table is linear twice", t[1], level);
        rc = mmu_update(t[0], SELF_SLOT, mfn(t[0]) * PAGE | P_TABLE);
        expect(rc < 0, "a table leads to itself writable", t[0], level);
        rc = mmu_update(t[0], OTHER_SLOT, mfn(t[1]) * PAGE | P_TABLE);
        expect(rc < 0, "a linear entry can be writable", t[0], level);
        /* Taken out and put in again: its counts are right. */
        must(mmu_update(t[0], OTHER_SLOT, 0), "linear, out");
        must(mmu_update(t[0], OTHER_SLOT, mfn(t[1]) * PAGE | P_PRESENT), "linear, in");
    }
    expect((((uint64_t *)own_root_at())[SELF_SLOT] & P_FRAME) == mfn(root()) * PAGE,
           "the table that it runs on is not where it was", root(), 0);
    expect(!probe_write(own_root_at()), "a table can be written through itself", root(), 0);
    prove_all();
}

/* ---- partial: validations and their opposite, which an event interrupts and nobody ends for a while ---- */

#define REST_MS 400u
#define BAD_L3  3u /* the entry of a table of level 4 that cannot be */

static void setup_partial(void)
{
    if (!make_tree(&tree, 8))
        die("too little memory", nr_pages);
}

static void left_undone(unsigned int cmd, unsigned int tries)
{
    long rc = 0;

    for (unsigned int i = 0; i < tries; i++) {
        if (!interrupted_op(cmd, tree.page[0], &rc))
            return;
        __atomic_fetch_add(&result.interrupted, 1, __ATOMIC_RELAXED);
    }
    sleep_ms(REST_MS);
}

/* It, and what is below it, from whatever state it was left in. */
static bool prove_tree(void)
{
    bool none = prove_exclusive(tree.page[0], 4);

    for (unsigned int i = 0; i < TREE_PAGES; i++)
        prove_table(tree.page[i]);
    return none;
}

/* A table of level 4 of which one entry leads to no table of level 3. */
static void set_bad(bool bad)
{
    uint64_t entry = bad ? mfn(tree.page[TREE_AT_L1])
                         : mfn(tree.page[TREE_AT_L3 + BAD_L3 % TREE_L3]);

    make_free(tree.page[0]);
    ((uint64_t *)va(tree.page[0]))[BAD_L3] = entry * PAGE | P_TABLE;
    make_table(tree.page[0], L4);
}

static void second_partial(void)
{
    static unsigned int tries;
    long rc;

    tries = tries % 40 + 1;
    left_undone(MMUEXT_PIN_L4_TABLE, tries); /* in the making */
    result.dropped += prove_tree();
    left_undone(MMUEXT_UNPIN_TABLE, 1); /* taken apart */
    result.dropped += prove_tree();
    must(unpin(tree.page[0]), "unpin");

    set_bad(true);
    left_undone(MMUEXT_PIN_L4_TABLE, 100); /* came to what is wrong, and is taken apart */
    rc = pin(tree.page[0], 4);
    expect(rc < 0, "a table with a wrong entry can be pinned", tree.page[0], 0);
    set_bad(false);
    prove_tree();
    must(unpin(tree.page[0]), "unpin");
}

static void round_quiet(void)
{
}

/* ---- types: pages change without a rest ---- */

#define SELECTOR_LDT 0x0fu /* the second of a local table, of privilege 3 */
#define DESCRIPTOR   0x00cff3000000ffffull

static unsigned int changing[8];

static void setup_types(void)
{
    for (unsigned int i = 0; i < 8; i++)
        changing[i] = take();
}

static void descriptors_flip(unsigned int pfn)
{
    unsigned long frames[1] = {mfn(pfn)};
    struct mmuext_op ldt = {
        .cmd = MMUEXT_SET_LDT, .arg1.linear_addr = (uintptr_t)va(pfn), .arg2.nr_ents = 512};
    uint64_t *entry = va(pfn);

    for (unsigned int i = 0; i < ENTRIES; i++)
        entry[i] = DESCRIPTOR;
    must(map(va(pfn), mfn(pfn) * PAGE | P_RO), "read-only");
    must(hypercall(__HYPERVISOR_set_gdt, (uintptr_t)frames, 512, 0, 0, 0), "set_gdt");
    expect(map(va(pfn), mfn(pfn) * PAGE | P_WRITE) < 0, "a descriptor table can be mapped writable",
           pfn, 0);
    must(hypercall(__HYPERVISOR_set_gdt, (uintptr_t)frames, 0, 0, 0, 0), "no gdt");
    must(hypercall(__HYPERVISOR_mmuext_op, (uintptr_t)&ldt, 1, 0, DOMID_SELF, 0), "set_ldt");
    __asm__ volatile("mov %0, %%es; mov %1, %%es" : : "r"(SELECTOR_LDT), "r"(0));
    expect(pin(pfn, 1) < 0, "a descriptor table can be pinned", pfn, 0);
    ldt.arg2.nr_ents = 0;
    must(hypercall(__HYPERVISOR_mmuext_op, (uintptr_t)&ldt, 1, 0, DOMID_SELF, 0), "no ldt");
    must(map(va(pfn), mfn(pfn) * PAGE | P_WRITE), "writable");
    for (unsigned int i = 0; i < ENTRIES; i++)
        entry[i] = 0;
}

static void table_flips(unsigned int pfn, unsigned int level)
{
    expect(pin(pfn, level) < 0, "a page that is mapped writable can be pinned", pfn, level);
    make_table(pfn, (enum kind)level);
    must(pin(pfn, level), "pin");
    prove_table(pfn);
    must(unpin(pfn), "unpin");
    make_free(pfn);
    expect(probe_write(va(pfn)), "a page that is no table cannot be written", pfn, level);
}

#define REST_AFTER 64u /* rounds: all that an emulator does for this it cannot do for others */

static void second_types(void)
{
    const unsigned int pfn = changing[random64() % 8];

    if (result.rounds[1] % REST_AFTER == 0)
        sleep_ms(2);
    table_flips(pfn, 1 + (unsigned int)(random64() % 4));
    descriptors_flip(pfn);
}

/* ---- lie: a page is said to be a table, and is none: it has to be seen ---- */

static void setup_lie(void)
{
    kind[take()] = L1;
}

/* ---- all of them ---- */

const struct mode *find_mode(const char *command_line)
{
    static const struct mode modes[] = {
        {"tables", setup_tables, prove_all, NULL},
        {"map", setup_map, prove_all, NULL},
        {"pieces", setup_pieces, prove_all, NULL},
        {"linear", setup_linear, round_linear, NULL},
        {"partial", setup_partial, round_quiet, second_partial},
        {"types", setup_types, round_quiet, second_types},
        {"grants", setup_grants, round_grants, NULL},
        {"areas", setup_areas, round_areas, NULL},
        {"lie", setup_lie, prove_all, NULL},
    };

    for (const struct mode *m = modes; m < modes + sizeof(modes) / sizeof(modes[0]); m++) {
        const char *a = m->name, *b = command_line;

        while (*a && *a == *b) {
            a++;
            b++;
        }
        if (!*a && (!*b || *b == ' '))
            return m;
    }
    return NULL;
}
