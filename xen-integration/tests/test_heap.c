/* SPDX-License-Identifier: GPL-2.0-only */
/* resume/heap.c: free memory that the heap gets little by little, and at once where it is asked for. */
#include "world.h"

#include <xen/numa.h>
#include <xen/timer.h>

#include <asm/interrex-boot.h>

#include "private/private.h"
#include "region/region.h"
#include "resume/resume.h"

struct interrex_stamps interrex_stamps;
unsigned long interrex_heap_to_come;
extern unsigned int *const param_opt_heap_pause;

#define FRAMES (6UL << (30 - PAGE_SHIFT)) /* of 6 GiB */
#define LOW    (4UL << (30 - PAGE_SHIFT))

/* ---- Areas whose tables are not made: mm_tables.c ---- */

#define AREA     (1UL << (30 - PAGE_SHIFT))
#define RESERVED 2560UL
#define TABLES   MB(10)
static bool later[FRAMES / AREA];
static unsigned long made[FRAMES / AREA]; /* bytes */
static unsigned int given_up;

bool interrex_area_is_later(unsigned long mfn)
{
    return mfn / AREA < ARRAY_SIZE(later) && later[mfn / AREA];
}

/* The first one has what the tables of all are made of. */
unsigned long interrex_area_reserved(unsigned long mfn)
{
    unsigned int i, first = 0, n = 0;

    for ( i = 0; i < ARRAY_SIZE(later); i++ )
        if ( later[i] )
        {
            first = n ? first : i;
            n++;
        }

    return mfn / AREA == first ? n * RESERVED : 0;
}

unsigned long interrex_area_make(unsigned long mfn, unsigned long done,
                                 unsigned long bytes)
{
    const unsigned long area = mfn / AREA;

    assert_true(later[area]);
    assert_true(done == made[area] || !done);
    made[area] = done + min(bytes, TABLES - done);
    if ( made[area] < TABLES )
        return made[area];
    later[area] = false;

    return 0;
}

void interrex_area_give_up(unsigned long mfn)
{
    assert_true(later[mfn / AREA]);
    later[mfn / AREA] = false;
    given_up++;
}

/* ---- The heap: which frames are counted, and which are listed ---- */

static uint8_t counted[FRAMES], listed[FRAMES];
static unsigned long nr_counted, nr_listed;

/* Node 1 begins here. */
static unsigned long second_node;
static bool has_lists[2];
/* The last that was listed. */
static unsigned long last_s, last_nr;

unsigned int phys_to_nid(paddr_t address)
{
    return PFN_DOWN(address) >= second_node;
}

unsigned long interrex_heap_count(unsigned long mfn, unsigned long nr)
{
    const unsigned int node = phys_to_nid(pfn_to_paddr(mfn));
    unsigned long i;

    if ( !has_lists[node] )
        return 0;
    for ( i = mfn; i < mfn + nr && phys_to_nid(pfn_to_paddr(i)) == node; i++ )
    {
        assert_false(counted[i] || listed[i]);
        counted[i] = 1;
        nr_counted++;
    }

    return i - mfn;
}

static void list(unsigned long mfn)
{
    assert_false(listed[mfn]);
    listed[mfn] = 1;
    nr_listed++;
}

void interrex_heap_list(unsigned long mfn, unsigned long nr)
{
    const unsigned int node = phys_to_nid(pfn_to_paddr(mfn));
    unsigned long i;

    assert_true(nr);
    for ( i = mfn; i < mfn + nr; i++ )
    {
        assert_false(interrex_area_is_later(i));
        assert_int_equal(phys_to_nid(pfn_to_paddr(i)), node);
        assert_true(counted[i]);
        list(i);
    }
    last_s = mfn;
    last_nr = nr;
}

/* The lists of a node come into being. */
static void node_begins(void)
{
    unsigned int i;

    for ( i = 0; i < world_nr_heap; i++ )
    {
        unsigned long mfn;

        has_lists[phys_to_nid(world_heap[i].start)] = true;
        for ( mfn = PFN_DOWN(world_heap[i].start);
              mfn < PFN_DOWN(world_heap[i].end); mfn++ )
            list(mfn);
    }
    world_nr_heap = 0;
}

