/* SPDX-License-Identifier: GPL-2.0-only */
#include "dump_text.h"

#include <stdlib.h>

#include "fields.h"

#define ONE_LINE    10u /* structures with at most so many fields are printed on one line */
#define SHOWN_BYTES 32u

static void indent(FILE *out, unsigned int depth)
{
    fprintf(out, "%*s", (int)(2 * depth), "");
}

static void text_mask(const struct irx_name *names, uint64_t value, FILE *out)
{
    const char *before = "";

    fprintf(out, " (");
    for (; names->name; names++)
        if (names->value && (value & names->value) == names->value) {
            fprintf(out, "%s%s", before, names->name);
            value &= ~names->value;
            before = "|";
        }
    if (value)
        fprintf(out, "%s0x%llx", before, (unsigned long long)value);
    fprintf(out, ")");
}

static void text_number(const struct irx_field *f, uint64_t value, FILE *out)
{
    const struct irx_name *n;

    if (f->kind == IRX_FIELD_SIGNED)
        fprintf(out, "%lld", (long long)value);
    else if (value == ~0ull >> (64 - 8 * f->size) && f->size > 1)
        fprintf(out, "~0");
    else if (f->size == 8 || (f->flags & IRX_FIELD_MASK))
        fprintf(out, "0x%llx", (unsigned long long)value);
    else
        fprintf(out, "%llu", (unsigned long long)value);
    if (!f->names)
        return;
    if (f->flags & IRX_FIELD_MASK) {
        if (value)
            text_mask(f->names, value, out);
        return;
    }
    for (n = f->names; n->name; n++)
        if (n->value == value) {
            fprintf(out, " (%s)", n->name);
            return;
        }
}

/* Bytes as a string if they are one, else the first of them in hexadecimal. */
static void text_bytes(const uint8_t *p, size_t size, FILE *out)
{
    size_t used = size, length = 0, i;

    while (used && !p[used - 1])
        used--;
    while (length < used && p[length] >= ' ' && p[length] <= '~')
        length++;
    if (size > SHOWN_BYTES && used && length == used) {
        fprintf(out, "\"%.*s\"", (int)length, (const char *)p);
        return;
    }
    for (i = 0; i < (size <= SHOWN_BYTES ? size : used < SHOWN_BYTES ? used : SHOWN_BYTES); i++)
        fprintf(out, "%02x", p[i]);
    if (size > SHOWN_BYTES)
        fprintf(out, "%s (%zu bytes, %zu up to the last that is not zero)",
                used > SHOWN_BYTES ? "..." : "", size, used);
}

static void text_struct(const struct irx_fields *fields, const void *obj, unsigned int depth,
                        FILE *out);

/* Elements of an array of integers, without the zeros at its end. */
static void text_array(const struct irx_field *f, const void *obj, FILE *out)
{
    uint32_t n = f->count, i;

    while (n && !irx_field_value(f, obj, n - 1))
        n--;
    fprintf(out, "[");
    for (i = 0; i < n; i++) {
        fprintf(out, "%s", i ? ", " : "");
        text_number(f, irx_field_value(f, obj, i), out);
    }
    fprintf(out, "%s", n == f->count ? "]" : n ? ", 0...]" : "0...]");
}

static bool one_line(const struct irx_fields *fields)
{
    uint32_t i;

    for (i = 0; i < fields->count; i++)
        if (fields->field[i].kind == IRX_FIELD_STRUCT || fields->field[i].count > SHOWN_BYTES)
            return false;
    return fields->count <= ONE_LINE;
}

/* The field's value begins on a line of its own. */
static bool own_lines(const struct irx_field *f)
{
    return f->kind == IRX_FIELD_STRUCT && (f->count > 1 || !one_line(f->fields));
}

