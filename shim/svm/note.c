/* SPDX-License-Identifier: GPL-2.0-only */
/* What this build says about itself, readable from the file (version.h). */
#include <interrex/release.h>

#define NEEDS (IRX_FEATURE_SVM | IRX_FEATURE_PVH_GUEST)
#define OFFERS                                                                                     \
    (IRX_FEATURE_SVM | IRX_FEATURE_PVH_GUEST | IRX_FEATURE_EVTCHN_2L | IRX_FEATURE_EVTCHN_FIFO |   \
     IRX_FEATURE_PV_DOM0) /* to it one dom0 is as another */

_Static_assert(sizeof(struct irx_note) == 48 && sizeof(struct irx_seal) == 16, "the fields below");

/*
 * Written in assembly because the compiler aligns a constant of this size to 32
 * bytes, which readers of notes do not expect. Never called.
 */
__attribute__((used)) static void note(void)
{
    __asm__ volatile(
        ".pushsection .note.interrex, \"a\", @note\n\t"
        ".balign 4\n\t"
        ".long 2f - 1f, 4f - 3f, %c0\n"
        "1:\t.asciz \"" IRX_NOTE_NAME "\"\n"
        "2:\t.balign 4\n"
        "3:\t.long %c1, %c2\n\t"     /* size, producer */
        ".long %c3, %c3, %c3, 0\n\t" /* native, oldest_read, oldest_write, no_downgrade */
        ".quad %c4, %c5\n\t"         /* required, optional */
        ".long %c8, 0\n"             /* release */
        "4:\t.long 2b - 1b, 6f - 5f, %c6\n\t"
        ".asciz \"" IRX_NOTE_NAME "\"\n\t"
        ".balign 4\n"
        "5:\t.long %c7, 0, 0, 0\n" /* struct irx_seal: size; open */
        "6:\t.popsection"
        :
        : "i"(IRX_NOTE_TYPE), "i"(sizeof(struct irx_note)), "i"(IRX_PRODUCER_SHIM),
          "i"(IRX_ABI_VERSION), "i"(NEEDS), "i"(OFFERS), "i"(IRX_SEAL_TYPE),
          "i"(sizeof(struct irx_seal)), "i"(IRX_RELEASE_NATIVE));
}