/* ---- Time ---- */

static struct timer *timer;

void init_timer(struct timer *t, void (*function)(void *data), void *data,
                unsigned int cpu)
{
    assert_int_equal(cpu, 0); /* is never lent */
    *t = (struct timer){ .function = function, .data = data };
    timer = t;
}

void set_timer(struct timer *t, s_time_t expires)
{
    assert_false(t->world_armed);
    t->expires = expires;
    t->world_armed = true;
}

/* False: it will not come again. */
static bool turn(void)
{
    if ( !timer->world_armed )
        return false;
    timer->world_armed = false;
    timer->function(timer->data);

    return true;
}

static struct domain xen;

/* An allocation of no node in particular. */
static bool more(unsigned long lo, unsigned long hi, unsigned int order)
{
    return interrex_heap_more(NUMA_NO_NODE, false, lo, hi, order);
}

static int heap_begin(void **state)
{
    int rc = world_begin(state);

    dom_xen = &xen;
    memset(counted, 0, sizeof(counted));
    memset(listed, 0, sizeof(listed));
    memset(later, 0, sizeof(later));
    memset(made, 0, sizeof(made));
    given_up = 0;
    nr_counted = nr_listed = 0;
    second_node = FRAMES;
    has_lists[0] = true;
    has_lists[1] = false;
    timer = NULL;
    interrex_stamps = (struct interrex_stamps){ 0 };
    *param_opt_heap_pause = 0;

    return rc;
}

/* All that was left by a case, so that the next one begins with nothing. */
static int heap_end(void **state)
{
    while ( more(0, ~0UL, 0) )
        ;
    assert_true(nr_listed >= nr_counted);

    return world_end(state);
}
#define HEAP_CASE(test)                                                       \
    cmocka_unit_test_setup_teardown(test, heap_begin, heap_end)

/* ---- The cases ---- */

static void at_boot_nothing_is_listed(void **state)
{
    interrex_heap_later(1000, 5000);
    interrex_heap_later(7000, 7000); /* nothing */
    interrex_heap_later(LOW - 100, LOW + 9000);
    assert_int_equal(nr_counted, 4000 + 9100);
    assert_int_equal(nr_listed, 0);
}

static void once_dom0_runs_all_is(void **state)
{
    unsigned int turns = 0;

    interrex_heap_later(300, 301);
    interrex_heap_later(1000, 50000);
    interrex_heap_later(LOW - 100, LOW + 9000);
    interrex_heap_later(LOW + 9001, LOW + 300000);
    interrex_heap_begin();
    assert_int_equal(nr_listed, 0);
    while ( turn() )
    {
        assert_true(last_nr <= 2048);
        turns++;
    }
    assert_int_equal(nr_listed, nr_counted);
    assert_true(turns > 170 && turns < 190);
    assert_int_not_equal(interrex_stamps.heap_tsc, 0);
    assert_false(more(0, ~0UL, 0));
}

/* Each has a list of its own, and they are not a turn each. */
static void small_pieces_share_a_turn(void **state)
{
    unsigned int i, turns = 0;

    for ( i = 0; i < 800; i++ )
        interrex_heap_later(1000 + 4 * i, 1000 + 4 * i + 2);
    interrex_heap_begin();
    while ( turn() )
        turns++;
    assert_int_equal(nr_listed, 1600);
    assert_int_equal(turns, 100);
}

/* What lies below 4 GiB is left for those who need that. */
static void high_memory_comes_first(void **state)
{
    interrex_heap_later(1000, 9000);
    interrex_heap_later(LOW, LOW + 5000);
    assert_true(more(0, ~0UL, 0));
    assert_int_equal(last_s, LOW);
    assert_int_equal(last_nr, 4096);
    assert_true(more(0, ~0UL, 0));
    assert_int_equal(last_s, LOW + 4096);
    assert_int_equal(last_nr, 904);
    assert_true(more(0, ~0UL, 0));
    assert_int_equal(last_s, 1000);
}

