/* SPDX-License-Identifier: GPL-2.0-only */
/* Damaged streams: cut anywhere, any bit turned over, and noise under right CRCs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <interrex/crc32c.h>
#include <interrex/stream.h>

#include "help_handoff.h"
#include "help_stream.h"

static struct help_stream t;

/* Validates `size` bytes in memory of exactly that size, so that a sanitizer sees every overrun. */
static int validate_exact(const void *data, size_t size, struct irx_stream *s,
                          struct irx_stream_error *e)
{
    void *copy = malloc(size ? size : 1);
    int rc;

    assert_non_null(copy);
    memcpy(copy, data, size);
    rc = irx_stream_validate(s, copy, size, 0, e);
    free(copy);
    return rc;
}

static void cut_anywhere(void **state)
{
    struct irx_stream_error e;
    struct irx_stream s;
    size_t size;
    int late;

    (void)state;
    for (late = 0; late < 2; late++) {
        (late ? help_late : help_early)(&t);
        for (size = 0; size < t.size; size++) {
            assert_int_not_equal(validate_exact(t.words, size, &s, &e), 0);
            assert_int_equal(e.code, size < sizeof(struct irx_stream_header) ? IRX_SE_SHORT
                                                                             : IRX_SE_TOTAL_SIZE);
        }
        assert_int_equal(validate_exact(t.words, t.size, &s, &e), 0);
    }
}

/* Where the last record ends by its own length; the header's end without records. */
static uint64_t end_of_records(void)
{
    uint32_t n = help_header(&t)->record_count;
    const struct irx_record *last = n ? help_record(&t, n - 1) : NULL;

    if (!last)
        return sizeof(struct irx_stream_header);
    return (uint64_t)((const uint8_t *)(last + 1) - help_bytes(&t)) + (last->length + 7) / 8 * 8;
}

/* Cut, and the header says so: what is left is refused, or consists of whole records. */
static void cut_and_sealed(void **state)
{
    struct irx_stream_error e;
    struct irx_stream s;
    uint64_t whole, size;
    uint32_t passed = 0;

    (void)state;
    help_late(&t);
    whole = t.size;
    for (size = sizeof(struct irx_stream_header); size < whole; size++) {
        help_late(&t);
        t.size = size;
        help_seal(&t);
        if (validate_exact(t.words, size, &s, &e))
            continue;
        assert_int_equal(size, end_of_records());
        passed++;
    }
    help_late(&t);
    assert_int_equal(passed, help_header(&t)->record_count); /* one cut before each */
}

static void every_bit_is_seen(void **state)
{
    struct irx_stream_error e;
    struct irx_stream s;
    size_t bit;
    int late;

    (void)state;
    for (late = 0; late < 2; late++) {
        (late ? help_late : help_early)(&t);
        for (bit = 0; bit < t.size * 8; bit++) {
            help_bytes(&t)[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_not_equal(irx_stream_validate(&s, t.words, t.size, 0, &e), 0);
            help_bytes(&t)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

/* So long that the CRC of the whole is put together from those of its pieces. */
static void a_long_record(void **state)
{
    static struct irx_preserved list[2000];
    struct irx_stream_error e;
    struct irx_stream_header h;
    struct irx_writer w;
    struct irx_stream s;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
        list[i] = (struct irx_preserved){.mfn = help_pattern(i), .nr = i};
    memset(&t, 0, sizeof(t));
    help_writer(&w, t.words, sizeof(t.words), IRX_SECTION_EARLY);
    help_fill_early(&w);
    assert_int_equal(irx_writer_record(&w, IRX_RECORD_OPTIONAL | 7, 0, list, sizeof(list)), 0);
    assert_int_equal(irx_writer_record(&w, IRX_RECORD_OPTIONAL | 8, 0, list, 4097), 0);
    assert_int_equal(irx_writer_finish(&w, &t.size, NULL), 0);
    assert_int_equal(irx_stream_validate(&s, t.words, t.size, IRX_SECTION_EARLY, &e), 0);

    h = *help_header(&t); /* as whoever computes it in one piece has it */
    h.valid = h.crc = 0;
    h.crc = irx_crc32c(irx_crc32c(0, &h, sizeof(h)), help_header(&t) + 1, t.size - sizeof(h));
    assert_int_equal(h.crc, help_header(&t)->crc);
    for (i = sizeof(h); i < t.size; i += 997) {
        help_bytes(&t)[i] ^= 1;
        assert_int_not_equal(irx_stream_validate(&s, t.words, t.size, 0, &e), 0);
        help_bytes(&t)[i] ^= 1;
    }
}

/* Everything that a reader may do with a stream that passed. */
static void read_all(const struct irx_stream *s)
{
    const struct irx_record *rec = NULL;
    uint8_t copy[2048];
    uint32_t n = 0;
    size_t i;

    while ((rec = irx_stream_next(s, rec))) {
        const struct irx_type_info *info = irx_schema_type(s->schema, rec->type);

        for (i = 0; i < irx_record_count(s, rec); i++)
            assert_int_equal(irx_record_get(s, rec, i, copy, irx_layout_native(info->layout)), 0);
        irx_record_copy(rec, copy, sizeof(copy));
        n++;
    }
    assert_int_equal(n, s->header->record_count);
}

/* One byte changed and all CRCs put right: refused, or readable to the end. */
static void noise_under_right_crcs(void **state)
{
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    struct irx_stream_error e;
    struct irx_stream s;
    unsigned int passed = 0, refused = 0, v;
    uint64_t size, at;

    (void)state;
    help_late(&t);
    size = t.size;
    for (at = 0; at < size; at++)
        for (v = 0; v < sizeof(values); v++) {
            help_late(&t);
            help_bytes(&t)[at] = values[v];
            help_seal(&t);
            if (irx_stream_validate(&s, t.words, t.size, 0, &e)) {
                refused++;
                continue;
            }
            read_all(&s);
            passed++;
        }
    assert_true(passed > 1000);
    assert_true(refused > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_anywhere),           cmocka_unit_test(cut_and_sealed),
        cmocka_unit_test(every_bit_is_seen),      cmocka_unit_test(a_long_record),
        cmocka_unit_test(noise_under_right_crcs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
