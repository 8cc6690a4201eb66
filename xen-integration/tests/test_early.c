/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The early section from one Xen to the next: handover/early_export.c writes it,
 * resume/early_import.c reads it before anything is allocated.
 */
#include "region_bench.h"

#include <xen/multiboot.h>

#include <asm/e820.h>
#include <asm/interrex-boot.h>

#include "handover/handover.h"
#include "lend/lend.h"
#include "region/region.h"
#include "resume/resume.h"
#include "state/state.h"

/* ---- What is not in these files ---- */

static bool clock_was_read, time_is_frozen;

void interrex_clock_export(struct irx_writer *w)
{
    const struct irx_time_record r = { .tsc_khz = cpu_khz,
                                       .scale = { .mul = 1 },
                                       .wc_sec = 77 };

    irx_writer_record(w, IRX_REC_TIME, 0, &r, sizeof(r));
}

void interrex_clock_import(const struct irx_time_record *r)
{
    assert_int_equal(r->wc_sec, 77);
    clock_was_read = true;
}

void interrex_time_begin_frozen(void)
{
    time_is_frozen = true;
}

/* Each domain's table has two frames. */
#define GRANT_FRAMES 2u

bool interrex_grant_frames_next(struct domain *d, unsigned int *i,
                                struct irx_grant_frame *frame)
{
    if ( *i == GRANT_FRAMES )
        return false;
    *frame = (struct irx_grant_frame){
        .index = *i, .mfn = virt_to_mfn(d->shared_info) + 1 + *i
    };
    ++*i;

    return true;
}

unsigned long interrex_grant_frames_count(const struct domain *d)
{
    return GRANT_FRAMES;
}

/* ---- The Xen that goes ---- */

static module_t modules[2];

/* A domain with this memory (nr extents), its shared_info and grant frames at 8 MiB and 1 MiB * domid. */
static struct domain *carried(domid_t domid, const struct irx_extent *extents,
                              unsigned int nr)
{
    struct domain *d = world_domain(domid, 1);
    struct interrex_hold *h = interrex_hold_new(d);
    struct irx_domain *r = interrex_domain_rec(h->entry);
    unsigned int i;

    assert_int_equal(interrex_data_alloc(h, (nr + 1) * sizeof(*extents)), 0);
    r->state = IRX_DOM_RUNNING;
    r->extents = h->data_off;
    r->extent_count = nr;
    if ( nr )
        memcpy(interrex_at(r->extents), extents, nr * sizeof(*extents));
    for ( i = 0; i < nr; i++ )
        if ( extents[i].type <= IRX_P2M_RAM_RO )
            d->world_pages += extents[i].nr;
    d->shared_info = mfn_to_virt(PFN_DOWN(MB(8) + MB(1) * domid));

    return d;
}

static int early_begin(void **state)
{
    int rc = region_begin(state);
    unsigned int i;

    clock_was_read = time_is_frozen = false;
    memset(modules, 0, sizeof(modules));
    interrex_holds_reset();
    for ( i = 0; i < 16; i++ )
        interrex_anchor()->handoff_id[i] = i + 1;
    interrex_anchor()->host_state = IRX_HOST_HANDING_OVER;
    interrex_anchor()->shim_state = IRX_SHIM_READY;
    interrex_anchor()->time.mul = 1;
    interrex_anchor()->late_used = 8; /* it is looked at later */

    return rc;
}

static int early_end(void **state)
{
    interrex_holds_reset();

    return world_end(state);
}
#define EARLY_CASE(test)                                                      \
    cmocka_unit_test_setup_teardown(test, early_begin, early_end)

/* The records that were written. */
static void read_section(struct irx_stream *s)
{
    const struct irx_anchor *a = interrex_anchor();
    struct irx_stream_error err;

    assert_int_equal(irx_stream_validate(s, interrex_at(a->early.off),
                                         a->early_used, IRX_SECTION_EARLY,
                                         &err),
                     0);
}

