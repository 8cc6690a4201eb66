/* SPDX-License-Identifier: MIT */
/*
 * What this build knows of the ABI's structures, as data: generated from the
 * headers in abi/ by tools/describe.py into src/tables.c. Codec and validators
 * are driven by it, so that a field added to a header is checked without
 * anybody writing code for it.
 */
#ifndef INTERREX_SCHEMA_H
#define INTERREX_SCHEMA_H

#include "platform.h"
#include "abi/late.h"
#include "abi/stream.h"

/* Size of a structure from version `since` on, in bytes. Ascending. */
struct irx_form {
    uint32_t since; /* IRX_VERSION() */
    uint32_t size;
};

/* A reserved field: bytes that are zero. */
struct irx_zeros {
    uint32_t offset;
    uint32_t size;
};

struct irx_layout {
    const char *name; /* of the structure, without "struct" */
    const struct irx_form *forms;
    const struct irx_zeros *zeros;
    uint32_t nr_forms; /* at least 1; the last is this build's own */
    uint32_t nr_zeros;
};

/* irx_type_info.flags */
#define IRX_TYPE_ARRAY 1u /* payload is any number of structures, else exactly one */
#define IRX_TYPE_MANY  2u /* may occur more than once for an instance */
#define IRX_TYPE_FIRST 4u /* opens the records of its instance: mandatory for each */

/* A type of record. */
struct irx_type_info {
    uint32_t type;                   /* IRX_REC_* */
    uint32_t section;                /* IRX_SECTION_* */
    uint32_t since;                  /* IRX_VERSION() */
    uint32_t flags;                  /* IRX_TYPE_* */
    const char *name;                /* "preserved" for IRX_REC_PRESERVED */
    const struct irx_layout *layout; /* NULL: plain bytes */
};

/* Everything that a reader or writer of one version knows. At most 64 types. */
struct irx_schema {
    uint32_t version;  /* native */
    uint32_t oldest;   /* oldest version that it reads and writes */
    uint64_t features; /* every IRX_FEATURE_* it has a name for */
    const struct irx_type_info *types;
    uint32_t nr_types;
};

/* This build's. */
extern const struct irx_schema irx_schema_native;

/* Layouts of the live tables (the validators in src); those of records hang on their types. */
extern const struct irx_layout irx_layout_irx_anchor;
extern const struct irx_layout irx_layout_irx_fallback;
extern const struct irx_layout irx_layout_irx_failure;
extern const struct irx_layout irx_layout_irx_cpu;
extern const struct irx_layout irx_layout_irx_extent;
extern const struct irx_layout irx_layout_irx_port;
extern const struct irx_layout irx_layout_irx_domain;
extern const struct irx_layout irx_layout_irx_vcpu;
extern const struct irx_layout irx_layout_irx_log;

/* NULL: not known to this schema. */
const struct irx_type_info *irx_schema_type(const struct irx_schema *schema, uint32_t type);

/* Name of a type of record of this build, for messages; "?" if it has none. Never NULL. */
const char *irx_record_name(uint32_t type);

/* Size of the structure as `version` has it; of a version before its first, that of the first. */
uint32_t irx_layout_size(const struct irx_layout *layout, uint32_t version);

/* Size of the structure in this build. */
static inline uint32_t irx_layout_native(const struct irx_layout *layout)
{
    return layout->forms[layout->nr_forms - 1].size;
}

/*
 * Offset of the first reserved byte of `obj` that is not zero, or -1. Looks at
 * the first `size` bytes only: the writer's structure may be shorter.
 */
int64_t irx_layout_reserved(const struct irx_layout *layout, const void *obj, size_t size);

/* Offset of the first byte that is not zero, or `size`. Linear. */
size_t irx_first_nonzero(const void *data, size_t size);

#endif
