/* SPDX-License-Identifier: GPL-2.0-only */
/* The front of a sound region, for a test to spoil: each program that includes this has one. */
#ifndef INTERREX_TESTS_HELP_REGION_H
#define INTERREX_TESTS_HELP_REGION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <interrex/live.h>

#include "help_handoff.h"

static uint64_t region[HELP_REGION_FRONT / 8];
static struct irx_anchor *const anchor = (struct irx_anchor *)region;
static struct irx_live_error err; /* for validators */

/* As new: a test's set-up. */
static inline int fill_region(void **state)
{
    (void)state;
    memset(region, 0, sizeof(region));
    help_fill_region(region);
    return 0;
}

static inline void *at(uint64_t off)
{
    return (uint8_t *)region + off;
}

static inline struct irx_domain *domain(uint32_t entry)
{
    return at(anchor->domains.off + (uint64_t)entry * anchor->domains.stride);
}

static inline struct irx_vcpu *vcpu(uint32_t index)
{
    return at(anchor->vcpus.off + (uint64_t)index * anchor->vcpus.stride);
}

/* A validator's answer is this code, by this name; IRX_LE_NONE: it passes. */
static inline void says(int rc, uint32_t code, const char *what)
{
    assert_int_equal(!rc, code == IRX_LE_NONE);
    if (rc) {
        assert_int_equal(err.code, code);
        assert_string_equal(err.what, what);
    }
    memset(&err, 0, sizeof(err));
}

#endif
