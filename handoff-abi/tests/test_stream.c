/* SPDX-License-Identifier: GPL-2.0-only */
/* The codec: what is written is read back, and each rule of the format refuses its violation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <interrex/crc32c.h>
#include <interrex/stream.h>

#include "help_handoff.h"
#include "help_stream.h"

static struct help_stream t;

/* Records of help_late(), by number. */
enum { DOMAIN0, AFFINITY0, SCHED0, TABLE0, FRAMES0, MAPTRACK0, FOREIGN0, VIOAPIC0 };

/* ---- Round trip ---- */

static void reads_what_was_written(void **state)
{
    struct irx_grant_frame f;
    struct irx_domain_record d;
    const struct irx_record *rec;
    struct irx_stream s;

    (void)state;
    help_late(&t);
    assert_int_equal(irx_stream_validate(&s, t.words, t.size, IRX_SECTION_LATE, NULL), 0);
    assert_true(irx_stream_of_handoff(&s, help_handoff_id));
    assert_false(irx_stream_of_handoff(&s, help_build_id));

    rec = irx_stream_find(&s, IRX_REC_DOMAIN, 2, NULL);
    assert_non_null(rec);
    irx_record_copy(rec, &d, sizeof(d));
    assert_int_equal(d.domid, 2);
    assert_int_equal(d.time_offset_seconds, -3600);
    assert_null(irx_stream_find(&s, IRX_REC_DOMAIN, 2, rec));
    assert_null(irx_stream_find(&s, IRX_REC_DOMAIN, 3, NULL));

    rec = irx_stream_find(&s, IRX_REC_GRANT_FRAMES, 1, NULL);
    assert_int_equal(irx_record_count(&s, rec), 2);
    assert_int_equal(irx_record_get(&s, rec, 1, &f, sizeof(f)), 0);
    assert_int_equal(f.mfn, 0x3201);
    assert_int_equal(irx_record_get(&s, rec, 2, &f, sizeof(f)), -ENOENT);
    assert_int_equal(irx_record_get(&s, rec, 0, &f, sizeof(f) - 8), -EINVAL);
}

static void iterates_over_all(void **state)
{
    const struct irx_record *rec = NULL;
    struct irx_stream s;
    uint32_t n = 0;

    (void)state;
    help_late(&t);
    assert_int_equal(irx_stream_validate(&s, t.words, t.size, 0, NULL), 0);
    while ((rec = irx_stream_next(&s, rec)))
        assert_ptr_equal(rec, help_record(&t, n++));
    assert_int_equal(n, help_header(&t)->record_count);
}

static void finds_every_one_of_many(void **state)
{
    const struct irx_record *first, *second;
    struct irx_stream s;

    (void)state;
    help_late(&t);
    assert_int_equal(irx_stream_validate(&s, t.words, t.size, 0, NULL), 0);
    first = irx_stream_find(&s, IRX_REC_VIOAPIC, 0, NULL);
    second = irx_stream_find(&s, IRX_REC_VIOAPIC, 0, first);
    assert_non_null(second);
    assert_ptr_not_equal(first, second);
    assert_null(irx_stream_find(&s, IRX_REC_VIOAPIC, 0, second));
}

static void empty_stream_is_sound(void **state)
{
    struct irx_writer w;
    struct irx_stream s;
    uint32_t crc;

    (void)state;
    help_writer(&w, t.words, sizeof(t.words), IRX_SECTION_EARLY);
    assert_int_equal(irx_writer_finish(&w, &t.size, &crc), 0);
    assert_int_equal(t.size, sizeof(struct irx_stream_header));
    assert_int_equal(crc, help_header(&t)->crc);
    assert_int_equal(irx_stream_validate(&s, t.words, t.size, 0, NULL), 0);
    assert_null(irx_stream_next(&s, NULL));
}

/* ---- Writer ---- */

