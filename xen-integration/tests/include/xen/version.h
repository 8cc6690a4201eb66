/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_VERSION_H
#define TESTS_XEN_VERSION_H

int xen_build_id(const void **id, unsigned int *length);

#endif
