/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames of one domain, and which of them are page tables, or given back: bits by machine frame, in chunks that are only
 * there where the domain has frames, and an index of them, 8 bytes for each chunk of the host. Within pv/; callers see to
 * it that nobody else is at it.
 */
#ifndef INTERREX_PV_FRAME_SET_H
#define INTERREX_PV_FRAME_SET_H

#include <xen/bitmap.h>

#define FRAME_CHUNK 8192ul /* frames */

struct frame_chunk {
    DECLARE_BITMAP(own, FRAME_CHUNK);
    DECLARE_BITMAP(table, FRAME_CHUNK); /* of own ones: page tables */
    DECLARE_BITMAP(
        given,
        FRAME_CHUNK); /* of own ones: given back, and still referred to */
};

struct frame_set {
    struct frame_chunk *
        *chunks;         /* of all of the host's frames; NULL: none of these */
    unsigned long *used; /* bits: which of them are there */
    unsigned long nr;    /* of chunks */
};

/* An empty one, for a host with so many frames. -ENOMEM. */
int interrex_frame_set_init(struct frame_set *s, unsigned long frames);
/* Empty again; the memory stays. */
void interrex_frame_set_clear(struct frame_set *s);
/* Its memory goes. */
void interrex_frame_set_free(struct frame_set *s);
/* That with this frame, made where there was none. NULL: no memory, or the host has no such frame. */
struct frame_chunk *interrex_frame_set_chunk(struct frame_set *s,
                                             unsigned long mfn);

/* The next run of own frames: *from begins it, the result is where it ends; 0: there is none from *from on. */
unsigned long interrex_frame_set_run(const struct frame_set *s,
                                     unsigned long *from);
/* The next page table from this frame on; ~0: there is none. */
unsigned long interrex_frame_set_table(const struct frame_set *s,
                                       unsigned long from);
/* Are all of these its own, and, where that is asked for, none a page table? */
bool interrex_frame_set_all(const struct frame_set *s, unsigned long mfn,
                            unsigned long nr, bool no_tables);

static inline const struct frame_chunk *
frame_chunk_of(const struct frame_set *s, unsigned long mfn)
{
    return mfn / FRAME_CHUNK < s->nr ? s->chunks[mfn / FRAME_CHUNK] : NULL;
}

static inline bool frame_is_own(const struct frame_set *s, unsigned long mfn)
{
    const struct frame_chunk *c = frame_chunk_of(s, mfn);

    return c && test_bit(mfn % FRAME_CHUNK, c->own);
}

static inline bool frame_is_table(const struct frame_set *s, unsigned long mfn)
{
    const struct frame_chunk *c = frame_chunk_of(s, mfn);

    return c && test_bit(mfn % FRAME_CHUNK, c->table);
}

static inline bool frame_is_given(const struct frame_set *s, unsigned long mfn)
{
    const struct frame_chunk *c = frame_chunk_of(s, mfn);

    return c && test_bit(mfn % FRAME_CHUNK, c->given);
}

#endif