static void writer_errors_stick(void **state)
{
    const struct irx_grant_table table = {0};
    struct irx_writer w;

    (void)state;
    help_writer(&w, t.words, sizeof(t.words), IRX_SECTION_LATE);
    assert_int_equal(irx_writer_put(&w, &table, sizeof(table)), -EINVAL); /* no open record */
    assert_int_equal(irx_writer_begin(&w, IRX_REC_DOMAIN, 0, 0), -EINVAL);
    assert_int_equal(irx_writer_finish(&w, NULL, NULL), -EINVAL);
    assert_int_equal(help_header(&t)->valid, 0);
}

static int writer_of(uint32_t type, size_t size, unsigned int puts)
{
    static const uint8_t zero[2048];
    struct irx_writer w;

    help_writer(&w, t.words, sizeof(t.words), IRX_SECTION_LATE);
    irx_writer_begin(&w, type, 0, 0);
    while (puts--)
        irx_writer_put(&w, zero, size);
    irx_writer_end(&w);
    return irx_writer_finish(&w, NULL, NULL);
}

static void writer_takes_whole_structures_only(void **state)
{
    (void)state;
    assert_int_equal(writer_of(IRX_REC_GRANT_TABLE, sizeof(struct irx_grant_table), 1), 0);
    assert_int_equal(writer_of(IRX_REC_GRANT_TABLE, sizeof(struct irx_grant_table) - 4, 1),
                     -EINVAL);
    assert_int_equal(writer_of(IRX_REC_GRANT_TABLE, sizeof(struct irx_grant_table), 2), -EINVAL);
    assert_int_equal(writer_of(IRX_REC_GRANT_TABLE, 0, 0), -EINVAL);
    assert_int_equal(writer_of(IRX_REC_GRANT_FRAMES, 3 * sizeof(struct irx_grant_frame), 2), 0);
    assert_int_equal(writer_of(IRX_REC_GRANT_FRAMES, sizeof(struct irx_grant_frame) + 8, 1),
                     -EINVAL);
    assert_int_equal(writer_of(IRX_REC_HVM_CONTEXT, 13, 3), 0);
    assert_int_equal(writer_of(0x7777, 8, 1), -EOPNOTSUPP);
    assert_int_equal(writer_of(IRX_RECORD_OPTIONAL | 0x7777, 9, 1), 0);
}

static void writer_says_how_much_room_it_takes(void **state)
{
    static uint64_t small[64];
    struct irx_writer w;
    uint64_t wanted = 0;
    size_t size;

    (void)state;
    help_late(&t);
    for (size = 0; size < sizeof(small); size += 8) {
        help_writer(&w, small, size, IRX_SECTION_LATE);
        small[size / 8] = 0x5a5a5a5a;
        help_fill_late(&w);
        assert_int_equal(irx_writer_finish(&w, &wanted, NULL), -ENOSPC);
        assert_int_equal(small[size / 8], 0x5a5a5a5a);
        if (size >= sizeof(struct irx_stream_header)) {
            assert_int_equal(wanted, t.size);
            assert_int_equal(((struct irx_stream_header *)small)->valid, 0);
        }
    }
}

static void writer_keeps_order_of_calls(void **state)
{
    struct irx_writer w;

    (void)state;
    help_writer(&w, t.words, sizeof(t.words), IRX_SECTION_LATE);
    irx_writer_begin(&w, IRX_REC_GRANT_FRAMES, 0, 0);
    assert_int_equal(irx_writer_begin(&w, IRX_REC_FOREIGN, 0, 0), -EBUSY);
    help_writer(&w, t.words, sizeof(t.words), IRX_SECTION_LATE);
    irx_writer_begin(&w, IRX_REC_GRANT_FRAMES, 0, 0);
    assert_int_equal(irx_writer_finish(&w, NULL, NULL), -EBUSY);
    help_writer(&w, t.words, sizeof(t.words), IRX_SECTION_LATE);
    assert_int_equal(irx_writer_end(&w), -EINVAL);
    help_writer(&w, t.words, sizeof(t.words), IRX_SECTION_LATE);
    assert_int_equal(irx_writer_begin(&w, IRX_REC_GRANT_FRAMES, 0, 2), -EINVAL);
}

