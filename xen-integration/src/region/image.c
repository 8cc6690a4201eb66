/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The target image: where it may be loaded.
 *
 * A target is loaded by KEXEC_CMD_kexec_load straight into the free one of the
 * two image slots of R, like a crash kernel, and runs there. So exec copies
 * nothing, and the Xen that runs keeps its own slot until the next one runs.
 */
#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/kexec.h>
#include <xen/mm.h>

#include <asm/interrex-boot.h>

#include "region/region.h"

bool interrex_in_region(paddr_t addr)
{
    return addr >= interrex_region.start &&
           addr - interrex_region.start < interrex_region.size;
}

static bool slot_holds_us(const struct irx_image_slot *slot)
{
    paddr_t start = interrex_region.start + slot->span.off;

    paddr_t us = xen_phys_start + XEN_IMG_OFFSET;

    return us >= start && us - start < slot->span.size;
}

static struct irx_image_slot *free_slot(void)
{
    struct irx_anchor *anchor = interrex_anchor();
    unsigned int i;

    if ( !anchor || interrex_has_deaf() )
        return NULL;

    for ( i = 0; i < ARRAY_SIZE(anchor->slots); i++ )
        if ( anchor->slots[i].span.size && !slot_holds_us(&anchor->slots[i]) )
            return &anchor->slots[i];

    return NULL;
}

int interrex_free_slot(paddr_t *base, uint64_t *size)
{
    const struct irx_image_slot *slot = free_slot();

    if ( !slot )
        return -ENODEV;

    *base = interrex_region.start + slot->span.off;
    *size = slot->span.size;

    return 0;
}

const struct irx_span *interrex_fallback_slot(void)
{
    const struct irx_anchor *a = interrex_anchor();

    return &a->slots[free_slot() == &a->slots[0]].span;
}

int interrex_image_check(paddr_t entry, unsigned int nr,
                         const xen_kexec_segment_t *segments)
{
    paddr_t base;
    uint64_t size;
    unsigned int i;
    int rc = interrex_free_slot(&base, &size);

    if ( rc )
        return rc;

    if ( entry < base || entry - base >= size )
        return -EADDRNOTAVAIL;

    for ( i = 0; i < nr; i++ )
    {
        const xen_kexec_segment_t *s = &segments[i];

        /* Sizes and alignment are do_kimage_alloc()'s to check. */
        if ( guest_handle_is_null(s->buf.h) )
            return -EINVAL;
        if ( s->dest_maddr < base || s->dest_maddr - base > size ||
             s->dest_size > size - (s->dest_maddr - base) )
            return -EADDRNOTAVAIL;
    }

    return nr ? 0 : -EINVAL;
}

void interrex_image_loaded(bool loaded)
{
    struct irx_image_slot *slot = free_slot();

    if ( slot )
        slot->state = loaded ? IRX_SLOT_LOADED : IRX_SLOT_EMPTY;
}

void interrex_image_runs(void)
{
    struct irx_anchor *a = interrex_anchor();
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(a->slots); i++ )
        a->slots[i].state = interrex_has_deaf() || slot_holds_us(&a->slots[i])
                                ? IRX_SLOT_RUNNING
                                : IRX_SLOT_EMPTY;
}

int interrex_get_range(xen_kexec_range_t *range)
{
    range->start = interrex_region.start;
    range->size = interrex_region.size;

    return 0;
}