static void text_structs(const struct irx_field *f, const void *obj, unsigned int depth, FILE *out)
{
    uint32_t n = f->count, i;
    const uint8_t *p = (const uint8_t *)obj + f->offset;

    /* Slots at the end of a table that were never filled. */
    while (n && f->count > 1 &&
           irx_first_nonzero(p + (size_t)(n - 1) * f->size, f->size) == f->size)
        n--;
    if (!n)
        fprintf(out, " none");
    for (i = 0; i < n; i++) {
        if (f->count > 1) {
            fprintf(out, "\n");
            indent(out, depth + 1);
            fprintf(out, "[%u]%s", i, one_line(f->fields) ? " " : "");
        }
        text_struct(f->fields, p + (size_t)i * f->size, f->count > 1 ? depth + 2 : depth + 1, out);
    }
}

static void text_field(const struct irx_field *f, const void *obj, unsigned int depth, FILE *out)
{
    if (f->kind == IRX_FIELD_STRUCT)
        text_structs(f, obj, depth, out);
    else if (f->kind == IRX_FIELD_BYTES)
        text_bytes((const uint8_t *)obj + f->offset, f->count, out);
    else if (f->flags & IRX_FIELD_ARRAY)
        text_array(f, obj, out);
    else
        text_number(f, irx_field_value(f, obj, 0), out);
}

/* Without a line end after its last field. */
static void text_struct(const struct irx_fields *fields, const void *obj, unsigned int depth,
                        FILE *out)
{
    bool line = one_line(fields);
    const char *before = "";
    uint32_t i;

    for (i = 0; i < fields->count; i++) {
        const struct irx_field *f = &fields->field[i];

        if (f->flags & IRX_FIELD_RESERVED)
            continue;
        if (line) {
            fprintf(out, "%s%s=", before, f->name);
            before = " ";
        } else {
            fprintf(out, "\n");
            indent(out, depth);
            fprintf(out, "%s =%s", f->name, own_lines(f) ? "" : " ");
        }
        text_field(f, obj, depth, out);
    }
}

static void text_titled(const char *title, const struct irx_fields *fields, const void *obj,
                        unsigned int depth, FILE *out)
{
    indent(out, depth);
    fprintf(out, "%s:%s", title, one_line(fields) ? " " : "");
    text_struct(fields, obj, depth + 1, out);
    fprintf(out, "\n");
}

/* ---- Streams ---- */

static void text_record(const struct irx_stream *s, const struct irx_record *rec, uint32_t index,
                        unsigned int depth, FILE *out)
{
    const struct irx_fields *fields = irx_fields_of_record(rec->type);
    size_t n = irx_record_count(s, rec), i;
    void *copy;

    indent(out, depth);
    fprintf(out, "record %u: %s, type 0x%x, instance %u, %llu bytes%s\n", index,
            irx_record_name(rec->type), rec->type, rec->instance, (unsigned long long)rec->length,
            rec->flags & IRX_RECORD_F_TAIL_IGNORABLE ? ", tail ignorable" : "");
    copy = fields ? malloc(fields->size) : NULL;
    if (!copy) {
        indent(out, depth + 1);
        if (rec->length)
            text_bytes(irx_record_payload(rec), rec->length, out);
        else
            fprintf(out, "nothing");
        fprintf(out, "\n");
        return;
    }
    for (i = 0; i < n; i++) {
        irx_record_get(s, rec, i, copy, fields->size);
        indent(out, depth + 1);
        fprintf(out, "[%zu]%s", i, one_line(fields) ? " " : "");
        text_struct(fields, copy, depth + 2, out);
        fprintf(out, "\n");
    }
    free(copy);
}

static void text_stream(uint8_t *data, size_t size, unsigned int depth, FILE *out)
{
    const struct irx_stream_header *h = (const struct irx_stream_header *)data;
    const struct irx_record *rec = NULL;
    struct irx_stream_error err;
    struct irx_stream s;
    uint32_t index = 0;
    int rc = irx_handoff_stream(data, size, &s, &err);

    indent(out, depth);
    if (size < sizeof(*h)) {
        fprintf(out, "stream: refused, shorter than its header\n");
        return;
    }
    fprintf(out, "stream: %s section, ABI %u.%u, %u records, %llu bytes%s\n",
            h->section == IRX_SECTION_EARLY ? "early" : "late", h->version >> 16,
            h->version & 0xffff, h->record_count, (unsigned long long)h->total_size,
            rc         ? ", refused"
            : h->valid ? ""
                       : ", consumed");
    text_titled("header", &irx_stream_header_fields, h, depth + 1, out);
    if (rc)
        return;
    while ((rec = irx_stream_next(&s, rec)))
        text_record(&s, rec, index++, depth + 1, out);
}

