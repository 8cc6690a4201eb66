/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the shim's own image lies, from the linker script. */
#ifndef SHIM_CORE_IMAGE_H
#define SHIM_CORE_IMAGE_H

#include "types.h"

extern const uint8_t image_start[], image_text_last[], image_rodata_last[], image_end[];

static inline paddr_t image_text_start(void)
{
    return (paddr_t)(uintptr_t)image_start;
}

static inline paddr_t image_text_end(void)
{
    return (paddr_t)(uintptr_t)image_text_last;
}

/* Constants lie between text and here. */
static inline paddr_t image_rodata_end(void)
{
    return (paddr_t)(uintptr_t)image_rodata_last;
}

#endif
