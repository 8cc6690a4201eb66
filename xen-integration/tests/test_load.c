/* SPDX-License-Identifier: GPL-2.0-only */
/* op/load.c: a shim into R, and an update that begins beside guests that one has. */
#include "region_bench.h"

#include <interrex/note.h>

#include "hold/hold.h"
#include "lend/lend.h"
#include "op/op.h"

/* ---- What belongs to files that are not tested here ---- */

static int may_carry, tables_fail;
static unsigned int tables, resets, deadmen;

int interrex_may_carry(void)
{
    return may_carry;
}

int interrex_entry_tables(void)
{
    tables++;
    return tables_fail;
}

void interrex_holds_reset(void)
{
    resets++;
}

void interrex_forget_deadman(void)
{
    deadmen++;
}

void interrex_dead_note(void)
{
}

void interrex_dead_put(void)
{
}

void interrex_entry_settings(void)
{
}

void interrex_xen_export(struct irx_anchor *a)
{
}

const struct irx_note *interrex_note(void)
{
    static const struct irx_note note = IRX_NOTE_INIT(
        IRX_PRODUCER_XEN, 0, IRX_FEATURE_SVM, IRX_FEATURE_ALL);

    return &note;
}

/* ---- Cases ---- */

static uint8_t image[PAGE_SIZE];

static struct irx_op_load sound(void)
{
    return (struct irx_op_load){
        .image = (unsigned long)image,
        .image_size = sizeof(image),
        .mem_size = 2 * sizeof(image),
        .note = IRX_NOTE_INIT(IRX_PRODUCER_SHIM, 0, 0, IRX_FEATURE_ALL),
    };
}

static const struct irx_op_load none;

static int load_begin(void **state)
{
    int rc = region_begin(state);

    memset(image, 0xab, sizeof(image));
    may_carry = tables_fail = 0;
    tables = resets = deadmen = 0;

    return rc;
}
#define LOAD_CASE(test)                                                       \
    cmocka_unit_test_setup_teardown(test, load_begin, world_end)

static const uint8_t *shim(void)
{
    return interrex_at(interrex_anchor()->shim.off);
}

static void begins_a_generation(void **state)
{
    struct irx_anchor *a = interrex_anchor();
    const struct irx_op_load op = sound();

    interrex_domain_rec(3)->domid = 99;
    assert_false(interrex_is_loaded());
    assert_int_equal(interrex_load_shim(&op), 0);
    assert_true(interrex_is_loaded());
    assert_int_equal(a->host_state, IRX_HOST_LOADED);
    assert_int_equal(a->generation, 8);
    assert_int_equal(shim()[sizeof(image) - 1], 0xab);
    assert_int_equal(interrex_domain_rec(3)->domid, 0);
    assert_int_equal(resets, 1);
    assert_int_equal(interrex_unload(), 0);
    assert_false(interrex_is_loaded());
}

static void without_an_image_there_is_nothing_to_load(void **state)
{
    assert_int_equal(interrex_load_shim(&none), -EINVAL);
    assert_int_equal(interrex_anchor()->host_state, IRX_HOST_IDLE);
    interrex_anchor()->host_state = IRX_HOST_HOLDING;
    assert_int_equal(interrex_load_shim(&none), -EBUSY);
}

/* As the update before left it; nothing of it may be touched. */
static void held(void)
{
    struct irx_anchor *a = interrex_anchor();
    const struct irx_op_load op = sound();

    assert_int_equal(interrex_load_shim(&op), 0);
    interrex_domain_rec(3)->domid = 99;
    interrex_cpu_rec(1)->state = IRX_CPU_HELD;
    a->shim_state = IRX_SHIM_READY;
    a->data_used = 4096;
    a->fallback_used = 5;
    a->attempts = 1;
    a->attempts_max = 2;
    ((struct irx_failure *)interrex_at(a->failure.off))->generation =
        a->generation;
    a->host_state = IRX_HOST_CLAIMING;
    tables = resets = deadmen = 0;
}

static void beside_guests_that_the_shim_has(void **state)
{
    struct irx_anchor *a = interrex_anchor();

    held();
    assert_false(interrex_is_loaded());
    assert_int_equal(interrex_load_shim(&none), 0);
    assert_true(interrex_is_loaded());
    assert_int_equal(a->host_state, IRX_HOST_CLAIMING);
    assert_int_equal(a->generation, 8);
    assert_int_equal(a->shim_state, IRX_SHIM_READY);
    assert_int_equal(a->data_used, 4096);
    assert_int_equal(interrex_domain_rec(3)->domid, 99);
    assert_int_equal(interrex_cpu_rec(1)->state, IRX_CPU_HELD);
    assert_int_equal(shim()[0], 0xab);
    assert_int_equal(resets, 0);
    /* Of the update before there is nothing to be taken for this one's. */
    assert_int_equal(tables, 1);
    assert_int_equal(deadmen, 1);
    assert_int_equal(a->fallback_used, 0);
    assert_int_equal(a->attempts, 0);
    assert_int_equal(
        ((struct irx_failure *)interrex_at(a->failure.off))->generation, 0);

    a->fallback_used = 7;
    assert_int_equal(interrex_unload(), 0);
    assert_false(interrex_is_loaded());
    assert_int_equal(a->fallback_used, 0);
    assert_int_equal(a->host_state, IRX_HOST_CLAIMING);
    assert_int_equal(interrex_domain_rec(3)->domid, 99);
    assert_int_equal(interrex_unload(), -EBUSY);
}

static void not_beside_guests_that_can_be_claimed(void **state)
{
    const struct irx_op_load op = sound();

    held();
    may_carry = -EBUSY;
    assert_int_equal(interrex_load_shim(&none), -EBUSY);
    assert_false(interrex_is_loaded());
    assert_int_equal(tables, 0);
    assert_int_equal(interrex_anchor()->fallback_used, 5);
    may_carry = 0;
    assert_int_equal(interrex_load_shim(&op), -EBUSY); /* another shim */
    assert_int_equal(tables, 0);
    tables_fail = -ENOSPC;
    assert_int_equal(interrex_load_shim(&none), -ENOSPC);
    assert_false(interrex_is_loaded());
}

/* Its slot would be the target's. */
static void nothing_is_loaded_beside_a_deaf_cpu(void **state)
{
    const struct irx_op_load op = sound();

    interrex_anchor()->watch.deaf = 1;
    assert_int_equal(interrex_load_shim(&op), -ENXIO);
    assert_int_equal(interrex_load_shim(&none), -ENXIO);
    assert_false(interrex_is_loaded());
    assert_int_equal(interrex_anchor()->generation, 7);
    assert_int_equal(interrex_unload(), 0);
    assert_int_equal(interrex_anchor()->watch.deaf, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        LOAD_CASE(begins_a_generation),
        LOAD_CASE(without_an_image_there_is_nothing_to_load),
        LOAD_CASE(beside_guests_that_the_shim_has),
        LOAD_CASE(not_beside_guests_that_can_be_claimed),
        LOAD_CASE(nothing_is_loaded_beside_a_deaf_cpu),
    };

    return cmocka_run_group_tests_name("xen load", tests, NULL, NULL);
}
