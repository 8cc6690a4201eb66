/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_INIT_H
#define TESTS_XEN_INIT_H

#include <xen/types.h>

/* Nothing runs by itself: a case calls init_NAME when it wants what it does. */
#define __initcall(function)      int (*const init_##function)(void) = function
#define presmp_initcall(function) __initcall(function)

#endif
