/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_DOMAIN_H
#define TESTS_XEN_DOMAIN_H

#include <xen/sched.h>

/* With a reference; NULL: there is none of this number. */
struct domain *get_domain_by_id(domid_t id);

#endif