static const struct irx_preserved *preserved(unsigned int *nr)
{
    static struct irx_stream s;
    const struct irx_record *rec;

    read_section(&s);
    rec = irx_stream_find(&s, IRX_REC_PRESERVED, 0, NULL);
    *nr = irx_record_count(&s, rec);

    return irx_record_payload(rec);
}

static const struct irx_extent one_piece[] = {
    { .gfn = 0, .mfn = 0x16000, .nr = 0x100, .type = IRX_P2M_RAM_RW },
};

static void list_has_memory_and_pages_of_xen(void **state)
{
    const struct irx_preserved *list;
    unsigned int nr;

    carried(3, one_piece, 1);
    assert_int_equal(interrex_early_export(), 0);
    list = preserved(&nr);
    assert_int_equal(nr, 2);
    /* shared_info and the grant frames follow on. */
    assert_int_equal(list[0].mfn, PFN_DOWN(MB(11)));
    assert_int_equal(list[0].nr, 1 + GRANT_FRAMES);
    assert_int_equal(list[0].kind, IRX_PRESERVED_XEN_PAGE);
    assert_int_equal(list[0].owner, 3);
    assert_int_equal(list[1].mfn, 0x16000);
    assert_int_equal(list[1].nr, 0x100);
    assert_int_equal(list[1].kind, IRX_PRESERVED_DOMAIN);
}

static void list_is_sorted_and_joined(void **state)
{
    static const struct irx_extent one[] = {
        { .gfn = 0, .mfn = 0x19000, .nr = 16, .type = IRX_P2M_RAM_RW },
        { .gfn = 16, .mfn = 0x16000, .nr = 16, .type = IRX_P2M_RAM_RW },
        { .gfn = 32, .mfn = 0x16010, .nr = 16, .type = IRX_P2M_RAM_RO },
    };
    static const struct irx_extent two[] = {
        { .gfn = 0, .mfn = 0x16020, .nr = 16, .type = IRX_P2M_RAM_RW },
        { .gfn = 99, .mfn = 0x18ff0, .nr = 16, .type = IRX_P2M_RAM_RW },
    };
    const struct irx_preserved *list;
    unsigned int nr, i;

    carried(1, one, 3);
    carried(2, two, 2);
    assert_int_equal(interrex_early_export(), 0);
    list = preserved(&nr);
    for ( i = 1; i < nr; i++ )
        assert_true(list[i].mfn >= list[i - 1].mfn + list[i - 1].nr);
    assert_int_equal(nr, 6);
    /* What follows on is joined where it is the same domain's. */
    assert_int_equal(list[2].mfn, 0x16000);
    assert_int_equal(list[2].nr, 32);
    assert_int_equal(list[3].mfn, 0x16020);
    assert_int_equal(list[3].owner, 2);
    assert_int_equal(list[4].owner, 2);
    assert_int_equal(list[5].owner, 1);
}

/* Mapped from another domain, MMIO: not this domain's memory. */
static void what_is_not_its_own_is_left_out(void **state)
{
    static const struct irx_extent extents[] = {
        { .gfn = 0, .mfn = 0x16000, .nr = 1, .type = IRX_P2M_RAM_RW },
        { .gfn = 1, .mfn = 0x17000, .nr = 9, .type = IRX_P2M_FOREIGN },
        { .gfn = 10, .mfn = 0x17100, .nr = 9, .type = IRX_P2M_GRANT_RW },
        { .gfn = 20, .mfn = 0x17200, .nr = 9, .type = IRX_P2M_GRANT_RO },
        { .gfn = 30, .mfn = 0xfee00, .nr = 9, .type = IRX_P2M_MMIO },
        { .gfn = 40, .mfn = 0x17300, .nr = 1, .type = IRX_P2M_XEN_PAGE },
    };
    unsigned int nr;

    carried(1, extents, ARRAY_SIZE(extents));
    assert_int_equal(interrex_early_export(), 0);
    assert_int_equal(preserved(&nr)[1].nr, 1);
    assert_int_equal(nr, 2);
}

static void domain_without_memory(void **state)
{
    unsigned int nr;

    carried(1, NULL, 0);
    assert_int_equal(interrex_early_export(), 0);
    preserved(&nr);
    assert_int_equal(nr, 1);
}

