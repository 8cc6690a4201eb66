/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_LIB_H
#define TESTS_XEN_LIB_H

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include <xen/errno.h>
#include <xen/types.h>

#define KB(n) ((uint64_t)(n) << 10)
#define MB(n) ((uint64_t)(n) << 20)
#define GB(n) ((uint64_t)(n) << 30)

#define ROUNDUP(value, to)    (((value) + (to)-1) & ~((to)-1))
#define IS_ALIGNED(value, to) (((value) & ((to)-1)) == 0)
#define ARRAY_SIZE(array)     (sizeof(array) / sizeof(*(array)))

/* Once each, of one type: a difference of types is a warning, as in Xen. */
#define min(a, b)                                                             \
    ({                                                                        \
        typeof(a) a_ = (a);                                                   \
        typeof(b) b_ = (b);                                                   \
        (void)(&a_ == &b_);                                                   \
        a_ < b_ ? a_ : b_;                                                    \
    })
#define unlikely(condition) (condition)

#define max(a, b)                                                             \
    ({                                                                        \
        typeof(a) a_ = (a);                                                   \
        typeof(b) b_ = (b);                                                   \
        (void)(&a_ == &b_);                                                   \
        a_ > b_ ? a_ : b_;                                                    \
    })
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))

#define DECLARE_BITMAP(name, bits) unsigned long name[((bits) + 63) / 64]

/* Of any words: they are little-endian. */
static inline bool test_bit(unsigned int bit, const void *map)
{
    return ((const uint8_t *)map)[bit / 8] >> bit % 8 & 1;
}

static inline void set_bit(unsigned int bit, void *map)
{
    ((uint8_t *)map)[bit / 8] |= 1U << bit % 8;
}

static inline void clear_bit(unsigned int bit, void *map)
{
    ((uint8_t *)map)[bit / 8] &= ~(1U << bit % 8);
}

#define BUILD_BUG_ON(wrong) _Static_assert(!(wrong), #wrong)

/* An assertion of ours that fails ends the case, unless it says that it expects that. */
void mock_assert(const int result, const char *const expression,
                 const char *const file, const int line);
#define ASSERT(right) mock_assert(!!(right), #right, __FILE__, __LINE__)

#define XENLOG_ERR     ""
#define XENLOG_WARNING ""
#define XENLOG_INFO    ""
#define XENLOG_G_ERR   ""

/* Go to world_log, which cases may look at. */
void printk(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends the case, unless that waits for it: expect_panic(). */
void panic(const char *format, ...) noreturn
    __attribute__((format(printf, 1, 2)));

/* Bytes, or with a unit B, K, M, G, T; KiB without one. */
unsigned long long parse_size_and_unit(const char *text, const char **end);
unsigned long long simple_strtoull(const char *text, const char **end,
                                   unsigned int base);

#endif
