/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A handoff as JSON. Integers up to 32 bits are numbers, 64-bit ones strings
 * "0x..." (JSON's numbers do not hold them) but signed ones numbers; uint8_t
 * arrays are strings of hexadecimal digits, without their trailing zero bytes
 * where the array has more than 32. Reserved fields are left out. tools/decode.py
 * writes the same, byte for byte, by code of its own.
 */
#ifndef INTERREX_HOSTED_DUMP_JSON_H
#define INTERREX_HOSTED_DUMP_JSON_H

#include <jansson.h>

#include "handoff.h"

/*
 * A new reference. The handoff has been looked at by irx_handoff_check(): of a
 * stream that is refused only the header is shown, of a region whose anchor is
 * refused only the anchor, as "refused": true.
 */
json_t *irx_handoff_json(const struct irx_handoff *h);

#endif
