/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A wrong value in every field of the tables and records that the next Xen reads
 * out of R: refused by name, or legal for a reason. The fields are those of the
 * schema, so that none is forgotten; what becomes of each says help_field_rules.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "../src/hosted/fields.h"
#include "help_field_rules.h"
#include "help_handoff.h"
#include "help_reader.h"

#define MAX_RULES 512

static uint64_t region[HELP_REGION_FRONT / 8], sound[HELP_REGION_FRONT / 8];
static const struct irx_anchor *const anchor = (const struct irx_anchor *)sound;
static struct irx_live_error err;
static unsigned char used[MAX_RULES];
static unsigned int wrong_values, legal_values;

static int setup(void **state)
{
    (void)state;
    memset(sound, 0, sizeof(sound));
    help_fill_region(sound);
    memcpy(region, sound, sizeof(region));
    return 0;
}

static int setup_pv(void **state)
{
    (void)state;
    memset(sound, 0, sizeof(sound));
    help_fill_region_pv(sound);
    memcpy(region, sound, sizeof(region));
    return 0;
}

static int read_region(void)
{
    memset(&err, 0, sizeof(err));
    return help_read(region, &err);
}

/* ---- Where a structure lies ---- */

static uint64_t entry_at(const struct irx_table *t, uint32_t i)
{
    return t->off + (uint64_t)i * t->stride;
}

static const struct irx_domain *domain(uint32_t entry)
{
    return irx_domain_entry(anchor, entry);
}

/* Offset of a live table's structure in R, its n-th instance for these tests; 0: none. */
static uint64_t live_at(const char *name, uint32_t n)
{
    static const uint32_t domains[] = {2, 0, HELP_DOM0_ENTRY}, vcpus[] = {2, 0, 4},
                          extents[] = {0, 2};

    if (!strcmp(name, "cpu"))
        return n < 1 ? entry_at(&anchor->cpus, 1) : 0;
    if (!strcmp(name, "domain"))
        return n < 3 ? entry_at(&anchor->domains, domains[n]) : 0;
    if (!strcmp(name, "vcpu"))
        return n < 3 ? entry_at(&anchor->vcpus, vcpus[n]) : 0;
    if (!strcmp(name, "extent") && n < 2)
        return domain(n ? HELP_DOM0_ENTRY : 2)->extents + extents[n] * sizeof(struct irx_extent);
    if (!strcmp(name, "port") && n < 2)
        return domain(2)->ports + (n ? 69 : 1) * sizeof(struct irx_port);
    return 0;
}

/* The n-th structure of the first record of this type in its section. */
static uint64_t record_at(uint32_t type, uint32_t n, uint32_t size)
{
    bool late = irx_schema_type(&irx_schema_native, type)->section == IRX_SECTION_LATE;
    uint64_t off = late ? anchor->late.off : anchor->early.off;
    const struct irx_record *rec = NULL;
    struct irx_stream s;

    assert_int_equal(irx_stream_validate(&s, (const uint8_t *)sound + off,
                                         late ? anchor->late_used : anchor->early_used, 0, NULL),
                     0);
    while ((rec = irx_stream_next(&s, rec)))
        if (rec->type == type && n < irx_record_count(&s, rec))
            return (uint64_t)((const uint8_t *)(rec + 1) - (const uint8_t *)sound) + n * size;
    return 0;
}

/* ---- A structure's fields ---- */

/* A structure under test. */
struct object {
    char name[64]; /* as rules have it */
    const struct irx_fields *fields;
    uint32_t type; /* of its record; 0: a live table */
};

static uint64_t object_at(const struct object *o, uint32_t instance)
{
    if (o->type)
        return record_at(o->type, instance, o->fields->size);
    return strcmp(o->name, "anchor") ? live_at(o->name, instance) : 0;
}

/* Writes the value into R, everything else as it was, and reads R. */
static int with(uint64_t at, uint32_t size, uint64_t value, bool seal)
{
    int rc;

    memcpy((uint8_t *)region + at, &value, size);
    if (seal)
        help_seal_region(region);
    rc = read_region();
    memcpy(region, sound, sizeof(region));
    return rc;
}

