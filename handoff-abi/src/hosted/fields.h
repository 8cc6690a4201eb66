/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names and places of every field, for programs that print: generated from the
 * headers by tools/generate.py into fields.c. Hosted only.
 */
#ifndef INTERREX_HOSTED_FIELDS_H
#define INTERREX_HOSTED_FIELDS_H

#include <interrex/schema.h>

/* A constant's name without its prefix. A list ends with name = NULL. */
struct irx_name {
    uint64_t value;
    const char *name;
};

/* irx_field.kind */
#define IRX_FIELD_UNSIGNED 0u
#define IRX_FIELD_SIGNED   1u
#define IRX_FIELD_BYTES    2u /* uint8_t[] */
#define IRX_FIELD_STRUCT   3u

/* irx_field.flags */
#define IRX_FIELD_RESERVED 1u
#define IRX_FIELD_MASK     2u /* a set of `names`, else one of them */
#define IRX_FIELD_ARRAY    4u

struct irx_fields;

struct irx_field {
    const char *name;
    uint32_t kind;
    uint32_t flags;
    uint32_t offset;
    uint32_t size;                   /* of one element */
    uint32_t count;                  /* elements; 1 without IRX_FIELD_ARRAY */
    const struct irx_name *names;    /* NULL: none */
    const struct irx_fields *fields; /* of IRX_FIELD_STRUCT */
};

struct irx_fields {
    const char *name;
    uint32_t size;
    uint32_t count;
    const struct irx_field *field;
};

struct irx_record_fields {
    uint32_t type;
    const struct irx_fields *fields;
};

/* Ends with fields = NULL. */
extern const struct irx_record_fields irx_record_table[];

extern const struct irx_fields irx_note_fields, irx_stream_header_fields, irx_anchor_fields,
    irx_cpu_fields, irx_domain_fields, irx_vcpu_fields, irx_extent_fields, irx_port_fields;

/* The value of one element of an integer field, sign-extended where it is signed. */
uint64_t irx_field_value(const struct irx_field *f, const void *obj, uint32_t element);

/* Fields of a record's structures; NULL: bytes, or not known. */
const struct irx_fields *irx_fields_of_record(uint32_t type);

#endif
