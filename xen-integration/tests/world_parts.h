/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the world know of each other. */
#ifndef TESTS_WORLD_PARTS_H
#define TESTS_WORLD_PARTS_H

#include "world.h"

/* 512 MiB of memory, all zero, on a host whose frames are nobody's. */
void world_memory_begin(void);
/* Every domain goes; nobody may refer to one. */
void world_domains_end(void);

#endif
