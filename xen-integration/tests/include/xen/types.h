/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-ins for the host tests of xen-integration/src: just what the files that
 * they compile need of Xen's headers, of our own writing. Xen's public headers are
 * those of libxen-dev.
 */
#ifndef TESTS_XEN_TYPES_H
#define TESTS_XEN_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* All of the public headers, as Xen itself has them. */
#define __XEN_TOOLS__ 1
#include <xen/xen.h>

typedef uint64_t paddr_t;
typedef int64_t s_time_t;

#define PRIpaddr                     "016lx"
#define XEN_GUEST_HANDLE_PARAM(name) XEN_GUEST_HANDLE(name)

/* What Xen says to its compiler. Data of the boot begins each case as it was (world.h). */
#define __init
#define __initdata      __attribute__((section("boot_data")))
#define __ro_after_init __attribute__((section("boot_data")))
#define __read_mostly   __attribute__((section("boot_data")))
#define cf_check
#define fallthrough __attribute__((fallthrough))
#define noreturn    __attribute__((noreturn))

#define test_and_set_bool(flag)                                               \
    ({                                                                        \
        bool was_ = (flag);                                                   \
        (flag) = true;                                                        \
        was_;                                                                 \
    })

#endif
