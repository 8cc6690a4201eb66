/* SPDX-License-Identifier: GPL-2.0-only */
/* handover/rehearse.c: what the jump would lack of R and of memory, while dom0 still runs. */
#include "early_bench.h"

#include <xen/err.h>

#include "hold/hold.h"

#define LATE_RECORD                                                           \
    48u /* bytes of a record that stands for all of the late section */

static const struct irx_extent memory[] = {
    { .gfn = 0, .mfn = 0x16000, .nr = 0x100, .type = IRX_P2M_RAM_RW },
};
static const struct irx_extent dom0_memory[] = {
    { .gfn = 0, .mfn = 0x19000, .nr = 0x10, .type = IRX_P2M_RAM_RW },
    { .gfn = 0x10, .mfn = 0x18000, .nr = 0x10, .type = IRX_P2M_RAM_RW },
};

static const struct irx_extent pv_memory[] = {
    { .gfn = 0x17000, .mfn = 0x17000, .nr = 0x10, .type = IRX_P2M_RAM_RW },
};
static struct domain *pv_guest; /* NULL: there is none */

/* ---- What of a hand-over is not looked at here ---- */

static uint64_t late_bytes; /* of the late section */
static int late_error;
static long dom0_extents; /* that dom0 has */
static int fill_error;
static unsigned int pieces; /* in which a domain's memory was gone through */

int interrex_late_write(struct irx_writer *w, uint64_t *total)
{
    static const uint8_t some[1024];
    uint64_t left;

    if ( late_error )
        return late_error;
    assert_non_null(interrex_hold_of(hardware_domain));
    if ( pv_guest )
        assert_non_null(interrex_hold_of(pv_guest));
    irx_writer_begin(w, IRX_REC_HVM_CONTEXT, 0, 0);
    for ( left = late_bytes; left; left -= min(left, sizeof(some)) )
        irx_writer_put(w, some, min(left, sizeof(some)));
    irx_writer_end(w);

    return irx_writer_finish(w, total, NULL);
}

long interrex_memory_count(struct interrex_hold *h, s_time_t give_way)
{
    return dom0_extents;
}

int interrex_fill_domain(struct interrex_hold *h, s_time_t give_way)
{
    struct irx_domain *r = interrex_domain_rec(h->entry);
    unsigned int i;
    int rc;

    assert_true(h->d == hardware_domain || h->d == pv_guest);
    for ( i = 0; i < r->vcpu_count; i++ ) /* it may run: nothing of before */
        assert_int_equal(interrex_vcpu_rec(r->vcpu_first + i)->flags, 0);
    if ( fill_error )
        return fill_error;
    if ( give_way != STIME_MAX && ++pieces % 3 )
        return -ERESTART;
    rc = interrex_data_alloc(h, dom0_extents * sizeof(struct irx_extent));
    if ( rc )
        return rc;
    r->extents = h->data_off;
    if ( h->d == pv_guest )
    {
        r->extent_count = ARRAY_SIZE(pv_memory);
        memcpy(interrex_at(r->extents), pv_memory, sizeof(pv_memory));
        return 0;
    }
    r->extent_count = ARRAY_SIZE(dom0_memory);
    memcpy(interrex_at(r->extents), dom0_memory, sizeof(dom0_memory));

    return 0;
}

/* ---- The cases ---- */

static void begin(void)
{
    carried(3, memory, 1);
    hardware_domain = world_domain(0, 1);
    hardware_domain->world_pages = 0x20;
    hardware_domain->shared_info = mfn_to_virt(PFN_DOWN(MB(8)));
    interrex_anchor()->host_state = IRX_HOST_HOLDING;
    late_bytes = LATE_RECORD;
    late_error = fill_error = 0;
    pieces = 0;
    dom0_extents = ARRAY_SIZE(dom0_memory);
    pv_guest = NULL;
}

/* A guest that the shim cannot run, and so is in R at the jump only. */
static void add_pv_guest(void)
{
    pv_guest = world_domain(5, 1);
    pv_guest->world_pv = true;
    pv_guest->world_pages = 0x10;
    pv_guest->shared_info = mfn_to_virt(PFN_DOWN(MB(13)));
    interrex_vcpu_rec(0)->flags = IRX_VCPUF_INITIALISED;
}

/* All of it at once. */
static struct interrex_lack rehearse(void)
{
    struct interrex_lack lack = {};

    assert_int_equal(interrex_rehearse(&lack, STIME_MAX), 0);

    return lack;
}

/* R as it is, but for the data that nobody has any more. */
static void assert_forgotten(void)
{
    const struct irx_anchor *a = interrex_anchor();
    unsigned int i;

    assert_null(interrex_hold_of(hardware_domain));
    if ( pv_guest )
        assert_null(interrex_hold_of(pv_guest));
    for ( i = 0; i < a->domains.count; i++ )
        if ( irx_domain_in_use(a, interrex_domain_rec(i)) )
            assert_int_equal(interrex_domain_rec(i)->domid, 3);
    assert_int_equal(a->early_used, 0);
    assert_int_equal(a->late_used, 8); /* as the bench has it */
}

static void there_is_room(void **state)
{
    struct interrex_lack lack;

    begin();
    lack = rehearse();
    assert_int_equal(lack.boot, 0);
    assert_int_equal(lack.region, 0);
    assert_forgotten();
    /* And for as long as one likes. */
    lack = rehearse();
    assert_int_equal(lack.boot + lack.region, 0);
}

