/* SPDX-License-Identifier: MIT */
/*
 * The codec of the early and the late section (abi/stream.h).
 *
 * Allocation-free, linear in the size of the stream, no state of its own: as
 * many writers and readers as wanted, each used by one CPU at a time.
 *
 * Writing, in an 8-byte aligned buffer:
 *
 *   irx_writer_init(&w, buf, size, IRX_SECTION_LATE, IRX_PRODUCER_XEN, ...);
 *   irx_writer_begin(&w, IRX_REC_AFFINITY, domid, 0);
 *   for_each_vcpu ... irx_writer_put(&w, &affinity, sizeof(affinity));
 *   irx_writer_end(&w);
 *   irx_writer_record(&w, IRX_REC_GRANT_TABLE, domid, &gt, sizeof(gt));
 *   rc = irx_writer_finish(&w, &total, NULL);
 *
 * Errors stick: only the last call's result needs to be looked at. In the late
 * section domains come in ascending order of domid, all records of one together,
 * its IRX_REC_DOMAIN first. Whoever passes a point of no return with a stream
 * runs irx_stream_validate() over it before.
 *
 * Reading: nothing is handed out but by a struct irx_stream, and only
 * irx_stream_validate() makes one.
 */
#ifndef INTERREX_STREAM_H
#define INTERREX_STREAM_H

#include "schema.h"

/* ---- Writer ---- */

struct irx_writer {
    uint8_t *buf;
    size_t size;                      /* of buf */
    size_t used;                      /* bytes written, or wanted once it is beyond size */
    size_t rec;                       /* offset of the open record, 0 = none */
    uint32_t crc;                     /* of all records that are closed */
    const struct irx_type_info *info; /* of the open record; NULL: a type without a schema */
    const struct irx_schema *schema;
    uint32_t version;
    uint32_t oldest_reader;
    uint32_t count;
    int error; /* first error, negative errno */
};

/*
 * Starts a stream of `version`, which the reader asked for (irx_negotiate()).
 * `buf` is 8-byte aligned; `build_id` 20 bytes, `handoff_id` 16; `features` as
 * negotiated. -EINVAL: misaligned or a bad argument; -EOPNOTSUPP: a version that
 * this build does not write; -ENOSPC: no room for the header.
 */
int irx_writer_init(struct irx_writer *w, void *buf, size_t size, uint32_t section,
                    uint32_t producer, const uint8_t *build_id, const uint8_t *handoff_id,
                    uint64_t features, uint32_t version);

/* The same for another schema than this build's: tests of the version rules. */
int irx_writer_init_schema(struct irx_writer *w, const struct irx_schema *schema, void *buf,
                           size_t size, uint32_t section, uint32_t producer,
                           const uint8_t *build_id, const uint8_t *handoff_id, uint64_t features,
                           uint32_t version);

/*
 * Opens a record. flags: IRX_RECORD_F_*. -EOPNOTSUPP: a type that the version
 * does not have (or that this build does not know, without
 * IRX_RECORD_OPTIONAL); -EBUSY: another is still open.
 */
int irx_writer_begin(struct irx_writer *w, uint32_t type, uint32_t instance, uint32_t flags);

/*
 * Appends to the open record. For a type with a structure `data` is one of this
 * build's structures or, in an array, any whole number of them; each is cut to
 * what the stream's version has. -EINVAL: another size, or no open record.
 */
int irx_writer_put(struct irx_writer *w, const void *data, size_t size);

/* Closes the open record: padding, length, CRC. An array may be empty. */
int irx_writer_end(struct irx_writer *w);

/* begin, put, end. */
int irx_writer_record(struct irx_writer *w, uint32_t type, uint32_t instance, const void *data,
                      size_t size);

/*
 * Seals the stream: counts, CRC, and `valid` last. total, crc: NULL or where to
 * put size and CRC-32C of the whole. The first error, if any: the stream is
 * then not valid. With -ENOSPC `total` says how many bytes it would have taken.
 */
int irx_writer_finish(struct irx_writer *w, uint64_t *total, uint32_t *crc);

/* ---- Reader ---- */

