/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grant tables: export from the Xen that goes, restore in the Xen that comes.
 *
 * The state is private to common/grant_table.c, so private/grant_table.c is
 * compiled there. The exporters are called with every domain paused; the
 * restorers while the domain has never run in this Xen. Nobody takes the
 * tables' locks for longer than one call.
 */
#ifndef INTERREX_GRANTS_H
#define INTERREX_GRANTS_H

#include <interrex/abi/late.h>

struct domain;

/* What d's table is: version, frames, maptrack. */
void interrex_gnttab_export(const struct domain *d,
                            struct irx_grant_table *out);

/* Fills in max_grant_frames, max_maptrack_frames and grant_opts. */
void interrex_gnttab_export_limits(const struct domain *d,
                                   struct irx_domain_record *out);

/* Frame `index` (status: of the version-2 status array). -ENOENT past the end. */
int interrex_gnttab_frame(struct domain *d, unsigned int index, bool status,
                          struct irx_grant_frame *out);

/*
 * The first mapped grant with reference >= *ref. On true *ref is the next
 * reference to ask for.
 */
bool interrex_gnttab_next_active(struct domain *d, uint32_t *ref,
                                 struct irx_grant_active *out);

/* The first mapping that d holds with handle >= *handle, likewise. */
bool interrex_gnttab_next_mapping(struct domain *d, uint32_t *handle,
                                  struct irx_maptrack *out);

/*
 * Gives a fresh table the version and number of frames of t. -EINVAL where t
 * is beyond d's limits or impossible; d is then unchanged.
 */
int interrex_gnttab_import(struct domain *d, const struct irx_grant_table *t);

/*
 * Makes the sending Xen's frame the domain's own instead of the fresh one, so
 * that a guest that still runs in the shim and a backend that already runs here
 * see the same entries. After interrex_gnttab_import(). -EINVAL, or an error
 * of interrex_adopt_xen_page().
 */
int interrex_gnttab_adopt_frame(struct domain *d,
                                const struct irx_grant_frame *f);

/*
 * Can this entry be carried? It cannot while a copy from or to it is under way
 * (only those pin sub-page and transitive grants, and none is with everybody
 * paused), or where its page is not d's own. -EBUSY then, with a word about it.
 */
int interrex_gnttab_validate_active(const struct domain *d,
                                    const struct irx_grant_active *a);

/* Restores one mapped grant; its page must belong to d. -EINVAL otherwise. */
int cf_check interrex_gnttab_import_active(struct domain *d,
                                           const struct irx_grant_active *a);

/*
 * Once all domains have their mappings: pins the grant as often as it was.
 * -EINVAL where its mappings are more than that.
 */
int cf_check interrex_gnttab_import_pins(struct domain *d,
                                         const struct irx_grant_active *a);

/*
 * Restores all mappings that d holds, at their handles, and takes the page
 * references that they stand for. Every granter must have its active entries.
 * -EINVAL, -ENOENT, -ENOMEM; on failure the caller gives the host up.
 */
int interrex_gnttab_import_mappings(struct domain *d, uint32_t limit,
                                    const struct irx_maptrack *m,
                                    unsigned int count);

#endif
