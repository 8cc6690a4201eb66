/* SPDX-License-Identifier: GPL-2.0-only */
/* region/region.c: where R goes, and its anchor. */
#include "world.h"

#include <asm/e820.h>
#include <asm/interrex-boot.h>

#include "region/region.h"

extern int (*const param_parse_liveupdate)(const char *);
extern int (*const init_region_init)(void);

static const module_t no_modules[1];

/* What `liveupdate=` of this Xen's command line makes of the machine's memory. */
static bool reserve(const char *option)
{
    int rc = param_parse_liveupdate(option);

    interrex_reserve_region(&e820, no_modules, 0);

    return !rc && interrex_region.size;
}

static void size_and_address(void **state)
{
    assert_true(reserve("256M"));
    assert_int_equal(interrex_region.size, MB(256));
    /* The highest place: memory ends at 512 MiB. */
    assert_int_equal(interrex_region.start, MB(256));
}

static void address_is_taken_as_it_is(void **state)
{
    assert_true(reserve("128M@64M"));
    assert_int_equal(interrex_region.start, MB(64));
    assert_int_equal(interrex_region.size, MB(128));
}

static void numbers_in_bytes_and_hexadecimal(void **state)
{
    assert_true(reserve("0x8000000@0x4000000"));
    assert_int_equal(interrex_region.start, MB(64));
    assert_int_equal(interrex_region.size, MB(128));
}

static void size_is_rounded_to_2_mib(void **state)
{
    assert_true(reserve("65M@64M"));
    assert_int_equal(interrex_region.size, MB(66));
}

static void options_that_are_refused(void **state)
{
    static const char *const wrong[] = {
        "",        "0",       "x",         "64M@1M",
        "64M@65M", "64M 64M", "64M@x",     "4G",
        "5G@64M",  "64M@4G",  "64M@4032M", "64M,64M",
        "-1",      "0@64M",   "64M@64Mx",  "18446744073709551615@2M"
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(wrong); i++ )
        assert_int_equal(param_parse_liveupdate(wrong[i]), -EINVAL);
    interrex_reserve_region(&e820, no_modules, 0);
    assert_int_equal(interrex_region.size, 0);
    assert_int_equal(e820.nr_map, 2);
}

static void without_the_option_nothing_is_reserved(void **state)
{
    interrex_reserve_region(&e820, no_modules, 0);
    interrex_map_region();
    assert_int_equal(init_region_init(), 0);
    assert_null(interrex_anchor());
    assert_false(interrex_ready());
    assert_int_equal(world_nr_mapped, 0);
    assert_int_equal(e820.nr_map, 2);
}

static void region_leaves_the_memory_map(void **state)
{
    unsigned int i;

    assert_true(reserve("128M"));
    for ( i = 0; i < e820.nr_map; i++ )
        if ( e820.map[i].type == E820_RAM )
            assert_true(e820.map[i].addr >=
                            interrex_region.start + interrex_region.size ||
                        e820.map[i].addr + e820.map[i].size <=
                            interrex_region.start);
}

static void region_stays_below_4_gib(void **state)
{
    e820 = (struct e820map){
        2, { { MB(16), GB(2), E820_RAM }, { GB(4) - MB(64), GB(8), E820_RAM } }
    };
    assert_true(reserve("64M"));
    assert_int_equal(interrex_region.start, GB(4) - MB(64));

    e820.nr_map = 1;
    e820.map[0] = (struct e820entry){ GB(4), GB(8), E820_RAM };
    assert_int_equal(param_parse_liveupdate("64M"), 0);
    interrex_region.size = 0;
    interrex_reserve_region(&e820, no_modules, 0);
    assert_int_equal(interrex_region.size, 0);
    assert_non_null(strstr(world_log, "no place for 64 MiB"));
}

static void modules_and_this_xen_are_left_alone(void **state)
{
    const module_t modules[] = {
        { .mod_start = PFN_DOWN(MB(400)), .mod_end = MB(30) + 1 },
        { .mod_start = PFN_DOWN(MB(300)), .mod_end = MB(1) },
    };

    world_xen_start = MB(448);
    world_xen_end = MB(452);
    assert_int_equal(param_parse_liveupdate("64M"), 0);
    interrex_reserve_region(&e820, modules, 2);
    assert_int_equal(interrex_region.start, MB(336));

    interrex_region.size = 0;
    assert_int_equal(param_parse_liveupdate("96M"), 0);
    e820 = (struct e820map){ 1, { { MB(1), MB(511), E820_RAM } } };
    interrex_reserve_region(&e820, modules, 2);
    assert_int_equal(interrex_region.start, MB(304));
}

static void no_place_between_them(void **state)
{
    const module_t module = { .mod_start = PFN_DOWN(MB(200)),
                              .mod_end = MB(60) };

    world_xen_start = MB(400);
    world_xen_end = MB(404);
    assert_int_equal(param_parse_liveupdate("200M"), 0);
    interrex_reserve_region(&e820, &module, 1);
    assert_int_equal(interrex_region.size, 0);
    assert_int_equal(e820.nr_map, 2);
}

