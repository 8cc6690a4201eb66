/* SPDX-License-Identifier: GPL-2.0-only */
#include "help_stream.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <interrex/crc32c.h>

#include "help_handoff.h"

static void write_one(struct help_stream *t, uint32_t section, void (*fill)(struct irx_writer *))
{
    struct irx_writer w;

    memset(t, 0, sizeof(*t));
    help_writer(&w, t->words, sizeof(t->words), section);
    fill(&w);
    assert_int_equal(irx_writer_finish(&w, &t->size, NULL), 0);
}

void help_early(struct help_stream *t)
{
    write_one(t, IRX_SECTION_EARLY, help_fill_early);
}

void help_late(struct help_stream *t)
{
    write_one(t, IRX_SECTION_LATE, help_fill_late);
}

static uint64_t padded(uint64_t length)
{
    return (length + 7) & ~7ull;
}

struct irx_record *help_record(struct help_stream *t, uint32_t index)
{
    uint8_t *p = help_bytes(t) + sizeof(struct irx_stream_header);

    while (index--)
        p += sizeof(struct irx_record) + padded(((struct irx_record *)p)->length);
    assert_true(p < help_bytes(t) + t->size);
    return (struct irx_record *)p;
}

void help_seal_bytes(void *stream, uint64_t size)
{
    struct irx_stream_header *h = stream;
    uint8_t *p = (uint8_t *)(h + 1), *end = (uint8_t *)stream + size;
    uint32_t valid = h->valid;

    h->record_count = 0;
    while (p < end) {
        struct irx_record *rec = (struct irx_record *)p;
        uint64_t left = (uint64_t)(end - p);

        h->record_count++;
        if (left < sizeof(*rec) || rec->length > left - sizeof(*rec))
            break;
        rec->crc = irx_crc32c(0, rec + 1, rec->length);
        p += sizeof(*rec) + padded(rec->length);
    }
    h->total_size = size;
    h->valid = 0;
    h->crc = 0;
    h->crc = irx_crc32c(0, h, size);
    h->valid = valid;
}

void help_seal(struct help_stream *t)
{
    help_seal_bytes(t->words, t->size);
}

void help_insert(struct help_stream *t, uint64_t offset, uint64_t size)
{
    uint64_t i;

    assert_true(t->size + size <= sizeof(t->words));
    for (i = t->size; i-- > offset;)
        help_bytes(t)[i + size] = help_bytes(t)[i];
    memset(help_bytes(t) + offset, 0, size);
    t->size += size;
}

uint32_t help_validate(struct help_stream *t)
{
    struct irx_stream_error e;
    struct irx_stream s;
    int rc = irx_stream_validate(&s, t->words, t->size, 0, &e);

    assert_int_equal(rc == 0, e.code == IRX_SE_NONE);
    assert_int_equal(rc == 0, s.header != NULL);
    assert_in_range(e.code, 0, IRX_SE_MAX);
    assert_string_not_equal(irx_stream_error_text(e.code), "unknown error");
    return e.code;
}