static void writer_refuses_bad_arguments(void **state)
{
    struct irx_writer w;

    (void)state;
    assert_int_equal(irx_writer_init(&w, help_bytes(&t) + 4, 1024, IRX_SECTION_EARLY, 1,
                                     help_build_id, help_handoff_id, 0, IRX_ABI_VERSION),
                     -EINVAL);
    assert_int_equal(irx_writer_init(&w, NULL, 1024, IRX_SECTION_EARLY, 1, help_build_id,
                                     help_handoff_id, 0, IRX_ABI_VERSION),
                     -EINVAL);
    assert_int_equal(irx_writer_init(&w, t.words, 1024, 3, 1, help_build_id, help_handoff_id, 0,
                                     IRX_ABI_VERSION),
                     -EINVAL);
    assert_int_equal(irx_writer_init(&w, t.words, 1024, IRX_SECTION_EARLY, 1, help_build_id,
                                     help_handoff_id, 0, IRX_ABI_VERSION + 1),
                     -EOPNOTSUPP);
    assert_int_equal(irx_writer_init(&w, t.words, 1024, IRX_SECTION_EARLY, 1, help_build_id,
                                     help_handoff_id, 1ull << 63, IRX_ABI_VERSION),
                     -EOPNOTSUPP);
    assert_int_equal(irx_writer_finish(&w, NULL, NULL), -EOPNOTSUPP);
}

/* ---- Rule 1: header ---- */

#define HEADER_RULE(name, field, value, code_)                                                     \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        help_late(&t);                                                                             \
        help_header(&t)->field = (value);                                                          \
        help_seal(&t);                                                                             \
        assert_int_equal(help_validate(&t), code_);                                                \
    }

HEADER_RULE(refuses_magic, magic, IRX_STREAM_MAGIC + 1, IRX_SE_MAGIC)
HEADER_RULE(refuses_major, version, IRX_VERSION(IRX_ABI_MAJOR + 1, 0), IRX_SE_MAJOR)
HEADER_RULE(refuses_oldest_above_version, oldest_reader, IRX_ABI_VERSION + 1, IRX_SE_OLDEST_READER)
HEADER_RULE(refuses_header_size, header_size, 104, IRX_SE_HEADER_SIZE)
HEADER_RULE(refuses_section, section, 3, IRX_SE_SECTION)
HEADER_RULE(refuses_producer, producer, 0, IRX_SE_PRODUCER)
HEADER_RULE(refuses_consumed, valid, 0, IRX_SE_CONSUMED)
HEADER_RULE(refuses_valid, valid, 2, IRX_SE_VALID)
HEADER_RULE(refuses_features, features, 1ull << 62, IRX_SE_FEATURES)
HEADER_RULE(refuses_header_reserved, reserved, 1, IRX_SE_HEADER_RESERVED)

static void refuses_newer_reader_only(void **state)
{
    (void)state;
    help_late(&t);
    help_header(&t)->version = IRX_ABI_VERSION + 1;
    help_header(&t)->oldest_reader = IRX_ABI_VERSION + 1;
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_TOO_NEW);
    help_header(&t)->oldest_reader = IRX_ABI_VERSION; /* newer, but made for us too */
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_NONE);
}

static void refuses_size_and_alignment(void **state)
{
    struct irx_stream_error e;
    struct irx_stream s;

    (void)state;
    help_late(&t);
    assert_int_equal(irx_stream_validate(&s, t.words, t.size + 8, 0, &e), -EINVAL);
    assert_int_equal(e.code, IRX_SE_TOTAL_SIZE);
    assert_int_equal(irx_stream_validate(&s, help_bytes(&t) + 4, t.size, 0, &e), -EINVAL);
    assert_int_equal(e.code, IRX_SE_ALIGNMENT);
    assert_int_equal(irx_stream_validate(&s, NULL, 0, 0, NULL), -EINVAL);
    assert_int_equal(irx_stream_validate(&s, t.words, t.size, IRX_SECTION_EARLY, &e), -EINVAL);
    assert_int_equal(e.code, IRX_SE_SECTION);
}

