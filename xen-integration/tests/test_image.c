/* SPDX-License-Identifier: GPL-2.0-only */
/* region/image.c: where a target image may be loaded. */
#include "region_bench.h"

#include <asm/interrex-boot.h>

#include "region/region.h"

static const char somewhere; /* what a segment is copied from */

/* The free slot: where it begins and its size. */
static paddr_t base;
static uint64_t size;

static int slot_begin(void **state)
{
    int rc = region_begin(state);

    return rc ?: interrex_free_slot(&base, &size);
}
#define SLOT_CASE(test)                                                       \
    cmocka_unit_test_setup_teardown(test, slot_begin, world_end)

static xen_kexec_segment_t segment(uint64_t dest, uint64_t dest_size)
{
    xen_kexec_segment_t s = { .dest_maddr = dest, .dest_size = dest_size };

    s.buf.h.p = &somewhere;

    return s;
}

static int check_one(uint64_t dest, uint64_t dest_size)
{
    xen_kexec_segment_t s = segment(dest, dest_size);

    return interrex_image_check(base, 1, &s);
}

static void free_slot_is_the_one_without_this_xen(void **state)
{
    const struct irx_image_slot *slots = interrex_anchor()->slots;

    assert_int_equal(base, BENCH_START + slots[1].span.off);
    assert_int_equal(size, slots[1].span.size);

    xen_phys_start = BENCH_START + slots[1].span.off;
    assert_int_equal(interrex_free_slot(&base, &size), 0);
    assert_int_equal(base, BENCH_START + slots[0].span.off);

    /* The first Xen runs outside R: both are free. */
    xen_phys_start = 0;
    assert_int_equal(interrex_free_slot(&base, &size), 0);
    assert_int_equal(base, BENCH_START + slots[0].span.off);
}

static void without_a_region_nothing_can_be_loaded(void **state)
{
    xen_kexec_segment_t s = segment(base, 1);

    interrex_region.size = 0;
    assert_int_equal(interrex_free_slot(&base, &size), -ENODEV);
    assert_int_equal(interrex_image_check(s.dest_maddr, 1, &s), -ENODEV);
    interrex_image_loaded(true); /* marks nothing */
}

static void region_that_is_not_laid_out_has_no_slot(void **state)
{
    memset(interrex_anchor(), 0, PAGE_SIZE);
    assert_int_equal(interrex_free_slot(&base, &size), -ENODEV);
}

static void segments_up_to_the_last_byte_are_good(void **state)
{
    assert_int_equal(check_one(base, size), 0);
    assert_int_equal(check_one(base + size - PAGE_SIZE, PAGE_SIZE), 0);
    assert_int_equal(check_one(base + size, 0), 0);
}

static void segments_outside_of_the_slot_are_refused(void **state)
{
    assert_int_equal(check_one(base - 1, 1), -EADDRNOTAVAIL);
    assert_int_equal(check_one(base - PAGE_SIZE, size), -EADDRNOTAVAIL);
    assert_int_equal(check_one(base, size + 1), -EADDRNOTAVAIL);
    assert_int_equal(check_one(base + 1, size), -EADDRNOTAVAIL);
    assert_int_equal(check_one(base + size, 1), -EADDRNOTAVAIL);
    assert_int_equal(check_one(base + size + 1, 0), -EADDRNOTAVAIL);
    /* Sums that wrap around. */
    assert_int_equal(check_one(base + PAGE_SIZE, -PAGE_SIZE), -EADDRNOTAVAIL);
    assert_int_equal(check_one(base, ~0ULL), -EADDRNOTAVAIL);
    assert_int_equal(check_one(~0ULL, 2), -EADDRNOTAVAIL);
    /* Where this Xen is, and A's memory. */
    assert_int_equal(check_one(xen_phys_start, 1), -EADDRNOTAVAIL);
    assert_int_equal(check_one(0, 1), -EADDRNOTAVAIL);
}

static void every_segment_counts(void **state)
{
    xen_kexec_segment_t s[3] = { segment(base, MB(1)),
                                 segment(base + MB(1), MB(1)),
                                 segment(base + size, 1) };

    assert_int_equal(interrex_image_check(base, 2, s), 0);
    assert_int_equal(interrex_image_check(base, 3, s), -EADDRNOTAVAIL);
    s[1].buf.h.p = NULL;
    assert_int_equal(interrex_image_check(base, 2, s), -EINVAL);
    assert_int_equal(interrex_image_check(base, 0, s), -EINVAL);
}

static void entry_lies_in_the_slot(void **state)
{
    xen_kexec_segment_t s = segment(base, MB(1));

    assert_int_equal(interrex_image_check(base + size - 1, 1, &s), 0);
    assert_int_equal(interrex_image_check(base + size, 1, &s), -EADDRNOTAVAIL);
    assert_int_equal(interrex_image_check(base - 1, 1, &s), -EADDRNOTAVAIL);
    assert_int_equal(interrex_image_check(~0ULL, 1, &s), -EADDRNOTAVAIL);
}

static void slots_say_what_is_in_them(void **state)
{
    const struct irx_image_slot *slots = interrex_anchor()->slots;

    interrex_image_runs();
    assert_int_equal(slots[0].state, IRX_SLOT_RUNNING);
    assert_int_equal(slots[1].state, IRX_SLOT_EMPTY);
    interrex_image_loaded(true);
    assert_int_equal(slots[0].state, IRX_SLOT_RUNNING);
    assert_int_equal(slots[1].state, IRX_SLOT_LOADED);
    interrex_image_loaded(false);
    assert_int_equal(slots[1].state, IRX_SLOT_EMPTY);
}

static void region_begins_and_ends(void **state)
{
    xen_kexec_range_t range = {};

    assert_false(interrex_in_region(BENCH_START - 1));
    assert_true(interrex_in_region(BENCH_START));
    assert_true(interrex_in_region(BENCH_START + BENCH_SIZE - 1));
    assert_false(interrex_in_region(BENCH_START + BENCH_SIZE));
    assert_false(interrex_in_region(~0ULL));
    assert_int_equal(interrex_get_range(&range), 0);
    assert_int_equal(range.start, BENCH_START);
    assert_int_equal(range.size, BENCH_SIZE);
}

/* In the slot that is not this Xen's a CPU stands that takes no NMI. */
static void no_slot_is_free_beside_a_deaf_cpu(void **state)
{
    struct irx_anchor *a = interrex_anchor();

    a->watch.deaf = 1;
    assert_int_equal(interrex_free_slot(&base, &size), -ENODEV);
    assert_int_equal(check_one(base, PAGE_SIZE), -ENODEV);
    interrex_image_runs();
    assert_int_equal(a->slots[0].state, IRX_SLOT_RUNNING);
    assert_int_equal(a->slots[1].state, IRX_SLOT_RUNNING);
    interrex_image_loaded(false);
    assert_int_equal(a->slots[1].state, IRX_SLOT_RUNNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SLOT_CASE(free_slot_is_the_one_without_this_xen),
        SLOT_CASE(without_a_region_nothing_can_be_loaded),
        SLOT_CASE(region_that_is_not_laid_out_has_no_slot),
        SLOT_CASE(segments_up_to_the_last_byte_are_good),
        SLOT_CASE(segments_outside_of_the_slot_are_refused),
        SLOT_CASE(every_segment_counts),
        SLOT_CASE(entry_lies_in_the_slot),
        SLOT_CASE(slots_say_what_is_in_them),
        SLOT_CASE(region_begins_and_ends),
        SLOT_CASE(no_slot_is_free_beside_a_deaf_cpu),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
