/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lays out a target Xen for an image slot of R.
 *
 * In the slot, from its base: Xen's one PT_LOAD, moved from its link address
 * (2 MiB) to the slot's base; a page or more with the stub, the multiboot2
 * information and its strings; the modules. Everything starts on a page.
 *
 * What the target's head.S asks for (xen/arch/x86/boot/head.S, reloc.c):
 *  - entered at the first byte of the image, in 32-bit protected mode without
 *    paging, flat segments, interrupts off; EAX = 0x36d76289, EBX = information;
 *  - the image 2 MiB aligned, at any place below 4 GiB: it finds its load base
 *    by itself, and with a base other than 0 it does not move again;
 *  - at least one module, each at a page boundary below 4 GiB;
 *  - a memory map, because "no-real-mode" keeps it from asking the BIOS, which
 *    would cost time and may not be possible any more;
 *  - mem_lower, below which it puts its trampoline.
 * Source of the format: Multiboot2 Specification 2.0, sections 3.3 and 3.6.
 */
#include "image.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE       4096ull
#define LOAD_ALIGN (2ull << 20)
#define MIB        (1ull << 20)

#define MB2_HEADER_MAGIC    0xe85250d6u
#define MB2_HEADER_SEARCH   32768u
#define MB2_BOOT_MAGIC      0x36d76289u
#define MB2_TAG_END         0u
#define MB2_TAG_CMDLINE     1u
#define MB2_TAG_LOADER      2u
#define MB2_TAG_MODULE      3u
#define MB2_TAG_BASIC_MEM   4u
#define MB2_TAG_MMAP        6u
#define MB2_HDR_RELOCATABLE 10u
#define MB2_ALIGN           8u

#define CMDLINE_MAX 1024u /* Xen keeps no more (common/kernel.c, saved_cmdline) */

/* A buffer that grows: the boot information. */
struct bytes {
    uint8_t *data;
    size_t used;
    size_t room;
    int failed;
};

static void put(struct bytes *b, const void *data, size_t size)
{
    if (b->failed || size == 0)
        return;
    if (b->room - b->used < size) {
        size_t room = (b->room + size) * 2;
        uint8_t *grown = realloc(b->data, room);

        if (!grown) {
            b->failed = 1;
            return;
        }
        b->data = grown;
        b->room = room;
    }
    memcpy(b->data + b->used, data, size);
    b->used += size;
}

static void put32(struct bytes *b, uint32_t value)
{
    put(b, &value, sizeof(value));
}

static void put64(struct bytes *b, uint64_t value)
{
    put(b, &value, sizeof(value));
}

static void put_align(struct bytes *b)
{
    static const uint8_t zero[MB2_ALIGN];

    put(b, zero, -b->used % MB2_ALIGN);
}

/* A tag that is a string, with `head` before it (a module's start and end) if not NULL. */
static void put_string_tag(struct bytes *b, uint32_t type, const uint32_t head[2], const char *text)
{
    size_t length = strlen(text) + 1;

    put32(b, type);
    put32(b, (uint32_t)(8 + (head ? 8 : 0) + length));
    if (head) {
        put32(b, head[0]);
        put32(b, head[1]);
    }
    put(b, text, length);
    put_align(b);
}

static uint64_t round_up(uint64_t value, uint64_t align)
{
    return (value + align - 1) & ~(align - 1);
}

/* Is there a multiboot2 header with a tag that allows any load address? */
static int relocatable(const uint8_t *image, size_t size)
{
    for (size_t at = 0; at + 16 <= size && at < MB2_HEADER_SEARCH; at += MB2_ALIGN) {
        uint32_t head[4];

        memcpy(head, image + at, sizeof(head));
        if (head[0] != MB2_HEADER_MAGIC || head[0] + head[1] + head[2] + head[3] != 0)
            continue;
        for (size_t tag = at + 16; tag + 8 <= size && tag + 8 <= at + head[2];) {
            uint16_t type;
            uint32_t length;

            memcpy(&type, image + tag, sizeof(type));
            memcpy(&length, image + tag + 4, sizeof(length));
            if (type == MB2_HDR_RELOCATABLE)
                return 1;
            if (type == 0 || length < 8)
                break;
            tag += round_up(length, MB2_ALIGN);
        }
    }
    return 0;
}

