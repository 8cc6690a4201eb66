/* SPDX-License-Identifier: GPL-2.0-only */
/* Nobody here is PV: what pv/frames.c does for such is not asked for. */
#include "world.h"

#include "pv/pv.h"

long interrex_pv_frames_look(struct interrex_hold *h, s_time_t give_way)
{
    fail_msg("d%u is PV", h->d->domain_id);

    return -EINVAL;
}

long interrex_pv_extents(const struct domain *d, struct irx_extent *extents,
                         unsigned long capacity)
{
    fail_msg("d%u is PV", d->domain_id);

    return -EINVAL;
}

void interrex_pv_frames_forget(const struct domain *d)
{
}
