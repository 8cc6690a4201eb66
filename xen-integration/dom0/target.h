/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is going to be loaded: the files that the operator named, read, looked
 * through and laid out. Nothing here has an effect on the host.
 */
#ifndef INTERREX_DOM0_TARGET_H
#define INTERREX_DOM0_TARGET_H

#include <interrex/abi/anchor.h>

#include "cmdline.h"
#include "elf_file.h"
#include "input.h"
#include "findings.h"
#include "image.h"
#include "xen.h"

#define IRX_DEFAULT_SHIM "/boot/interrex-shim.elf"
#define IRX_DEFAULT_XEN  "/boot/interrex-xen"

#define IRX_CLAIM_AFTER_S     30u /* see struct irx_target_request */
#define IRX_CLAIM_AFTER_MAX_S (IRX_DEADMAN_LIMIT_MAX_MS / 1000)

#define IRX_MEMORY_MAP_MAX 1024u /* E820MAX of Xen */

/* What the operator asked for; strings are the caller's. */
struct irx_target_request {
    const char *shim;    /* NULL: the one that is there */
    const char *xen;     /* NULL: the shim alone */
    const char *cmdline; /* of the target; NULL: the running Xen's */
    const char *modules[IRX_IMAGE_MODULES_MAX];
    const char *module_cmdlines[IRX_IMAGE_MODULES_MAX]; /* NULL: "" */
    unsigned int module_count;
    unsigned int boot_delay_ms; /* see struct irx_image_spec */
    const char *fallback;       /* NULL: the running Xen's own file, if it is there */
    bool no_fallback;
    bool waits_out_silence;        /* the target's, in its boot */
    unsigned int silence_limit_ms; /* 0: by the host's memory */
    unsigned int claim_after_s;    /* then the target claims by itself; 0: never */
};

struct irx_target {
    struct irx_input shim_file, xen_file;
    struct irx_input module_files[IRX_IMAGE_MODULES_MAX];
    struct irx_elf_info shim, xen;
    struct irx_flat_image flat;
    char cmdline[IRX_CMDLINE_MAX];
    struct irx_image_memory memory[IRX_MEMORY_MAP_MAX];
    unsigned int memory_count;
    struct irx_image_module modules[IRX_IMAGE_MODULES_MAX];
    unsigned int module_count;
    unsigned int boot_delay_ms;
    unsigned int claim_after_s;
    bool with_xen;
    bool with_fallback; /* see fallback.h */
    struct irx_input fallback_file;
    struct irx_elf_info fallback;
    char fallback_path[300];
    char fallback_cmdline[IRX_CMDLINE_MAX];
    unsigned int silence_ms; /* until the fallback is started; 0: for ever */
};

/*
 * Reads and checks everything, with a line in *f for each thing found. With a
 * refusal among them the target is not to be loaded. Free it in either case.
 */
void irx_target_read(const struct irx_xen *xen, const struct irx_op_info *info,
                     const struct irx_target_request *request, struct irx_target *target,
                     struct irx_findings *f);
void irx_target_free(struct irx_target *target);

/* The file's note and seal; a line in *f. False: it cannot be used. */
bool irx_target_inspect(const struct irx_input *file, uint32_t producer, const char *subject,
                        struct irx_elf_info *info, struct irx_findings *f);

/* Lays the target out for the slot that `info` names. Needs with_xen. Free the image. */
int irx_target_image(const struct irx_target *target, const struct irx_op_info *info,
                     struct irx_image *image, struct irx_error *e);

#endif
