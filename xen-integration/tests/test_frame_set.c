/* SPDX-License-Identifier: GPL-2.0-only */
/* pv/frame_set.c: frames of a PV domain, in chunks. */
#include "world.h"

#include "pv/frame_set.h"

#define HOST (5 * FRAME_CHUNK + 100) /* frames */

static struct frame_set set;

static int set_begin(void **state)
{
    int rc = world_begin(state);

    return rc ?: interrex_frame_set_init(&set, HOST);
}

static int set_end(void **state)
{
    interrex_frame_set_free(&set);

    return world_end(state);
}
#define SET_CASE(test)                                                        \
    cmocka_unit_test_setup_teardown(test, set_begin, set_end)

static void own(unsigned long mfn, unsigned long nr)
{
    for ( ; nr--; mfn++ )
    {
        struct frame_chunk *c = interrex_frame_set_chunk(&set, mfn);

        assert_non_null(c);
        set_bit(mfn % FRAME_CHUNK, c->own);
    }
}

static void table(unsigned long mfn)
{
    own(mfn, 1);
    set_bit(mfn % FRAME_CHUNK, interrex_frame_set_chunk(&set, mfn)->table);
}

static void assert_run(unsigned long from, unsigned long begin,
                       unsigned long end)
{
    assert_int_equal(interrex_frame_set_run(&set, &from), end);
    if ( end )
        assert_int_equal(from, begin);
}

static void empty(void **state)
{
    assert_run(0, 0, 0);
    assert_run(HOST, 0, 0);
    assert_true(interrex_frame_set_table(&set, 0) == ~0UL);
    assert_false(frame_is_own(&set, 0));
    assert_false(frame_is_own(&set, HOST * 2));
    assert_false(interrex_frame_set_all(&set, 3, 1, false));
}

static void runs(void **state)
{
    own(7, 3);
    own(FRAME_CHUNK - 2, 2); /* to the end of its chunk, and no further */
    own(3 * FRAME_CHUNK - 1, FRAME_CHUNK + 2); /* through a whole one */
    own(5 * FRAME_CHUNK + 99, 1);              /* the last */

    assert_run(0, 7, 10);
    assert_run(8, 8, 10);
    assert_run(10, FRAME_CHUNK - 2, FRAME_CHUNK);
    assert_run(FRAME_CHUNK, 3 * FRAME_CHUNK - 1, 4 * FRAME_CHUNK + 1);
    assert_run(4 * FRAME_CHUNK + 1, 5 * FRAME_CHUNK + 99,
               5 * FRAME_CHUNK + 100);
    assert_run(5 * FRAME_CHUNK + 100, 0, 0);
}

static void to_the_end_of_the_last_chunk(void **state)
{
    own(6 * FRAME_CHUNK - 1,
        1); /* behind the host's last frame, in its chunk */
    assert_run(0, 6 * FRAME_CHUNK - 1, 6 * FRAME_CHUNK);
    assert_null(interrex_frame_set_chunk(&set, 6 * FRAME_CHUNK));
}

static void tables(void **state)
{
    own(100, 10);
    table(105);
    table(2 * FRAME_CHUNK);
    table(5 * FRAME_CHUNK - 1);

    assert_int_equal(interrex_frame_set_table(&set, 0), 105);
    assert_int_equal(interrex_frame_set_table(&set, 105), 105);
    assert_int_equal(interrex_frame_set_table(&set, 106), 2 * FRAME_CHUNK);
    assert_int_equal(interrex_frame_set_table(&set, 2 * FRAME_CHUNK + 1),
                     5 * FRAME_CHUNK - 1);
    assert_true(interrex_frame_set_table(&set, 5 * FRAME_CHUNK) == ~0UL);
    assert_true(frame_is_table(&set, 105));
    assert_false(frame_is_table(&set, 104));
    assert_false(frame_is_given(&set, 105));
}

static void all_of_them(void **state)
{
    own(FRAME_CHUNK - 4, 8);
    assert_true(interrex_frame_set_all(&set, FRAME_CHUNK - 4, 8, true));
    assert_false(interrex_frame_set_all(&set, FRAME_CHUNK - 5, 2, false));
    assert_false(interrex_frame_set_all(&set, FRAME_CHUNK - 4, 9, false));
    assert_false(interrex_frame_set_all(&set, 5 * FRAME_CHUNK, 2, false));

    table(FRAME_CHUNK + 1);
    assert_false(interrex_frame_set_all(&set, FRAME_CHUNK - 4, 8, true));
    assert_true(interrex_frame_set_all(&set, FRAME_CHUNK - 4, 8, false));
    assert_true(interrex_frame_set_all(&set, FRAME_CHUNK - 4, 5, true));
    assert_false(interrex_frame_set_all(&set, ~0UL - 3, 3, false));
}

static void cleared(void **state)
{
    own(7, 3);
    table(4 * FRAME_CHUNK);
    set_bit(7, interrex_frame_set_chunk(&set, 7)->given);
    assert_true(frame_is_given(&set, 7));
    assert_false(frame_is_given(&set, 8));
    interrex_frame_set_clear(&set);
    assert_false(frame_is_given(&set, 7));
    assert_run(0, 0, 0);
    assert_true(interrex_frame_set_table(&set, 0) == ~0UL);
    own(9, 1);
    assert_run(0, 9, 10);
}

static void no_memory(void **state)
{
    struct frame_set other;

    world_alloc_fails = 1;
    assert_null(interrex_frame_set_chunk(&set, 1));
    assert_false(frame_is_own(&set, 1));
    assert_non_null(interrex_frame_set_chunk(&set, 1));

    world_alloc_fails = 1;
    assert_int_equal(interrex_frame_set_init(&other, HOST), -ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SET_CASE(empty),
        SET_CASE(runs),
        SET_CASE(to_the_end_of_the_last_chunk),
        SET_CASE(tables),
        SET_CASE(all_of_them),
        SET_CASE(cleared),
        SET_CASE(no_memory),
    };

    return cmocka_run_group_tests_name("frame set", tests, NULL, NULL);
}
