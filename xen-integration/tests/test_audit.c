/* SPDX-License-Identifier: GPL-2.0-only */
/* audit/walk.c, audit/compare.c: what is counted of tables, and which differences are found. */
#include "world.h"

#include "audit/parts.h"

#define FRAMES                                                                \
    1024 /* the first of them is 0x1000: so far numbers of frames go */
#define FIRST 0x1000ul
#define L4    (FIRST + 0)
#define L3    (FIRST + 1)
#define L2    (FIRST + 2)
#define L1    (FIRST + 3)
#define DATA  (FIRST + 4) /* the next ones too */
#define LARGE (FIRST + 512)

#define RO _PAGE_PRESENT
#define RW (_PAGE_PRESENT | _PAGE_RW)

static struct domain *d;
static struct audit audit;
static struct irx_op_audit op;

int audit_goes_on(struct audit *a)
{
    return 0;
}

static struct page_info *page(unsigned long mfn)
{
    return mfn_to_page(_mfn(mfn));
}

/* As Xen has it: with its owner's own reference, and these. */
static void is(unsigned long mfn, unsigned int refs, unsigned int type,
               unsigned int type_refs)
{
    page(mfn)->count_info = PGC_allocated | (1 + refs);
    page(mfn)->u.inuse.type_info = ((unsigned long)type << PG_shift(3)) |
                                   (type_refs ? PGT_validated : 0) | type_refs;
}

static void entry(unsigned long table, unsigned int slot, unsigned long mfn,
                  unsigned long flags)
{
    ((uint64_t *)mfn_to_virt(table))[slot] = mfn << PAGE_SHIFT | flags;
}

/* A domain with one pinned L4, and a table of each level below; its pages are DATA and on. */
static void tree(void)
{
    unsigned int i;

    d = world_domain(1, 1);
    d->world_pv = true;
    world_pages(FIRST, FRAMES, d, false);
    for ( i = 0; i < FRAMES; i++ )
        is(FIRST + i, 0, 0, 0);
    d->page_list = (struct page_list_head){ page(FIRST), FRAMES };

    entry(L4, 0, L3, RW);
    entry(L3, 0, L2, RW);
    entry(L2, 0, L1, RW);
    is(L4, 1, 4, 1);
    page(L4)->u.inuse.type_info |= PGT_pinned;
    is(L3, 1, 3, 1);
    is(L2, 1, 2, 1);
    is(L1, 1, 1, 1);
    atomic_set(&d->arch.pv.nr_l4_pages, 1);
}

static void begin(void)
{
    free(audit.pages);
    op = (struct irx_op_audit){ 0 };
    audit = (struct audit){
        .op = &op,
        .nr = FIRST + FRAMES + 8,
        .pages = calloc(FIRST + FRAMES + 8, sizeof(*audit.pages)),
    };
}

/* Looks; returns how many differences there are. */
static unsigned int look(void)
{
    begin();
    audit_listed(&audit, &d->page_list);
    assert_int_equal(audit_pins(&audit), 0);
    assert_int_equal(audit_compare(&audit), 0);
    audit_l4_pages(&audit, d);

    return op.count;
}

/* There is one difference, of this page. */
static void differs(unsigned long mfn, uint32_t what)
{
    assert_int_equal(look(), 1);
    assert_int_equal(audit.differences[0].mfn, mfn);
    assert_int_equal(audit.differences[0].what, what);
}

static int end(void **state)
{
    free(audit.pages);
    audit.pages = NULL;
    dom_io = dom_xen = NULL;

    return world_end(state);
}

/* ---- What is counted ---- */

static void nothing_differs(void **state)
{
    tree();
    entry(L1, 0, DATA, RW);
    entry(L1, 1, DATA, RO);
    entry(L1, 2, DATA + 1, RO);
    entry(L1, 3, L1, RO); /* tables may be read */
    is(DATA, 2, IRX_AUDIT_WRITABLE, 1);
    is(DATA + 1, 1, 0, 0);
    is(L1, 2, 1, 1);

    assert_int_equal(look(), 0);
    assert_int_equal(op.pins, 1);
    assert_int_equal(op.entries, 7);
    assert_int_equal(op.pages, FRAMES);
    assert_int_equal(op.tables[0] + op.tables[1] + op.tables[2] + op.tables[3],
                     4);
}

/* Each of its entries counts once, however often it is referred to. */
static void shared_tables(void **state)
{
    tree();
    entry(L2, 7, L1, RW);
    entry(L3, 511, L2, RW);
    entry(L1, 511, DATA, RW);
    is(L1, 2, 1, 2);
    is(L2, 2, 2, 2);
    is(DATA, 1, IRX_AUDIT_WRITABLE, 1);
    assert_int_equal(look(), 0);
    assert_int_equal(op.entries, 6);
}

