/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Adoption: a page of the sending Xen that a guest sees (shared_info, grant
 * frames) stays where it is and becomes a page of this Xen's heap, because the
 * guest goes on using it while it is held.
 */
#ifndef INTERREX_ADOPT_H
#define INTERREX_ADOPT_H

#include <xen/mm.h>

/*
 * Takes the preserved frame mfn, which nobody in this Xen may have used yet,
 * as a Xen heap page shared with d, read and write. *va is its address.
 * -EINVAL if the frame is not RAM, -EBUSY if it is in use.
 */
int interrex_adopt_xen_page(struct domain *d, mfn_t mfn, void **va);

/*
 * Gives back a page that this Xen shared with d and that nobody has mapped
 * (the fresh one, in whose place another was adopted).
 */
void interrex_unshare_xen_page(struct domain *d, void *va);

#endif
