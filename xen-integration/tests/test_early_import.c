/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resume/early_import.c: the early section is read before anything is allocated, as
 * handover/early_export.c wrote it, and damaged.
 */
#include "early_bench.h"

#include <xen/multiboot.h>

#include <asm/e820.h>
#include <asm/interrex-boot.h>
#include <asm/setup.h>

#include "lend/lend.h"
#include "resume/resume.h"

/* ---- What is not in these files ---- */

static bool clock_was_read, time_is_frozen;
bool def_to_bigsmp;
static uint32_t deaf; /* irx_watch.deaf of whoever boots next */

void interrex_clock_import(const struct irx_time_record *r)
{
    assert_int_equal(r->wc_sec, 77);
    clock_was_read = true;
}

void interrex_recover_begin(struct irx_anchor *a)
{
}

void interrex_stage(uint32_t stage)
{
}

void interrex_time_begin_frozen(void)
{
    time_is_frozen = true;
}

/* ---- From one Xen to the next ---- */

static module_t modules[2];

static int import_begin(void **state)
{
    clock_was_read = time_is_frozen = false;
    memset(modules, 0, sizeof(modules));

    return early_begin(state);
}
#define IMPORT_CASE(test)                                                     \
    cmocka_unit_test_setup_teardown(test, import_begin, early_end)

/* Boots the next Xen, where the free slot is, with this loader; whether it goes on from the one before. */
static bool boot_next(const char *loader)
{
    paddr_t base;
    uint64_t size;
    bool resumed;

    assert_int_equal(interrex_free_slot(&base, &size), 0);
    interrex_anchor()->watch.deaf = deaf; /* it is in that slot, or none is */
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
    assert_int_equal(early_export(), 0);
}

static void next_xen_goes_on(void **state)
{
    unsigned int i;

    hand_over();
    assert_true(boot_next("Interrex"));
    assert_true(clock_was_read);
    assert_false(def_to_bigsmp);
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

/* CPUs have other numbers than before, and held ones the logical APIC ids of those. */
static void past_a_deaf_cpu_ids_are_physical(void **state)
{
    hand_over();
    deaf = 1;
    assert_true(boot_next("Interrex"));
    assert_true(def_to_bigsmp);
    def_to_bigsmp = false;
    deaf = 0;
}

static void ordinary_boot_takes_nothing(void **state)
{
    hand_over();
    assert_false(boot_next("GRUB 2.06"));
    assert_int_equal(e820.nr_map, 2);
    assert_int_equal(modules[0].reserved, 0);
    assert_false(time_is_frozen);
}

/* Any loader may be the one that A jumps to. What A handed over decides, and when. */
static void another_loader_after_a_jump(void **state)
{
    struct irx_anchor *a = interrex_anchor();
    const uint64_t id[2] = { 7, 1000 };

    memcpy(a->handoff_id, id, sizeof(id));
    hand_over();
    a->host_state = IRX_HOST_HANDING_OVER;
    boot_tsc_stamp = 1000 + 60 * a->tsc_khz * 1000; /* a minute later */
    assert_false(boot_next("GRUB 2.06"));
    boot_tsc_stamp = 999; /* the machine was reset */
    assert_false(boot_next("GRUB 2.06"));
    boot_tsc_stamp = 1000 + 3 * a->tsc_khz * 1000;
    a->host_state = IRX_HOST_HOLDING; /* nobody has jumped */
    assert_false(boot_next("GRUB 2.06"));
    a->host_state = IRX_HOST_HANDING_OVER;
    assert_true(boot_next("GRUB 2.06"));
    assert_true(time_is_frozen);
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
    assert_int_equal(early_export(), 0);
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
        IMPORT_CASE(next_xen_goes_on),
        IMPORT_CASE(past_a_deaf_cpu_ids_are_physical),
        IMPORT_CASE(ordinary_boot_takes_nothing),
        IMPORT_CASE(another_loader_after_a_jump),
        IMPORT_CASE(xen_outside_of_the_region),
        IMPORT_CASE(anchors_that_are_refused),
        IMPORT_CASE(sections_outside_of_the_region),
        IMPORT_CASE(section_of_another_handoff),
        IMPORT_CASE(any_damaged_byte),
        IMPORT_CASE(section_that_is_cut_off),
        IMPORT_CASE(memory_that_is_not_there),
        IMPORT_CASE(records_that_are_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
