/* SPDX-License-Identifier: GPL-2.0-only */
/* What this Xen publishes about itself: in its ELF file, and to whoever asks. */
#include <interrex/note.h>

#include "op/op.h"

#define REQUIRED (IRX_FEATURE_SVM | IRX_FEATURE_PVH_GUEST)
#define OFFERED                                                               \
    (REQUIRED | IRX_FEATURE_PVH_DOM0 | IRX_FEATURE_PV_DOM0 |                  \
     IRX_FEATURE_EVTCHN_2L | IRX_FEATURE_EVTCHN_FIFO |                        \
     IRX_FEATURE_RUN_IN_PLACE)

IRX_NOTE_DEFINE(interrex_elf_note, IRX_PRODUCER_XEN, 0, REQUIRED, OFFERED);
IRX_SEAL_DEFINE(interrex_elf_seal);

const struct irx_note *interrex_note(void)
{
    static struct irx_note note;

    note = interrex_elf_note.note; /* packed there, aligned here */

    return &note;
}
