/* SPDX-License-Identifier: GPL-2.0-only */
#include "quarantine.h"

#include <stdlib.h>

#include "reasons.h"

#define REASONS_MAX 512u /* Xen tells no more (op/check.c) */

bool irx_quarantine_reason(const struct irx_xen *xen, uint32_t domid, struct irx_finding *why)
{
    struct irx_op_reason *reasons = calloc(REASONS_MAX, sizeof(*reasons));
    unsigned int count = 0;
    bool found = false;

    if (reasons && irx_xen_check(xen, reasons, REASONS_MAX, &count) == 0)
        for (unsigned int i = 0; i < REASONS_MAX && i < count && !found; i++) {
            found = reasons[i].domid == domid && reasons[i].code == IRX_REASON_QUARANTINED;
            if (found)
                irx_reason_describe(&reasons[i], why);
        }
    free(reasons);
    return found;
}

bool irx_quarantine_note(struct irx_session *s, struct irx_guest *g)
{
    struct irx_finding why = {0};

    if (g->quarantine || !irx_quarantine_reason(s->xen, g->domid, &why))
        return g->quarantine;
    g->quarantine = malloc(sizeof(why));
    if (!g->quarantine)
        return false;
    *g->quarantine = why;
    s->quarantined++;
    return true;
}