static void who_needs_low_memory_gets_it(void **state)
{
    interrex_heap_later(1000, 9000);
    interrex_heap_later(LOW, LOW + 5000);
    assert_true(more(0, LOW, 0));
    assert_int_equal(last_s, 1000);
    /* and none that lies above what it may have, nor below */
    assert_false(more(0, 1024, 0));
    assert_true(more(LOW, ~0UL, 0));
    assert_true(more(LOW, ~0UL, 0));
    assert_false(more(LOW, ~0UL, 0));
    assert_int_equal(nr_listed, 5000 + 4096 - 1000);
}

/* A large block is listed up to where one ends; one that cannot be among the next ones is not looked for. */
static void large_blocks(void **state)
{
    interrex_heap_later(LOW + 5, FRAMES);
    interrex_heap_later(1000, 9000);
    assert_true(more(0, ~0UL, 9));
    assert_int_equal(last_s + last_nr, LOW + 4096);
    assert_true(more(0, ~0UL, 18));
    assert_int_equal(last_s + last_nr, LOW + (1 << 18));
    assert_true(more(0, ~0UL, 18));
    assert_int_equal(last_s + last_nr, FRAMES);
    assert_int_equal(nr_listed, (2 << 18) - 5);
    assert_false(more(0, ~0UL, 18));
    assert_int_equal(nr_listed, (2 << 18) - 5);
    assert_true(more(0, ~0UL, 9));
}

static void nodes(void **state)
{
    second_node = 8000;
    interrex_heap_later(1000, 7000);
    assert_int_equal(world_nr_heap, 0);
    /* A node's lists are made of the first memory of it. */
    world_nr_heap = 0;
    has_lists[1] = true;
    interrex_heap_later(7500, 20000);
    assert_false(interrex_heap_more(2, true, 0, ~0UL, 0));
    assert_true(interrex_heap_more(1, true, 0, ~0UL, 0));
    assert_int_equal(last_s, 8000);
    assert_true(interrex_heap_more(0, true, 0, ~0UL, 0));
    assert_int_equal(last_s, 1000);
    assert_true(interrex_heap_more(0, true, 0, ~0UL, 0));
    assert_true(interrex_heap_more(0, true, 0, ~0UL, 0));
    assert_int_equal(last_s, 7500);
    assert_int_equal(last_nr, 500);
    assert_false(interrex_heap_more(0, true, 0, ~0UL, 0));
}

/* It goes to the heap at once: init_domheap_pages() makes the lists. */
static void a_node_is_preferred(void **state)
{
    second_node = 8000;
    has_lists[1] = true;
    interrex_heap_later(1000, 20000);
    assert_true(interrex_heap_more(1, false, 0, ~0UL, 0));
    assert_int_equal(last_s, 8000);
    while ( interrex_heap_more(1, true, 0, ~0UL, 0) )
        ;
    assert_true(interrex_heap_more(1, false, 0, ~0UL, 0));
    assert_int_equal(last_s, 1000);
}

/* Before there are domains no tables can be made, and nothing is given. */
static void not_before_there_are_domains(void **state)
{
    struct domain *d = dom_xen;

    interrex_heap_later(1000, 9000);
    dom_xen = NULL;
    assert_false(more(0, ~0UL, 0));
    dom_xen = d;
    assert_true(more(0, ~0UL, 0));
}

static void the_first_memory_of_a_node(void **state)
{
    has_lists[0] = false;
    interrex_heap_later(1000, 3000);
    assert_int_equal(world_nr_heap, 1);
    assert_int_equal(PFN_DOWN(world_heap[0].start), 1000);
    assert_int_equal(PFN_DOWN(world_heap[0].end), 3000);
    node_begins();
    interrex_heap_later(4000, 9000);
    assert_int_equal(world_nr_heap, 0);
    assert_int_equal(nr_counted, 5000);
}

