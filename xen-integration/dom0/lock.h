/* SPDX-License-Identifier: GPL-2.0-only */
/* One interrex that changes something at a time on a host: a file that it keeps locked. */
#ifndef INTERREX_DOM0_LOCK_H
#define INTERREX_DOM0_LOCK_H

#include <stddef.h>

#include "error.h"

/*
 * Takes the lock for `command`, whose name and process are written into it; makes file and folder.
 * Returns the descriptor, whose end lets go of it; or a negative errno with *e.
 */
int irx_lock_take(const char *path, const char *command, struct irx_error *e);

/*
 * Who has it? 1: `who` says it ("update, process 123"); 0: nobody; a negative errno: that cannot be
 * told.
 */
int irx_lock_owner(const char *path, char *who, size_t size);

#endif
