/* SPDX-License-Identifier: GPL-2.0-only */
/* The reader of a stream: validate whole, then hand out. See interrex/stream.h. */
#include <interrex/crc32c.h>
#include <interrex/stream.h>

#define DOMID_LIMIT 0x7ff0u /* DOMID_FIRST_RESERVED, xen/include/public/xen.h */

/* What the first pass carries from record to record. */
struct pass {
    const struct irx_schema *schema;
    const struct irx_stream_header *header;
    const uint8_t *base;
    uint64_t offset;   /* of the record in hand */
    uint32_t index;    /* of it */
    uint32_t instance; /* of the record before */
    uint64_t seen;     /* types of this instance: bit per index in schema->types */
    uint32_t crc;      /* of the stream up to the record in hand */
    struct irx_stream_error *err;
};

static int error_errno(uint32_t code)
{
    switch (code) {
    case IRX_SE_CRC:
    case IRX_SE_RECORD_CRC:
        return -EILSEQ;
    case IRX_SE_MAJOR:
    case IRX_SE_TOO_NEW:
    case IRX_SE_TOO_OLD:
    case IRX_SE_UNKNOWN:
    case IRX_SE_FEATURES:
        return -EOPNOTSUPP;
    case IRX_SE_CONSUMED:
        return -ENODATA;
    default:
        return -EINVAL;
    }
}

static int refuse_header(struct irx_stream_error *err, uint32_t code, uint64_t offset,
                         uint64_t value, uint64_t expected)
{
    *err = (struct irx_stream_error){.code = code,
                                     .index = IRX_SE_NO_RECORD,
                                     .offset = offset,
                                     .value = value,
                                     .expected = expected};
    return error_errno(code);
}

static int refuse(const struct pass *p, const struct irx_record *rec, uint32_t code,
                  uint64_t offset, uint64_t value, uint64_t expected)
{
    *p->err = (struct irx_stream_error){.code = code,
                                        .index = p->index,
                                        .type = rec->type,
                                        .instance = rec->instance,
                                        .offset = offset,
                                        .value = value,
                                        .expected = expected};
    return error_errno(code);
}

#define HEADER_FIELD(name) offsetof(struct irx_stream_header, name), h->name

static int check_version(const struct irx_schema *schema, const struct irx_stream_header *h,
                         struct irx_stream_error *err)
{
    if (h->version >> 16 != schema->version >> 16)
        return refuse_header(err, IRX_SE_MAJOR, HEADER_FIELD(version), schema->version);
    if (h->oldest_reader > h->version)
        return refuse_header(err, IRX_SE_OLDEST_READER, HEADER_FIELD(oldest_reader), h->version);
    if (h->oldest_reader > schema->version)
        return refuse_header(err, IRX_SE_TOO_NEW, HEADER_FIELD(oldest_reader), schema->version);
    if (h->version < schema->oldest)
        return refuse_header(err, IRX_SE_TOO_OLD, HEADER_FIELD(version), schema->oldest);
    return 0;
}

static int check_header(const struct irx_schema *schema, const struct irx_stream_header *h,
                        size_t size, uint32_t section, struct irx_stream_error *err)
{
    int rc;

    if (h->magic != IRX_STREAM_MAGIC)
        return refuse_header(err, IRX_SE_MAGIC, HEADER_FIELD(magic), IRX_STREAM_MAGIC);
    rc = check_version(schema, h, err);
    if (rc)
        return rc;
    if (h->header_size != sizeof(*h))
        return refuse_header(err, IRX_SE_HEADER_SIZE, HEADER_FIELD(header_size), sizeof(*h));
    if (h->total_size != size)
        return refuse_header(err, IRX_SE_TOTAL_SIZE, HEADER_FIELD(total_size), size);
    if (section ? h->section != section
                : h->section != IRX_SECTION_EARLY && h->section != IRX_SECTION_LATE)
        return refuse_header(err, IRX_SE_SECTION, HEADER_FIELD(section), section);
    if (h->producer < IRX_PRODUCER_XEN || h->producer > IRX_PRODUCER_TOOL)
        return refuse_header(err, IRX_SE_PRODUCER, HEADER_FIELD(producer), IRX_PRODUCER_XEN);
    if (!h->valid)
        return refuse_header(err, IRX_SE_CONSUMED, HEADER_FIELD(valid), 1);
    if (h->valid != 1)
        return refuse_header(err, IRX_SE_VALID, HEADER_FIELD(valid), 1);
    if (h->reserved)
        return refuse_header(err, IRX_SE_HEADER_RESERVED, HEADER_FIELD(reserved), 0);
    if (h->features & ~schema->features)
        return refuse_header(err, IRX_SE_FEATURES, HEADER_FIELD(features), schema->features);
    return 0;
}

