/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_MM_FRAME_H
#define TESTS_XEN_MM_FRAME_H

#include <asm/page.h>

#endif
