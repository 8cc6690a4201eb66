/* SPDX-License-Identifier: GPL-2.0-only */
/* See interrex/note_file.h. */
#include <interrex/negotiate.h>
#include <interrex/note_file.h>

#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>

#include <interrex/crc32c.h>

#include "file.h"

struct search {
    Elf *elf;
    size_t size;   /* of the image */
    uint32_t type; /* of the note that is looked for */
    const char *reason;
    uint64_t at; /* found: offset of its payload in the file, and its length */
    size_t length;
};

static int refuse(struct search *s, int error, const char *reason)
{
    s->reason = reason;
    return error;
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

        if (nhdr.n_type == s->type && nhdr.n_namesz == sizeof(IRX_NOTE_NAME) &&
            !memcmp(base + name, IRX_NOTE_NAME, sizeof(IRX_NOTE_NAME))) {
            s->at = offset + desc;
            s->length = nhdr.n_descsz;
            return 0;
        }
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

/* Finds the payload of our note of s->type. */
static int search_image(struct search *s, const void *image, size_t size)
{
    /* libelf converts in place where byte orders differ: give it a copy. */
    char *copy = size >= EI_NIDENT ? malloc(size) : NULL;
    int rc;

    s->size = size;
    s->reason = "";
    elf_version(EV_CURRENT);
    if (copy) {
        memcpy(copy, image, size);
        s->elf = elf_memory(copy, size);
    }
    if (!s->elf || elf_kind(s->elf) != ELF_K_ELF) {
        rc = refuse(s, -ENOEXEC, "it is not an ELF file");
    } else {
        rc = search_segments(s);
        if (rc == -ENOENT)
            rc = search_sections(s);
    }
    if (s->elf)
        elf_end(s->elf);
    free(copy);
    return rc;
}

static int take(struct search *s, const void *desc, struct irx_note *note)
{
    uint32_t said;

    if (s->length < sizeof(*note))
        return refuse(s, -EINVAL, "its Interrex note is too short");
    memcpy(&said, desc, sizeof(said));
    if (said < sizeof(*note) || said > s->length)
        return refuse(s, -EINVAL, "its Interrex note has a wrong size");
    memcpy(note, desc, sizeof(*note));
    if (irx_note_validate(note))
        return refuse(s, -EINVAL, "its Interrex note contradicts itself");
    return 0;
}

int irx_note_from_elf(const void *image, size_t size, struct irx_note *note, const char **reason)
{
    struct search s = {.type = IRX_NOTE_TYPE};
    int rc = search_image(&s, image, size);

    memset(note, 0, sizeof(*note));
    if (rc == 0)
        rc = take(&s, (const char *)image + s.at, note);
    if (rc)
        memset(note, 0, sizeof(*note));
    if (reason)
        *reason = s.reason;
    return rc;
}

const char *irx_release_text(uint32_t release, char text[IRX_RELEASE_TEXT_MAX])
{
    if (release)
        snprintf(text, IRX_RELEASE_TEXT_MAX, "%u.%u.%u", release >> 16, release >> 8 & 0xff,
                 release & 0xff);
    else
        snprintf(text, IRX_RELEASE_TEXT_MAX, "unknown");
    return text;
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

/* ---- the seal ---- */

static uint32_t seal_crc(const char *image, size_t size, uint64_t seal_at)
{
    static const uint32_t zero;
    uint64_t at = seal_at + offsetof(struct irx_seal, crc), after = at + sizeof(zero);
    uint32_t crc = irx_crc32c(0, image, at);

    crc = irx_crc32c(crc, &zero, sizeof(zero));
    return irx_crc32c(crc, image + after, size - after);
}

static int find_seal(struct search *s, const void *image, size_t size, struct irx_seal *seal)
{
    int rc = search_image(s, image, size);

    if (rc == -ENOENT)
        return refuse(s, rc, "it has no seal: its checksum is not known");
    if (rc)
        return rc;
    if (s->length < sizeof(*seal))
        return refuse(s, -EINVAL, "its seal is too short");
    memcpy(seal, (const char *)image + s->at, sizeof(*seal));
    if (seal->size < sizeof(*seal) || seal->size > s->length || seal->sealed > 1 || seal->reserved)
        return refuse(s, -EINVAL, "its seal is damaged");
    return 0;
}

static int check_seal(struct search *s, const void *image, size_t size)
{
    struct irx_seal seal;
    int rc = find_seal(s, image, size, &seal);

    if (rc)
        return rc;
    if (!seal.sealed)
        return refuse(s, -ENOENT, "it was never sealed: its checksum is not known");
    if (seal.crc != seal_crc(image, size, s->at))
        return refuse(s, -EBADMSG, "damaged: it does not have the checksum it was sealed with");
    return 0;
}

int irx_seal_verify(const void *image, size_t size, const char **reason)
{
    struct search s = {.type = IRX_SEAL_TYPE};
    int rc = check_seal(&s, image, size);

    if (reason)
        *reason = s.reason;
    return rc;
}

int irx_seal_set(void *image, size_t size, const char **reason)
{
    struct search s = {.type = IRX_SEAL_TYPE};
    struct irx_seal seal, before;
    int rc = find_seal(&s, image, size, &seal);

    if (rc == 0) {
        char *at = (char *)image + s.at;

        before = seal;
        seal.sealed = 1;
        memcpy(at, &seal, sizeof(seal));
        seal.crc = seal_crc(image, size, s.at);
        memcpy(at, &seal, sizeof(seal));
        if (check_seal(&s, image, size)) {
            memcpy(at, &before, sizeof(before));
            rc = refuse(&s, -EINVAL, "its seal lies over its headers");
        }
    }
    if (reason)
        *reason = s.reason;
    return rc;
}