static void try_wrong(const struct object *o, const struct field_rule *rule, uint32_t offset,
                      uint32_t size)
{
    bool crc = o->type || !strcmp(o->name, "extent");
    uint64_t base = object_at(o, rule->instance);
    uint32_t i;

    if (!base && strcmp(o->name, "anchor"))
        fail_msg("%s: there is no instance %u", rule->path, rule->instance);
    for (i = 0; i < rule->nr; i++) {
        if (!with(base + offset, size, rule->values[i], crc))
            fail_msg("%s = 0x%llx is not refused", rule->path, (unsigned long long)rule->values[i]);
        if (strcmp(err.what, rule->what))
            fail_msg("%s = 0x%llx is refused as %s, not as %s", rule->path,
                     (unsigned long long)rule->values[i], err.what, rule->what);
        wrong_values++;
    }
}

static void try_legal(const struct object *o, const struct field_rule *rule, uint32_t offset,
                      uint32_t size)
{
    const uint64_t values[] = {0, 1, 0x5aa55aa55aa55aa5ull, ~0ull};
    uint64_t base = object_at(o, 0);
    uint32_t i;

    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (with(base + offset, size, values[i], true))
            fail_msg("%s = 0x%llx is refused as %s (%s), yet it is legal: %s", rule->path,
                     (unsigned long long)values[i], err.what, irx_live_error_text(err.code),
                     rule->why);
        legal_values++;
    }
}

static void try_reserved(const struct object *o, const char *path, uint32_t offset, uint32_t size)
{
    if (!with(object_at(o, 0) + offset, size, 1, true))
        fail_msg("%s is reserved, and 1 is not refused", path);
    assert_int_equal(err.code, o->type ? IRX_SE_RESERVED : IRX_LE_RESERVED);
    wrong_values++;
}

/* Applies every rule for `path`; false: there is none. */
static bool apply(const struct object *o, const char *path, uint32_t offset, uint32_t size)
{
    bool any = false;
    uint32_t i;

    for (i = 0; field_rules[i].path; i++) {
        const struct field_rule *rule = &field_rules[i];

        if (strcmp(rule->path, path))
            continue;
        assert_true(i < MAX_RULES);
        any = true;
        used[i] = 1;
        if (rule->what)
            try_wrong(o, rule, offset, size);
        else if (!rule->untried)
            try_legal(o, rule, offset, size);
    }
    return any;
}

/* One field, or one element of it: the rule for the element goes before that for all. */
static void try_field(const struct object *o, const struct irx_field *f, const char *path,
                      uint32_t element, uint32_t offset)
{
    char one[160];

    snprintf(one, sizeof(one), "%s[%u]", path, element);
    if (f->flags & IRX_FIELD_RESERVED)
        try_reserved(o, path, offset, f->size);
    else if (!apply(o, one, offset, f->size) && !apply(o, path, offset, f->size))
        fail_msg("%s: no rule says what becomes of a wrong value: help_field_rules.c", path);
}

static void try_fields(const struct object *o, const struct irx_fields *fields, const char *prefix,
                       uint32_t element, uint32_t base)
{
    uint32_t i, n;

    for (i = 0; i < fields->count; i++) {
        const struct irx_field *f = &fields->field[i];
        char path[128];

        snprintf(path, sizeof(path), "%s.%s", prefix, f->name);
        for (n = 0; n < f->count; n++) {
            uint32_t offset = base + f->offset + n * f->size;
            uint32_t which = f->count > 1 ? n : element;

            if (f->kind == IRX_FIELD_STRUCT)
                try_fields(o, f->fields, path, which, offset);
            else
                try_field(o, f, path, which, offset);
        }
    }
}

static void try_object(const char *section, const char *name, const struct irx_fields *fields,
                       uint32_t type)
{
    struct object o = {.fields = fields, .type = type};

    snprintf(o.name, sizeof(o.name), "%s%s", section, name);
    try_fields(&o, fields, o.name, 0, 0);
}

