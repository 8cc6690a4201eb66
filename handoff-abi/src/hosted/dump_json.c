/* SPDX-License-Identifier: GPL-2.0-only */
#include "dump_json.h"

#include <stdio.h>
#include <stdlib.h>

#include "fields.h"

#define WHOLE_BYTES 32u /* longer arrays of bytes lose their trailing zeros */

static json_t *json_hex64(uint64_t value)
{
    return json_sprintf("0x%llx", (unsigned long long)value);
}

static json_t *json_bytes(const uint8_t *data, size_t size, bool trim)
{
    static const char digit[] = "0123456789abcdef";
    json_t *json;
    char *text;
    size_t i;

    while (trim && size && !data[size - 1])
        size--;
    text = malloc(2 * size + 1);
    if (!text)
        return NULL;
    for (i = 0; i < size; i++) {
        text[2 * i] = digit[data[i] >> 4];
        text[2 * i + 1] = digit[data[i] & 15];
    }
    json = json_stringn(text, 2 * size);
    free(text);
    return json;
}

static json_t *json_struct(const struct irx_fields *fields, const void *obj);

static json_t *json_element(const struct irx_field *f, const void *obj, uint32_t i)
{
    const uint8_t *p = (const uint8_t *)obj + f->offset + (size_t)i * f->size;
    uint64_t value;

    if (f->kind == IRX_FIELD_STRUCT)
        return json_struct(f->fields, p);
    value = irx_field_value(f, obj, i);
    if (f->size == 8 && f->kind == IRX_FIELD_UNSIGNED)
        return json_hex64(value);
    return json_integer((json_int_t)value);
}

static json_t *json_field(const struct irx_field *f, const void *obj)
{
    json_t *array;
    uint32_t i;

    if (f->kind == IRX_FIELD_BYTES)
        return json_bytes((const uint8_t *)obj + f->offset, f->count, f->count > WHOLE_BYTES);
    if (!(f->flags & IRX_FIELD_ARRAY))
        return json_element(f, obj, 0);
    array = json_array();
    for (i = 0; i < f->count; i++)
        json_array_append_new(array, json_element(f, obj, i));
    return array;
}

static json_t *json_struct(const struct irx_fields *fields, const void *obj)
{
    json_t *json = json_object();
    uint32_t i;

    for (i = 0; i < fields->count; i++)
        if (!(fields->field[i].flags & IRX_FIELD_RESERVED))
            json_object_set_new(json, fields->field[i].name, json_field(&fields->field[i], obj));
    return json;
}

/* ---- Streams ---- */

static json_t *json_payload(const struct irx_stream *s, const struct irx_record *rec)
{
    const struct irx_type_info *info = irx_schema_type(s->schema, rec->type);
    const struct irx_fields *fields = irx_fields_of_record(rec->type);
    json_t *array;
    void *copy;
    size_t i;

    if (!info || !fields)
        return json_bytes(irx_record_payload(rec), rec->length, false);
    copy = malloc(fields->size);
    if (!copy)
        return NULL;
    array = json_array();
    for (i = 0; i < irx_record_count(s, rec); i++) {
        irx_record_get(s, rec, i, copy, fields->size);
        json_array_append_new(array, json_struct(fields, copy));
    }
    free(copy);
    return array;
}

static json_t *json_record(const struct irx_stream *s, const struct irx_record *rec)
{
    const struct irx_type_info *info = irx_schema_type(s->schema, rec->type);
    json_t *json = json_object();

    json_object_set_new(json, "type", json_integer(rec->type));
    json_object_set_new(json, "name", info ? json_string(info->name) : json_null());
    json_object_set_new(json, "flags", json_integer(rec->flags));
    json_object_set_new(json, "instance", json_integer(rec->instance));
    json_object_set_new(json, "crc", json_integer(rec->crc));
    json_object_set_new(json, "length", json_integer((json_int_t)rec->length));
    json_object_set_new(json, "data", json_payload(s, rec));
    return json;
}

static json_t *json_stream(uint8_t *data, size_t size)
{
    const struct irx_record *rec = NULL;
    struct irx_stream_error err;
    struct irx_stream s;
    json_t *json = json_object();
    json_t *records;
    int rc = irx_handoff_stream(data, size, &s, &err);

    json_object_set_new(json, "kind", json_string("stream"));
    if (size >= sizeof(struct irx_stream_header))
        json_object_set_new(json, "header", json_struct(&irx_stream_header_fields, data));
    if (rc) {
        json_object_set_new(json, "refused", json_true());
        return json;
    }
    records = json_array();
    while ((rec = irx_stream_next(&s, rec)))
        json_array_append_new(records, json_record(&s, rec));
    json_object_set_new(json, "records", records);
    return json;
}

/* ---- Regions ---- */

