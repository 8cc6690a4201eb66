/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_P2M_H
#define TESTS_ASM_P2M_H

#include <xen/sched.h>

/* Names are Xen's, numbers are not. */
typedef enum {
    p2m_ram_rw = 100,
    p2m_invalid,
    p2m_ram_logdirty,
    p2m_ram_ro,
    p2m_mmio_dm,
    p2m_mmio_direct,
    p2m_ram_paging_out,
    p2m_ram_shared,
    p2m_grant_map_rw,
    p2m_grant_map_ro,
    p2m_map_foreign,
} p2m_type_t;

typedef enum {
    p2m_access_n,
    p2m_access_r,
    p2m_access_rwx = 7,
} p2m_access_t;

struct p2m_domain *p2m_get_hostp2m(struct domain *d);
mfn_t get_gfn_type_access(struct p2m_domain *p2m, unsigned long gfn,
                          p2m_type_t *type, p2m_access_t *access,
                          unsigned int query, unsigned int *order);
void put_gfn(struct domain *d, unsigned long gfn);
/* Under the p2m's lock; noted in the world. */
int p2m_set_entry(struct p2m_domain *p2m, gfn_t gfn, mfn_t mfn,
                  unsigned int order, p2m_type_t type, p2m_access_t access);

#endif
