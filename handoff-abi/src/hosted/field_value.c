/* SPDX-License-Identifier: GPL-2.0-only */
#include "fields.h"

uint64_t irx_field_value(const struct irx_field *f, const void *obj, uint32_t element)
{
    const uint8_t *p = (const uint8_t *)obj + f->offset + (size_t)element * f->size;
    uint64_t value = 0;
    uint32_t i;

    for (i = 0; i < f->size; i++)
        value |= (uint64_t)p[i] << 8 * i;
    if (f->kind == IRX_FIELD_SIGNED && f->size && f->size < 8 && value >> (8 * f->size - 1))
        value |= ~0ull << 8 * f->size;
    return value;
}

const struct irx_fields *irx_fields_of_record(uint32_t type)
{
    const struct irx_record_fields *r;

    for (r = irx_record_table; r->fields; r++)
        if (r->type == type)
            return r->fields;
    return NULL;
}
