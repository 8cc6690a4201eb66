/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every bit of a small handoff turned over, and every golden section cut anywhere: refused, by
 * name, by a reader that only reads. Where another value is as good as the writer's, the bit is
 * one of a field of which help_field_rules.c says that any value is legal, or it is in
 * help_flips.c.
 */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../src/hosted/fields.h"
#include "help_field_rules.h"
#include "help_flips.h"
#include "help_handoff.h"
#include "help_reader.h"

#define GOLDEN    "handoff-abi/golden"
#define MAX_PATHS 1024u
#define MAX_FILE  (64u << 10)

/* ---- Sections, as files ---- */

static uint64_t file[MAX_FILE / 8];

static size_t load(const char *path)
{
    FILE *f = fopen(path, "rb");
    size_t size;

    if (!f)
        fail_msg("%s: cannot be read", path);
    size = fread(file, 1, sizeof(file), f);
    fclose(f);
    return size;
}

/* In memory of exactly that size, so that a sanitizer sees every overrun. */
static void is_refused(const char *path, const void *data, size_t size, const char *how, size_t at)
{
    struct irx_stream_error e = {.code = IRX_SE_NONE};
    struct irx_stream s;

    if (!irx_stream_validate(&s, data, size, 0, &e))
        fail_msg("%s, %s %zu, is not refused", path, how, at);
    if (e.code == IRX_SE_NONE || !*irx_stream_error_text(e.code))
        fail_msg("%s, %s %zu: is refused without a name", path, how, at);
}

static void damage(const char *path)
{
    struct irx_stream_error e;
    struct irx_stream s;
    size_t size = load(path), n;

    assert_in_range(size, sizeof(struct irx_stream_header), sizeof(file) - 1);
    assert_int_equal(irx_stream_validate(&s, file, size, 0, &e), 0);
    for (n = 0; n < size; n++) {
        void *part = malloc(n ? n : 1);

        assert_non_null(part);
        memcpy(part, file, n);
        is_refused(path, part, n, "cut to", n);
        free(part);
    }
    for (n = 0; n < size * 8; n++) {
        ((uint8_t *)file)[n / 8] ^= (uint8_t)(1u << n % 8);
        is_refused(path, file, size, "with bit", n);
        ((uint8_t *)file)[n / 8] ^= (uint8_t)(1u << n % 8);
    }
    assert_int_equal(irx_stream_validate(&s, file, size, 0, &e), 0);
}

/* One folder of golden/; the number of sections in it that are whole. */
static unsigned int damage_all(const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    unsigned int count = 0;
    char path[512];

    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        const char *name = entry->d_name, *end = strrchr(name, '.');

        if ((strncmp(name, "early", 5) && strncmp(name, "late", 4)) || !end ||
            strcmp(end, ".bin") || strstr(name, "consumed"))
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, name);
        damage(path);
        count++;
    }
    closedir(dir);
    return count;
}

static void golden_sections(void **state)
{
    (void)state;
    assert_in_range(damage_all(GOLDEN "/1.0"), 6, 99);
    assert_in_range(damage_all(GOLDEN "/1.1"), 6, 99);
}

/* ---- A region, as a whole ---- */

/* What a byte of R is of. */
struct place {
    uint16_t path; /* index in paths[]; 0: of nothing that is read */
    uint8_t byte;  /* of the element */
};

static uint8_t *writable;     /* R, to turn bits over in */
static const uint8_t *region; /* the same memory, for the reader */
static struct place places[HELP_REGION_FRONT];
static char paths[MAX_PATHS][128];
static uint64_t passed[MAX_PATHS]; /* bits of an element that were not refused somewhere */
static unsigned int nr_paths = 1;

static uint16_t path_of(const char *path)
{
    unsigned int i;

    for (i = 1; i < nr_paths; i++)
        if (!strcmp(paths[i], path))
            return (uint16_t)i;
    assert_true(nr_paths < MAX_PATHS);
    snprintf(paths[nr_paths], sizeof(paths[0]), "%s", path);
    return (uint16_t)nr_paths++;
}

static void note(const char *path, uint64_t at, uint64_t size, uint32_t element)
{
    uint16_t which = path_of(path);
    uint64_t n;

    for (n = 0; n < size; n++) {
        assert_true(at + n < HELP_REGION_FRONT);
        places[at + n] = (struct place){which, (uint8_t)(n % element)};
    }
}

static void note_fields(const char *prefix, const struct irx_fields *fields, uint64_t at)
{
    uint32_t i, n;

    for (i = 0; i < fields->count; i++) {
        const struct irx_field *f = &fields->field[i];
        char path[128];

        snprintf(path, sizeof(path), "%s.%s", prefix, f->name);
        for (n = 0; n < f->count; n++)
            if (f->kind == IRX_FIELD_STRUCT)
                note_fields(path, f->fields, at + f->offset + n * f->size);
            else
                note(path, at + f->offset + n * f->size, f->size, f->size > 8 ? 1 : f->size);
    }
}