/* Finds the one PT_LOAD of the file. Returns NULL, or what is wrong. */
static const char *find_load(const struct irx_image_spec *spec, Elf32_Phdr *load)
{
    const uint8_t *file = spec->xen;
    Elf32_Ehdr eh;
    unsigned int loads = 0;

    if (spec->xen_size < sizeof(eh))
        return "Xen's image is not an ELF file";
    memcpy(&eh, file, sizeof(eh));
    if (memcmp(eh.e_ident, ELFMAG, SELFMAG) || eh.e_ident[EI_CLASS] != ELFCLASS32 ||
        eh.e_ident[EI_DATA] != ELFDATA2LSB || eh.e_machine != EM_386 ||
        eh.e_phentsize != sizeof(Elf32_Phdr))
        return "Xen's image is not a 32-bit x86 ELF file (the file wanted is `xen`, unpacked)";
    if (eh.e_phoff > spec->xen_size ||
        (uint64_t)eh.e_phnum * sizeof(Elf32_Phdr) > spec->xen_size - eh.e_phoff)
        return "Xen's image is cut short";

    for (unsigned int i = 0; i < eh.e_phnum; i++) {
        Elf32_Phdr ph;

        memcpy(&ph, file + eh.e_phoff + i * sizeof(ph), sizeof(ph));
        if (ph.p_type != PT_LOAD)
            continue;
        if (loads++)
            return "Xen's image has more than one loadable segment";
        *load = ph;
    }
    if (loads == 0)
        return "Xen's image has no loadable segment";
    if (load->p_offset > spec->xen_size || load->p_filesz > spec->xen_size - load->p_offset ||
        load->p_filesz > load->p_memsz)
        return "Xen's image is cut short";
    if (load->p_paddr % LOAD_ALIGN || eh.e_entry < load->p_paddr ||
        eh.e_entry - load->p_paddr >= load->p_filesz)
        return "Xen's image has an odd load address or entry point";
    if (!relocatable(file + load->p_offset, load->p_filesz))
        return "Xen's image is not relocatable multiboot2";
    load->p_vaddr = eh.e_entry - load->p_paddr; /* the caller wants the entry's offset */
    return NULL;
}

static const char *check_spec(const struct irx_image_spec *spec)
{
    if (spec->module_count > IRX_IMAGE_MODULES_MAX)
        return "too many modules";
    for (unsigned int i = 0; i < spec->module_count; i++)
        if (!spec->modules[i].data || !spec->modules[i].size || !spec->modules[i].cmdline)
            return "a module is empty";
    if (!spec->memory || !spec->memory_count)
        return "no memory map";
    if (!spec->slot_size || spec->slot_base % LOAD_ALIGN ||
        spec->slot_base + spec->slot_size > 1ull << 32 ||
        spec->slot_base + spec->slot_size < spec->slot_base)
        return "the image slot is not below 4 GiB or not aligned to 2 MiB";
    if (!spec->region_size || spec->region_base % MIB || spec->region_size % MIB)
        return "no live-update region";
    return NULL;
}

/* KiB of RAM from address 0 on: where the target's trampoline ends. */
static uint32_t lower_kib(const struct irx_image_spec *spec)
{
    for (unsigned int i = 0; i < spec->memory_count; i++)
        if (spec->memory[i].addr == 0 && spec->memory[i].type == IRX_MEMORY_RAM)
            return (
                uint32_t)((spec->memory[i].size < 640 << 10 ? spec->memory[i].size : 640 << 10) >>
                          10);
    return 0; /* Xen then takes the BIOS data area's word */
}

/*
 * The first bytes of the boot information: loads EAX and EBX and jumps to Xen.
 *   b8 imm32   mov $MB2_BOOT_MAGIC,%eax
 *   bb imm32   mov $information,%ebx
 *   b9 imm32   mov $entry,%ecx
 *   ff e1      jmp *%ecx
 */
#define STUB_SIZE 24u /* 17, rounded up to MB2_ALIGN */

static void put_stub(struct bytes *b, uint64_t info, uint64_t entry)
{
    uint8_t stub[STUB_SIZE] = {0xb8, 0, 0, 0, 0, 0xbb, 0, 0, 0, 0, 0xb9, 0, 0, 0, 0, 0xff, 0xe1};
    uint32_t value[3] = {MB2_BOOT_MAGIC, (uint32_t)info, (uint32_t)entry};

    memcpy(stub + 1, &value[0], 4);
    memcpy(stub + 6, &value[1], 4);
    memcpy(stub + 11, &value[2], 4);
    put(b, stub, sizeof(stub));
}

static void put_memory_tags(struct bytes *b, const struct irx_image_spec *spec)
{
    put32(b, MB2_TAG_BASIC_MEM);
    put32(b, 16);
    put32(b, lower_kib(spec));
    put32(b, 0);

    put32(b, MB2_TAG_MMAP);
    put32(b, 16 + 24 * spec->memory_count);
    put32(b, 24); /* size of an entry */
    put32(b, 0);  /* version of an entry */
    for (unsigned int i = 0; i < spec->memory_count; i++) {
        put64(b, spec->memory[i].addr);
        put64(b, spec->memory[i].size);
        put32(b, spec->memory[i].type);
        put32(b, 0);
    }
    put_align(b);
}