static void page_of_two_domains_is_refused(void **state)
{
    static const struct irx_extent other[] = {
        { .gfn = 0, .mfn = 0x160ff, .nr = 1, .type = IRX_P2M_RAM_RW },
    };

    carried(1, one_piece, 1);
    carried(2, other, 1);
    assert_int_equal(interrex_early_export(), -EXDEV);
    assert_non_null(strstr(world_log, "0x160ff belongs to d1 and d2"));
    assert_int_equal(interrex_anchor()->early_used, 0);
}

static void memory_that_the_p2m_lacks_is_refused(void **state)
{
    carried(1, one_piece, 1)->world_pages++;
    assert_int_equal(interrex_early_export(), -EXDEV);
    assert_non_null(strstr(world_log, "257 pages, 256 are mapped"));
}

/* What the next Xen would refuse is refused before there is one. */
static void memory_of_the_region_is_refused(void **state)
{
    static const struct irx_extent inside[] = {
        { .mfn = PFN_DOWN(BENCH_START + MB(32)),
          .nr = 1,
          .type = IRX_P2M_RAM_RW },
    };

    carried(1, inside, 1);
    assert_int_equal(interrex_early_export(), -EINVAL);
    assert_non_null(strstr(world_log, "preserved.mfn"));
}

static void without_heap_nothing_is_written(void **state)
{
    carried(1, one_piece, 1);
    world_alloc_fails = 1;
    assert_int_equal(interrex_early_export(), -ENOMEM);
    assert_int_equal(interrex_anchor()->early_used, 0);
}

static void section_that_is_full(void **state)
{
    carried(1, one_piece, 1);
    interrex_anchor()->early.size = PAGE_SIZE;
    assert_int_equal(interrex_early_export(), 0);
    interrex_anchor()->early.size = interrex_anchor()->early_used - 8;
    interrex_anchor()->early_used = 0;
    assert_int_equal(interrex_early_export(), -ENOSPC);
}

static void cpus_and_who_has_them(void **state)
{
    const struct irx_record *rec;
    struct irx_cpu_record c[4];
    struct irx_stream s;
    unsigned int i;

    interrex_cpu_rec(5)->apic_id = 4;
    interrex_cpu_rec(5)->state = IRX_CPU_HELD;
    interrex_cpu_rec(6)->apic_id = 2;
    interrex_cpu_rec(6)->state = IRX_CPU_RELEASED;
    cpu_online_map.cpu[1] = cpu_online_map.cpu[2] = 0;

    assert_int_equal(interrex_early_export(), 0);
    read_section(&s);
    rec = irx_stream_find(&s, IRX_REC_CPUS, 0, NULL);
    assert_int_equal(irx_record_count(&s, rec), 4);
    for ( i = 0; i < 4; i++ )
        assert_int_equal(irx_record_get(&s, rec, i, &c[i], sizeof(c[i])), 0);
    assert_int_equal(c[0].held + c[0].offline, 0);
    assert_int_equal(c[1].held, 0);
    assert_int_equal(c[1].offline, 1);
    assert_int_equal(c[2].apic_id, 4);
    assert_int_equal(c[2].held, 1);
    assert_int_equal(c[2].offline, 0);
    assert_int_equal(c[3].held + c[3].offline, 0);
}

/* ---- The Xen that comes ---- */

/* Boots the next Xen, where the free slot is, with this loader; whether it goes on from the one before. */
static bool boot_next(const char *loader)
{
    paddr_t base;
    uint64_t size;
    bool resumed;

    assert_int_equal(interrex_free_slot(&base, &size), 0);
    world_boot();
    xen_phys_start = base;
    interrex_region.start = BENCH_START;
    interrex_region.size = BENCH_SIZE;
    e820 = (struct e820map){ 2,
                             { { MB(1), BENCH_START - MB(1), E820_RAM },
                               { BENCH_START + BENCH_SIZE,
                                 WORLD_MEMORY - BENCH_START - BENCH_SIZE,
                                 E820_RAM } } };
    resumed = interrex_early(&e820, loader, modules, ARRAY_SIZE(modules));
    assert_int_equal(world_bootstrap_maps, 0);
    assert_int_equal(resumed, interrex_resumed());

    return resumed;
}

