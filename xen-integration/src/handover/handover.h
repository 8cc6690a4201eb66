/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last act of a Xen that goes: the two sections in R that the next one reads. Both
 * are written with dom0 stopped and every domain in R; nothing changes any domain
 * until the jump, and nothing but R is changed.
 */
#ifndef INTERREX_HANDOVER_H
#define INTERREX_HANDOVER_H

#include "region/region.h"
#include "state/state.h"

/*
 * What the next Xen reads before its first allocation: the early section, which is
 * validated once it is written. *l is the
 * memory that it names, l->entry the caller's to vfree(), also after an error: -ENOMEM, -ENOSPC when R has no
 * room for the list, -EXDEV when a domain's memory is not what its extents say.
 */
int interrex_early_export(struct interrex_preserved_list *l);

/*
 * What it needs of every domain beyond the live tables: the late section, which is
 * validated once it is written. 0; -ENOSPC: R's late span is too small; another
 * -errno.
 */
int interrex_late_export(void);

/*
 * Their records, wherever w writes: both exports are these and a look at what was written. *total: bytes.
 * -ENOSPC: they do not fit there.
 */
int interrex_early_write(struct irx_writer *w,
                         const struct interrex_preserved_list *l,
                         uint64_t *total);
int interrex_late_write(struct irx_writer *w, uint64_t *total);

/* ---- rehearse.c ---- */

/* What the jump would lack, as far as it can be known before: bytes needed; 0: enough. */
struct interrex_lack {
    uint64_t boot; /* in large pieces, for the next Xen to boot in */
    uint64_t
        region; /* size of R, for dom0 and the two sections beside the guests */
};

/*
 * Puts dom0 into R as the jump would, writes both sections elsewhere, and forgets it all. For the time
 * when every guest is prepared or held and dom0 runs: then nothing has been stopped yet that would
 * stand still for nothing. What cannot be known because dom0 changes meanwhile is not lacking.
 * -ERESTART: it gave way, from that time on (interrex_gives_way()), and goes on there when it is called again. Then
 * whatever else is done first has to end it.
 */
int interrex_rehearse(struct interrex_lack *lack, s_time_t give_way);
/* There is none under way any more. */
void interrex_rehearse_end(void);

/*
 * ---- room.c: how much of R the guests take ----
 *
 * How much there is to tell of a guest is in its own hands: it may have its memory in pieces, grants and mappings of
 * them by the hundred thousand, and if it is a PV guest page tables of all its memory and a number of its
 * own for each page. Within an operation.
 */

/* Looks at all domains, which may run. -ERESTART: it gave way, from that time on, and goes on there. Then _end(). */
int interrex_room_look(s_time_t give_way);
/*
 * Where less than a quarter of one of R's parts is left for all else: the bytes that d takes of such a part, if
 * they are more of it than d has of the host's memory; else 0. 0 for dom0, and when nobody looked.
 */
uint64_t interrex_room_excess(const struct domain *d);
/* How many page tables all PV guests have; 0 when nobody looked. */
uint64_t interrex_room_tables(void);
void interrex_room_end(void);
/* Looks, and says on the console which guests are so. */
void interrex_room_tell(void);

#endif /* INTERREX_HANDOVER_H */
