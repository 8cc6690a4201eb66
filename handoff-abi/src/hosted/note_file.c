/* SPDX-License-Identifier: GPL-2.0-only */
/* See interrex/note_file.h. */
#include <interrex/negotiate.h>
#include <interrex/note_file.h>

#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>

#include "file.h"

struct search {
    Elf *elf;
    size_t size; /* of the image */
    struct irx_note *note;
    const char *reason;
};

static int refuse(struct search *s, int error, const char *reason)
{
    s->reason = reason;
    return error;
}

/* The payload of a note that bears our name and type. */
static int take(struct search *s, const void *desc, size_t size)
{
    uint32_t said;

    if (size < sizeof(*s->note))
        return refuse(s, -EINVAL, "its Interrex note is too short");
    memcpy(&said, desc, sizeof(said));
    if (said < sizeof(*s->note) || said > size)
        return refuse(s, -EINVAL, "its Interrex note has a wrong size");
    memcpy(s->note, desc, sizeof(*s->note));
    if (irx_note_validate(s->note))
        return refuse(s, -EINVAL, "its Interrex note contradicts itself");
    return 0;
}

/* One run of notes, a segment or a section. -ENOENT: ours is not among them. */
static int search_notes(struct search *s, uint64_t offset, uint64_t size, uint64_t align)
{
    Elf_Data *data;
    GElf_Nhdr nhdr;
    size_t at = 0, name, desc;

    if (offset > s->size || size > s->size - offset)
        return refuse(s, -ENOEXEC, "its notes lie outside the file");
    data = elf_getdata_rawchunk(s->elf, (int64_t)offset, size,
                                align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
    if (!data)
        return refuse(s, -ENOEXEC, "its notes cannot be read");
    while ((at = gelf_getnote(data, at, &nhdr, &name, &desc)) > 0) {
        const char *base = data->d_buf;

        if (nhdr.n_type == IRX_NOTE_TYPE && nhdr.n_namesz == sizeof(IRX_NOTE_NAME) &&
            !memcmp(base + name, IRX_NOTE_NAME, sizeof(IRX_NOTE_NAME)))
            return take(s, base + desc, nhdr.n_descsz);
    }
    return -ENOENT;
}

static int search_segments(struct search *s)
{
    size_t i, n = 0;

    if (elf_getphdrnum(s->elf, &n))
        return refuse(s, -ENOEXEC, "its program headers are damaged");
    for (i = 0; i < n; i++) {
        GElf_Phdr ph;
        int rc;

        if (!gelf_getphdr(s->elf, (int)i, &ph))
            return refuse(s, -ENOEXEC, "its program headers are damaged");
        if (ph.p_type != PT_NOTE)
            continue;
        rc = search_notes(s, ph.p_offset, ph.p_filesz, ph.p_align);
        if (rc != -ENOENT)
            return rc;
    }
    return -ENOENT;
}

static int search_sections(struct search *s)
{
    Elf_Scn *scn = NULL;

    while ((scn = elf_nextscn(s->elf, scn))) {
        GElf_Shdr sh;
        int rc;

        if (!gelf_getshdr(scn, &sh))
            return refuse(s, -ENOEXEC, "its section headers are damaged");
        if (sh.sh_type != SHT_NOTE)
            continue;
        rc = search_notes(s, sh.sh_offset, sh.sh_size, sh.sh_addralign);
        if (rc != -ENOENT)
            return rc;
    }
    return refuse(s, -ENOENT, "it has no Interrex note");
}

int irx_note_from_elf(const void *image, size_t size, struct irx_note *note, const char **reason)
{
    struct search s = {.size = size, .note = note, .reason = ""};
    char *copy = NULL;
    int rc;

    memset(note, 0, sizeof(*note));
    elf_version(EV_CURRENT);
    /* libelf converts in place where byte orders differ: give it a copy. */
    copy = size >= EI_NIDENT ? malloc(size) : NULL;
    if (copy) {
        memcpy(copy, image, size);
        s.elf = elf_memory(copy, size);
    }
    if (!s.elf || elf_kind(s.elf) != ELF_K_ELF) {
        rc = refuse(&s, -ENOEXEC, "it is not an ELF file");
    } else {
        rc = search_segments(&s);
        if (rc == -ENOENT)
            rc = search_sections(&s);
    }
    if (rc)
        memset(note, 0, sizeof(*note));
    if (reason)
        *reason = s.reason;
    if (s.elf)
        elf_end(s.elf);
    free(copy);
    return rc;
}

int irx_note_from_file(const char *path, struct irx_note *note, const char **reason)
{
    uint8_t *data;
    size_t size;
    int rc = irx_file_read(path, &data, &size);

    if (rc) {
        if (reason)
            *reason = "it cannot be read";
        return rc;
    }
    rc = irx_note_from_elf(data, size, note, reason);
    free(data);
    return rc;
}