/* ---- The tests ---- */

static void the_region_is_sound(void **state)
{
    (void)state;
    if (read_region())
        fail_msg("%s[%u] of d%d: %s", err.what, err.index, err.domid,
                 irx_live_error_text(err.code));
}

static void every_field_of_the_tables(void **state)
{
    (void)state;
    try_object("", "anchor", &irx_anchor_fields, 0);
    try_object("", "cpu", &irx_cpu_fields, 0);
    try_object("", "domain", &irx_domain_fields, 0);
    try_object("", "vcpu", &irx_vcpu_fields, 0);
    try_object("", "extent", &irx_extent_fields, 0);
    try_object("", "port", &irx_port_fields, 0);
}

static bool of_pv(uint32_t type)
{
    return type >= IRX_REC_PV_DOMAIN && type <= IRX_REC_PV_MMCFG;
}

static void try_records(bool pv)
{
    const struct irx_record_fields *r;

    for (r = irx_record_table; r->fields; r++) {
        const struct irx_type_info *info = irx_schema_type(&irx_schema_native, r->type);

        if (of_pv(r->type) != pv)
            continue;
        if (!record_at(r->type, 0, 0))
            fail_msg("%s: the region has no such record", info->name);
        try_object(info->section == IRX_SECTION_EARLY ? "early:" : "late:", info->name, r->fields,
                   r->type);
    }
}

static void every_field_of_the_records(void **state)
{
    (void)state;
    try_records(false);
}

static void every_field_of_the_records_of_pv(void **state)
{
    (void)state;
    assert_int_equal(read_region(), 0);
    try_records(true);
}

/* After the three above. */
static void every_rule_is_of_a_field(void **state)
{
    uint32_t i;

    (void)state;
    for (i = 0; field_rules[i].path; i++)
        if (!used[i])
            fail_msg("%s: there is no such field", field_rules[i].path);
    print_message("%u rules: %u wrong values refused, %u legal ones accepted\n", i, wrong_values,
                  legal_values);
}