/* Seals the whole over records and counts as they are. */
static void seal_whole(void)
{
    struct irx_stream_header *h = help_header(&t);

    h->valid = 0;
    h->crc = 0;
    h->crc = irx_crc32c(0, h, t.size);
    h->valid = 1;
}

static void refuses_record_count(void **state)
{
    (void)state;
    help_late(&t);
    help_header(&t)->record_count--;
    seal_whole();
    assert_int_equal(help_validate(&t), IRX_SE_COUNT);
    help_header(&t)->record_count += 2;
    seal_whole();
    assert_int_equal(help_validate(&t), IRX_SE_COUNT);
}

static void crc_names_the_record(void **state)
{
    struct irx_stream_error e;
    struct irx_stream s;
    struct irx_record *rec;

    (void)state;
    help_late(&t);
    rec = help_record(&t, FRAMES0);
    ((uint8_t *)(rec + 1))[3] ^= 1;
    assert_int_equal(irx_stream_validate(&s, t.words, t.size, 0, &e), -EILSEQ);
    assert_int_equal(e.code, IRX_SE_RECORD_CRC);
    assert_int_equal(e.index, FRAMES0);
    assert_int_equal(e.type, IRX_REC_GRANT_FRAMES);
    assert_int_equal(e.offset, (uint8_t *)rec - help_bytes(&t));

    help_late(&t);
    help_header(&t)->build_id[0] ^= 1;
    assert_int_equal(irx_stream_validate(&s, t.words, t.size, 0, &e), -EILSEQ);
    assert_int_equal(e.code, IRX_SE_CRC);
    assert_int_equal(e.index, IRX_SE_NO_RECORD);
}

/* A wrong CRC of a record alone, with the whole sealed over it. */
static void refuses_record_crc(void **state)
{
    (void)state;
    help_late(&t);
    help_record(&t, TABLE0)->crc ^= 1;
    seal_whole();
    assert_int_equal(help_validate(&t), IRX_SE_RECORD_CRC);
}

/* ---- Rule 2: records ---- */

static void skips_unknown_optional(void **state)
{
    (void)state;
    help_late(&t);
    help_record(&t, FOREIGN0)->type = IRX_RECORD_OPTIONAL | 0x7fff;
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_NONE);
}

static void refuses_unknown_mandatory(void **state)
{
    struct irx_stream_error e;
    struct irx_stream s;

    (void)state;
    help_late(&t);
    help_record(&t, FOREIGN0)->type = 0x7fff;
    help_seal(&t);
    assert_int_equal(irx_stream_validate(&s, t.words, t.size, 0, &e), -EOPNOTSUPP);
    assert_int_equal(e.code, IRX_SE_UNKNOWN);
    assert_int_equal(e.index, FOREIGN0);
    assert_int_equal(e.value, 0x7fff);
}

static void refuses_bounds(void **state)
{
    static const uint64_t lengths[] = {1ull << 20, 1ull << 32, ~0ull, ~0ull - 7, 1ull << 63};
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        help_late(&t);
        help_record(&t, MAPTRACK0)->length = lengths[i];
        help_seal(&t);
        assert_int_equal(help_validate(&t), IRX_SE_BOUNDS);
    }
    help_late(&t); /* half a record's header at the end */
    help_insert(&t, t.size, 8);
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_BOUNDS);
}

static void refuses_record_flags(void **state)
{
    (void)state;
    help_late(&t);
    help_record(&t, TABLE0)->flags = 2;
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_RECORD_FLAGS);
}

static void refuses_other_section(void **state)
{
    (void)state;
    help_late(&t);
    help_record(&t, FOREIGN0)->type = IRX_REC_PRESERVED;
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_WRONG_SECTION);
}

