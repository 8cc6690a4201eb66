/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the world share; tests use world.h. */
#ifndef TESTS_WORLD_PARTS_H
#define TESTS_WORLD_PARTS_H

/* Memory and what the boot is told of it, and the frames and p2m, as world_begin() finds them. */
void world_reset_memory(void);
void world_reset_pages(void);

#endif
