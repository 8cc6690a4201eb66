/* SPDX-License-Identifier: GPL-2.0-only */
/* Hypercalls of a guest of env.h, and what becomes of them. */
#ifndef TESTS_HELP_HYPERCALL_H
#define TESTS_HELP_HYPERCALL_H

#include "env.h"

#include <string.h>

#include "guest/handlers.h"

#define UNMAPPED NOT_MAPPED_VA

static inline struct dom *run(uint32_t vcpus)
{
    return env_run(env_domain(0, 1, vcpus));
}

static inline void *guest_data(unsigned int offset)
{
    return (uint8_t *)env_page(0, GFN_DATA) + offset;
}

static inline bool call(struct vcpu *v, uint64_t nr, uint64_t a, uint64_t b, uint64_t c)
{
    env_code(v, "\x0f\x01\xd9", 3);
    v->gpr[RAX] = nr;
    v->gpr[RDI] = a;
    v->gpr[RSI] = b;
    v->gpr[RDX] = c;
    return guest_hypercall(env_cpu(0), v);
}

/* The call is served; its result. */
static inline int64_t served(struct vcpu *v, uint64_t nr, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t rip = v->rip;

    assert_true(call(v, nr, a, b, c));
    assert_int_equal(v->rip, rip + 3);
    v->rip = rip;
    return (int64_t)v->gpr[RAX];
}

static inline void parks(struct vcpu *v, uint64_t nr, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t rip = v->rip;

    assert_false(call(v, nr, a, b, c));
    assert_int_equal(v->rip, rip);
    assert_int_equal(v->gpr[RAX], nr);
    assert_int_equal(v->park_detail & 0xffff, nr & 0xffff);
}

#endif
