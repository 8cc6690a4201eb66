/* SPDX-License-Identifier: GPL-2.0-only */
#include "elf_file.h"

#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <interrex/note_file.h>

#define FLAT_MAX (16ull << 20)
#define REMEDY   "build it again, or copy it again from where it was built"

static int bad(const struct irx_input *file, struct irx_error *e, const char *why)
{
    return irx_fail(e, -ENOEXEC, REMEDY, "%s: %s", file->shown, why);
}

static bool inside(const struct irx_input *file, uint64_t off, uint64_t size)
{
    return off <= file->size && size <= file->size - off;
}

static Elf *open_elf(const struct irx_input *file, GElf_Ehdr *eh, struct irx_error *e)
{
    Elf *elf;

    elf_version(EV_CURRENT);
    elf = elf_memory((char *)file->data, file->size);
    if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, eh)) {
        bad(file, e, "not an ELF file");
        elf_end(elf);
        return NULL;
    }
    return elf;
}

/* Segments and sections lie inside the file: it was not cut short. */
static int check_extent(Elf *elf, const struct irx_input *file, struct irx_error *e)
{
    size_t segments, sections;
    Elf_Scn *scn = NULL;
    GElf_Phdr ph;
    GElf_Shdr sh;

    if (elf_getphdrnum(elf, &segments) || elf_getshdrnum(elf, &sections))
        return bad(file, e, "damaged: its header names tables that are not there");
    if (segments == 0)
        return bad(file, e, "it has no segments to load");
    for (size_t i = 0; i < segments; i++)
        if (!gelf_getphdr(elf, (int)i, &ph) || !inside(file, ph.p_offset, ph.p_filesz) ||
            (ph.p_type == PT_LOAD && ph.p_filesz > ph.p_memsz))
            return bad(file, e, "damaged or cut short: a segment is not inside the file");
    while ((scn = elf_nextscn(elf, scn)))
        if (!gelf_getshdr(scn, &sh) ||
            (sh.sh_type != SHT_NOBITS && !inside(file, sh.sh_offset, sh.sh_size)))
            return bad(file, e, "damaged or cut short: a section is not inside the file");
    return 0;
}

static void take_build_id(Elf *elf, uint64_t off, uint64_t size, uint64_t align,
                          struct irx_elf_info *info)
{
    Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)off, size,
                                          align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
    size_t at = 0, name, desc;
    GElf_Nhdr nh;

    while (data && (at = gelf_getnote(data, at, &nh, &name, &desc)) > 0) {
        const uint8_t *bytes = data->d_buf;

        if (nh.n_type != NT_GNU_BUILD_ID || nh.n_namesz != sizeof(ELF_NOTE_GNU) ||
            memcmp(bytes + name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) != 0)
            continue;
        for (size_t i = 0; i < nh.n_descsz && i * 2 + 3 <= sizeof(info->build_id); i++)
            snprintf(info->build_id + i * 2, 3, "%02x", bytes[desc + i]);
    }
}

static int take_note(const struct irx_input *file, struct irx_elf_info *info, struct irx_error *e)
{
    const char *reason = "";
    int rc = irx_note_from_elf(file->data, file->size, &info->note, &reason);

    info->has_note = rc == 0;
    return rc && rc != -ENOENT ? bad(file, e, reason) : 0;
}

int irx_elf_inspect(const struct irx_input *file, struct irx_elf_info *info, struct irx_error *e)
{
    GElf_Ehdr eh;
    Elf *elf = open_elf(file, &eh, e);
    Elf_Scn *scn = NULL;
    size_t segments = 0;
    GElf_Phdr ph;
    GElf_Shdr sh;
    int rc;

    *info = (struct irx_elf_info){0};
    if (!elf)
        return e->err;
    rc = check_extent(elf, file, e);
    if (rc == 0)
        rc = take_note(file, info, e);
    if (rc == 0)
        elf_getphdrnum(elf, &segments);
    for (size_t i = 0; i < segments; i++)
        if (gelf_getphdr(elf, (int)i, &ph) && ph.p_type == PT_NOTE)
            take_build_id(elf, ph.p_offset, ph.p_filesz, ph.p_align, info);
    while (rc == 0 && (scn = elf_nextscn(elf, scn)))
        if (gelf_getshdr(scn, &sh) && sh.sh_type == SHT_NOTE)
            take_build_id(elf, sh.sh_offset, sh.sh_size, sh.sh_addralign, info);
    elf_end(elf);
    return rc;
}

