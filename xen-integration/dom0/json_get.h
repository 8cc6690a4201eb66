/* SPDX-License-Identifier: GPL-2.0-only */
/* Values of JSON objects, for those who show them. */
#ifndef INTERREX_DOM0_JSON_GET_H
#define INTERREX_DOM0_JSON_GET_H

#include <jansson.h>

/* A string; `absent` where there is none. Both live as long as the object. */
static inline const char *irx_json_text(const json_t *object, const char *key, const char *absent)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value ? value : absent;
}

/* An integer; 0 where there is none. */
static inline long long irx_json_integer(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

#endif
