/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <interrex/crc32c.h>

#include "help_handoff.h"

/* RFC 3720, appendix B.4, and the usual check value. */
static void known_values(void **state)
{
    uint8_t data[32] = {0};
    unsigned int i;

    (void)state;
    assert_int_equal(irx_crc32c(0, "", 0), 0);
    assert_int_equal(irx_crc32c(0, "123456789", 9), 0xe3069283u);
    assert_int_equal(irx_crc32c(0, data, 32), 0x8a9136aau);
    memset(data, 0xff, 32);
    assert_int_equal(irx_crc32c(0, data, 32), 0x62a8ab43u);
    for (i = 0; i < 32; i++)
        data[i] = (uint8_t)i;
    assert_int_equal(irx_crc32c(0, data, 32), 0x46dd794eu);
    for (i = 0; i < 32; i++)
        data[i] = (uint8_t)(31 - i);
    assert_int_equal(irx_crc32c(0, data, 32), 0x113fdb5cu);
}

/* The definition: one bit at a time. */
static uint32_t slow(const uint8_t *p, size_t len)
{
    uint32_t crc = ~0u;
    int bit;

    for (; len; len--)
        for (crc ^= *p++, bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    return ~crc;
}

static void every_length_and_alignment(void **state)
{
    uint8_t data[80];
    size_t at, len;

    (void)state;
    for (at = 0; at < sizeof(data); at++)
        data[at] = (uint8_t)help_pattern(at);
    for (at = 0; at < 8; at++)
        for (len = 0; len <= sizeof(data) - 8; len++)
            assert_int_equal(irx_crc32c(0, data + at, len), slow(data + at, len));
}

static void pieces_compose(void **state)
{
    uint8_t data[61];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)help_pattern(i);
    for (i = 0; i <= sizeof(data); i++)
        assert_int_equal(irx_crc32c(irx_crc32c(0, data, i), data + i, sizeof(data) - i),
                         irx_crc32c(0, data, sizeof(data)));
}

/* Around the length where it is no longer computed, and far above it. */
static void appends_what_was_computed(void **state)
{
    static const size_t lengths[] = {0, 1, 24, 4095, 4096, 4097, 5000, 8192, 65535, 100000};
    static uint8_t data[100000];
    uint32_t before = irx_crc32c(0, "before", 6), crc;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)help_pattern(i);
    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        crc = irx_crc32c(0, data, lengths[i]);
        assert_int_equal(irx_crc32c_append(before, data, lengths[i], crc),
                         irx_crc32c(before, data, lengths[i]));
        assert_int_equal(irx_crc32c_append(0, data, lengths[i], crc), crc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(every_length_and_alignment),
        cmocka_unit_test(pieces_compose),
        cmocka_unit_test(appends_what_was_computed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
