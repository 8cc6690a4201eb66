/* SPDX-License-Identifier: GPL-2.0-only */
/* The early and the late section: what of them does not depend on what they say. */
#include <xen/version.h>

#include "region/region.h"

int interrex_section_begin_at(struct irx_writer *w, void *buf, size_t size,
                              uint32_t section)
{
    const struct irx_anchor *a = interrex_anchor();
    uint8_t build_id[20] = {};
    const void *id;
    unsigned int len;

    if ( !xen_build_id(&id, &len) )
        memcpy(build_id, id, min_t(unsigned int, len, sizeof(build_id)));

    return irx_writer_init(w, buf, size, section, IRX_PRODUCER_XEN, build_id,
                           a->handoff_id, a->features, a->version);
}

int interrex_section_begin(struct irx_writer *w, const struct irx_span *span,
                           uint32_t section)
{
    return interrex_section_begin_at(w, interrex_at(span->off), span->size,
                                     section);
}