static void note_domain(const struct irx_anchor *a, const struct irx_domain *d)
{
    uint32_t i;

    note_fields("domain", &irx_domain_fields, (uint64_t)((const uint8_t *)d - region));
    for (i = 0; i < d->port_count; i++)
        note_fields("port", &irx_port_fields, d->ports + i * sizeof(struct irx_port));
    for (i = 0; i < d->vcpu_count; i++)
        note_fields("vcpu", &irx_vcpu_fields,
                    (uint64_t)((const uint8_t *)irx_vcpu_entry(a, d, i) - region));
    note("domain.fifo_array[]", d->fifo_array, d->fifo_array_count * 8ull, 8);
    note("extents, under a CRC", d->extents, d->extent_count * sizeof(struct irx_extent), 1);
    note("policy, under a CRC", d->leaves, d->leaf_count * 24ull, 1);
    note("policy, under a CRC", d->msrs, d->msr_count * 16ull, 1);
}

static void note_all(void)
{
    const struct irx_anchor *a = (const struct irx_anchor *)region;
    uint32_t i;

    note_fields("anchor", &irx_anchor_fields, 0);
    for (i = 0; i < a->cpus.count; i++)
        note_fields("cpu", &irx_cpu_fields, a->cpus.off + (uint64_t)i * a->cpus.stride);
    for (i = 0; i < a->domains.count; i++)
        if (irx_domain_in_use(a, irx_domain_entry(a, i)))
            note_domain(a, irx_domain_entry(a, i));
    note("early, under a CRC", a->early.off, a->early_used, 1);
    note("late, under a CRC", a->late.off, a->late_used, 1);
}

static int map_region(void **state)
{
    int fd = memfd_create("region", 0);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, HELP_REGION_SIZE), 0);
    writable = mmap(NULL, HELP_REGION_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    region = mmap(NULL, HELP_REGION_SIZE, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    assert_ptr_not_equal(writable, MAP_FAILED);
    assert_ptr_not_equal(region, MAP_FAILED);
    help_fill_region(writable);
    note_all();
    return 0;
}

static int unmap_region(void **state)
{
    (void)state;
    munmap(writable, HELP_REGION_SIZE);
    munmap((void *)(uintptr_t)region, HELP_REGION_SIZE);
    return 0;
}

/* Any value of it is legal, says help_field_rules.c, of it or of one of its elements. */
static bool is_free(const char *path)
{
    size_t length = strlen(path);
    uint32_t i;

    for (i = 0; field_rules[i].path; i++)
        if (!field_rules[i].what && !strncmp(field_rules[i].path, path, length) &&
            (!field_rules[i].path[length] || field_rules[i].path[length] == '['))
            return true;
    return false;
}

/* No bit passed that may not; false, after saying so: one did. */
static bool passed_rightly(unsigned int path)
{
    uint64_t may = 0;
    size_t i;

    if (is_free(paths[path]))
        return true;
    for (i = 0; flip_rules[i].path; i++)
        if (!strcmp(flip_rules[i].path, paths[path]))
            may = flip_rules[i].bits;
    if (!(passed[path] & ~may))
        return true;
    print_error("%s: bits 0x%llx are not refused, 0x%llx may be so\n", paths[path],
                (unsigned long long)passed[path], (unsigned long long)may);
    return false;
}

/* Every rule is of a field, and something passes by it. */
static bool rules_are_needed(void)
{
    bool right = true;
    size_t i;

    for (i = 0; flip_rules[i].path; i++)
        if (!(passed[path_of(flip_rules[i].path)] & flip_rules[i].bits)) {
            print_error("%s: nothing passes\n", flip_rules[i].path);
            right = false;
        }
    return right;
}

static void every_bit_of_a_region(void **state)
{
    struct irx_live_error err;
    unsigned int refused = 0, i;
    bool right = true;
    size_t n, bit;

    (void)state;
    assert_int_equal(help_read(region, &err), 0);
    for (n = 0; n < HELP_REGION_FRONT; n++)
        for (bit = 0; bit < 8; bit++) {
            const struct place *p = &places[n];
            int rc;

            if (!p->path && bit != n % 8) /* nobody's: one is enough */
                continue;
            memset(&err, 0, sizeof(err));
            writable[n] ^= (uint8_t)(1u << bit);
            rc = help_read(region, &err);
            writable[n] ^= (uint8_t)(1u << bit);
            if (!rc) {
                passed[p->path] |= 1ull << (p->byte * 8u + bit);
                continue;
            }
            refused++;
            if (!p->path || !err.code || !err.what || !*err.what)
                fail_msg("byte 0x%zx bit %zu: is refused without a name, or is nobody's", n, bit);
        }
    assert_int_equal(help_read(region, &err), 0);
    for (i = 1; i < nr_paths; i++)
        right = passed_rightly(i) && right;
    assert_true(right && rules_are_needed());
    assert_true(refused > 50000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_sections),
        cmocka_unit_test_setup_teardown(every_bit_of_a_region, map_region, unmap_region),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