static void refuses_padding(void **state)
{
    struct irx_writer w;

    (void)state;
    help_writer(&w, t.words, sizeof(t.words), IRX_SECTION_LATE);
    help_fill_domain(&w, 0, 1);
    irx_writer_record(&w, IRX_REC_HVM_CONTEXT, 0, "12345", 5);
    assert_int_equal(irx_writer_finish(&w, &t.size, NULL), 0);
    assert_int_equal(help_validate(&t), IRX_SE_NONE);
    help_bytes(&t)[t.size - 1] = 1;
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_PADDING);
}

static void refuses_instance(void **state)
{
    (void)state;
    help_late(&t);
    help_record(&t, AFFINITY0)->instance = 0x7ff0; /* DOMID_SELF */
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_INSTANCE);
    help_early(&t);
    help_record(&t, 1)->instance = 1;
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_INSTANCE);
}

static void refuses_order(void **state)
{
    (void)state;
    help_late(&t); /* a record before its domain's */
    help_record(&t, AFFINITY0)->instance = 1;
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_ORDER);
    help_late(&t); /* the first record is not a domain's */
    help_record(&t, DOMAIN0)->type = IRX_RECORD_OPTIONAL | 5;
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_ORDER);
    help_late(&t); /* domains 0 and 2, then 1: the same group twice cannot come about */
    help_record(&t, 19)->instance = 5;
    help_seal(&t);
    assert_int_equal(help_record(&t, 19)->type, IRX_REC_GRANT_TABLE);
    assert_int_equal(help_validate(&t), IRX_SE_ORDER);
}

static void refuses_descending_domains(void **state)
{
    struct irx_writer w;

    (void)state;
    help_writer(&w, t.words, sizeof(t.words), IRX_SECTION_LATE);
    help_fill_domain(&w, 2, 1);
    help_fill_domain(&w, 1, 1);
    assert_int_equal(irx_writer_finish(&w, &t.size, NULL), 0);
    assert_int_equal(help_validate(&t), IRX_SE_ORDER);
    help_writer(&w, t.words, sizeof(t.words), IRX_SECTION_LATE);
    help_fill_domain(&w, 2, 1);
    help_fill_domain(&w, 2, 1);
    assert_int_equal(irx_writer_finish(&w, &t.size, NULL), 0);
    assert_int_equal(help_validate(&t), IRX_SE_DUPLICATE);
}

static void refuses_duplicate(void **state)
{
    (void)state;
    help_late(&t);
    help_record(&t, FOREIGN0)->type = IRX_REC_GRANT_FRAMES; /* the same size of element */
    memset(help_record(&t, FOREIGN0) + 1, 0, 24);
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_DUPLICATE);
}

/* ---- Rule 3: lengths, tails, reserved fields ---- */

/* Lets the record grow by 8 bytes, the last of them `value`. */
static void grow(uint32_t index, uint8_t value)
{
    struct irx_record *rec = help_record(&t, index);
    uint64_t end = (uint64_t)((uint8_t *)(rec + 1) + rec->length - help_bytes(&t));

    help_insert(&t, end, 8);
    rec->length += 8;
    help_bytes(&t)[end + 7] = value;
}

static void longer_is_refused_unless_zero_or_ignorable(void **state)
{
    (void)state;
    help_late(&t);
    grow(TABLE0, 0);
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_NONE);
    help_late(&t);
    grow(TABLE0, 1);
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_TAIL);
    help_record(&t, TABLE0)->flags = IRX_RECORD_F_TAIL_IGNORABLE;
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_NONE);
}

static void shorter_than_ever_is_refused(void **state)
{
    (void)state;
    help_late(&t);
    memset(help_record(&t, TABLE0) + 1, 0, sizeof(struct irx_grant_table));
    help_record(&t, TABLE0)->length -= 4;
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_LENGTH);
}

static void copy_extends_with_zeros(void **state)
{
    struct {
        struct irx_grant_table table;
        uint8_t later[16];
    } longer;
    const struct irx_record *rec;
    struct irx_stream s;

    (void)state;
    help_late(&t);
    assert_int_equal(irx_stream_validate(&s, t.words, t.size, 0, NULL), 0);
    rec = irx_stream_find(&s, IRX_REC_GRANT_TABLE, 0, NULL);
    memset(&longer, 0xff, sizeof(longer));
    irx_record_copy(rec, &longer, sizeof(longer));
    assert_int_equal(longer.table.maptrack_limit, 512);
    assert_int_equal(irx_first_nonzero(longer.later, 16), 16);
}

