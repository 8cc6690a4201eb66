/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer: any bytes as a stream. With an odd first byte CRCs, size and count
 * are put right first, so that what is behind them is reached. What passes is
 * read to the end. `make abi-fuzz SECONDS=60`.
 */
#include "help_stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const struct irx_stream *s)
{
    const struct irx_record *rec = NULL;
    uint8_t copy[2048];
    size_t i;

    while ((rec = irx_stream_next(s, rec))) {
        const struct irx_type_info *info = irx_schema_type(s->schema, rec->type);

        for (i = 0; i < irx_record_count(s, rec); i++)
            if (irx_record_get(s, rec, i, copy, irx_layout_native(info->layout)))
                abort();
        irx_record_copy(rec, copy, sizeof(copy));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct help_stream t;
    struct irx_stream_error e;
    struct irx_stream s;
    void *exact;

    if (!size || size - 1 > sizeof(t.words))
        return 0;
    t.size = size - 1;
    memcpy(t.words, data + 1, t.size);
    if (data[0] & 1 && t.size >= sizeof(struct irx_stream_header))
        help_seal(&t);
    exact = malloc(t.size ? t.size : 1); /* of exactly that size: overruns are seen */
    if (!exact)
        return 0;
    memcpy(exact, t.words, t.size);
    if (!irx_stream_validate(&s, exact, t.size, 0, &e))
        read_all(&s);
    free(exact);
    return 0;
}
