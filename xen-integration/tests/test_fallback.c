/* SPDX-License-Identifier: GPL-2.0-only */
/* op/fallback.c: the fallback in R, and who may put it there. */
#include "region_bench.h"

#include <interrex/crc32c.h>

#include "lend/lend.h"
#include "op/op.h"
#include "region/region.h"

/* ---- What belongs to files that are not tested here ---- */

bool interrex_is_loaded(void)
{
    return interrex_anchor()->host_state == IRX_HOST_LOADED;
}

__asm__(".pushsection .rodata\n"
        ".globl interrex_fallback_code, interrex_fallback_code_end\n"
        "interrex_fallback_code: .byte 0x5a\n"
        "interrex_fallback_code_end: .byte 0\n"
        ".popsection");

static size_t tables_size;

int interrex_region_tables(void *pages, size_t size)
{
    tables_size = size;
    *(uint64_t *)pages = 1;

    return 0;
}

/* ---- Cases ---- */

static uint8_t image[8 * PAGE_SIZE];

static int load_begin(void **state)
{
    int rc = region_begin(state);

    interrex_anchor()->host_state = IRX_HOST_LOADED;
    memset(image, 0xab, sizeof(image));

    return rc;
}
#define LOAD_CASE(test)                                                       \
    cmocka_unit_test_setup_teardown(test, load_begin, world_end)

static struct irx_op_fallback sound(void)
{
    return (struct irx_op_fallback){
        .image = (unsigned long)image,
        .image_size = sizeof(image),
        .entry = 5 * PAGE_SIZE,
        .build_id = { 1, 2, 3 },
        .attempts_max = 2,
    };
}

static void is_found_where_it_was_put(void **state)
{
    struct irx_anchor *a = interrex_anchor();
    struct irx_op_fallback op = sound();
    const struct irx_fallback *f = interrex_at(a->fallback.off);
    struct irx_live_error err;

    a->attempts = 1;
    assert_int_equal(interrex_load_fallback(&op), 0);
    assert_int_equal(irx_fallback_validate(a, f, &err), 0);
    assert_memory_equal(interrex_at(f->image), image, sizeof(image));
    assert_int_equal(f->crc, irx_crc32c(0, image, sizeof(image)));
    assert_int_equal(*(uint8_t *)interrex_at(f->code), 0x5a);
    assert_int_equal(*(uint64_t *)interrex_at(f->tables), 1);
    assert_int_equal(f->tables + tables_size, f->own);
    assert_int_equal(f->entry - f->dest, op.entry);
    assert_int_equal(f->build_id[2], 3);
    assert_int_equal(a->attempts, 0);
    assert_int_equal(a->attempts_max, 2);
    assert_int_equal(a->watch.limit, 0);
}

/* How long the target may be silent comes with it; nobody looks before the jump. */
static void says_when_silence_counts(void **state)
{
    struct irx_anchor *a = interrex_anchor();
    struct irx_op_fallback op = sound();

    a->tsc_khz = 3000000;
    op.silence_ms = 60000;
    assert_int_equal(interrex_load_fallback(&op), 0);
    assert_int_equal(a->watch.limit, 180000000000ULL);
    assert_int_equal(a->watch.deadline, 0);
    /* One that does not pass leaves none of it behind: it is not on pages. */
    op.silence_ms = 60000;
    a->fallback.off += 8;
    assert_true(interrex_load_fallback(&op) != 0);
    assert_int_equal(a->fallback_used, 0);
    assert_int_equal(a->watch.limit, 0);
    a->fallback.off -= 8;
}

/* The target gets the free slot, and the fallback the one that this Xen leaves. */
static void is_made_for_the_other_slot(void **state)
{
    struct irx_op_fallback op = {};
    uint64_t size;
    paddr_t target;

    assert_int_equal(interrex_free_slot(&target, &size), 0);
    assert_int_equal(interrex_load_fallback(&op), 0);
    assert_int_equal(op.dest,
                     BENCH_START + interrex_anchor()->slots[0].span.off);
    assert_true(op.dest != target);
    assert_true(op.room >= MB(7) && op.room <= size);
    assert_int_equal(op.need, 0);

    xen_phys_start = 0; /* the first Xen is in neither */
    assert_int_equal(interrex_free_slot(&target, &size), 0);
    assert_int_equal(interrex_load_fallback(&op), 0);
    assert_true(op.dest != target);
}

static void small_region_says_what_it_needs(void **state)
{
    struct irx_anchor *a = interrex_anchor();
    struct irx_op_fallback op = {};

    a->fallback = (struct irx_span){};
    a->region_size = MB(2);
    assert_int_equal(interrex_load_fallback(&op), 0);
    assert_int_equal(op.room, 0);
    assert_int_equal(op.need, interrex_layout_with_fallback(MB(2)));
    op = sound();
    assert_int_equal(interrex_load_fallback(&op), -ENOSPC);
    assert_int_equal(a->fallback_used, 0);
}

/* R is an older Xen's, which knew of no fallback: what is there is not read. */
static void older_region_has_none(void **state)
{
    struct irx_op_fallback op = {};

    interrex_anchor()->version = IRX_VERSION(1, 0);
    assert_int_equal(interrex_load_fallback(&op), 0);
    assert_int_equal(op.room, 0);
}

static void not_while_something_else_goes_on(void **state)
{
    struct irx_op_fallback op = sound(), ask = {};

    interrex_anchor()->host_state = IRX_HOST_IDLE;
    assert_int_equal(interrex_load_fallback(&op), -ENOENT);
    interrex_anchor()->host_state = IRX_HOST_HOLDING;
    assert_int_equal(interrex_load_fallback(&op), -EBUSY);
    assert_int_equal(interrex_load_fallback(&ask), 0);
    assert_int_equal(interrex_anchor()->fallback_used, 0);
}

static void what_is_wrong_is_refused(void **state)
{
    struct irx_op_fallback op = sound();

    op.image_size--;
    assert_int_equal(interrex_load_fallback(&op), -EINVAL);
    op = sound();
    op.entry = op.image_size;
    assert_int_equal(interrex_load_fallback(&op), -EINVAL);
    op = sound();
    op.attempts_max = 0;
    assert_int_equal(interrex_load_fallback(&op), -EINVAL);
    op.attempts_max = IRX_ATTEMPTS_LIMIT + 1;
    assert_int_equal(interrex_load_fallback(&op), -EINVAL);
    op = sound();
    op.image_size = GB(1);
    assert_int_equal(interrex_load_fallback(&op), -ENOSPC);
    assert_int_equal(interrex_anchor()->fallback_used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOAD_CASE(is_found_where_it_was_put),
        LOAD_CASE(says_when_silence_counts),
        LOAD_CASE(is_made_for_the_other_slot),
        LOAD_CASE(small_region_says_what_it_needs),
        LOAD_CASE(older_region_has_none),
        LOAD_CASE(not_while_something_else_goes_on),
        LOAD_CASE(what_is_wrong_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
