/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Design rules 3 and 4 between versions: five builds, 1.0 to 1.4, of an invented
 * ABI that grows in every way that is allowed, hand over to one another in the
 * version that they negotiate.
 *
 *   1.0  thing {a, b}; items[] {x, y}
 *   1.1  thing + c
 *   1.2  items + z; EXTRA, mandatory
 *   1.3  HINT, optional
 *   1.4  thing + d
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <interrex/negotiate.h>
#include <interrex/stream.h>

#include "help_handoff.h"
#include "help_stream.h"

#define V(minor) IRX_VERSION(1, minor)
#define NEWEST   4u
#define THING    0x10u
#define ITEMS    0x11u
#define EXTRA    0x12u
#define HINT     (IRX_RECORD_OPTIONAL | 0x13u)

struct thing {
    uint64_t a, b, c, d;
};

struct item {
    uint64_t x, y, z;
};

static const struct irx_form thing_forms[] = {{V(0), 16}, {V(1), 24}, {V(4), 32}};
static const struct irx_form item_forms[] = {{V(0), 16}, {V(2), 24}};
static const struct irx_form plain_forms[] = {{V(0), 8}};

/* What the build 1.`minor` knows. */
struct build {
    struct irx_layout thing, item, plain;
    struct irx_type_info types[4];
    struct irx_schema schema;
    struct irx_note note;
};

static uint32_t forms_of(const struct irx_form *forms, uint32_t n, uint32_t version)
{
    while (n > 1 && forms[n - 1].since > version)
        n--;
    return n;
}

static void make_build(struct build *b, uint32_t minor)
{
    uint32_t oldest = minor < 2 ? V(0) : V(minor - 2);

    memset(b, 0, sizeof(*b));
    b->thing = (struct irx_layout){
        .name = "thing", .forms = thing_forms, .nr_forms = forms_of(thing_forms, 3, V(minor))};
    b->item = (struct irx_layout){
        .name = "item", .forms = item_forms, .nr_forms = forms_of(item_forms, 2, V(minor))};
    b->plain = (struct irx_layout){.name = "plain", .forms = plain_forms, .nr_forms = 1};
    b->types[0] = (struct irx_type_info){
        .type = THING, .section = 1, .since = V(0), .name = "thing", .layout = &b->thing};
    b->types[1] = (struct irx_type_info){.type = ITEMS,
                                         .section = 1,
                                         .since = V(0),
                                         .flags = IRX_TYPE_ARRAY,
                                         .name = "items",
                                         .layout = &b->item};
    b->types[2] = (struct irx_type_info){
        .type = EXTRA, .section = 1, .since = V(2), .name = "extra", .layout = &b->plain};
    b->types[3] = (struct irx_type_info){
        .type = HINT, .section = 1, .since = V(3), .name = "hint", .layout = &b->plain};
    b->schema = (struct irx_schema){.version = V(minor),
                                    .oldest = oldest,
                                    .types = b->types,
                                    .nr_types = minor < 2   ? 2
                                                : minor < 3 ? 3
                                                            : 4};
    b->note = (struct irx_note){.size = sizeof(b->note),
                                .producer = IRX_PRODUCER_XEN,
                                .native = V(minor),
                                .oldest_read = oldest,
                                .oldest_write = oldest};
}

static struct help_stream t;

/* What a build writes for a reader that asked for `version`. */
static int write_as(const struct build *b, uint32_t version)
{
    const uint64_t extra = 77;
    const struct thing thing = {1, 2, 3, 4};
    const struct item items[3] = {{11, 12, 13}, {21, 22, 23}, {31, 32, 33}};
    size_t item = irx_layout_native(&b->item), i;
    struct irx_writer w;

    irx_writer_init_schema(&w, &b->schema, t.words, sizeof(t.words), 1, 1, help_build_id,
                           help_handoff_id, 0, version);
    irx_writer_record(&w, THING, 0, &thing, irx_layout_native(&b->thing));
    irx_writer_begin(&w, ITEMS, 0, 0);
    for (i = 0; i < 3; i++) /* a build knows no more of an item than its own version has */
        irx_writer_put(&w, &items[i], item);
    irx_writer_end(&w);
    if (version >= V(2))
        irx_writer_record(&w, EXTRA, 0, &extra, 8);
    if (version >= V(3))
        irx_writer_record(&w, HINT, 0, &extra, 8);
    return irx_writer_finish(&w, &t.size, NULL);
}

/* What a build finds: exactly what `version` has, the rest zero. */
static void read_as(const struct build *b, uint32_t version)
{
    struct thing thing = {9, 9, 9, 9};
    struct item item;
    const struct irx_record *rec;
    struct irx_stream_error e;
    struct irx_stream s;
    size_t i;

    assert_int_equal(irx_stream_validate_schema(&s, &b->schema, t.words, t.size, 1, &e), 0);
    rec = irx_stream_find(&s, THING, 0, NULL);
    irx_record_copy(rec, &thing, sizeof(thing));
    assert_int_equal(thing.b, 2);
    assert_int_equal(thing.c, version >= V(1) ? 3 : 0);
    assert_int_equal(thing.d, version >= V(4) ? 4 : 0);
    rec = irx_stream_find(&s, ITEMS, 0, NULL);
    assert_int_equal(irx_record_count(&s, rec), 3);
    for (i = 0; i < 3; i++) {
        memset(&item, 0, sizeof(item));
        assert_int_equal(irx_record_get(&s, rec, i, &item, irx_layout_native(&b->item)), 0);
        assert_int_equal(item.x, 10 * i + 11);
        assert_int_equal(item.y, 10 * i + 12);
        assert_int_equal(item.z, version >= V(2) ? 10 * i + 13 : 0);
    }
    assert_int_equal(irx_stream_find(&s, EXTRA, 0, NULL) != NULL, version >= V(2));
}

