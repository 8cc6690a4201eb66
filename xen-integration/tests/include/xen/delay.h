/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_DELAY_H
#define TESTS_XEN_DELAY_H

#define mdelay(ms) ((void)(ms))

#endif
