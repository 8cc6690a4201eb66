/* SPDX-License-Identifier: GPL-2.0-only */
/* Any bytes as an ELF file with a note and a seal: what a tool reads before it believes a build. */
#include "fuzz.h"

#include <errno.h>

#include <interrex/note_file.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *reason = NULL;
    struct irx_note note;
    uint8_t *copy = malloc(size ? size : 1);
    char text[IRX_RELEASE_TEXT_MAX];
    int rc;

    if (!copy)
        return 0;
    memcpy(copy, data, size);
    rc = irx_note_from_elf(copy, size, &note, &reason);
    MUST(!rc || reason);
    if (!rc)
        MUST(strlen(irx_release_text(note.release, text)) < sizeof(text));
    MUST(memcmp(copy, data, size) == 0);
    (void)irx_seal_verify(copy, size, &reason);
    MUST(memcmp(copy, data, size) == 0);
    if (!irx_seal_set(copy, size, &reason))
        MUST(irx_seal_verify(copy, size, &reason) == 0); /* what was sealed is sealed */
    free(copy);
    return 0;
}
