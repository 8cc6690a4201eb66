/* SPDX-License-Identifier: GPL-2.0-only */
/* pv/room.c: which PV guests take more of R than they may, and when that is asked for. */
#include "region_bench.h"

#include <stdio.h>

#include "pv/pv.h"

/* ---- What pv/frames.c would say ---- */

static struct interrex_pv_room rooms[8]; /* by domid */
static struct interrex_pv_room all;

void interrex_pv_frames_room(struct domain *d, struct interrex_pv_room *room)
{
    assert_true(d->world_pv);
    *room = rooms[d->domain_id];
}

/* ---- The cases ---- */

static struct domain *pv(domid_t domid, unsigned int share)
{
    struct domain *d = world_domain(domid, 1);

    d->world_pv = true;
    d->world_pages = total_pages / share;
    rooms[domid] = (struct interrex_pv_room){};

    return d;
}

static void few_or_plain_guests_are_left_alone(void **state)
{
    struct domain *d = pv(1, 8);

    world_domain(2, 1); /* not PV: nobody looks at it */
    assert_false(interrex_pv_crowds(&all));
    assert_int_equal(interrex_pv_room_excess(d, &all), 0);
    /* Far beyond its share, and there is room for all. */
    rooms[1].late = interrex_anchor()->late.size / 2;
    assert_false(interrex_pv_crowds(&all));
    assert_int_equal(interrex_pv_room_excess(d, &all), 0);
}

static void who_is_beyond_its_share_is_named_and_no_other(void **state)
{
    const uint64_t size = interrex_anchor()->late.size;
    struct domain *large = pv(1, 2), *small = pv(2, 8);

    rooms[1].late = size / 2;
    rooms[2].late = size / 4;
    assert_false(interrex_pv_crowds(&all));
    rooms[2].late = size / 4 + 24;
    assert_true(interrex_pv_crowds(&all));
    assert_int_equal(interrex_pv_room_excess(large, &all), 0);
    assert_int_equal(interrex_pv_room_excess(small, &all), size / 4 + 24);
}

static void each_part_is_looked_at(void **state)
{
    const struct irx_anchor *a = interrex_anchor();
    struct domain *d = pv(1, 8);

    rooms[1].data = a->data.size;
    rooms[1].early = 1; /* of a part that is not crowded nothing is said */
    assert_true(interrex_pv_crowds(&all));
    assert_int_equal(interrex_pv_room_excess(d, &all), a->data.size);
    rooms[1].early = 2 * a->data.size;
    assert_true(interrex_pv_crowds(&all));
    assert_int_equal(interrex_pv_room_excess(d, &all), 2 * a->data.size);
    rooms[1] = (struct interrex_pv_room){ .early = a->early.size };
    assert_true(interrex_pv_crowds(&all));
    assert_int_equal(interrex_pv_room_excess(d, &all), a->early.size);
}

/* The console names who takes more than its share: not dom0, and nobody while there is room. */
static void the_console_says_who(void **state)
{
    const uint64_t size = interrex_anchor()->late.size;
    char expected[64];
    const char *found;

    pv(0, 2);
    pv(1, 8);
    pv(2, 8);
    world_domain(3, 1);
    interrex_pv_room_tell();
    assert_null(strstr(world_log, "its share"));
    rooms[0].late = size;
    rooms[2].late = size / 2;
    interrex_pv_room_tell();
    snprintf(expected, sizeof(expected), "takes %" PRIu64 " bytes", size / 2);
    found = strstr(world_log, expected);
    assert_non_null(found);
    assert_ptr_equal(strstr(world_log, "takes "), found);
    assert_null(strstr(found + 1, "takes "));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        REGION_CASE(few_or_plain_guests_are_left_alone),
        REGION_CASE(who_is_beyond_its_share_is_named_and_no_other),
        REGION_CASE(each_part_is_looked_at),
        REGION_CASE(the_console_says_who),
    };

    return cmocka_run_group_tests_name("pv_room", tests, NULL, NULL);
}