/* Bounds of the loadable segments: [*low, *high) in memory, [*low, *end) given by the file. */
static int measure(Elf *elf, const struct irx_input *file, uint64_t *low, uint64_t *high,
                   uint64_t *end, struct irx_error *e)
{
    size_t segments = 0;
    GElf_Phdr ph;

    *low = UINT64_MAX;
    *high = *end = 0;
    elf_getphdrnum(elf, &segments);
    for (size_t i = 0; i < segments; i++) {
        if (!gelf_getphdr(elf, (int)i, &ph) || ph.p_type != PT_LOAD || ph.p_memsz == 0)
            continue;
        if (ph.p_vaddr > UINT64_MAX - ph.p_memsz)
            return bad(file, e, "damaged: a segment wraps around");
        *low = ph.p_vaddr < *low ? ph.p_vaddr : *low;
        *high = ph.p_vaddr + ph.p_memsz > *high ? ph.p_vaddr + ph.p_memsz : *high;
        if (ph.p_filesz && ph.p_vaddr + ph.p_filesz > *end)
            *end = ph.p_vaddr + ph.p_filesz;
    }
    if (*end <= *low || *low % IRX_PAGE_SIZE)
        return bad(file, e, "it has no segments to load, or they are not page-aligned");
    if (*high - *low > FLAT_MAX)
        return bad(file, e, "larger than a shim can be (16 MiB)");
    return 0;
}

static int copy_segments(Elf *elf, const struct irx_input *file, uint64_t low,
                         struct irx_flat_image *flat, struct irx_error *e)
{
    size_t segments = 0;
    GElf_Phdr ph;

    flat->data = calloc(1, flat->size);
    if (!flat->data)
        return irx_fail(e, -ENOMEM, "free some memory in dom0", "out of memory");
    elf_getphdrnum(elf, &segments);
    for (size_t i = 0; i < segments; i++)
        if (gelf_getphdr(elf, (int)i, &ph) && ph.p_type == PT_LOAD && ph.p_filesz)
            memcpy(flat->data + (ph.p_vaddr - low), file->data + ph.p_offset, ph.p_filesz);
    return 0;
}

int irx_elf_flatten(const struct irx_input *file, struct irx_flat_image *flat, struct irx_error *e)
{
    uint64_t low, high, end;
    GElf_Ehdr eh;
    Elf *elf = open_elf(file, &eh, e);
    int rc;

    *flat = (struct irx_flat_image){0};
    if (!elf)
        return e->err;
    rc = check_extent(elf, file, e);
    if (rc == 0 && (gelf_getclass(elf) != ELFCLASS64 || eh.e_machine != EM_X86_64))
        rc = bad(file, e, "not a 64-bit x86 ELF file");
    if (rc == 0)
        rc = measure(elf, file, &low, &high, &end, e);
    if (rc == 0 && (eh.e_entry < low || eh.e_entry >= end))
        rc = bad(file, e, "its entry point is outside its segments");
    if (rc == 0) {
        flat->size = end - low;
        flat->mem_size = high - low;
        flat->entry = eh.e_entry - low;
        rc = copy_segments(elf, file, low, flat, e);
    }
    elf_end(elf);
    return rc;
}

void irx_flat_image_free(struct irx_flat_image *flat)
{
    free(flat->data);
    *flat = (struct irx_flat_image){0};
}