static void slots_of_xen(void **state)
{
    tree();
    entry(L4, 256, L3, RW);
    entry(L4, 271, DATA, RW);
    assert_int_equal(look(), 0);
    entry(L4, 272, L3, RW);
    differs(L3, IRX_AUDIT_WHAT_REFS | IRX_AUDIT_WHAT_TYPE_REFS);
    is(L3, 2, 3, 2);
    assert_int_equal(look(), 0);
}

static void linear_tables(void **state)
{
    const unsigned long other = DATA;

    tree();
    entry(L4, 5, L4, RO); /* to itself */
    assert_int_equal(look(), 0);

    entry(L4, 6, other, RO);
    is(other, 1, 4, 1);
    atomic_set(&d->arch.pv.nr_l4_pages, 2);
    assert_int_equal(look(), 0);
    assert_int_equal(op.tables[3], 2);
    entry(other, 0, L3, RW);
    is(L3, 2, 3, 2);
    assert_int_equal(look(), 0);

    entry(L2, 9, L2, RO);
    assert_int_equal(look(), 0);
}

static void large_pages(void **state)
{
    unsigned int i;

    tree();
    entry(L2, 1, LARGE, RW | _PAGE_PSE);
    for ( i = 0; i < 512; i++ )
        is(LARGE + i, 1, IRX_AUDIT_WRITABLE, 1);
    assert_int_equal(look(), 0);

    entry(L2, 1, LARGE, RO | _PAGE_PSE);
    assert_int_equal(look(), 512);
    for ( i = 0; i < 512; i++ )
        is(LARGE + i, 1, 0, 0);
    assert_int_equal(look(), 0);
}

/* Pages of others: who has its own paging does not count what others may write. */
static void foreign_pages(void **state)
{
    struct domain *pv = world_domain(2, 1), *hvm = world_domain(3, 1);

    tree();
    pv->world_pv = true;
    page(DATA)->owner = pv;
    page(DATA + 1)->owner = hvm;
    entry(L1, 0, DATA, RW);
    entry(L1, 1, DATA + 1, RW);
    entry(L1, 2, 0x900000, RW); /* no frame that exists */
    is(DATA, 1, IRX_AUDIT_WRITABLE, 1);
    is(DATA + 1, 1, 0, 0);
    assert_int_equal(look(), 0);
    assert_int_equal(op.foreign, 2);
}

static void pages_of_xen(void **state)
{
    tree();
    dom_io = world_domain(0x7ff1, 1);
    dom_xen = world_domain(0x7ff2, 1);
    page(DATA)->owner = dom_io;
    is(DATA, 0, IRX_AUDIT_WRITABLE, 1);
    page(DATA + 1)->owner = dom_xen;
    page(DATA + 1)->xen_heap = true;
    is(DATA + 1, 1, 0, 1);
    page(DATA + 2)->xen_heap = true;
    is(DATA + 2, 1, IRX_AUDIT_WRITABLE, 2);
    entry(L1, 0, DATA, RW); /* I/O has no counts */
    entry(L1, 1, DATA + 1, RO);
    entry(L1, 2, DATA + 2, RW);
    assert_int_equal(look(), 0);
    is(DATA, 1, IRX_AUDIT_WRITABLE, 1);
    differs(DATA, IRX_AUDIT_WHAT_REFS);
}

/* Entries count up to where it is; the next may have a reference already. */
static void table_in_the_making(void **state)
{
    tree();
    entry(L4, 1, DATA, RW); /* L3, not yet one */
    page(L4)->u.inuse.type_info = (4UL << PG_shift(3)) | PGT_partial | 1;
    page(L4)->nr_validated_ptes = 1;
    assert_int_equal(look(), 0);
    assert_int_equal(op.partial, 1);

    page(L4)->partial_flags = 1;
    differs(DATA, IRX_AUDIT_WHAT_REFS);
    is(DATA, 1, 0, 0);
    assert_int_equal(look(), 0);
}

/* ---- What is found ---- */

static void wrong_counts(void **state)
{
    tree();
    entry(L1, 0, DATA, RW);
    is(DATA, 1, IRX_AUDIT_WRITABLE, 1);
    assert_int_equal(look(), 0);

    is(DATA, 2, IRX_AUDIT_WRITABLE, 1);
    differs(DATA, IRX_AUDIT_WHAT_REFS);
    assert_int_equal(audit.differences[0].domid, 1);
    assert_int_equal(audit.differences[0].expected.refs, 2);
    assert_int_equal(audit.differences[0].found.refs, 3);
    is(DATA, 0, IRX_AUDIT_WRITABLE, 1);
    differs(DATA, IRX_AUDIT_WHAT_REFS);
    is(DATA, 1, IRX_AUDIT_WRITABLE, 2);
    differs(DATA, IRX_AUDIT_WHAT_TYPE_REFS);
    is(DATA, 1, IRX_AUDIT_SHARED, 1);
    differs(DATA, IRX_AUDIT_WHAT_TYPE);
    is(DATA, 1, IRX_AUDIT_WRITABLE, 1);
    page(DATA)->u.inuse.type_info |= PGT_locked;
    differs(DATA, IRX_AUDIT_WHAT_FLAGS);
}

