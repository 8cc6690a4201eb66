/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_GUEST_ACCESS_H
#define TESTS_XEN_GUEST_ACCESS_H

#define guest_handle_is_null(handle) ((handle).p == NULL)

#endif
