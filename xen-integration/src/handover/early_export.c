/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The early section's writer: the memory that the next Xen must not hand out, and what
 * of the host it needs to know first.
 */
#include <xen/vmap.h>

#include "handover/handover.h"
#include "region/gaps.h"
#include "region/region.h"
#include "state/state.h"

/* The next Xen has to boot in what is left of memory. */
static int check_room(const struct interrex_preserved_list *l)
{
    uint64_t need = interrex_boot_need(l->entry, l->used, 0);

    if ( !need )
        return 0;

    printk(XENLOG_ERR "Interrex: free memory is in too small pieces for the "
                      "next Xen, which needs %lu MiB\n",
           (unsigned long)(need >> 20));

    return -ENOSPC;
}

/* As the next Xen does, before it is too late. */
static int validate(void)
{
    const struct irx_anchor *a = interrex_anchor();
    const struct irx_limits limits = interrex_limits();
    struct irx_stream_error form;
    struct irx_live_error err;
    struct irx_early early;
    struct irx_stream s;
    int rc = irx_stream_validate(&s, interrex_at(a->early.off), a->early_used,
                                 IRX_SECTION_EARLY, &form);

    if ( rc )
        return interrex_stream_validated(rc, &form);

    rc = irx_early_validate(&s, a, &limits, &early, &err);
    if ( !rc )
        rc = irx_cpus_validate(a, early.cpus, early.nr_cpus, &err);

    return interrex_validated(rc, &err);
}

int interrex_early_write(struct irx_writer *w,
                         const struct interrex_preserved_list *l,
                         uint64_t *total)
{
    interrex_clock_export(w);
    interrex_firmware_export(w);
    interrex_cpu_list_export(w);
    irx_writer_record(w, IRX_REC_PRESERVED, 0, l->entry,
                      l->used * sizeof(*l->entry));

    return irx_writer_finish(w, total, NULL);
}

int interrex_early_export(struct interrex_preserved_list *l)
{
    struct irx_anchor *a = interrex_anchor();
    struct irx_writer w;
    int rc = interrex_preserved_collect(l) ?: check_room(l);

    if ( !rc )
        rc = interrex_section_begin(&w, &a->early, IRX_SECTION_EARLY);
    if ( !rc )
        rc = interrex_early_write(&w, l, &a->early_used);

    return rc ?: validate();
}
