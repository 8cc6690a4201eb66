/* SPDX-License-Identifier: GPL-2.0-only */
/* handover/room.c: which guests take more of R than they may, and when that is asked for. */
#include "region_bench.h"

#include <stdio.h>

#include "handover/handover.h"
#include "hold/hold.h"
#include "pv/pv.h"

/* ---- What pv/frames.c, state/grants.c and state/preserved.c would say ---- */

static struct interrex_room frames[8], grants[8]; /* by domid */
static unsigned int looked[8];

unsigned long interrex_pv_frames_room(struct domain *d,
                                      struct interrex_room *room)
{
    assert_true(d->world_pv);
    *room = frames[d->domain_id];

    return 10 + d->domain_id;
}

void interrex_grants_room(struct domain *d, struct interrex_room *room)
{
    looked[d->domain_id]++;
    room->early += grants[d->domain_id].early;
    room->late += grants[d->domain_id].late;
}

uint64_t interrex_preserved_pieces(const struct interrex_hold *h)
{
    return interrex_domain_rec(h->entry)->extent_count;
}

/* ---- The cases ---- */

static struct domain *guest(domid_t domid, unsigned int share)
{
    struct domain *d = world_domain(domid, 1);

    d->world_pages = total_pages / share;
    frames[domid] = grants[domid] = (struct interrex_room){};
    looked[domid] = 0;

    return d;
}

static struct domain *pv(domid_t domid, unsigned int share)
{
    struct domain *d = guest(domid, share);

    d->world_pv = true;

    return d;
}

static int room_begin(void **state)
{
    int rc = region_begin(state);

    interrex_holds_reset();
    hardware_domain = pv(0, 2);

    return rc;
}

static int room_end(void **state)
{
    interrex_room_end();
    interrex_holds_reset();

    return world_end(state);
}

#define ROOM_CASE(test)                                                       \
    cmocka_unit_test_setup_teardown(test, room_begin, room_end)

/* As it is now. */
static uint64_t excess(const struct domain *d)
{
    uint64_t bytes;

    assert_int_equal(interrex_room_look(STIME_MAX), 0);
    bytes = interrex_room_excess(d);
    interrex_room_end();

    return bytes;
}

static void few_or_plain_guests_are_left_alone(void **state)
{
    struct domain *d = pv(1, 8);

    guest(2, 8);
    assert_int_equal(excess(d), 0);
    /* Far beyond its share, and there is room for all. */
    frames[1].late = interrex_anchor()->late.size / 2;
    assert_int_equal(excess(d), 0);
}

static void who_is_beyond_its_share_is_named_and_no_other(void **state)
{
    const uint64_t size = interrex_anchor()->late.size;
    struct domain *large = pv(1, 2), *small = guest(2, 8);

    frames[1].late = size / 2;
    grants[2].late = size / 4;
    assert_int_equal(excess(small), 0);
    grants[2].late = size / 4 + 24;
    assert_int_equal(excess(large), 0);
    assert_int_equal(excess(small), size / 4 + 24);
    /* Nobody looked. */
    assert_int_equal(interrex_room_excess(small), 0);
}

static void each_part_is_looked_at(void **state)
{
    const struct irx_anchor *a = interrex_anchor();
    struct domain *d = pv(1, 8);

    frames[1].data = a->data.size;
    frames[1].early = 1; /* of a part that is not crowded nothing is said */
    assert_int_equal(excess(d), a->data.size);
    frames[1].early = 2 * a->data.size;
    assert_int_equal(excess(d), 2 * a->data.size);
    frames[1] = (struct interrex_room){ .early = a->early.size };
    assert_int_equal(excess(d), a->early.size);
    grants[1].early = 24; /* to it come pages that it gave away */
    assert_int_equal(excess(d), a->early.size + 24);
}