static uint64_t padded(uint64_t length)
{
    return (length + 7) & ~7ull;
}

/* True if the record at `offset` lies in the stream, header and padded payload. */
static bool in_bounds(const struct pass *p, uint64_t offset)
{
    const struct irx_record *rec = (const struct irx_record *)(p->base + offset);
    uint64_t left = p->header->total_size - offset; /* callers keep offset <= total_size */

    if (left < sizeof(*rec))
        return false;
    left -= sizeof(*rec);
    return rec->length <= left && padded(rec->length) <= left;
}

/* The whole CRC is wrong: name the record it happened in, if it can still be found. */
static int refuse_crc(struct pass *p, uint32_t crc)
{
    const struct irx_record *rec;

    p->offset = sizeof(*p->header);
    for (p->index = 0; p->offset < p->header->total_size; p->index++) {
        if (!in_bounds(p, p->offset))
            break;
        rec = (const struct irx_record *)(p->base + p->offset);
        if (irx_crc32c(0, rec + 1, rec->length) != rec->crc)
            return refuse(p, rec, IRX_SE_RECORD_CRC, p->offset, rec->crc,
                          irx_crc32c(0, rec + 1, rec->length));
        p->offset += sizeof(*rec) + padded(rec->length);
    }
    return refuse_header(p->err, IRX_SE_CRC, offsetof(struct irx_stream_header, crc),
                         p->header->crc, crc);
}

/* Of the header, as it was while the CRC of the whole was computed. */
static uint32_t header_crc(const struct pass *p)
{
    struct irx_stream_header h = *p->header;

    h.valid = 0;
    h.crc = 0;
    return irx_crc32c(0, &h, sizeof(h));
}

/* Grouping: early is one group of instance 0; late one group a domain, ascending. */
static int check_place(struct pass *p, const struct irx_record *rec,
                       const struct irx_type_info *info)
{
    bool late = p->header->section == IRX_SECTION_LATE;
    bool opens = info && (info->flags & IRX_TYPE_FIRST);
    uint64_t bit;

    if (late ? rec->instance >= DOMID_LIMIT : rec->instance != 0)
        return refuse(p, rec, IRX_SE_INSTANCE, p->offset + offsetof(struct irx_record, instance),
                      rec->instance, late ? DOMID_LIMIT - 1 : 0);
    if (late && (p->index == 0 || rec->instance != p->instance)) {
        if (!opens || (p->index && rec->instance < p->instance))
            return refuse(p, rec, IRX_SE_ORDER, p->offset, rec->instance, p->instance);
        p->seen = 0;
    }
    p->instance = rec->instance;
    if (!info)
        return 0;
    bit = 1ull << (info - p->schema->types);
    if ((p->seen & bit) && !(info->flags & IRX_TYPE_MANY))
        return refuse(p, rec, IRX_SE_DUPLICATE, p->offset, rec->type, 0);
    p->seen |= bit;
    return 0;
}

/* Length and reserved fields of the structures in a record of a known type. */
static int check_array(const struct pass *p, const struct irx_record *rec,
                       const struct irx_layout *layout)
{
    uint32_t size = irx_layout_size(layout, p->header->version);
    const uint8_t *payload = irx_record_payload(rec);
    uint64_t i;
    int64_t bad;

    if (rec->length % size)
        return refuse(p, rec, IRX_SE_LENGTH, p->offset, rec->length, size);
    for (i = 0; layout->nr_zeros && i < rec->length; i += size) {
        bad = irx_layout_reserved(layout, payload + i, size);
        if (bad >= 0)
            return refuse(p, rec, IRX_SE_RESERVED, p->offset + sizeof(*rec) + i + (uint64_t)bad,
                          payload[i + (uint64_t)bad], 0);
    }
    return 0;
}