static void a_pv_guest_is_in_r_as_well(void **state)
{
    struct interrex_lack lack;

    begin();
    add_pv_guest();
    lack = rehearse();
    assert_int_equal(lack.boot + lack.region, 0);
    assert_forgotten();
    /* One that is going is not there at the jump. */
    pv_guest->world_dying = true;
    lack = rehearse();
    assert_int_equal(lack.region, 0);
    assert_forgotten();
}

/* What is written elsewhere would just fit, or lacks eight bytes. */
static void the_late_section_is_too_long(void **state)
{
    struct irx_anchor *a = interrex_anchor();
    struct interrex_lack lack;
    uint64_t all = sizeof(struct irx_stream_header) +
                   sizeof(struct irx_record) + LATE_RECORD;

    begin();
    a->late.size = all;
    assert_int_equal(rehearse().region, 0);
    a->late.size = all - 8;
    lack = rehearse();
    assert_int_equal(lack.region, MB(2));
    assert_int_equal(lack.boot, 0);
    late_bytes = MB(3);
    lack = rehearse();
    assert_true(lack.region > MB(96) && lack.region <= MB(98));
    assert_forgotten();
}

static void the_early_section_is_too_long(void **state)
{
    begin();
    interrex_anchor()->early.size = PAGE_SIZE;
    assert_int_equal(rehearse().region, 0);
    interrex_anchor()->early.size = 256;
    assert_int_equal(rehearse().region, MB(2));
    assert_forgotten();
}

static void dom0_has_no_room_for_its_memory(void **state)
{
    const struct irx_anchor *a = interrex_anchor();
    struct interrex_lack lack;

    begin();
    dom0_extents = a->data.size / sizeof(struct irx_extent);
    lack = rehearse();
    assert_true(lack.region > BENCH_SIZE);
    assert_forgotten();
    dom0_extents = ARRAY_SIZE(dom0_memory);
    assert_int_equal(rehearse().region, 0);
}

static void dom0_has_no_entry(void **state)
{
    begin();
    hardware_domain->domain_id = 9; /* another one is dom0 */
    hardware_domain = world_domain(0, interrex_anchor()->vcpus.count);
    hardware_domain->world_pages = 0x20;
    assert_true(rehearse().region > BENCH_SIZE);
    assert_forgotten();
}

/* The next Xen cannot boot beside them: with dom0 in R, and where dom0 is not to be had just now. */
static void no_room_to_boot(void **state)
{
    begin();
    e820 = (struct e820map){ 1, { { MB(60), MB(293), E820_RAM } } };
    assert_int_equal(rehearse().boot, 0);
    e820 = (struct e820map){ 1, { { MB(62), MB(291), E820_RAM } } };
    assert_int_not_equal(rehearse().boot, 0);
    fill_error = -E2BIG;
    assert_int_not_equal(rehearse().boot, 0);
    assert_int_equal(rehearse().region, 0);
    assert_forgotten();
}

/* It is not lacking because nobody can say. */
static void what_cannot_be_known(void **state)
{
    begin();
    fill_error = -E2BIG;
    assert_int_equal(rehearse().region, 0);
    fill_error = 0;
    late_error = -EBUSY;
    assert_int_equal(rehearse().region, 0);
    world_alloc_fails = 1;
    assert_int_equal(rehearse().region, 0);
    assert_forgotten();
}

/* Domains go on in between; whoever seats them anew is told the same. */
static void in_pieces(void **state)
{
    struct interrex_lack lack = {};
    unsigned int calls = 1;

    begin();
    add_pv_guest();
    interrex_anchor()->early.size = 256;
    while ( interrex_rehearse(&lack, 0) == -ERESTART )
    {
        assert_non_null(interrex_hold_of(hardware_domain));
        assert_int_equal(lack.region, 0);
        calls++;
    }
    assert_int_equal(
        calls,
        5); /* three pieces each, the third of which goes on with the next domain */
    assert_int_equal(lack.region, MB(2));
    assert_forgotten();
}

static void one_that_is_given_up(void **state)
{
    struct interrex_lack lack = {};

    begin();
    add_pv_guest();
    for ( ; pieces < 4; )
        assert_int_equal(interrex_rehearse(&lack, 0), -ERESTART);
    assert_non_null(interrex_hold_of(pv_guest));
    interrex_rehearse_end();
    assert_forgotten();
    interrex_rehearse_end();
    pieces = 0;
    assert_int_equal(interrex_rehearse(&lack, 0), -ERESTART);
    assert_null(interrex_hold_of(pv_guest)); /* it begins with dom0 */
    interrex_rehearse_end();
    assert_forgotten();
}

/* Who is in R already, for a jump or behind one, is not taken out of it. */
static void dom0_is_there_already(void **state)
{
    struct interrex_hold *h;

    begin();
    h = interrex_hold_new(hardware_domain);
    interrex_anchor()->early.size = 256;
    assert_int_equal(rehearse().region, 0);
    interrex_rehearse_end();
    assert_ptr_equal(interrex_hold_of(hardware_domain), h);
    interrex_hold_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EARLY_CASE(there_is_room),
        EARLY_CASE(a_pv_guest_is_in_r_as_well),
        EARLY_CASE(in_pieces),
        EARLY_CASE(one_that_is_given_up),
        EARLY_CASE(dom0_is_there_already),
        EARLY_CASE(the_late_section_is_too_long),
        EARLY_CASE(the_early_section_is_too_long),
        EARLY_CASE(dom0_has_no_room_for_its_memory),
        EARLY_CASE(dom0_has_no_entry),
        EARLY_CASE(no_room_to_boot),
        EARLY_CASE(what_cannot_be_known),
    };

    return cmocka_run_group_tests_name("rehearse", tests, NULL, NULL);
}