/* A guest's pieces of memory are known once it is prepared. */
static void pieces_of_who_is_prepared_count(void **state)
{
    const struct irx_anchor *a = interrex_anchor();
    struct domain *d = guest(1, 8);
    struct interrex_hold *h;
    struct irx_domain *r;

    h = interrex_hold_new(d);
    r = interrex_domain_rec(h->entry);
    r->extent_count = a->early.size / sizeof(struct irx_preserved);
    assert_int_equal(excess(d),
                     r->extent_count * sizeof(struct irx_preserved));
    interrex_hold_free(h);
    assert_int_equal(excess(d), 0);
}

/* Its tables are many, and it is nobody's fault: it is looked at where guests take a lot. */
static void dom0_is_counted_and_not_named(void **state)
{
    const uint64_t size = interrex_anchor()->late.size;
    struct domain *d = guest(1, 8);

    frames[0].late = size;
    grants[1].late = size / 4;
    assert_int_equal(excess(d), 0);
    assert_int_equal(looked[0], 0);
    grants[1].late = size / 4 + 16;
    assert_int_equal(excess(d), size / 4 + 16);
    assert_int_equal(looked[0], 1);
    assert_int_equal(excess(hardware_domain), 0);
}

/* Those of PV guests. */
static void tables_are_counted(void **state)
{
    pv(1, 8);
    guest(2, 8);
    pv(3, 8);
    grants[2].late = interrex_anchor()->late.size; /* dom0 is looked at too */
    assert_int_equal(interrex_room_tables(), 0);
    assert_int_equal(interrex_room_look(STIME_MAX), 0);
    assert_int_equal(looked[0], 1);
    assert_int_equal(interrex_room_tables(), 11 + 13);
    interrex_room_end();
    assert_int_equal(interrex_room_tables(), 0);
}

/* The console names who takes more than its share: not dom0, and nobody while there is room. */
static void the_console_says_who(void **state)
{
    const uint64_t size = interrex_anchor()->late.size;
    char expected[64];
    const char *found;

    pv(1, 8);
    pv(2, 8);
    guest(3, 8);
    interrex_room_tell();
    assert_null(strstr(world_log, "its share"));
    frames[0].late = size;
    frames[2].late = size / 2;
    interrex_room_tell();
    snprintf(expected, sizeof(expected), "takes %" PRIu64 " bytes", size / 2);
    found = strstr(world_log, expected);
    assert_non_null(found);
    assert_ptr_equal(strstr(world_log, "takes "), found);
    assert_null(strstr(found + 1, "takes "));
}

/* One domain at a time, each once; who comes and goes in between does no harm. */
static void it_gives_way(void **state)
{
    const uint64_t size = interrex_anchor()->late.size;
    struct domain *d, *dying;

    guest(1, 8);
    d = guest(2, 8);
    grants[2].late = size;
    dying = guest(3, 8);
    grants[3].late = size;
    assert_int_equal(interrex_room_look(0), -ERESTART);
    assert_int_equal(interrex_room_look(0), -ERESTART);
    dying->is_dying = true;
    assert_int_equal(interrex_room_look(0), 0);
    assert_int_equal(interrex_room_look(0), 0);
    assert_int_equal(interrex_room_excess(d), size);
    assert_int_equal(interrex_room_excess(dying), 0);
    assert_int_equal(looked[1], 1);
    assert_int_equal(looked[2], 1);
    assert_int_equal(looked[3], 0);
    interrex_room_end();
    assert_int_equal(interrex_room_excess(d), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        ROOM_CASE(few_or_plain_guests_are_left_alone),
        ROOM_CASE(who_is_beyond_its_share_is_named_and_no_other),
        ROOM_CASE(each_part_is_looked_at),
        ROOM_CASE(pieces_of_who_is_prepared_count),
        ROOM_CASE(dom0_is_counted_and_not_named),
        ROOM_CASE(tables_are_counted),
        ROOM_CASE(the_console_says_who),
        ROOM_CASE(it_gives_way),
    };

    return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