/* Above R, with room for B beside it. */
static const struct irx_extent above[] = {
    { .gfn = 0,
      .mfn = (MB(400) >> PAGE_SHIFT),
      .nr = 0x100,
      .type = IRX_P2M_RAM_RW },
};

static void hand_over(void)
{
    carried(1, above, 1);
    cpu_online_map.cpu[3] = 0;
    assert_int_equal(interrex_early_export(), 0);
}

static void next_xen_goes_on(void **state)
{
    unsigned int i;

    hand_over();
    assert_true(boot_next("Interrex"));
    assert_true(clock_was_read);
    assert_true(time_is_frozen);
    assert_int_equal(modules[0].reserved, 1);
    assert_int_equal(modules[1].reserved, 1);
    assert_true(interrex_cpu_list_offline(6));
    assert_false(interrex_cpu_list_offline(4));
    for ( i = 0; i < e820.nr_map; i++ )
        assert_true(e820.map[i].addr >= MB(401) ||
                    e820.map[i].addr + e820.map[i].size <= MB(400));

    /* What is left of its memory goes to the heap once there is one. */
    interrex_free_rest();
    for ( i = 0; i < world_nr_heap; i++ )
        assert_true(world_heap[i].start >= MB(401) ||
                    world_heap[i].end <= MB(400));
}

static void ordinary_boot_takes_nothing(void **state)
{
    hand_over();
    assert_false(boot_next("GRUB 2.06"));
    assert_int_equal(e820.nr_map, 2);
    assert_int_equal(modules[0].reserved, 0);
    assert_false(time_is_frozen);
}

/* It loads Xen elsewhere: a Xen outside of R was not started by an update. */
static void xen_outside_of_the_region(void **state)
{
    hand_over();
    world_boot();
    interrex_region.start = BENCH_START;
    interrex_region.size = BENCH_SIZE;
    xen_phys_start = 0;
    assert_false(interrex_early(&e820, "Interrex", modules, 2));
    assert_false(interrex_resumed());
}

/* It panics rather than hand out a page of which it cannot know whose it is. */
static void refused(const char *why)
{
    world_log[0] = '\0';
    expect_panic(boot_next("Interrex"));
    assert_non_null(strstr(world_log, "started by an update, but"));
    assert_non_null(strstr(world_log, why));
    assert_false(interrex_resumed());
    assert_false(time_is_frozen);
    assert_int_equal(modules[0].reserved, 0);
}

static void anchors_that_are_refused(void **state)
{
    struct irx_anchor *a = interrex_anchor(), good;

    hand_over();
    good = *a;

    a->magic ^= 1;
    refused("anchor.magic");
    *a = good;
    a->version += 0x10000;
    refused("anchor.version");
    *a = good;
    a->size = sizeof(*a) - 8;
    refused("anchor.size");
    *a = good;
    a->region_base += PAGE_SIZE;
    refused("anchor.region_base");
    *a = good;
    a->region_size -= PAGE_SIZE;
    refused("anchor.region_size");
    *a = good;
    a->host_state = IRX_HOST_HOLDING;
    refused("anchor.host_state");
}

static void sections_outside_of_the_region(void **state)
{
    struct irx_anchor *a = interrex_anchor(), good;

    hand_over();
    good = *a;

    a->early_used = 0;
    refused("anchor.early_used");
    *a = good;
    a->early_used = a->early.size + 1;
    refused("anchor.early_used");
    *a = good;
    a->early.off = 0;
    refused("anchor.early");
    *a = good;
    a->early.off += 8;
    refused("anchor.early");
    *a = good;
    a->early.off = BENCH_SIZE;
    refused("anchor.early");
    *a = good;
    a->early.size = BENCH_SIZE - a->early.off + 1;
    refused("anchor.early");
    *a = good;
    a->early.size = ~0ULL - a->early.off + 1;
    refused("anchor.early");
    *a = good;
    a->early.off = -PAGE_SIZE;
    refused("anchor.early");
}

