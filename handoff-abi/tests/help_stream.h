/* SPDX-License-Identifier: GPL-2.0-only */
/* Streams for tests: written soundly, then broken in one place, then sealed again. */
#ifndef INTERREX_TESTS_HELP_STREAM_H
#define INTERREX_TESTS_HELP_STREAM_H

#include <interrex/stream.h>

/* A stream under test and the size it says it has. */
struct help_stream {
    uint64_t words[1 << 14];
    uint64_t size;
};

static inline uint8_t *help_bytes(struct help_stream *t)
{
    return (uint8_t *)t->words;
}

static inline struct irx_stream_header *help_header(struct help_stream *t)
{
    return (struct irx_stream_header *)t->words;
}

/* The streams of help_handoff.h. */
void help_early(struct help_stream *t);
void help_late(struct help_stream *t);

/* Record number `index`. */
struct irx_record *help_record(struct help_stream *t, uint32_t index);

/* Puts right total size, record count and every CRC, whatever the records say. */
void help_seal(struct help_stream *t);
void help_seal_bytes(void *stream, uint64_t size);

/* Inserts `size` zero bytes at `offset` (a multiple of 8) into the stream. */
void help_insert(struct help_stream *t, uint64_t offset, uint64_t size);

/* Validates; returns the error's code, IRX_SE_NONE if it is sound. Fails the test if result and
 * error disagree. */
uint32_t help_validate(struct help_stream *t);

#endif