static uint32_t minor_distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

static void every_build_hands_over_to_every_other_in_reach(void **state)
{
    struct irx_negotiation n;
    struct build writer, reader;
    uint32_t w, r;

    (void)state;
    for (w = 0; w <= NEWEST; w++)
        for (r = 0; r <= NEWEST; r++) {
            int rc;

            make_build(&writer, w);
            make_build(&reader, r);
            rc = irx_negotiate(&writer.note, &reader.note, &n);
            assert_int_equal(rc == 0, minor_distance(w, r) <= 2);
            if (rc)
                continue;
            assert_int_equal(n.version, V(w < r ? w : r));
            assert_int_equal(write_as(&writer, n.version), 0);
            read_as(&reader, n.version);
        }
}

static void writer_writes_no_version_out_of_reach(void **state)
{
    struct build b;

    (void)state;
    make_build(&b, 4);
    assert_int_equal(write_as(&b, V(1)), -EOPNOTSUPP);
    assert_int_equal(write_as(&b, V(5)), -EOPNOTSUPP);
}

static void writer_writes_no_record_that_the_version_lacks(void **state)
{
    const uint64_t extra = 0;
    struct irx_writer w;
    struct build b;

    (void)state;
    make_build(&b, 3);
    irx_writer_init_schema(&w, &b.schema, t.words, sizeof(t.words), 1, 1, help_build_id,
                           help_handoff_id, 0, V(1));
    assert_int_equal(irx_writer_record(&w, EXTRA, 0, &extra, 8), -EOPNOTSUPP);
}

static void header_says_the_oldest_reader(void **state)
{
    static const uint32_t expected[] = {V(0), V(1), V(2), V(2), V(4)};
    struct build b;
    uint32_t minor;

    (void)state;
    for (minor = 0; minor <= NEWEST; minor++) {
        make_build(&b, minor);
        assert_int_equal(write_as(&b, V(minor)), 0);
        assert_int_equal(help_header(&t)->oldest_reader, expected[minor]);
    }
}

/* Without asking: a reader that is too old refuses, and says what it would take. */
static void unasked_newer_stream_is_refused(void **state)
{
    struct build writer, reader;
    struct irx_stream_error e;
    struct irx_stream s;

    (void)state;
    make_build(&writer, 4);
    make_build(&reader, 3);
    assert_int_equal(write_as(&writer, V(4)), 0);
    assert_int_equal(irx_stream_validate_schema(&s, &reader.schema, t.words, t.size, 1, &e),
                     -EOPNOTSUPP);
    assert_int_equal(e.code, IRX_SE_TOO_NEW);
    assert_int_equal(e.value, V(4));
    assert_int_equal(e.expected, V(3));
}

/* 1.3 differs from 1.2 by an optional record only: a 1.2 reader reads it unasked. */
static void unasked_newer_stream_with_optional_records_is_read(void **state)
{
    struct build writer, reader;

    (void)state;
    make_build(&writer, 3);
    make_build(&reader, 2);
    assert_int_equal(write_as(&writer, V(3)), 0);
    read_as(&reader, V(3));
}

static void too_old_stream_is_refused(void **state)
{
    struct build writer, reader;
    struct irx_stream_error e;
    struct irx_stream s;

    (void)state;
    make_build(&writer, 0);
    make_build(&reader, 3);
    assert_int_equal(write_as(&writer, V(0)), 0);
    assert_int_equal(irx_stream_validate_schema(&s, &reader.schema, t.words, t.size, 1, &e),
                     -EOPNOTSUPP);
    assert_int_equal(e.code, IRX_SE_TOO_OLD);
}

static void record_newer_than_its_stream_is_refused(void **state)
{
    struct build b;
    struct irx_stream_error e;
    struct irx_stream s;

    (void)state;
    make_build(&b, 2);
    assert_int_equal(write_as(&b, V(2)), 0);
    help_header(&t)->version = V(1);
    help_header(&t)->oldest_reader = V(0);
    help_record(&t, 0)->flags = 0;
    help_record(&t, 1)->length = 0;
    help_record(&t, 1)->length = 48; /* two items of 1.2 are three of 1.1: lengths are right */
    t.size = (uint64_t)((uint8_t *)help_record(&t, 2) - help_bytes(&t));
    help_seal(&t);
    assert_int_equal(irx_stream_validate_schema(&s, &b.schema, t.words, t.size, 1, &e), 0);
    help_record(&t, 1)->type = EXTRA;
    help_seal(&t);
    assert_int_not_equal(irx_stream_validate_schema(&s, &b.schema, t.words, t.size, 1, &e), 0);
    assert_int_equal(e.code, IRX_SE_SINCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_build_hands_over_to_every_other_in_reach),
        cmocka_unit_test(writer_writes_no_version_out_of_reach),
        cmocka_unit_test(writer_writes_no_record_that_the_version_lacks),
        cmocka_unit_test(header_says_the_oldest_reader),
        cmocka_unit_test(unasked_newer_stream_is_refused),
        cmocka_unit_test(unasked_newer_stream_with_optional_records_is_read),
        cmocka_unit_test(too_old_stream_is_refused),
        cmocka_unit_test(record_newer_than_its_stream_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
