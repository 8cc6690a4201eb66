/* SPDX-License-Identifier: GPL-2.0-only */
/* core/lib.c, under names of its own (shim.mk): what it says is what the host's C library says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SIZE 64u

void *lib_memcpy(void *dst, const void *src, size_t n);
void *lib_memmove(void *dst, const void *src, size_t n);
void *lib_memset(void *dst, int c, size_t n);
int lib_memcmp(const void *a, const void *b, size_t n);

static uint8_t ours[SIZE], its[SIZE];

static void fill(void)
{
    for (unsigned int i = 0; i < SIZE; i++)
        ours[i] = its[i] = (uint8_t)(i * 7 + 1);
}

static void assert_same(void)
{
    assert_memory_equal(ours, its, SIZE);
}

/* Every length at every place, overlapping in either direction. */
static void copies(void **state)
{
    (void)state;
    for (unsigned int n = 0; n <= 24; n++)
        for (unsigned int from = 0; from < 24; from++)
            for (unsigned int to = 0; to < 24; to++) {
                fill();
                assert_ptr_equal(lib_memmove(ours + to, ours + from, n), ours + to);
                memmove(its + to, its + from, n);
                assert_same();
                if (to < from + n && from < to + n)
                    continue;
                fill();
                assert_ptr_equal(lib_memcpy(ours + to, ours + from, n), ours + to);
                memcpy(its + to, its + from, n);
                assert_same();
            }
}

static void sets(void **state)
{
    static const int values[] = {0, 1, 0x80, 0xff, -1, 0x1234};

    (void)state;
    for (unsigned int v = 0; v < sizeof(values) / sizeof(*values); v++)
        for (unsigned int n = 0; n <= 24; n++)
            for (unsigned int to = 0; to < 9; to++) {
                fill();
                assert_ptr_equal(lib_memset(ours + to, values[v], n), ours + to);
                memset(its + to, values[v], n);
                assert_same();
            }
}

static void compares(void **state)
{
    (void)state;
    fill();
    assert_int_equal(lib_memcmp(ours, its, SIZE), 0);
    ours[40]++;
    assert_true(lib_memcmp(ours, its, SIZE) > 0);
    assert_true(lib_memcmp(its, ours, SIZE) < 0);
    assert_int_equal(lib_memcmp(ours, its, 40), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies),
        cmocka_unit_test(sets),
        cmocka_unit_test(compares),
    };

    return cmocka_run_group_tests_name("shim lib", tests, NULL, NULL);
}
