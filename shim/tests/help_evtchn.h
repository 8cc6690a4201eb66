/* SPDX-License-Identifier: GPL-2.0-only */
/* Where guests look for their events. */
#ifndef TESTS_HELP_EVTCHN_H
#define TESTS_HELP_EVTCHN_H

#include "env.h"

static inline struct vcpu_info *info(uint32_t entry, uint32_t vcpu)
{
    return (struct vcpu_info *)((uint8_t *)env_page(entry, GFN_INFO) + (size_t)vcpu * 64);
}

#endif
