/* SPDX-License-Identifier: GPL-2.0-only */
#include "text.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the UTF-8 character at `c`, 1 to 4; 0: it is none. RFC 3629, 4. */
static size_t character(const unsigned char *c)
{
    size_t length = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;

    if (c[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
        (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))
        return 0;
    return length;
}

/* C0, DEL, and C1 in its two bytes. */
static bool is_control(const unsigned char *c)
{
    return c[0] < 0x20 || c[0] == 0x7f || (c[0] == 0xc2 && c[1] < 0xa0);
}

void irx_text_clean(char *text)
{
    unsigned char *c = (unsigned char *)text;

    while (*c) {
        size_t length = character(c);

        if (length && !is_control(c)) {
            c += length;
            continue;
        }
        *c++ = '?';
    }
}