/* An array of structures in the dump; null where the dump does not hold it. */
static json_t *json_array_at(const struct irx_handoff *h, irx_off_t off, uint32_t count,
                             const struct irx_fields *fields)
{
    const uint8_t *p = irx_handoff_at(h, off, (uint64_t)count * fields->size);
    json_t *array;
    uint32_t i;

    if (!p)
        return json_null();
    array = json_array();
    for (i = 0; i < count; i++)
        json_array_append_new(array, json_struct(fields, p + (size_t)i * fields->size));
    return array;
}

static json_t *json_vcpus(const struct irx_handoff *h, const struct irx_anchor *a,
                          const struct irx_domain *d)
{
    json_t *array = json_array();
    uint32_t i;

    for (i = 0; i < d->vcpu_count; i++) {
        const void *v = irx_handoff_entry(h, &a->vcpus, d->vcpu_first + i);

        json_array_append_new(array, v ? json_struct(&irx_vcpu_fields, v) : json_null());
    }
    return array;
}

static json_t *json_domain(const struct irx_handoff *h, const struct irx_anchor *a,
                           const struct irx_domain *d, uint32_t entry)
{
    json_t *json = json_object();
    const struct irx_limits none = IRX_LIMITS_NONE;
    bool sound = !irx_domain_validate(a, d, entry, IRX_STAGE_ENTER, &none, NULL);

    json_object_set_new(json, "entry", json_integer(entry));
    json_object_set_new(json, "domain", json_struct(&irx_domain_fields, d));
    if (!sound)
        return json;
    json_object_set_new(json, "extents",
                        json_array_at(h, d->extents, d->extent_count, &irx_extent_fields));
    json_object_set_new(json, "ports", json_array_at(h, d->ports, d->port_count, &irx_port_fields));
    json_object_set_new(json, "vcpus", json_vcpus(h, a, d));
    return json;
}

/* Text of bytes that nobody vouches for: ASCII and line ends, the rest as '?'. */
static json_t *json_text(char *text, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        if ((text[i] < ' ' || text[i] > '~') && text[i] != '\n')
            text[i] = '?';
    return json_stringn(text, size);
}

/* The log's text in order, as far as it was written; no more than the ring holds. */
static json_t *json_log(const struct irx_handoff *h, const struct irx_anchor *a)
{
    const struct irx_log *log = irx_handoff_at(h, a->log.off, sizeof(*log));
    const uint8_t *text;
    uint64_t start, n, i;
    json_t *json;
    char *line;

    if (!log || !log->size || log->size > a->log.size - sizeof(*log))
        return json_null();
    text = irx_handoff_at(h, a->log.off + sizeof(*log), log->size);
    n = log->head < log->size ? log->head : log->size;
    line = text ? malloc(n + 1) : NULL;
    if (!line)
        return json_null();
    start = log->head - n;
    for (i = 0; i < n; i++)
        line[i] = (char)text[(start + i) % log->size];
    json = json_text(line, n);
    free(line);
    return json;
}

static json_t *json_section(const struct irx_handoff *h, const struct irx_span *span, uint64_t used)
{
    const void *p = used ? irx_handoff_at(h, span->off, used) : NULL;

    return p ? json_stream((uint8_t *)p, used) : json_null();
}

static json_t *json_region(const struct irx_handoff *h)
{
    const struct irx_anchor *a = irx_handoff_at(h, 0, sizeof(*a));
    json_t *json = json_object();
    json_t *cpus = json_array(), *domains = json_array();
    uint32_t i;

    json_object_set_new(json, "kind", json_string("region"));
    if (a)
        json_object_set_new(json, "anchor", json_struct(&irx_anchor_fields, a));
    if (!a || irx_anchor_validate(a, a->region_base, a->region_size, NULL)) {
        json_object_set_new(json, "refused", json_true());
        json_decref(cpus);
        json_decref(domains);
        return json;
    }
    for (i = 0; i < a->cpus.count; i++) {
        const struct irx_cpu *cpu = irx_handoff_entry(h, &a->cpus, i);

        if (cpu && cpu->state != IRX_CPU_XEN)
            json_array_append_new(cpus, json_struct(&irx_cpu_fields, cpu));
    }
    for (i = 0; i < a->domains.count; i++) {
        const struct irx_domain *d = irx_handoff_entry(h, &a->domains, i);

        if (d && irx_domain_in_use(a, d))
            json_array_append_new(domains, json_domain(h, a, d, i));
    }
    json_object_set_new(json, "cpus", cpus);
    json_object_set_new(json, "domains", domains);
    json_object_set_new(json, "log", json_log(h, a));
    json_object_set_new(json, "early", json_section(h, &a->early, a->early_used));
    json_object_set_new(json, "late", json_section(h, &a->late, a->late_used));
    return json;
}

json_t *irx_handoff_json(const struct irx_handoff *h)
{
    json_t *json;

    if (h->kind == IRX_FILE_STREAM)
        return json_stream(h->data, h->size);
    if (h->kind == IRX_FILE_REGION)
        return json_region(h);
    json = json_object();
    json_object_set_new(json, "kind", json_string("note"));
    json_object_set_new(json, "note", json_struct(&irx_note_fields, &h->note));
    return json;
}