static int check_single(const struct pass *p, const struct irx_record *rec,
                        const struct irx_layout *layout)
{
    uint32_t known = irx_layout_size(layout, p->header->version);
    const uint8_t *payload = irx_record_payload(rec);
    uint64_t at = p->offset + sizeof(*rec);
    int64_t bad;

    if (rec->length < layout->forms[0].size)
        return refuse(p, rec, IRX_SE_LENGTH, p->offset, rec->length, layout->forms[0].size);
    if (rec->length > known && !(rec->flags & IRX_RECORD_F_TAIL_IGNORABLE)) {
        size_t n = irx_first_nonzero(payload + known, rec->length - known);

        if (n < rec->length - known)
            return refuse(p, rec, IRX_SE_TAIL, at + known + n, payload[known + n], 0);
    }
    bad = irx_layout_reserved(layout, payload, rec->length < known ? rec->length : known);
    if (bad >= 0)
        return refuse(p, rec, IRX_SE_RESERVED, at + (uint64_t)bad, payload[bad], 0);
    return 0;
}

static int check_type(const struct pass *p, const struct irx_record *rec,
                      const struct irx_type_info *info)
{
    if (!info)
        return rec->type & IRX_RECORD_OPTIONAL
                   ? 0
                   : refuse(p, rec, IRX_SE_UNKNOWN, p->offset, rec->type, p->schema->version);
    if (info->section != p->header->section)
        return refuse(p, rec, IRX_SE_WRONG_SECTION, p->offset, p->header->section, info->section);
    if (info->since > p->header->version)
        return refuse(p, rec, IRX_SE_SINCE, p->offset, p->header->version, info->since);
    if (!info->layout)
        return 0;
    return info->flags & IRX_TYPE_ARRAY ? check_array(p, rec, info->layout)
                                        : check_single(p, rec, info->layout);
}

static int check_record(struct pass *p)
{
    static const struct irx_record none;
    const struct irx_record *rec = (const struct irx_record *)(p->base + p->offset);
    const struct irx_type_info *info;
    uint64_t end;
    uint32_t crc;
    size_t pad;
    int rc;

    if (!in_bounds(p, p->offset))
        return refuse(p, &none, IRX_SE_BOUNDS, p->offset, p->header->total_size - p->offset,
                      sizeof(*rec));
    if (rec->flags & ~IRX_RECORD_F_TAIL_IGNORABLE)
        return refuse(p, rec, IRX_SE_RECORD_FLAGS, p->offset, rec->flags,
                      IRX_RECORD_F_TAIL_IGNORABLE);
    crc = irx_crc32c(0, rec + 1, rec->length);
    if (crc != rec->crc)
        return refuse(p, rec, IRX_SE_RECORD_CRC, p->offset, rec->crc, crc);
    end = sizeof(*rec) + rec->length;
    pad = irx_first_nonzero((const uint8_t *)rec + end, padded(end) - end);
    if (end + pad < padded(end))
        return refuse(p, rec, IRX_SE_PADDING, p->offset + end + pad,
                      ((const uint8_t *)rec)[end + pad], 0);

    p->crc = irx_crc32c(p->crc, rec, sizeof(*rec));
    p->crc = irx_crc32c_append(p->crc, rec + 1, rec->length, crc);
    p->crc = irx_crc32c(p->crc, (const uint8_t *)rec + end, padded(end) - end);
    info = irx_schema_type(p->schema, rec->type);
    rc = check_type(p, rec, info);
    if (!rc)
        rc = check_place(p, rec, info);
    p->offset += padded(end);
    return rc;
}

/* All records, and on the way the CRC of the whole: each byte is looked at once. */
static int check_records(struct pass *p)
{
    const uint64_t size = p->header->total_size;
    uint32_t crc;
    int rc = 0;

    p->crc = header_crc(p);
    for (; !rc && p->offset < size; p->index++)
        rc = check_record(p);
    if (!rc && p->crc == p->header->crc)
        return 0;
    /* Damage goes first: whatever else is wrong may have come of it. */
    crc = irx_crc32c(header_crc(p), p->base + sizeof(*p->header), size - sizeof(*p->header));
    return crc == p->header->crc ? rc : refuse_crc(p, crc);
}

