/* SPDX-License-Identifier: GPL-2.0-only */
/* What was said of the heap, and of areas of a GiB, where resume/heap.c and mm_tables.c are not there. */
#ifndef HEAP_NOTED_H
#define HEAP_NOTED_H

#include "world.h"

#define HEAP_NOTED_AREA   (1UL << (30 - PAGE_SHIFT)) /* frames */
#define HEAP_NOTED_AREAS  2048
#define HEAP_NOTED_TABLES MB(10) /* of an area */

struct heap_noted {
    uint8_t later[HEAP_NOTED_AREAS], kept[HEAP_NOTED_AREAS];
    unsigned int settled;
};
extern struct heap_noted heap_noted;

#endif
