/* SPDX-License-Identifier: MIT */
/*
 * The stream: how the early and the late section are framed (irx_anchor.early,
 * irx_anchor.late). A header, then records, 8-byte aligned, to the end.
 *
 * Two passes over every stream: validate whole, then commit. The codec of
 * handoff-abi/src does the first; nothing reads a record before it passed.
 */
#ifndef INTERREX_ABI_STREAM_H
#define INTERREX_ABI_STREAM_H

#include "version.h"

#define IRX_STREAM_MAGIC 0x4d41525453585249ull /* "IRXSTRAM" in memory order */

#define IRX_SECTION_EARLY 1u
#define IRX_SECTION_LATE  2u

struct irx_stream_header {
    uint64_t magic;         /* IRX_STREAM_MAGIC */
    uint32_t version;       /* IRX_VERSION() that the reader asked for */
    uint32_t oldest_reader; /* oldest version whose reader understands it all */
    uint32_t header_size;   /* sizeof(struct irx_stream_header); records begin here */
    uint32_t section;       /* IRX_SECTION_* */
    uint64_t total_size;    /* header and records, bytes */
    uint32_t record_count;
    uint32_t producer;      /* IRX_PRODUCER_* */
    uint8_t build_id[20];   /* GNU build id of the producer, zero-padded */
    uint32_t valid;         /* 1; the consumer clears it after use. Not covered by crc */
    uint8_t handoff_id[16]; /* of the anchor */
    uint64_t features;      /* negotiated IRX_FEATURE_* */
    uint32_t reserved;
    uint32_t crc; /* CRC-32C of the whole stream with valid = 0 and crc = 0 */
};
IRX_OFFSET(struct irx_stream_header, total_size, 24);
IRX_OFFSET(struct irx_stream_header, build_id, 40);
IRX_OFFSET(struct irx_stream_header, handoff_id, 64);
IRX_OFFSET(struct irx_stream_header, crc, 92);
IRX_SIZE(struct irx_stream_header, 96);

/* Top bit of a type: a reader that does not know it skips the record; else it refuses the stream. */
#define IRX_RECORD_OPTIONAL 0x80000000u

/* irx_record.flags: a reader that knows a shorter form may ignore the tail. */
#define IRX_RECORD_F_TAIL_IGNORABLE 1u

/*
 * Payload: `length` bytes, then zero padding to 8. A record shorter than the
 * reader's structure is zero-extended; a longer one is refused unless its tail
 * is zero or IRX_RECORD_F_TAIL_IGNORABLE is set. Reserved fields are zero.
 */
struct irx_record {
    uint32_t type;     /* IRX_REC_* of early.h and late.h */
    uint32_t flags;    /* IRX_RECORD_F_* */
    uint32_t instance; /* domid for records of a domain, else 0 */
    uint32_t crc;      /* CRC-32C of the payload (without padding) */
    uint64_t length;   /* bytes of payload without padding */
};
IRX_SIZE(struct irx_record, 24);

#endif
