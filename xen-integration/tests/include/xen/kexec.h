/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_KEXEC_H
#define TESTS_XEN_KEXEC_H

#include <xen/types.h>

#include <public/kexec.h>

typedef struct xen_kexec_reserve {
    unsigned long size;
    paddr_t start;
} xen_kexec_reserve_t;

/* As `crashkernel=` asks for it; start 0: wherever there is room. */
extern xen_kexec_reserve_t kexec_crash_area;
/* Where it has to end. */
extern paddr_t kexec_crash_area_limit;

#endif