/* Registers in a vCPU's records, which the schema has as bytes. */
static void registers(void **state)
{
    static const struct {
        const char *what;
        size_t at;
        uint32_t size;
        uint64_t value;
    } bad[] = {
        {"vcpu.cpu.cr0", offsetof(struct irx_vcpu, cpu) + 656, 8, 1ull << 31},
        {"vcpu.cpu.cr0", offsetof(struct irx_vcpu, cpu) + 656, 8, 1ull << 32 | 0x80050033},
        {"vcpu.cpu.msr_efer", offsetof(struct irx_vcpu, cpu) + 992, 8, 0xc01},
        {"vcpu.cpu.msr_efer", offsetof(struct irx_vcpu, cpu) + 656, 8, 0x33}, /* LMA, no paging */
        {"vcpu.cpu.dr6", offsetof(struct irx_vcpu, cpu) + 720, 8, 1ull << 32},
        {"vcpu.cpu.dr7", offsetof(struct irx_vcpu, cpu) + 728, 8, 1ull << 32},
        {"vcpu.cpu.msr_tsc_aux", offsetof(struct irx_vcpu, cpu) + 1000, 8, 1ull << 32},
        {"vcpu.cpu.pending_event", offsetof(struct irx_vcpu, cpu) + 1016, 4, 0x8000010e},
        {"vcpu.cpu.pending_event", offsetof(struct irx_vcpu, cpu) + 1016, 4, 0x8000050e},
        {"vcpu.cpu.pending_event", offsetof(struct irx_vcpu, cpu) + 1016, 4, 0x8000130e},
        {"vcpu.cpu.error_code", offsetof(struct irx_vcpu, cpu) + 1020, 4, 1 << 16},
        {"vcpu.cpu.flags", offsetof(struct irx_vcpu, cpu) + 1024, 4, 2},
        {"vcpu.cpu.pad0", offsetof(struct irx_vcpu, cpu) + 1028, 4, 1},
        {"vcpu.lapic.disabled", offsetof(struct irx_vcpu, lapic) + 8, 4, 4},
        {"vcpu.lapic.timer_divisor", offsetof(struct irx_vcpu, lapic) + 12, 4, 0},
        {"vcpu.lapic.timer_divisor", offsetof(struct irx_vcpu, lapic) + 12, 4, 3},
        {"vcpu.lapic.timer_divisor", offsetof(struct irx_vcpu, lapic) + 12, 4, 256},
        {"vcpu.xsave.xcr0", offsetof(struct irx_vcpu, xsave) + 8, 8, 6},
        {"vcpu.xsave.xcr0", offsetof(struct irx_vcpu, xsave) + 8, 8, 15},
        {"vcpu.xsave.xcr0", offsetof(struct irx_vcpu, xsave) + 8, 8, 5}, /* AVX without SSE */
        {"vcpu.xsave.xcr0_accum", offsetof(struct irx_vcpu, xsave) + 16, 8, 0x27},
        {"vcpu.xsave.xcr0_accum", offsetof(struct irx_vcpu, xsave) + 16, 8, 0xe7 & ~0x80ull},
        {"vcpu.xsave.xcr0_accum", offsetof(struct irx_vcpu, xsave) + 16, 8, 0xf},
        {"vcpu.xsave.xstate_bv", offsetof(struct irx_vcpu, xsave) + 536, 8, 8},
        {"vcpu.xsave.xcomp_bv", offsetof(struct irx_vcpu, xsave) + 544, 8, 1ull << 63},
        {"vcpu.xsave.xcomp_bv", offsetof(struct irx_vcpu, xsave) + 592, 8, 1},
    };
    uint64_t base = live_at("vcpu", 0);
    uint32_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_not_equal(with(base + bad[i].at, bad[i].size, bad[i].value, false), 0);
        assert_string_equal(err.what, bad[i].what);
    }
}

static void a_text_without_an_end(void **state)
{
    uint64_t at = record_at(IRX_REC_CONSOLE, 0, 0);

    (void)state;
    memset((uint8_t *)region + at, 'x', sizeof(struct irx_console_record));
    help_seal_region(region);
    assert_int_not_equal(read_region(), 0);
    assert_string_equal(err.what, "console_record.xen_cmdline");
}

/* Any byte of what has a CRC, without putting that right: seen as damage. */
static void every_byte_under_a_crc(void **state)
{
    const struct irx_domain *d = domain(2);
    const struct {
        const char *what;
        uint64_t at, size;
    } pieces[] = {
        {"domain.extents_crc", d->extents, d->extent_count * sizeof(struct irx_extent)},
        {"domain.policy_crc", d->leaves, d->leaf_count * 24},
        {"domain.policy_crc", d->msrs, d->msr_count * 16},
        {HELP_EARLY_STREAM, anchor->early.off, anchor->early_used},
        {HELP_LATE_STREAM, anchor->late.off, anchor->late_used},
    };
    uint32_t i;
    uint64_t n;

    (void)state;
    for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
        for (n = 0; n < pieces[i].size; n++) {
            ((uint8_t *)region)[pieces[i].at + n] ^= 0x10;
            assert_int_not_equal(read_region(), 0);
            assert_string_equal(err.what, pieces[i].what);
            ((uint8_t *)region)[pieces[i].at + n] ^= 0x10;
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_region_is_sound, setup),
        cmocka_unit_test_setup(every_field_of_the_tables, setup),
        cmocka_unit_test_setup(every_field_of_the_records, setup),
        cmocka_unit_test_setup(every_field_of_the_records_of_pv, setup_pv),
        cmocka_unit_test_setup(every_rule_is_of_a_field, setup),
        cmocka_unit_test_setup(registers, setup),
        cmocka_unit_test_setup(a_text_without_an_end, setup),
        cmocka_unit_test_setup(every_byte_under_a_crc, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