static void wrong_pins(void **state)
{
    tree();
    page(L1)->u.inuse.type_info |= PGT_pinned;
    differs(L1, IRX_AUDIT_WHAT_REFS | IRX_AUDIT_WHAT_TYPE_REFS);
    is(L1, 2, 1, 2);
    page(L1)->u.inuse.type_info |= PGT_pinned;
    assert_int_equal(look(), 0);
    page(DATA)->u.inuse.type_info |= PGT_pinned; /* no table */
    differs(DATA, IRX_AUDIT_WHAT_FLAGS);
}

static void table_that_may_be_written(void **state)
{
    tree();
    entry(L1, 0, L2, RW);
    is(L2, 2, 2, 1);
    assert_int_equal(look(), 1);
    assert_int_equal(audit.differences[0].mfn, L2);
    assert_true(audit.differences[0].expected.flags & IRX_AUDIT_CONFLICT);
}

static void tables_that_are_none(void **state)
{
    tree();
    entry(L2, 1, DATA, RW);
    is(DATA, 1, IRX_AUDIT_WRITABLE, 1);
    differs(DATA, IRX_AUDIT_WHAT_TYPE);

    page(DATA)->owner = world_domain(2, 1);
    is(DATA, 0, 0, 0);
    differs(DATA, IRX_AUDIT_WHAT_OWNER);

    entry(L2, 1, 0x900000, RW);
    assert_int_equal(look(), 1);
    assert_int_equal(audit.differences[0].mfn, 0x900000);
}

/* Nothing says that it is in use: it is in no tree. */
static void table_that_nobody_reaches(void **state)
{
    tree();
    entry(L3, 0, 0, 0);
    entry(L1, 0, DATA, RW);
    assert_int_equal(look(), 2);
    assert_int_equal(audit.differences[0].mfn, L2);
    assert_int_equal(audit.differences[1].mfn, L1);
}

static void owners(void **state)
{
    tree();
    entry(L1, 0, DATA, RO);
    page(DATA)->count_info = 0;
    differs(DATA, IRX_AUDIT_WHAT_OWNER);
    assert_int_equal(audit.differences[0].domid, IRX_DOMID_HOST);

    is(DATA, 1, 0, 0);
    d->page_list.nr--;
    differs(FIRST + FRAMES - 1, IRX_AUDIT_WHAT_OWNER); /* on no list */
}

static void numbers_of_l4_tables(void **state)
{
    tree();
    atomic_set(&d->arch.pv.nr_l4_pages, 2);
    assert_int_equal(look(), 1);
    assert_int_equal(audit.differences[0].what, IRX_AUDIT_WHAT_L4_PAGES);
    assert_int_equal(audit.differences[0].expected.refs, 1);
    assert_int_equal(audit.differences[0].found.refs, 2);

    /* dom0's builder does not count its own */
    atomic_set(&d->arch.pv.nr_l4_pages, 0);
    assert_int_equal(look(), 1);
    d->domain_id = 0;
    assert_int_equal(look(), 0);
}

static void only_the_first_are_told_of(void **state)
{
    unsigned int i;

    tree();
    for ( i = 0; i < 40; i++ )
        is(LARGE + i, 1, 0, 0);
    assert_int_equal(look(), 40);
    assert_int_equal(audit.differences[AUDIT_DIFFERENCES - 1].mfn,
                     LARGE + AUDIT_DIFFERENCES - 1);
}

#define AUDIT(test) cmocka_unit_test_setup_teardown(test, world_begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AUDIT(nothing_differs),
        AUDIT(shared_tables),
        AUDIT(slots_of_xen),
        AUDIT(linear_tables),
        AUDIT(large_pages),
        AUDIT(foreign_pages),
        AUDIT(pages_of_xen),
        AUDIT(table_in_the_making),
        AUDIT(wrong_counts),
        AUDIT(wrong_pins),
        AUDIT(table_that_may_be_written),
        AUDIT(tables_that_are_none),
        AUDIT(table_that_nobody_reaches),
        AUDIT(owners),
        AUDIT(numbers_of_l4_tables),
        AUDIT(only_the_first_are_told_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
