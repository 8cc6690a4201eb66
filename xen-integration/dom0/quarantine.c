/* SPDX-License-Identifier: GPL-2.0-only */
#include "quarantine.h"

#include <stdlib.h>

#include "reasons.h"
#include "view.h"

#define REASONS_MAX 512u /* Xen tells no more (op/check.c) */

void irx_quarantine_ask(const struct irx_xen *xen, struct irx_quarantine *q)
{
    struct irx_op_check check;

    *q = (struct irx_quarantine){.reasons = calloc(REASONS_MAX, sizeof(*q->reasons))};
    if (q->reasons && irx_xen_check(xen, &check, q->reasons, REASONS_MAX) == 0)
        q->count = check.count < REASONS_MAX ? check.count : REASONS_MAX;
}

void irx_quarantine_free(struct irx_quarantine *q)
{
    free(q->reasons);
    *q = (struct irx_quarantine){0};
}

bool irx_quarantine_reason(const struct irx_quarantine *q, uint32_t domid, struct irx_finding *why)
{
    for (unsigned int i = 0; i < q->count; i++)
        if (q->reasons[i].domid == domid && q->reasons[i].code == IRX_REASON_QUARANTINED) {
            irx_reason_describe(&q->reasons[i], why);
            return true;
        }
    return false;
}

bool irx_quarantine_note(struct irx_session *s, struct irx_guest *g)
{
    struct irx_finding why = {0};
    struct irx_quarantine q;
    bool found;

    if (g->quarantine)
        return true;
    irx_quarantine_ask(s->xen, &q);
    found = irx_quarantine_reason(&q, g->domid, &why);
    irx_quarantine_free(&q);
    if (!found)
        return false;
    g->quarantine = malloc(sizeof(why));
    if (!g->quarantine)
        return false;
    *g->quarantine = why;
    s->quarantined++;
    return true;
}

static bool is_carried(const struct irx_quarantine *q, uint32_t domid)
{
    for (unsigned int i = 0; i < q->count; i++)
        if (q->reasons[i].domid == domid && irx_reason_carried(&q->reasons[i]))
            return true;
    return false;
}

/* Each domain that R has, but those that are with Xen. */
static bool all_are_carried(struct irx_session *s, const struct irx_quarantine *q,
                            const struct irx_view *view)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < view->domain_count; i++) {
        const struct irx_domain *d = &view->domains[i];
        struct irx_guest *g = irx_session_guest(s, d->domid);

        if (d->state == IRX_DOM_WITH_XEN)
            continue;
        if (d->state != IRX_DOM_RUNNING || !g || !is_carried(q, d->domid))
            return false;
        g->carried = true;
        count++;
    }
    return count;
}

bool irx_session_carry(struct irx_session *s)
{
    struct irx_error ignored;
    struct irx_quarantine q;
    struct irx_view view;

    if (s->before.host_state != IRX_HOST_CLAIMING)
        return false;
    irx_quarantine_ask(s->xen, &q);
    s->carries = irx_view_read(s->xen, &view, &ignored) == 0 && all_are_carried(s, &q, &view);
    irx_view_free(&view);
    irx_quarantine_free(&q);
    return s->carries;
}

void irx_carried_note(struct irx_session *s)
{
    for (unsigned int i = 0; i < s->guest_count && !s->executed; i++)
        if (s->guests[i].carried)
            irx_quarantine_note(s, &s->guests[i]);
}