/* Nobody knows what is there: a device perhaps. */
static void address_where_no_memory_is(void **state)
{
    static const uint32_t other[] = { E820_ACPI, E820_NVS, E820_UNUSABLE };
    unsigned int i;

    e820 = (struct e820map){
        2, { { 0, MB(64), E820_RAM }, { MB(192), MB(320), E820_RAM } }
    };
    assert_false(reserve("128M@64M")); /* a hole */
    assert_false(reserve("128M@2G"));
    for ( i = 0; i < ARRAY_SIZE(other); i++ )
    {
        e820 = (struct e820map){ 3,
                                 { { 0, MB(64), E820_RAM },
                                   { MB(64), MB(128), other[i] },
                                   { MB(192), MB(320), E820_RAM } } };
        assert_false(reserve("128M@64M"));
    }
    /* Reserved, but for a hole; and without one, in two pieces. */
    e820 = (struct e820map){ 2,
                             { { MB(64), MB(60), E820_RESERVED },
                               { MB(128), MB(64), E820_RESERVED } } };
    assert_false(reserve("128M@64M"));
    e820.map[0].size = MB(64);
    assert_true(reserve("128M@64M"));
}

/* What the Xen before reserved, or firmware: it need not be RAM, but not partly either. */
static void address_may_be_reserved_already(void **state)
{
    e820 = (struct e820map){ 3,
                             { { MB(1), MB(63), E820_RAM },
                               { MB(64), MB(128), E820_RESERVED },
                               { MB(192), MB(64), E820_RAM } } };
    assert_true(reserve("128M@64M"));

    interrex_region.size = 0;
    assert_false(reserve("128M@128M"));
    interrex_region.size = 0;
    assert_false(reserve("128M@62M"));
}

static void region_is_mapped_whole(void **state)
{
    assert_true(reserve("128M@64M"));
    interrex_map_region();
    assert_int_equal(world_nr_mapped, 1);
    assert_int_equal(world_mapped[0].start, MB(64));
    assert_int_equal(world_mapped[0].end, MB(192));
}

static void anchor_is_made_once(void **state)
{
    struct irx_anchor *a;

    assert_true(reserve("128M@64M"));
    memset(maddr_to_virt(MB(64)), 0xa5, MB(64));
    assert_false(interrex_ready());
    assert_int_equal(init_region_init(), 0);
    assert_true(interrex_ready());
    a = interrex_anchor();
    assert_ptr_equal(a, maddr_to_virt(MB(64)));
    assert_int_equal(a->magic, IRX_ANCHOR_MAGIC);
    assert_int_equal(a->size, sizeof(*a));
    assert_int_equal(a->region_base, MB(64));
    assert_int_equal(a->region_size, MB(128));
    assert_int_equal(a->host_state, IRX_HOST_IDLE);
    assert_int_equal(a->generation, 0);
    assert_int_equal(interrex_domain_rec(0)->generation, 0);
    assert_int_equal(interrex_domain_rec(a->domains.count - 1)->generation, 0);
    assert_int_equal(interrex_vcpu_rec(a->vcpus.count - 1)->state, 0);
    assert_int_equal(interrex_cpu_rec(a->cpus.count - 1)->state, 0);
}

static void too_small_is_said_and_used_for_nothing(void **state)
{
    assert_true(reserve("32M@64M"));
    assert_int_equal(init_region_init(), 0);
    assert_false(interrex_ready());
    assert_int_equal(interrex_anchor()->magic, 0);
    assert_non_null(strstr(world_log, "region too small"));
}

static void started_by_an_update_keeps_the_anchor(void **state)
{
    assert_true(reserve("128M@64M"));
    interrex_anchor()->magic = IRX_ANCHOR_MAGIC;
    interrex_anchor()->generation = 12;
    interrex_begin_resumed();
    assert_int_equal(init_region_init(), 0);
    assert_int_equal(interrex_anchor()->generation, 12);
}

/* Of a region that an older Xen laid out, entries end where its version ended them. */
static void entries_of_an_older_layout(void **state)
{
    struct irx_anchor *a;
    uint8_t *entry;

    assert_true(reserve("128M@64M"));
    init_region_init();
    a = interrex_anchor();
    entry = (uint8_t *)interrex_vcpu_rec(1);
    assert_true(interrex_abi(1));
    a->version = IRX_VERSION(1, 0);
    assert_false(interrex_abi(1));
    a->vcpus.stride = 7680;
    memset(entry, 0xee, 8192);
    interrex_clear_entry(entry, &a->vcpus, sizeof(struct irx_vcpu));
    assert_int_equal(entry[7679], 0);
    assert_int_equal(entry[7680], 0xee); /* the next one's */
}

static void nothing_beyond_a_table_or_the_region(void **state)
{
    assert_true(reserve("128M@64M"));
    init_region_init();
    expect_assert_failure(interrex_at(MB(128)));
    expect_assert_failure(
        interrex_domain_rec(interrex_anchor()->domains.count));
    expect_assert_failure(interrex_vcpu_rec(~0U));
    expect_assert_failure(interrex_cpu_rec(interrex_anchor()->cpus.count));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(size_and_address),
        CASE(address_is_taken_as_it_is),
        CASE(numbers_in_bytes_and_hexadecimal),
        CASE(size_is_rounded_to_2_mib),
        CASE(options_that_are_refused),
        CASE(without_the_option_nothing_is_reserved),
        CASE(region_leaves_the_memory_map),
        CASE(region_stays_below_4_gib),
        CASE(modules_and_this_xen_are_left_alone),
        CASE(no_place_between_them),
        CASE(address_where_no_memory_is),
        CASE(address_may_be_reserved_already),
        CASE(region_is_mapped_whole),
        CASE(anchor_is_made_once),
        CASE(too_small_is_said_and_used_for_nothing),
        CASE(started_by_an_update_keeps_the_anchor),
        CASE(entries_of_an_older_layout),
        CASE(nothing_beyond_a_table_or_the_region),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
