/* SPDX-License-Identifier: GPL-2.0-only */
/* arch/x86/mm/mm-locks.h, which our files name from where they stand in Xen's tree. */
#ifndef TESTS_MM_LOCKS_H
#define TESTS_MM_LOCKS_H

#include <asm/p2m.h>

#define p2m_lock(p2m)   spin_lock(&(p2m)->lock)
#define p2m_unlock(p2m) spin_unlock(&(p2m)->lock)

#endif
