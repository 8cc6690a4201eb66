/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The image of a target Xen, laid out for an image slot of R: what has to lie
 * where so that a jump to `entry` starts it. No hypercalls, no files: memory in,
 * segments out.
 */
#ifndef INTERREX_DOM0_IMAGE_H
#define INTERREX_DOM0_IMAGE_H

#include <stddef.h>
#include <stdint.h>

/* Xen takes fewer than 16 segments a load (KEXEC_SEGMENT_MAX). */
#define IRX_IMAGE_SEGMENTS_MAX 12u
#define IRX_IMAGE_MODULES_MAX  8u

/* A boot module. The first is a kernel for dom0, the second its initrd. */
struct irx_image_module {
    const void *data;
    size_t size;         /* bytes, at least 1 */
    const char *cmdline; /* of the module; may be empty, not NULL */
};

#define IRX_MEMORY_RAM 1u /* E820_RAM */

/* A piece of the host's memory map, from XENMEM_machine_memory_map. */
struct irx_image_memory {
    uint64_t addr;
    uint64_t size;
    uint32_t type; /* IRX_MEMORY_RAM, or what is none */
};

struct irx_image_spec {
    const void *xen; /* the file `xen`: 32-bit multiboot ELF; gzip is the caller's to undo */
    size_t xen_size;
    const char *cmdline; /* of Xen, without an image name and without liveupdate= */
    const struct irx_image_module *modules;
    unsigned int module_count; /* 0: a page of zeroes is passed, enough for an update */
    const struct irx_image_memory *memory;
    unsigned int memory_count;
    uint64_t slot_base; /* physical, of the free slot (irx_op_info) */
    uint64_t slot_size;
    uint64_t region_base; /* physical, of R; a multiple of 1 MiB, as is the size */
    uint64_t region_size;
    unsigned int boot_delay_ms; /* so long Xen waits before it looks at any domain; 0: not */
};

/* For KEXEC_CMD_kexec_load: the piece from buf at dest, zeroes up to memsz. */
struct irx_image_segment {
    const void *buf;
    uint64_t size;  /* bytes of buf */
    uint64_t dest;  /* physical, page-aligned */
    uint64_t memsz; /* bytes, a multiple of the page size */
};

struct irx_image {
    struct irx_image_segment segments[IRX_IMAGE_SEGMENTS_MAX];
    unsigned int count;
    uint64_t entry;  /* physical; 32-bit protected mode without paging (arch EM_386) */
    void *boot_info; /* owned: what segments point to that is not the caller's */
};

/*
 * Lays out the image. Returns 0; or -EINVAL when the input is not what it should
 * be, -ENOSPC when it does not fit the slot, -ENOMEM; then *why says it in words
 * and nothing is to be freed. The caller's buffers must outlive the image.
 */
int irx_image_build(const struct irx_image_spec *spec, struct irx_image *image, const char **why);

void irx_image_free(struct irx_image *image);

#endif
