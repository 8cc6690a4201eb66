/* SPDX-License-Identifier: GPL-2.0-only */
/* The writer of a stream: see interrex/stream.h. */
#include <interrex/crc32c.h>
#include <interrex/stream.h>

/* The first error is the one that is told. */
static int fail(struct irx_writer *w, int error)
{
    if (!w->error)
        w->error = error;
    return w->error;
}

/* Takes `size` bytes at the end; NULL if they do not fit, with `used` counting on. */
static uint8_t *take(struct irx_writer *w, size_t size)
{
    size_t at = w->used;

    if (size > (size_t)-1 - at) {
        fail(w, -EOVERFLOW);
        return NULL;
    }
    w->used = at + size;
    if (w->used > w->size) {
        fail(w, -ENOSPC);
        return NULL;
    }
    return w->buf + at;
}

/* Errors other than a lack of room end all work; a lack of room still lets sizes be counted. */
static bool usable(const struct irx_writer *w)
{
    return !w->error || w->error == -ENOSPC;
}

int irx_writer_init_schema(struct irx_writer *w, const struct irx_schema *schema, void *buf,
                           size_t size, uint32_t section, uint32_t producer,
                           const uint8_t *build_id, const uint8_t *handoff_id, uint64_t features,
                           uint32_t version)
{
    struct irx_stream_header *h;

    memset(w, 0, sizeof(*w));
    w->buf = buf;
    w->size = size;
    w->schema = schema;
    w->version = version;
    w->oldest_reader = schema->oldest;

    if (!buf || (uintptr_t)buf % 8 || (section != IRX_SECTION_EARLY && section != IRX_SECTION_LATE))
        return fail(w, -EINVAL);
    if (version < schema->oldest || version > schema->version || (features & ~schema->features))
        return fail(w, -EOPNOTSUPP);

    h = (struct irx_stream_header *)take(w, sizeof(*h));
    if (!h)
        return w->error;
    memset(h, 0, sizeof(*h));
    h->magic = IRX_STREAM_MAGIC;
    h->version = version;
    h->header_size = sizeof(*h);
    h->section = section;
    h->producer = producer;
    memcpy(h->build_id, build_id, sizeof(h->build_id));
    memcpy(h->handoff_id, handoff_id, sizeof(h->handoff_id));
    h->features = features;
    return 0;
}

int irx_writer_init(struct irx_writer *w, void *buf, size_t size, uint32_t section,
                    uint32_t producer, const uint8_t *build_id, const uint8_t *handoff_id,
                    uint64_t features, uint32_t version)
{
    return irx_writer_init_schema(w, &irx_schema_native, buf, size, section, producer, build_id,
                                  handoff_id, features, version);
}

/*
 * The oldest reader of this record: the version that gave a mandatory type its
 * present form. A reader of an older one would refuse it or misread an array.
 */
static uint32_t oldest_reader(const struct irx_type_info *info, uint32_t version)
{
    uint32_t oldest = info->type & IRX_RECORD_OPTIONAL ? 0 : info->since;
    uint32_t i;

    for (i = 1; info->layout && i < info->layout->nr_forms; i++)
        if (info->layout->forms[i].since <= version && info->layout->forms[i].since > oldest)
            oldest = info->layout->forms[i].since;
    return oldest;
}

int irx_writer_begin(struct irx_writer *w, uint32_t type, uint32_t instance, uint32_t flags)
{
    const struct irx_type_info *info = irx_schema_type(w->schema, type);
    struct irx_record *rec;

    if (!usable(w))
        return w->error;
    if (w->rec)
        return fail(w, -EBUSY);
    if (flags & ~IRX_RECORD_F_TAIL_IGNORABLE)
        return fail(w, -EINVAL);
    if (info ? info->since > w->version : !(type & IRX_RECORD_OPTIONAL))
        return fail(w, -EOPNOTSUPP);

    w->info = info;
    w->rec = w->used;
    w->count++;
    if (info && oldest_reader(info, w->version) > w->oldest_reader)
        w->oldest_reader = oldest_reader(info, w->version);

    rec = (struct irx_record *)take(w, sizeof(*rec));
    if (!rec)
        return w->error;
    memset(rec, 0, sizeof(*rec));
    rec->type = type;
    rec->flags = flags;
    rec->instance = instance;
    return 0;
}

/* Appends `count` structures of `native` bytes, each cut to `size`. */
static void put_cut(struct irx_writer *w, const uint8_t *data, size_t count, size_t native,
                    size_t size)
{
    size_t i;

    for (i = 0; i < count; i++) {
        uint8_t *dst = take(w, size);

        if (dst)
            memcpy(dst, data + i * native, size);
    }
}

int irx_writer_put(struct irx_writer *w, const void *data, size_t size)
{
    const struct irx_layout *layout = w->info ? w->info->layout : NULL;
    size_t native, wanted;
    uint8_t *dst;

    if (!usable(w))
        return w->error;
    if (!w->rec)
        return fail(w, -EINVAL);
    if (layout) {
        native = irx_layout_native(layout);
        wanted = irx_layout_size(layout, w->version);
        if (size % native)
            return fail(w, -EINVAL);
        if (!(w->info->flags & IRX_TYPE_ARRAY) &&
            (size != native || w->used != w->rec + sizeof(struct irx_record)))
            return fail(w, -EINVAL);
        if (wanted != native) {
            put_cut(w, data, size / native, native, wanted);
            return w->error;
        }
    }
    dst = take(w, size);
    if (dst)
        memcpy(dst, data, size);
    return w->error;
}

int irx_writer_end(struct irx_writer *w)
{
    size_t payload = w->rec + sizeof(struct irx_record);
    struct irx_record *rec;
    size_t length, padding;
    uint8_t *dst;

    if (!usable(w))
        return w->error;
    if (!w->rec)
        return fail(w, -EINVAL);
    length = w->used - payload;
    if (!length && w->info && w->info->layout && !(w->info->flags & IRX_TYPE_ARRAY))
        return fail(w, -EINVAL);
    padding = -length % 8;
    dst = take(w, padding);
    rec = (struct irx_record *)(w->buf + w->rec);
    w->rec = 0;
    if (!dst)
        return w->error;
    memset(dst, 0, padding);
    rec->length = length;
    rec->crc = irx_crc32c(0, rec + 1, length);
    w->crc = irx_crc32c(w->crc, rec, sizeof(*rec));
    w->crc = irx_crc32c_append(w->crc, rec + 1, length, rec->crc);
    w->crc = irx_crc32c(w->crc, dst, padding);
    return 0;
}

int irx_writer_record(struct irx_writer *w, uint32_t type, uint32_t instance, const void *data,
                      size_t size)
{
    irx_writer_begin(w, type, instance, 0);
    irx_writer_put(w, data, size);
    return irx_writer_end(w);
}

int irx_writer_finish(struct irx_writer *w, uint64_t *total, uint32_t *crc)
{
    struct irx_stream_header *h = (struct irx_stream_header *)w->buf;

    if (w->rec)
        fail(w, -EBUSY);
    if (total)
        *total = w->used;
    if (w->error)
        return w->error;
    h->oldest_reader = w->oldest_reader;
    h->total_size = w->used;
    h->record_count = w->count;
    h->crc = irx_crc32c_append(irx_crc32c(0, h, sizeof(*h)), h + 1, w->used - sizeof(*h),
                               w->crc); /* of the header while valid and crc are still 0 */
    if (crc)
        *crc = h->crc;
    __atomic_store_n(&h->valid, 1, __ATOMIC_RELEASE);
    return 0;
}