/* ---- Regions ---- */

static void text_list(const struct irx_handoff *h, const char *title, irx_off_t off, uint32_t count,
                      const struct irx_fields *fields, FILE *out)
{
    const uint8_t *p = irx_handoff_at(h, off, (uint64_t)count * fields->size);
    uint32_t i;

    indent(out, 2);
    fprintf(out, "%s: %u%s\n", title, count, p ? "" : ", not in this dump");
    for (i = 0; p && i < count; i++) {
        const uint8_t *entry = p + (size_t)i * fields->size;

        if (irx_first_nonzero(entry, fields->size) == fields->size)
            continue; /* a closed port */
        indent(out, 3);
        fprintf(out, "[%u]%s", i, one_line(fields) ? " " : "");
        text_struct(fields, entry, 4, out);
        fprintf(out, "\n");
    }
}

static void text_domain(const struct irx_handoff *h, const struct irx_anchor *a,
                        const struct irx_domain *d, uint32_t entry, FILE *out)
{
    const struct irx_limits none = IRX_LIMITS_NONE;
    uint32_t i;

    fprintf(out, "domain %u in entry %u:\n", d->domid, entry);
    text_titled("domain", &irx_domain_fields, d, 1, out);
    if (irx_domain_validate(a, d, entry, IRX_STAGE_ENTER, &none, NULL))
        return;
    text_list(h, "extents", d->extents, d->extent_count, &irx_extent_fields, out);
    text_list(h, "ports", d->ports, d->port_count, &irx_port_fields, out);
    for (i = 0; i < d->vcpu_count; i++) {
        const void *v = irx_handoff_entry(h, &a->vcpus, d->vcpu_first + i);
        char title[32];

        snprintf(title, sizeof(title), "vcpu %u", i);
        if (v)
            text_titled(title, &irx_vcpu_fields, v, 1, out);
    }
}

static void text_section(const struct irx_handoff *h, const char *name, const struct irx_span *span,
                         uint64_t used, FILE *out)
{
    const void *p = used ? irx_handoff_at(h, span->off, used) : NULL;

    fprintf(out, "%s section: %llu bytes%s\n", name, (unsigned long long)used,
            used && !p ? ", not in this dump" : "");
    if (p)
        text_stream((uint8_t *)p, used, 1, out);
}

static void text_region(const struct irx_handoff *h, FILE *out)
{
    const struct irx_anchor *a = irx_handoff_at(h, 0, sizeof(*a));
    uint32_t i;

    if (!a) {
        fprintf(out, "region: refused, shorter than its anchor\n");
        return;
    }
    text_titled("anchor", &irx_anchor_fields, a, 0, out);
    if (irx_anchor_validate(a, a->region_base, a->region_size, NULL))
        return;
    for (i = 0; i < a->cpus.count; i++) {
        const struct irx_cpu *cpu = irx_handoff_entry(h, &a->cpus, i);
        char title[32];

        snprintf(title, sizeof(title), "cpu %u", i);
        if (cpu && cpu->state != IRX_CPU_XEN)
            text_titled(title, &irx_cpu_fields, cpu, 0, out);
    }
    for (i = 0; i < a->domains.count; i++) {
        const struct irx_domain *d = irx_handoff_entry(h, &a->domains, i);

        if (d && irx_domain_in_use(a, d))
            text_domain(h, a, d, i, out);
    }
    text_section(h, "early", &a->early, a->early_used, out);
    text_section(h, "late", &a->late, a->late_used, out);
}

void irx_handoff_text(const struct irx_handoff *h, FILE *out)
{
    if (h->kind == IRX_FILE_STREAM)
        text_stream(h->data, h->size, 0, out);
    else if (h->kind == IRX_FILE_REGION)
        text_region(h, out);
    else
        text_titled("note", &irx_note_fields, &h->note, 0, out);
}