static void section_of_another_handoff(void **state)
{
    hand_over();
    interrex_anchor()->handoff_id[3] ^= 1;
    refused("anchor.handoff_id");
}

/* Whatever byte of it is damaged, nothing is made of it. */
static void any_damaged_byte(void **state)
{
    struct irx_anchor *a = interrex_anchor();
    uint8_t *section = interrex_at(a->early.off);
    unsigned int i;

    hand_over();
    for ( i = 0; i < interrex_anchor()->early_used; i++ )
    {
        section[i] ^= 0x10;
        refused("early section");
        section[i] ^= 0x10;
    }
    assert_true(boot_next("Interrex"));
}

static void section_that_is_cut_off(void **state)
{
    uint64_t used;

    hand_over();
    used = interrex_anchor()->early_used;
    while ( (interrex_anchor()->early_used -= 8) )
        refused("early section");
    interrex_anchor()->early_used = used;
    assert_true(boot_next("Interrex"));
}

/* Whole and right in itself, but of memory that this host does not have. */
static void memory_that_is_not_there(void **state)
{
    static const struct irx_extent beyond[] = {
        { .mfn = (WORLD_MEMORY >> PAGE_SHIFT) - 1,
          .nr = 2,
          .type = IRX_P2M_RAM_RW },
    };

    carried(1, beyond, 1);
    assert_int_equal(interrex_early_export(), 0);
    refused("the list of preserved memory is not this host's");
}

static void records_that_are_missing(void **state)
{
    static const struct {
        uint32_t without;
        const char *why;
    } cases[] = {
        { IRX_REC_TIME, "time_record[0]" },
        { IRX_REC_FIRMWARE, "firmware_record[0]" },
        { IRX_REC_CPUS, "cpu_record[0]" },
        { IRX_REC_PRESERVED, "preserved[0]" },
    };
    const struct irx_preserved p = { .mfn = PFN_DOWN(MB(400)), .nr = 1 };
    const struct irx_firmware_record f = {};
    struct irx_anchor *a = interrex_anchor();
    struct irx_writer w;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(cases); i++ )
    {
        assert_int_equal(
            interrex_section_begin(&w, &a->early, IRX_SECTION_EARLY), 0);
        if ( cases[i].without != IRX_REC_TIME )
            interrex_clock_export(&w);
        if ( cases[i].without != IRX_REC_FIRMWARE )
            irx_writer_record(&w, IRX_REC_FIRMWARE, 0, &f, sizeof(f));
        if ( cases[i].without != IRX_REC_CPUS )
            interrex_cpu_list_export(&w);
        if ( cases[i].without != IRX_REC_PRESERVED )
            irx_writer_record(&w, IRX_REC_PRESERVED, 0, &p, sizeof(p));
        assert_int_equal(irx_writer_finish(&w, &a->early_used, NULL), 0);
        refused(cases[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EARLY_CASE(list_has_memory_and_pages_of_xen),
        EARLY_CASE(list_is_sorted_and_joined),
        EARLY_CASE(what_is_not_its_own_is_left_out),
        EARLY_CASE(domain_without_memory),
        EARLY_CASE(page_of_two_domains_is_refused),
        EARLY_CASE(memory_that_the_p2m_lacks_is_refused),
        EARLY_CASE(memory_of_the_region_is_refused),
        EARLY_CASE(without_heap_nothing_is_written),
        EARLY_CASE(section_that_is_full),
        EARLY_CASE(cpus_and_who_has_them),
        EARLY_CASE(next_xen_goes_on),
        EARLY_CASE(ordinary_boot_takes_nothing),
        EARLY_CASE(xen_outside_of_the_region),
        EARLY_CASE(anchors_that_are_refused),
        EARLY_CASE(sections_outside_of_the_region),
        EARLY_CASE(section_of_another_handoff),
        EARLY_CASE(any_damaged_byte),
        EARLY_CASE(section_that_is_cut_off),
        EARLY_CASE(memory_that_is_not_there),
        EARLY_CASE(records_that_are_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
