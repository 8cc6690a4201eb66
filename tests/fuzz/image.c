/* SPDX-License-Identifier: GPL-2.0-only */
/* The operator's files: any bytes as a shim and as a target Xen, and its command line. */
#include "fuzz.h"

#include "../../xen-integration/dom0/elf_file.h"
#include "../../xen-integration/dom0/image.h"
#include "../../xen-integration/dom0/target.h"

#define SLOT_BASE 0x40000000ull
#define SLOT_SIZE (32ull << 20)

static int has_word(const char *line, const char *start)
{
    for (const char *p = strstr(line, start); p; p = strstr(p + 1, start))
        if (p == line || p[-1] == ' ')
            return 1;
    return 0;
}

/* Laid out, each piece lies in the slot and comes from where there is something. */
static void lay_out(const struct irx_input *file, const char *cmdline, uint64_t boot_delay)
{
    static const struct irx_image_memory memory[] = {{0, 0x9f000, 1}, {0x100000, 3ull << 30, 1}};
    struct irx_image_module module = {file->data, file->size, cmdline};
    struct irx_image_spec spec = {.xen = file->data,
                                  .xen_size = file->size,
                                  .cmdline = cmdline,
                                  .modules = &module,
                                  .module_count = boot_delay & 1,
                                  .memory = memory,
                                  .memory_count = 2,
                                  .slot_base = SLOT_BASE,
                                  .slot_size = SLOT_SIZE,
                                  .region_base = SLOT_BASE - (2u << 20),
                                  .region_size = 64u << 20,
                                  .boot_delay_ms = (unsigned int)boot_delay};
    struct irx_image image;
    const char *why = NULL;

    if (irx_image_build(&spec, &image, &why)) {
        MUST(why);
        return;
    }
    MUST(image.count <= IRX_IMAGE_SEGMENTS_MAX);
    for (unsigned int i = 0; i < image.count; i++) {
        const struct irx_image_segment *s = &image.segments[i];
        volatile const uint8_t *bytes = s->buf;

        MUST(s->dest >= SLOT_BASE && s->memsz <= SLOT_SIZE &&
             s->dest - SLOT_BASE <= SLOT_SIZE - s->memsz && s->size <= s->memsz);
        MUST(!((s->dest | s->memsz) & 4095));
        if (s->size) /* the sanitizer looks whether it is there */
            (void)(bytes[0] + bytes[s->size - 1]);
    }
    irx_image_free(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct irx_input file = {.path = "FILE"};
    struct irx_flat_image flat;
    struct irx_elf_info info;
    struct irx_error e = {0};
    char line[256], clean[256] = "";
    size_t n;

    if (size < 2)
        return 0;
    n = data[0] < size - 2 ? data[0] : size - 2; /* a command line first */
    memcpy(line, data + 2, n);
    line[n] = 0;
    if (irx_cmdline_clean(line, clean, sizeof(clean)))
        clean[0] = 0;
    MUST(!has_word(clean, "liveupdate="));
    file.size = size - 2 - n;
    file.data = malloc(file.size + 1);
    if (!file.data)
        return 0;
    memcpy(file.data, data + 2 + n, file.size);
    file.data[file.size] = 0;
    (void)irx_elf_inspect(&file, &info, &e);
    if (!irx_elf_flatten(&file, &flat, &e)) {
        MUST(flat.size <= flat.mem_size && flat.entry < flat.mem_size);
        irx_flat_image_free(&flat);
    }
    lay_out(&file, clean, data[1]);
    free(file.data);
    return 0;
}