int irx_stream_validate_schema(struct irx_stream *s, const struct irx_schema *schema,
                               const void *buf, size_t size, uint32_t section,
                               struct irx_stream_error *err)
{
    struct irx_stream_error ignored;
    struct pass p = {.schema = schema,
                     .header = buf,
                     .base = buf,
                     .offset = sizeof(*p.header),
                     .err = err ? err : &ignored};
    int rc;

    memset(s, 0, sizeof(*s));
    memset(p.err, 0, sizeof(*p.err));
    if (!buf || (uintptr_t)buf % 8)
        return refuse_header(p.err, IRX_SE_ALIGNMENT, 0, (uintptr_t)buf % 8, 0);
    if (size < sizeof(*p.header))
        return refuse_header(p.err, IRX_SE_SHORT, 0, size, sizeof(*p.header));
    rc = check_header(schema, p.header, size, section, p.err);
    if (!rc)
        rc = check_records(&p);
    if (rc)
        return rc;
    if (p.index != p.header->record_count)
        return refuse_header(p.err, IRX_SE_COUNT, offsetof(struct irx_stream_header, record_count),
                             p.header->record_count, p.index);
    s->header = buf;
    s->schema = schema;
    return 0;
}

int irx_stream_validate(struct irx_stream *s, const void *buf, size_t size, uint32_t section,
                        struct irx_stream_error *err)
{
    return irx_stream_validate_schema(s, &irx_schema_native, buf, size, section, err);
}

bool irx_stream_of_handoff(const struct irx_stream *s, const uint8_t *handoff_id)
{
    return !memcmp(s->header->handoff_id, handoff_id, sizeof(s->header->handoff_id));
}

const struct irx_record *irx_stream_next(const struct irx_stream *s, const struct irx_record *prev)
{
    const uint8_t *base = (const uint8_t *)s->header;
    const uint8_t *next = prev ? (const uint8_t *)(prev + 1) + padded(prev->length)
                               : base + sizeof(*s->header);

    return next < base + s->header->total_size ? (const struct irx_record *)next : NULL;
}

const struct irx_record *irx_stream_find(const struct irx_stream *s, uint32_t type,
                                         uint32_t instance, const struct irx_record *prev)
{
    const struct irx_record *rec = prev;

    while ((rec = irx_stream_next(s, rec)))
        if (rec->type == type && rec->instance == instance)
            return rec;
    return NULL;
}

void irx_record_copy(const struct irx_record *rec, void *dst, size_t size)
{
    size_t n = rec->length < size ? rec->length : size;

    memcpy(dst, irx_record_payload(rec), n);
    memset((uint8_t *)dst + n, 0, size - n);
}

size_t irx_record_count(const struct irx_stream *s, const struct irx_record *rec)
{
    const struct irx_type_info *info = irx_schema_type(s->schema, rec->type);

    if (!info || !info->layout)
        return 0;
    if (!(info->flags & IRX_TYPE_ARRAY))
        return 1;
    return rec->length / irx_layout_size(info->layout, s->header->version);
}

int irx_record_get(const struct irx_stream *s, const struct irx_record *rec, size_t i, void *dst,
                   size_t size)
{
    const struct irx_type_info *info = irx_schema_type(s->schema, rec->type);
    const uint8_t *payload = irx_record_payload(rec);
    size_t wire;

    if (!info || !info->layout || size != irx_layout_native(info->layout))
        return -EINVAL;
    if (i >= irx_record_count(s, rec))
        return -ENOENT;
    if (!(info->flags & IRX_TYPE_ARRAY)) {
        irx_record_copy(rec, dst, size);
        return 0;
    }
    wire = irx_layout_size(info->layout, s->header->version); /* never above native */
    memcpy(dst, payload + i * wire, wire);
    memset((uint8_t *)dst + wire, 0, size - wire);
    return 0;
}

void irx_stream_consume(void *buf)
{
    struct irx_stream_header *h = buf;

    __atomic_store_n(&h->valid, 0, __ATOMIC_RELEASE);
}
