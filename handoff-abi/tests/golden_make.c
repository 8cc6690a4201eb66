/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes the golden handoffs of this build's version into a folder: fixed data,
 * the same on every run. A released version's are never written again (abi.mk).
 *
 *   golden_make FOLDER
 */
#include <interrex/note.h>
#include <interrex/stream.h>

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>

#include "../src/hosted/fields.h"
#include "help_handoff.h"

static const char *folder;
static uint64_t buffer[1 << 16];

static void save(const char *name, const void *data, size_t size)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file)) {
        perror(path);
        exit(1);
    }
}

static void start(struct irx_writer *w, uint32_t section)
{
    memset(buffer, 0, sizeof(buffer));
    help_writer(w, buffer, sizeof(buffer), section);
}

static size_t finish(struct irx_writer *w)
{
    struct irx_stream_error e;
    struct irx_stream s;
    uint64_t total = 0;
    int rc = irx_writer_finish(w, &total, NULL);

    if (rc) {
        fprintf(stderr, "golden_make: writer: %d\n", rc);
        exit(1);
    }
    if (irx_stream_validate(&s, buffer, total, 0, &e)) {
        fprintf(stderr, "golden_make: record %u: %s\n", e.index, irx_stream_error_text(e.code));
        exit(1);
    }
    return total;
}

/* ---- Every type, every field with a value of its own ---- */

static void fill_struct(const struct irx_fields *fields, uint8_t *obj, uint64_t seed)
{
    uint32_t i, n;

    for (i = 0; i < fields->count; i++) {
        const struct irx_field *f = &fields->field[i];

        for (n = 0; n < f->count && !(f->flags & IRX_FIELD_RESERVED); n++) {
            uint8_t *p = obj + f->offset + (size_t)n * f->size;
            uint64_t value = help_pattern(seed + 1000ull * i + n);

            if (f->kind == IRX_FIELD_STRUCT)
                fill_struct(f->fields, p, seed + value);
            else
                memcpy(p, &value, f->size); /* the low bytes */
        }
    }
}

static void put_pattern(struct irx_writer *w, const struct irx_type_info *info, uint32_t instance)
{
    const struct irx_fields *fields = irx_fields_of_record(info->type);
    uint32_t n = info->flags & IRX_TYPE_ARRAY ? 3 : 1;
    uint8_t *obj = fields ? calloc(1, fields->size) : NULL;
    uint32_t i;

    irx_writer_begin(w, info->type, instance, 0);
    if (!fields)
        irx_writer_put(w, "any bytes", 9);
    for (i = 0; obj && i < n; i++) {
        fill_struct(fields, obj, info->type * 16ull + instance + i);
        irx_writer_put(w, obj, fields->size);
    }
    irx_writer_end(w);
    free(obj);
}

static void fill_every(struct irx_writer *w, uint32_t section)
{
    uint32_t i, instance;

    for (instance = 0; instance < (section == IRX_SECTION_LATE ? 2u : 1u); instance++)
        for (i = 0; i < irx_schema_native.nr_types; i++)
            if (irx_schema_native.types[i].section == section)
                put_pattern(w, &irx_schema_native.types[i], instance);
}

/* ---- Odd, but sound ---- */

static void fill_odd(struct irx_writer *w)
{
    const struct irx_type_info plain = {.type = IRX_REC_GRANT_TABLE, .since = IRX_ABI_VERSION};
    const uint32_t other = IRX_RECORD_OPTIONAL | 0x7001u;
    uint8_t tailed[sizeof(struct irx_grant_table) + 8] = {2};
    struct irx_domain_record d;

    tailed[sizeof(tailed) - 1] = 0xee;
    memset(&d, 0xff, sizeof(d));
    irx_writer_record(w, IRX_REC_DOMAIN, 0, &d, sizeof(d));
    irx_writer_begin(w, IRX_REC_AFFINITY, 0, 0); /* an empty array */
    irx_writer_end(w);
    irx_writer_record(w, IRX_REC_HVM_CONTEXT, 0, "", 0); /* no bytes */
    irx_writer_record(w, other, 0, "of a later version", 18);
    irx_writer_record(w, other, 0, "", 0);
    memset(&d, 0, sizeof(d));
    irx_writer_record(w, IRX_REC_DOMAIN, 0x7fef, &d, sizeof(d)); /* the last domid */
    irx_writer_begin(w, IRX_REC_GRANT_TABLE, 0x7fef, IRX_RECORD_F_TAIL_IGNORABLE);
    w->info = &plain; /* as a later version would write it: longer */
    irx_writer_put(w, tailed, sizeof(tailed));
    irx_writer_end(w);
    irx_writer_record(w, IRX_REC_HVM_CONTEXT, 0x7fef, "\1\2\3\4\5\6\7", 7); /* padded */
}

static void make_streams(void)
{
    struct irx_writer w;
    size_t size;

    start(&w, IRX_SECTION_EARLY);
    help_fill_early(&w);
    save("early.bin", buffer, finish(&w));

    start(&w, IRX_SECTION_LATE);
    help_fill_late(&w);
    size = finish(&w);
    save("late.bin", buffer, size);
    irx_stream_consume(buffer);
    save("late-consumed.bin", buffer, size);

    start(&w, IRX_SECTION_EARLY);
    fill_every(&w, IRX_SECTION_EARLY);
    save("early-every.bin", buffer, finish(&w));
    start(&w, IRX_SECTION_LATE);
    fill_every(&w, IRX_SECTION_LATE);
    save("late-every.bin", buffer, finish(&w));
    start(&w, IRX_SECTION_LATE);
    fill_odd(&w);
    save("late-odd.bin", buffer, finish(&w));
    start(&w, IRX_SECTION_EARLY);
    save("early-empty.bin", buffer, finish(&w));
}

static void make_region(void)
{
    void *region = calloc(1, HELP_REGION_FRONT);

    if (!region)
        exit(1);
    help_fill_region(region);
    save("region.bin", region, HELP_REGION_FRONT);
    free(region);
}

/* ---- An ELF file with nothing but the note ---- */

static void make_note(void)
{
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segment;
        struct irx_elf_note note;
    } file = {
        .header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, 1},
                   .e_type = ET_EXEC,
                   .e_machine = EM_X86_64,
                   .e_version = EV_CURRENT,
                   .e_phoff = sizeof(Elf64_Ehdr),
                   .e_ehsize = sizeof(Elf64_Ehdr),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = 1},
        .segment = {.p_type = PT_NOTE,
                    .p_offset = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
                    .p_filesz = sizeof(struct irx_elf_note),
                    .p_memsz = sizeof(struct irx_elf_note),
                    .p_align = 4},
        .note = {.namesz = sizeof(IRX_NOTE_NAME),
                 .descsz = sizeof(struct irx_note),
                 .type = IRX_NOTE_TYPE,
                 .name = IRX_NOTE_NAME,
                 .note = IRX_NOTE_INIT(IRX_PRODUCER_XEN, 0, IRX_FEATURE_SVM, HELP_FEATURES)},
    };

    /* Not this tree's: a golden set outlives the release that it came with. */
    file.note.note.release = IRX_RELEASE(0, 2, 0);
    save("note.elf", &file, sizeof(file.header) + sizeof(file.segment) + sizeof(file.note));
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: golden_make FOLDER\n");
        return 2;
    }
    folder = argv[1];
    make_streams();
    make_region();
    make_note();
    return 0;
}