/* They are, before any of it is listed; what they are made of never is. */
static void tables_are_made_first(void **state)
{
    unsigned int turns = 0, making = 0;

    later[4] = later[5] = true;
    interrex_heap_later(LOW - 1000, LOW + 2 * AREA);
    assert_int_equal(nr_counted, 1000 + 2 * (AREA - RESERVED));
    assert_true(counted[LOW + AREA]);
    assert_int_equal(interrex_heap_to_come, nr_counted);
    interrex_heap_begin();
    while ( turn() )
    {
        making += later[4];
        turns++;
    }
    /* 80 pieces of 128 KiB each; then 127 times 2048 pages */
    assert_int_equal(making, 79);
    assert_true(turns > 2 * (80 + 126) && turns < 2 * (80 + 129));
    assert_int_equal(nr_listed, nr_counted);
    for ( turns = 0; turns < 2 * RESERVED; turns++ )
        assert_false(listed[LOW + turns]);
}

/* Who asks for memory, or writes to a frame's page_info, does not wait for turns. */
static void tables_at_once(void **state)
{
    later[4] = later[5] = true;
    interrex_heap_later(LOW, LOW + 2 * AREA);
    interrex_heap_begin();
    turn();
    assert_int_equal(made[4], KB(128));
    interrex_tables_now(LOW + AREA + 77);
    assert_false(later[5]);
    assert_true(later[4]);
    while ( !nr_listed )
        assert_true(more(0, ~0UL, 0));
    assert_false(later[4]);
    assert_int_equal(last_s, LOW + 2 * RESERVED);
    interrex_tables_now(LOW); /* there already */
    while ( !interrex_heap_now() )
        ;
    assert_int_equal(nr_listed, nr_counted);
    assert_int_equal(made[5], TABLES);
}

/* A node whose first memory is such an area has to have lists first. */
static void an_area_is_the_first_of_its_node(void **state)
{
    has_lists[0] = false;
    later[4] = true;
    interrex_heap_later(LOW, LOW + AREA);
    assert_int_equal(given_up, 1);
    assert_true(world_nr_heap);
    node_begins();
    assert_int_equal(nr_listed, AREA - RESERVED);
}

static void a_longer_pause(void **state)
{
    *param_opt_heap_pause = 20;
    interrex_heap_later(LOW, LOW + 5000);
    interrex_heap_begin();
    turn();
    assert_true(timer->expires >= MILLISECS(20));
    *param_opt_heap_pause = 1000000;
    interrex_heap_begin();
    timer->world_armed = true;
    turn();
    assert_true(timer->expires <= NOW() + MILLISECS(1000));
}

/* Whoever asks in whichever order: each frame once. */
static void in_any_order(void **state)
{
    unsigned long s;
    unsigned int i;

    srand(1);
    for ( s = 256; s + 70000 < FRAMES; s += rand() % 70000 )
    {
        const unsigned long e = s + rand() % (rand() % 8 ? 30 : 60000);

        interrex_heap_later(s, e);
        s = e + 1;
    }
    interrex_heap_begin();
    for ( i = 0; nr_listed < nr_counted; i++ )
    {
        assert_true(i < 100000);
        if ( rand() % 2 )
            turn();
        else
            more(rand() % 2 ? 0 : LOW, rand() % 2 ? ~0UL : rand() % FRAMES,
                 rand() % 19);
    }
    assert_int_equal(nr_listed, nr_counted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HEAP_CASE(at_boot_nothing_is_listed),
        HEAP_CASE(once_dom0_runs_all_is),
        HEAP_CASE(small_pieces_share_a_turn),
        HEAP_CASE(high_memory_comes_first),
        HEAP_CASE(who_needs_low_memory_gets_it),
        HEAP_CASE(large_blocks),
        HEAP_CASE(nodes),
        HEAP_CASE(a_node_is_preferred),
        HEAP_CASE(not_before_there_are_domains),
        HEAP_CASE(the_first_memory_of_a_node),
        HEAP_CASE(tables_are_made_first),
        HEAP_CASE(tables_at_once),
        HEAP_CASE(an_area_is_the_first_of_its_node),
        HEAP_CASE(a_longer_pause),
        HEAP_CASE(in_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
