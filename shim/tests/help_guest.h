/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest whose vCPU has just come out. */
#ifndef TESTS_HELP_GUEST_H
#define TESTS_HELP_GUEST_H

#include "env.h"

static inline struct dom *run(uint32_t vcpus)
{
    return env_run(env_domain(0, 1, vcpus));
}

static inline struct vcpu *current(uint32_t vcpus)
{
    return env_current(run(vcpus), 0);
}

#endif
