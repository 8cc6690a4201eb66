/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions to the generated tables (src/tables.c). */
#include <interrex/schema.h>

const struct irx_type_info *irx_schema_type(const struct irx_schema *schema, uint32_t type)
{
    uint32_t i;

    for (i = 0; i < schema->nr_types; i++)
        if (schema->types[i].type == type)
            return &schema->types[i];
    return NULL;
}

const char *irx_record_name(uint32_t type)
{
    const struct irx_type_info *info = irx_schema_type(&irx_schema_native, type);

    return info ? info->name : "?";
}

uint32_t irx_layout_size(const struct irx_layout *layout, uint32_t version)
{
    uint32_t size = layout->forms[0].size;
    uint32_t i;

    for (i = 1; i < layout->nr_forms && layout->forms[i].since <= version; i++)
        size = layout->forms[i].size;
    return size;
}

static uint64_t get64(const uint8_t *p)
{
    uint64_t word;

    __builtin_memcpy(&word, p, sizeof(word));
    return word;
}

/* 32 bytes a step: records' padding and reserved fields are looked at while guests wait. */
size_t irx_first_nonzero(const void *data, size_t size)
{
    const uint8_t *p = data;
    size_t i;

    for (i = 0; i + 32 <= size; i += 32)
        if (get64(p + i) | get64(p + i + 8) | get64(p + i + 16) | get64(p + i + 24))
            break;
    while (i + 8 <= size && !get64(p + i))
        i += 8;
    while (i < size && !p[i])
        i++;
    return i;
}

/* Most reserved fields are of four bytes, behind another field of four. */
static bool is_zero32(const uint8_t *p, size_t size)
{
    uint32_t word;

    if (size != sizeof(word))
        return false;
    __builtin_memcpy(&word, p, sizeof(word));
    return !word;
}

int64_t irx_layout_reserved(const struct irx_layout *layout, const void *obj, size_t size)
{
    uint32_t i;

    for (i = 0; i < layout->nr_zeros; i++) {
        const struct irx_zeros *z = &layout->zeros[i];
        size_t n = z->size;
        size_t bad;

        if (z->offset >= size)
            continue;
        if (n > size - z->offset)
            n = size - z->offset;
        if (is_zero32((const uint8_t *)obj + z->offset, n))
            continue;
        bad = irx_first_nonzero((const uint8_t *)obj + z->offset, n);
        if (bad < n)
            return (int64_t)(z->offset + bad);
    }
    return -1;
}
