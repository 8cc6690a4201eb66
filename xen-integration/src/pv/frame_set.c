/* SPDX-License-Identifier: GPL-2.0-only */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/vmap.h>
#include <xen/xmalloc.h>

#include "pv/frame_set.h"

int interrex_frame_set_init(struct frame_set *s, unsigned long frames)
{
    s->nr = DIV_ROUND_UP(frames, FRAME_CHUNK);
    s->chunks = vzalloc(s->nr * sizeof(*s->chunks) +
                        BITS_TO_LONGS(s->nr) * sizeof(*s->used));
    s->used = (unsigned long *)(s->chunks + s->nr);

    return s->chunks ? 0 : -ENOMEM;
}

#define for_each_chunk(s, c)                                                  \
    for ( (c) = find_first_bit((s)->used, (s)->nr); (c) < (s)->nr;            \
          (c) = find_next_bit((s)->used, (s)->nr, (c) + 1) )

void interrex_frame_set_clear(struct frame_set *s)
{
    unsigned long c;

    for_each_chunk(s, c) memset(s->chunks[c], 0, sizeof(*s->chunks[c]));
}

void interrex_frame_set_free(struct frame_set *s)
{
    unsigned long c;

    for_each_chunk(s, c) xfree(s->chunks[c]);
    vfree(s->chunks);
}

struct frame_chunk *interrex_frame_set_chunk(struct frame_set *s,
                                             unsigned long mfn)
{
    const unsigned long c = mfn / FRAME_CHUNK;

    if ( c >= s->nr )
        return NULL;
    if ( !s->chunks[c] )
    {
        s->chunks[c] = xzalloc(struct frame_chunk);
        if ( s->chunks[c] )
            __set_bit(c, s->used);
    }

    return s->chunks[c];
}

/* Where the run ends that begins there, or goes on from the chunk before. */
static unsigned long run_end(const struct frame_set *s, unsigned long c,
                             unsigned long from)
{
    unsigned long end = find_next_zero_bit(s->chunks[c]->own, FRAME_CHUNK,
                                           from);

    while ( end >= FRAME_CHUNK && c + 1 < s->nr && s->chunks[c + 1] &&
            test_bit(0, s->chunks[c + 1]->own) )
        end = find_next_zero_bit(s->chunks[++c]->own, FRAME_CHUNK, 0);

    return c * FRAME_CHUNK + min(end, FRAME_CHUNK);
}

unsigned long interrex_frame_set_run(const struct frame_set *s,
                                     unsigned long *from)
{
    unsigned long c = *from / FRAME_CHUNK, bit = *from % FRAME_CHUNK, first;

    while ( c < s->nr )
    {
        if ( s->chunks[c] )
        {
            first = find_next_bit(s->chunks[c]->own, FRAME_CHUNK, bit);
            if ( first < FRAME_CHUNK )
            {
                *from = c * FRAME_CHUNK + first;
                return run_end(s, c, first);
            }
        }
        c = find_next_bit(s->used, s->nr, c + 1);
        bit = 0;
    }

    return 0;
}

unsigned long interrex_frame_set_table(const struct frame_set *s,
                                       unsigned long from)
{
    unsigned long c = from / FRAME_CHUNK, bit = from % FRAME_CHUNK;

    while ( c < s->nr )
    {
        if ( s->chunks[c] )
        {
            bit = find_next_bit(s->chunks[c]->table, FRAME_CHUNK, bit);
            if ( bit < FRAME_CHUNK )
                return c * FRAME_CHUNK + bit;
        }
        c = find_next_bit(s->used, s->nr, c + 1);
        bit = 0;
    }

    return ~0UL;
}

bool interrex_frame_set_all(const struct frame_set *s, unsigned long mfn,
                            unsigned long nr, bool no_tables)
{
    unsigned long part;

    for ( ; nr; mfn += part, nr -= part )
    {
        const struct frame_chunk *chunk = frame_chunk_of(s, mfn);
        const unsigned long bit = mfn % FRAME_CHUNK;

        part = min(nr, FRAME_CHUNK - bit);
        if ( !chunk ||
             find_next_zero_bit(chunk->own, bit + part, bit) < bit + part )
            return false;
        if ( no_tables &&
             find_next_bit(chunk->table, bit + part, bit) < bit + part )
            return false;
    }

    return true;
}
