/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_DOMAIN_PAGE_H
#define TESTS_XEN_DOMAIN_PAGE_H

#include <xen/mm.h>

/* A machine with more memory than the world has: pages that lie a GiB apart are others. */
#define map_domain_page(mfn)                                                  \
    mfn_to_virt((mfn_x(mfn) + (mfn_x(mfn) >> 18) * 7) %                       \
                (WORLD_MEMORY >> PAGE_SHIFT))
#define unmap_domain_page(table) ((void)(table))

#endif