/* Stub and information, for a place at `at`; module i lies at module_at[i]. */
static void put_boot_info(struct bytes *b, const struct irx_image_spec *spec,
                          const struct irx_image_module *modules, unsigned int count, uint64_t at,
                          uint64_t entry, const uint64_t *module_at)
{
    char cmdline[CMDLINE_MAX + 256];
    uint32_t total;

    b->used = 0;
    put_stub(b, at + STUB_SIZE, entry);
    put64(b, 0); /* total size, reserved: below */
    /* The first word is the image's name, which Xen drops. */
    snprintf(cmdline, sizeof(cmdline), "xen %s no-real-mode liveupdate=%lluM@0x%llx", spec->cmdline,
             (unsigned long long)(spec->region_size / MIB), (unsigned long long)spec->region_base);
    if (spec->boot_delay_ms)
        snprintf(cmdline + strlen(cmdline), sizeof(cmdline) - strlen(cmdline),
                 " liveupdate-boot-delay=%u", spec->boot_delay_ms);
    put_string_tag(b, MB2_TAG_CMDLINE, NULL, cmdline);
    put_string_tag(b, MB2_TAG_LOADER, NULL, "Interrex");
    put_memory_tags(b, spec);
    for (unsigned int i = 0; i < count; i++) {
        uint32_t head[2] = {(uint32_t)module_at[i], (uint32_t)(module_at[i] + modules[i].size)};

        put_string_tag(b, MB2_TAG_MODULE, head, modules[i].cmdline);
    }
    put32(b, MB2_TAG_END);
    put32(b, 8);
    total = (uint32_t)(b->used - STUB_SIZE);
    if (!b->failed)
        memcpy(b->data + STUB_SIZE, &total, sizeof(total));
}

static void add_segment(struct irx_image *image, const void *buf, uint64_t size, uint64_t dest,
                        uint64_t memsz)
{
    image->segments[image->count++] = (struct irx_image_segment){
        .buf = buf, .size = size, .dest = dest, .memsz = memsz};
}

int irx_image_build(const struct irx_image_spec *spec, struct irx_image *image, const char **why)
{
    static const uint8_t zero_page[PAGE];
    const struct irx_image_module no_kernel = {zero_page, sizeof(zero_page), ""};
    const struct irx_image_module *modules = spec->module_count ? spec->modules : &no_kernel;
    unsigned int count = spec->module_count ? spec->module_count : 1;
    uint64_t end = spec->slot_base + spec->slot_size;
    uint64_t module_at[IRX_IMAGE_MODULES_MAX] = {0};
    uint64_t xen_memsz, info_at, info_memsz, at;
    struct bytes info = {0};
    Elf32_Phdr load = {0};

    *image = (struct irx_image){0};
    *why = check_spec(spec);
    if (!*why)
        *why = find_load(spec, &load);
    if (!*why && strlen(spec->cmdline) + 96 > CMDLINE_MAX)
        *why = "the command line is too long";
    if (*why)
        return -EINVAL;

    xen_memsz = round_up(load.p_memsz, PAGE);
    info_at = spec->slot_base + xen_memsz;
    /* Once for its size, once more with the modules' places in it. */
    put_boot_info(&info, spec, modules, count, info_at, spec->slot_base + load.p_vaddr, module_at);
    info_memsz = round_up(info.used, PAGE);
    at = info_at + info_memsz;
    for (unsigned int i = 0; i < count; i++) {
        module_at[i] = at;
        at += round_up(modules[i].size, PAGE);
        if (modules[i].size > spec->slot_size || at > end) {
            *why = "the target and its modules do not fit the image slot";
            free(info.data);
            return -ENOSPC;
        }
    }
    put_boot_info(&info, spec, modules, count, info_at, spec->slot_base + load.p_vaddr, module_at);
    if (info.failed) {
        *why = "out of memory";
        free(info.data);
        return -ENOMEM;
    }

    add_segment(image, (const uint8_t *)spec->xen + load.p_offset, load.p_filesz, spec->slot_base,
                xen_memsz);
    add_segment(image, info.data, info.used, info_at, info_memsz);
    for (unsigned int i = 0; i < count; i++)
        add_segment(image, modules[i].data, modules[i].size, module_at[i],
                    round_up(modules[i].size, PAGE));
    image->entry = info_at;
    image->boot_info = info.data;
    return 0;
}

void irx_image_free(struct irx_image *image)
{
    free(image->boot_info);
    *image = (struct irx_image){0};
}
