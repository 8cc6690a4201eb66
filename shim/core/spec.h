/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Speculation: what Xen does about it on this host's CPUs, the shim does in its place. The settings
 * are those of the Xen that lends (struct irx_spec), or, where it gave none, the safest that the CPU
 * has. What has to be done around an entry into a guest is the vendor's. Source: Xen's
 * arch/x86/spec_ctrl.c, include/asm/spec_ctrl.h, domain.c (context_switch). See docs/speculation.md.
 */
#ifndef SHIM_CORE_SPEC_H
#define SHIM_CORE_SPEC_H

#include "domain.h"

/* MSR_SPEC_CTRL: AMD64 APM volume 2, section 3.2.9 */
#define SPEC_CTRL_IBRS  BIT(0)
#define SPEC_CTRL_STIBP BIT(1)
#define SPEC_CTRL_SSBD  BIT(2)
#define SPEC_CTRL_PSFD  BIT(7)
#define PRED_CMD_IBPB   BIT(0)

/* pcpu.last_id of a CPU on which no guest ran yet: no domid is so large. */
#define SPEC_NOBODY (~0u)

struct spec {
    uint32_t flags;     /* IRX_SPEC_*; without IRX_SPEC_GIVEN they are the shim's own choice */
    uint32_t host_ctrl; /* MSR_SPEC_CTRL while the shim runs */
    uint32_t ssbd;      /* IRX_SSBD_* */
    bool ctrl;          /* the CPU has MSR_SPEC_CTRL */
};

extern struct spec spec; /* one for all CPUs */

/*
 * First CPU, once the anchor is validated and host_features_read(): fills in `spec`. -ENODEV: Xen's
 * settings want something that the CPU lacks. IRX_SPEC_GUEST_CTRL and IRX_SSBD_LS_CFG are for the
 * vendor to check, or to choose.
 */
int spec_init(const struct irx_anchor *a);
/* Each CPU when it comes, and when it goes back: nobody's predictions meet the other side. */
void spec_cpu_init(struct pcpu *pc);
void spec_cpu_exit(void);
/* Owner CPU, before v runs where another one may have run: the barrier between the two. */
void spec_switch(struct pcpu *pc, const struct vcpu *v);
/* Right before the CPU halts. */
void spec_idle(void);

/*
 * idx where idx < size, else 0, and so for a CPU that guesses the comparison wrong: for an index
 * that a guest chose, after the check. Source: Linux and Xen have the same as array_index_nospec().
 */
static inline uint32_t index_nospec(uint32_t idx, uint32_t size)
{
    uint64_t mask = idx;

    /* mask = idx < size ? ~0 : 0: CMP borrows, SBB spreads it, and neither is predicted. */
    __asm__("cmp %1, %0\n\t"
            "sbb %0, %0"
            : "+r"(mask)
            : "r"((uint64_t)size)
            : "cc");
    return idx & (uint32_t)mask;
}

#endif