/* irx_stream_error.code; `value` is what was found, `expected` what is right. */
#define IRX_SE_NONE            0u
#define IRX_SE_ALIGNMENT       1u /* buffer is not 8-byte aligned */
#define IRX_SE_SHORT           2u /* smaller than a header */
#define IRX_SE_MAGIC           3u
#define IRX_SE_MAJOR           4u /* another major version */
#define IRX_SE_TOO_NEW         5u /* needs a newer reader; value: oldest reader */
#define IRX_SE_TOO_OLD         6u /* older than what this build reads */
#define IRX_SE_HEADER_SIZE     7u
#define IRX_SE_TOTAL_SIZE      8u /* expected: bytes in the buffer */
#define IRX_SE_SECTION         9u
#define IRX_SE_PRODUCER        10u
#define IRX_SE_CONSUMED        11u /* valid = 0 */
#define IRX_SE_VALID           12u /* valid is neither 0 nor 1 */
#define IRX_SE_FEATURES        13u /* negotiated features without a meaning here */
#define IRX_SE_HEADER_RESERVED 14u
#define IRX_SE_CRC             15u /* of the whole */
#define IRX_SE_RECORD_CRC      16u
#define IRX_SE_BOUNDS          17u /* record leaves the stream */
#define IRX_SE_RECORD_FLAGS    18u
#define IRX_SE_UNKNOWN         19u /* unknown mandatory type */
#define IRX_SE_WRONG_SECTION   20u
#define IRX_SE_SINCE           21u /* type is newer than the stream's version */
#define IRX_SE_LENGTH          22u /* no whole number of elements, or below the first form */
#define IRX_SE_TAIL            23u /* unknown tail, neither zero nor ignorable */
#define IRX_SE_RESERVED        24u
#define IRX_SE_PADDING         25u
#define IRX_SE_INSTANCE        26u /* not 0 in the early, not a domid in the late section */
#define IRX_SE_ORDER           27u /* not grouped by ascending instance, opening record first */
#define IRX_SE_DUPLICATE       28u
#define IRX_SE_COUNT           29u /* record_count; expected: records found */
#define IRX_SE_OLDEST_READER   30u /* oldest reader is newer than the version itself */
#define IRX_SE_MAX             30u

#define IRX_SE_NO_RECORD 0xffffffffu /* irx_stream_error.index: in the header */

struct irx_stream_error {
    uint32_t code;     /* IRX_SE_* */
    uint32_t index;    /* number of the record, or IRX_SE_NO_RECORD */
    uint32_t type;     /* of that record */
    uint32_t instance; /* of that record */
    uint64_t offset;   /* of the offending bytes, from the start of the stream */
    uint64_t value;
    uint64_t expected;
};

/* A stream that passed. Members are the codec's. */
struct irx_stream {
    const struct irx_stream_header *header;
    const struct irx_schema *schema;
};

/*
 * First pass: everything of design rules 1 to 3 over all of `buf`, whose size
 * is the stream's exactly. `section`: IRX_SECTION_*, or 0 for either. Returns 0
 * and sets *s; or sets *err (may be NULL) and returns -EINVAL (malformed),
 * -EILSEQ (a CRC), -EOPNOTSUPP (a version, type or feature of somebody newer),
 * -ENODATA (already consumed). Changes nothing.
 */
int irx_stream_validate(struct irx_stream *s, const void *buf, size_t size, uint32_t section,
                        struct irx_stream_error *err);

/* The same for another schema than this build's: tests of the version rules. */
int irx_stream_validate_schema(struct irx_stream *s, const struct irx_schema *schema,
                               const void *buf, size_t size, uint32_t section,
                               struct irx_stream_error *err);

/* True if the stream belongs to the handoff `handoff_id` (16 bytes, irx_anchor.handoff_id). */
bool irx_stream_of_handoff(const struct irx_stream *s, const uint8_t *handoff_id);

/* The record after `prev` (NULL: the first), known or not; NULL at the end. */
const struct irx_record *irx_stream_next(const struct irx_stream *s, const struct irx_record *prev);

/* The next record of this type and instance after `prev` (NULL: from the start), or NULL. */
const struct irx_record *irx_stream_find(const struct irx_stream *s, uint32_t type,
                                         uint32_t instance, const struct irx_record *prev);

/* The payload, rec->length bytes, 8-byte aligned. */
static inline const void *irx_record_payload(const struct irx_record *rec)
{
    return rec + 1;
}

/* Copies the payload into a structure of `size` bytes, zero-extended or cut. */
void irx_record_copy(const struct irx_record *rec, void *dst, size_t size);

/* Number of structures in the record; of plain bytes or an unknown type: 0. */
size_t irx_record_count(const struct irx_stream *s, const struct irx_record *rec);

/*
 * Copies structure `i` of the record into this build's structure of `size`
 * bytes, zero-extended: the only way to read an array whose element may have
 * grown since the writer's version. -EINVAL: another size than this build's;
 * -ENOENT: no such element.
 */
int irx_record_get(const struct irx_stream *s, const struct irx_record *rec, size_t i, void *dst,
                   size_t size);

/* Design rule 9: the consumer is done with the stream that begins at `buf`. */
void irx_stream_consume(void *buf);

/* What an IRX_SE_* means and, after a colon, what to do about it. Never NULL. */
const char *irx_stream_error_text(uint32_t code);

#endif