static void arrays_are_whole_elements(void **state)
{
    (void)state;
    help_late(&t);
    grow(FRAMES0, 0);
    help_seal(&t);
    assert_int_equal(help_validate(&t), IRX_SE_LENGTH);
}

/* Every reserved byte of every record in both sections, set to 1. */
static void reserved_is_refused_everywhere(void **state)
{
    uint32_t section, i, tried = 0;

    (void)state;
    for (section = 0; section < 2; section++) {
        (section ? help_late : help_early)(&t);
        for (i = 0; i < help_header(&t)->record_count; i++) {
            struct irx_record *rec = help_record(&t, i);
            const struct irx_type_info *info = irx_schema_type(&irx_schema_native, rec->type);
            uint32_t z, n;

            for (z = 0; info->layout && z < info->layout->nr_zeros; z++)
                for (n = 0; n < info->layout->zeros[z].size; n++, tried++) {
                    uint8_t *p = (uint8_t *)(rec + 1) + info->layout->zeros[z].offset + n;

                    *p = 1;
                    help_seal(&t);
                    assert_int_equal(help_validate(&t), IRX_SE_RESERVED);
                    *p = 0;
                }
        }
    }
    assert_true(tried > 40);
}

/* ---- Rule 9 ---- */

static void consumed_is_refused(void **state)
{
    struct irx_stream s;

    (void)state;
    help_late(&t);
    assert_int_equal(irx_stream_validate(&s, t.words, t.size, 0, NULL), 0);
    irx_stream_consume(t.words);
    assert_int_equal(irx_stream_validate(&s, t.words, t.size, 0, NULL), -ENODATA);
    assert_null(s.header);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(iterates_over_all),
        cmocka_unit_test(finds_every_one_of_many),
        cmocka_unit_test(empty_stream_is_sound),
        cmocka_unit_test(writer_errors_stick),
        cmocka_unit_test(writer_takes_whole_structures_only),
        cmocka_unit_test(writer_says_how_much_room_it_takes),
        cmocka_unit_test(writer_keeps_order_of_calls),
        cmocka_unit_test(writer_refuses_bad_arguments),
        cmocka_unit_test(refuses_magic),
        cmocka_unit_test(refuses_major),
        cmocka_unit_test(refuses_oldest_above_version),
        cmocka_unit_test(refuses_header_size),
        cmocka_unit_test(refuses_section),
        cmocka_unit_test(refuses_producer),
        cmocka_unit_test(refuses_consumed),
        cmocka_unit_test(refuses_valid),
        cmocka_unit_test(refuses_features),
        cmocka_unit_test(refuses_header_reserved),
        cmocka_unit_test(refuses_newer_reader_only),
        cmocka_unit_test(refuses_size_and_alignment),
        cmocka_unit_test(refuses_record_count),
        cmocka_unit_test(crc_names_the_record),
        cmocka_unit_test(refuses_record_crc),
        cmocka_unit_test(skips_unknown_optional),
        cmocka_unit_test(refuses_unknown_mandatory),
        cmocka_unit_test(refuses_bounds),
        cmocka_unit_test(refuses_record_flags),
        cmocka_unit_test(refuses_other_section),
        cmocka_unit_test(refuses_padding),
        cmocka_unit_test(refuses_instance),
        cmocka_unit_test(refuses_order),
        cmocka_unit_test(refuses_descending_domains),
        cmocka_unit_test(refuses_duplicate),
        cmocka_unit_test(longer_is_refused_unless_zero_or_ignorable),
        cmocka_unit_test(shorter_than_ever_is_refused),
        cmocka_unit_test(copy_extends_with_zeros),
        cmocka_unit_test(arrays_are_whole_elements),
        cmocka_unit_test(reserved_is_refused_everywhere),
        cmocka_unit_test(consumed_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
