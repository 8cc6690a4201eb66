/* SPDX-License-Identifier: GPL-2.0-only */
/* The structures of a record, in order: where they lie, or copied if they have grown since. */
#ifndef INTERREX_ITEMS_H
#define INTERREX_ITEMS_H

#include <interrex/stream.h>

struct irx_items {
    const uint8_t *first;
    uint32_t wire;   /* bytes of one, as the stream's version has it */
    uint32_t native; /* as this build has it */
    uint32_t count;
};

/* Those of a record of a validated stream; NULL: none. */
static inline struct irx_items irx_items(const struct irx_stream *s, const struct irx_record *rec)
{
    const struct irx_type_info *info = rec ? irx_schema_type(s->schema, rec->type) : NULL;

    if (!info || !info->layout)
        return (struct irx_items){.count = 0};
    return (struct irx_items){
        .first = irx_record_payload(rec),
        .wire = irx_layout_size(info->layout, s->header->version),
        .native = irx_layout_native(info->layout),
        .count = (uint32_t)irx_record_count(s, rec),
    };
}

/* Item i, below the count; *copy is of its structure's size and used if need be. */
static inline const void *irx_item(const struct irx_items *items, uint32_t i, void *copy)
{
    const uint8_t *at = items->first + (uint64_t)i * items->wire;

    if (items->wire == items->native)
        return at;
    memcpy(copy, at, items->wire); /* never above native */
    memset((uint8_t *)copy + items->wire, 0, items->native - items->wire);
    return copy;
}

#endif
