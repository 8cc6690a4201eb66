/* SPDX-License-Identifier: GPL-2.0-only */
#include "make_elf.h"

#include <assert.h>
#include <elf.h>
#include <string.h>

#include <interrex/note_file.h>

#define TEXT_AT   4096u
#define TEXT_SIZE 4096u
#define NOTE_AT   512u

/* A note of ours. Returns bytes. */
static size_t put_ours(uint8_t *to, uint32_t type, const void *payload, uint32_t size)
{
    Elf32_Nhdr nh = {.n_namesz = sizeof(IRX_NOTE_NAME), .n_descsz = size, .n_type = type};
    size_t at = sizeof(nh);

    memcpy(to, &nh, sizeof(nh));
    memcpy(to + at, IRX_NOTE_NAME, sizeof(IRX_NOTE_NAME));
    at += (sizeof(IRX_NOTE_NAME) + 3) / 4 * 4;
    memcpy(to + at, payload, size);
    return at + size;
}

/* Build id of 20 bytes 0x5a, then the Interrex note and the seal, open. Returns bytes. */
static size_t put_notes(uint8_t *to, const struct irx_note *note)
{
    static const struct irx_seal open = {.size = sizeof(open)};
    Elf32_Nhdr nh = {.n_namesz = 4, .n_descsz = 20, .n_type = NT_GNU_BUILD_ID};
    size_t at = 0;

    memcpy(to, &nh, sizeof(nh));
    memcpy(to + sizeof(nh), "GNU", 4);
    memset(to + sizeof(nh) + 4, 0x5a, 20);
    at = sizeof(nh) + 24;
    if (!note)
        return at;
    at += put_ours(to + at, IRX_NOTE_TYPE, note, sizeof(*note));
    return at + put_ours(to + at, IRX_SEAL_TYPE, &open, sizeof(open));
}

static size_t sealed(uint8_t *file, const struct irx_note *note, size_t size)
{
    if (note)
        assert(irx_seal_set(file, size, NULL) == 0);
    return size;
}

size_t make_shim(uint8_t *to, size_t room, const struct irx_note *note)
{
    Elf64_Ehdr eh = {.e_type = ET_DYN,
                     .e_machine = EM_X86_64,
                     .e_version = EV_CURRENT,
                     .e_entry = TEXT_AT + 16,
                     .e_phoff = sizeof(eh),
                     .e_ehsize = sizeof(eh),
                     .e_phentsize = sizeof(Elf64_Phdr),
                     .e_phnum = 2};
    Elf64_Phdr ph[2] = {{.p_type = PT_LOAD,
                         .p_offset = TEXT_AT,
                         .p_vaddr = TEXT_AT,
                         .p_filesz = TEXT_SIZE,
                         .p_memsz = TEXT_SIZE + MAKE_SHIM_BSS,
                         .p_align = 4096},
                        {.p_type = PT_NOTE, .p_offset = NOTE_AT, .p_align = 4}};

    assert(room >= TEXT_AT + TEXT_SIZE);
    memset(to, 0, TEXT_AT);
    memcpy(eh.e_ident, ELFMAG, SELFMAG);
    eh.e_ident[EI_CLASS] = ELFCLASS64;
    eh.e_ident[EI_DATA] = ELFDATA2LSB;
    eh.e_ident[EI_VERSION] = EV_CURRENT;
    ph[1].p_filesz = ph[1].p_memsz = put_notes(to + NOTE_AT, note);
    memcpy(to, &eh, sizeof(eh));
    memcpy(to + sizeof(eh), ph, sizeof(ph));
    memset(to + TEXT_AT, MAKE_SHIM_TEXT, TEXT_SIZE);
    return sealed(to, note, TEXT_AT + TEXT_SIZE);
}

/* A multiboot2 header with a relocatable tag and an end tag. */
static void put_multiboot2(uint8_t *to)
{
    uint32_t head[4] = {0xe85250d6u, 0, 16 + 24 + 8, 0};
    uint32_t relocatable[6] = {10, 24, 0, 0xffffffff, 0x200000, 2};
    uint32_t end[2] = {0, 8};

    head[3] = -(head[0] + head[1] + head[2]);
    memcpy(to, head, sizeof(head));
    memcpy(to + 16, relocatable, sizeof(relocatable));
    memcpy(to + 40, end, sizeof(end));
}

size_t make_xen(uint8_t *to, size_t room, const struct irx_note *note, uint32_t memsz)
{
    Elf32_Ehdr eh = {.e_type = ET_EXEC,
                     .e_machine = EM_386,
                     .e_version = EV_CURRENT,
                     .e_entry = 0x200000,
                     .e_phoff = sizeof(eh),
                     .e_ehsize = sizeof(eh),
                     .e_phentsize = sizeof(Elf32_Phdr),
                     .e_phnum = 2};
    Elf32_Phdr ph[2] = {{.p_type = PT_LOAD,
                         .p_offset = TEXT_AT,
                         .p_vaddr = 0x200000,
                         .p_paddr = 0x200000,
                         .p_filesz = TEXT_SIZE,
                         .p_memsz = memsz,
                         .p_align = 64},
                        {.p_type = PT_NOTE, .p_offset = NOTE_AT, .p_align = 4}};

    assert(room >= TEXT_AT + TEXT_SIZE && memsz >= TEXT_SIZE);
    memset(to, 0, TEXT_AT + TEXT_SIZE);
    memcpy(eh.e_ident, ELFMAG, SELFMAG);
    eh.e_ident[EI_CLASS] = ELFCLASS32;
    eh.e_ident[EI_DATA] = ELFDATA2LSB;
    eh.e_ident[EI_VERSION] = EV_CURRENT;
    ph[1].p_filesz = ph[1].p_memsz = (uint32_t)put_notes(to + NOTE_AT, note);
    memcpy(to, &eh, sizeof(eh));
    memcpy(to + sizeof(eh), ph, sizeof(ph));
    put_multiboot2(to + TEXT_AT + 64);
    return sealed(to, note, TEXT_AT + TEXT_SIZE);
}
