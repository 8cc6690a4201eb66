/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vCPU's clock, and its copy at an address of the guest's own
 * (VCPUOP_register_vcpu_time_memory_area), which Linux' vDSO reads. Xen writes the
 * copy when the vCPU begins to run and its clock has changed; while it is held, and
 * after that, the copy has to be on the same line as the clock itself.
 */
#include <xen/guest_access.h>

#include <asm/hvm/support.h>
#include <asm/paging.h>
#include <asm/processor.h>

#include "private/private.h"
#include "state/state.h"

/* As far as the guest's page tables go, as in Xen: an area that is not mapped is not written. */
static void copy_to_linear(struct vcpu *v, unsigned long va, const void *from,
                           unsigned int size)
{
    while ( size )
    {
        unsigned int n = min_t(unsigned long, size,
                               PAGE_SIZE - (va & ~PAGE_MASK));
        uint32_t pfec = PFEC_page_present | PFEC_write_access;
        unsigned long gfn = paging_gva_to_gfn(v, va, &pfec);

        if ( gfn == gfn_x(INVALID_GFN) ||
             hvm_copy_to_guest_phys((gfn << PAGE_SHIFT) | (va & ~PAGE_MASK),
                                    (void *)from, n, v) != HVMTRANS_okay )
            return;

        va += n;
        from += n;
        size -= n;
    }
}

void interrex_time_publish(struct vcpu *v)
{
    const struct vcpu_time_info *clock;
    unsigned long va = (unsigned long)v->arch.time_info_guest.p;

    /* It is not held: Xen itself writes both when it runs next, of the same time line. */
    if ( is_pv_vcpu(v) )
        return;
    clock = interrex_pvclock_publish(v);

    if ( clock && va && v->is_initialised &&
         !test_bit(_VPF_down, &v->pause_flags) )
        copy_to_linear(v, va, clock, sizeof(*clock));
}

void interrex_time_area_export(const struct vcpu *v, struct irx_vcpu *r)
{
    r->time_area = (unsigned long)v->arch.time_info_guest.p;
}

void interrex_time_area_import(struct vcpu *v, const struct irx_vcpu *r)
{
    set_xen_guest_handle(v->arch.time_info_guest,
                         (struct vcpu_time_info *)r->time_area);
}
