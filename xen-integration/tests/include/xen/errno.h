/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_ERRNO_H
#define TESTS_XEN_ERRNO_H

#include <errno.h>

/* Xen's own. */
#ifndef ERESTART
#define ERESTART 85
#endif

#endif
