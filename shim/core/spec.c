/* SPDX-License-Identifier: GPL-2.0-only */
#include "spec.h"

#include "log.h"

/* CPUID 0x80000008 EBX and 0x80000021 EAX: AMD64 APM volume 3, appendix E */
#define HAS_IBPB     BIT(12)
#define HAS_IBRS     BIT(14)
#define HAS_STIBP    BIT(15)
#define HAS_SSBD     BIT(24)
#define HAS_VIRT     BIT(25)
#define HAS_SSB_NO   BIT(26)
#define HAS_PSFD     BIT(28)
#define HAS_BTC_NO   BIT(29)
#define HAS_IBPB_RET BIT(30)
#define HAS_SRSO_NO  BIT(29) /* 0x80000021 */

struct spec spec;

struct features {
    uint32_t speculation; /* 0x80000008 EBX */
    bool srso_no;
};

static struct features read_features(void)
{
    struct cpuid_regs max = hw_cpuid(0x80000000u, 0);
    struct features f = {0, false};

    if (max.a >= 0x80000008u)
        f.speculation = hw_cpuid(0x80000008u, 0).b;
    if (max.a >= 0x80000021u)
        f.srso_no = hw_cpuid(0x80000021u, 0).a & HAS_SRSO_NO;
    return f;
}

static bool has(const struct features *f, uint64_t bit)
{
    return f->speculation & bit;
}

/* Nothing is known of the host: whatever may be needed on any CPU, if this one has it. */
static void choose(const struct features *f)
{
    /* VERW, a division and calls do no harm where they are of no use. */
    spec.flags = IRX_SPEC_RSB_EXIT | IRX_SPEC_RSB_IDLE | IRX_SPEC_VERW_ENTRY | IRX_SPEC_VERW_IDLE |
                 IRX_SPEC_DIV_ENTRY;
    if (has(f, HAS_IBPB)) {
        spec.flags |= IRX_SPEC_IBPB_SWITCH;
        if (!has(f, HAS_BTC_NO) || !f->srso_no)
            spec.flags |= IRX_SPEC_IBPB_EXIT;
        if (!has(f, HAS_IBPB_RET))
            spec.flags |= IRX_SPEC_RSB_IBPB;
    }
    if (has(f, HAS_IBRS)) {
        spec.flags |= IRX_SPEC_GUEST_CTRL;
        spec.host_ctrl = SPEC_CTRL_IBRS | (has(f, HAS_STIBP) ? SPEC_CTRL_STIBP : 0) |
                         (has(f, HAS_SSBD) ? SPEC_CTRL_SSBD : 0);
    }
    if (has(f, HAS_SSB_NO))
        spec.ssbd = IRX_SSBD_NONE;
    else if (has(f, HAS_SSBD))
        spec.ssbd = IRX_SSBD_SPEC_CTRL;
    else if (has(f, HAS_VIRT))
        spec.ssbd = IRX_SSBD_VIRT;
    else
        spec.ssbd = IRX_SSBD_LS_CFG;
}

/* A bit that the CPU does not have faults when it is written, with interrupts off on the way out. */
static bool possible(const struct features *f, const struct irx_spec *s)
{
    const struct {
        uint32_t asked;
        uint64_t bit;
    } needs[] = {
        {s->flags & (IRX_SPEC_IBPB_EXIT | IRX_SPEC_IBPB_SWITCH), HAS_IBPB},
        {s->flags & IRX_SPEC_GUEST_CTRL, HAS_IBRS},
        {s->host_ctrl & SPEC_CTRL_IBRS, HAS_IBRS},
        {s->host_ctrl & SPEC_CTRL_STIBP, HAS_STIBP},
        {s->host_ctrl & SPEC_CTRL_SSBD, HAS_SSBD},
        {s->host_ctrl & SPEC_CTRL_PSFD, HAS_PSFD},
        {s->ssbd == IRX_SSBD_SPEC_CTRL, HAS_SSBD},
        {s->ssbd == IRX_SSBD_VIRT, HAS_VIRT},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(needs); i++)
        if (needs[i].asked && !has(f, needs[i].bit))
            return false;
    return true;
}

int spec_init(const struct irx_anchor *a)
{
    struct features f = read_features();

    spec = (struct spec){.ctrl = has(&f, HAS_IBRS)};
    /* In the anchor of a version 1.0 there is no such field. */
    if (a->version < IRX_VERSION(1, 1) || !(a->spec.flags & IRX_SPEC_GIVEN)) {
        choose(&f);
        log_line("speculation: no settings given, flags %x, SPEC_CTRL %x", spec.flags,
                 spec.host_ctrl);
        return 0;
    }
    log_line("speculation: flags %x, SPEC_CTRL %x, SSBD %u", a->spec.flags, a->spec.host_ctrl,
             a->spec.ssbd);
    if (!possible(&f, &a->spec)) {
        log_line("... which this CPU does not have");
        return -SHIM_ENODEV;
    }
    spec.flags = a->spec.flags;
    spec.host_ctrl = a->spec.host_ctrl;
    spec.ssbd = a->spec.ssbd;
    return 0;
}

/* spec_ctrl_new_guest_context() */
static void barrier(void)
{
    hw_wrmsr(MSR_PRED_CMD, PRED_CMD_IBPB);
    if (spec.flags & IRX_SPEC_RSB_IBPB)
        hw_overwrite_rsb();
}

void spec_cpu_init(struct pcpu *pc)
{
    pc->last_id = SPEC_NOBODY;
    if (spec.ctrl)
        hw_wrmsr(MSR_SPEC_CTRL, spec.host_ctrl);
}

void spec_cpu_exit(void)
{
    if (shim.host.ibpb)
        barrier();
}

/*
 * context_switch(): by domain and vCPU, since guests of one domain's vCPUs may not trust each
 * other either; coming back to the same one costs nothing.
 */
void spec_switch(struct pcpu *pc, const struct vcpu *v)
{
    uint32_t id = (uint32_t)v->d->domid << 16 | (uint16_t)v->id;

    if (pc->last_id == id)
        return;
    /* The first on this CPU comes after Xen and its guests, whatever the settings say. */
    if ((spec.flags & IRX_SPEC_IBPB_SWITCH) || (pc->last_id == SPEC_NOBODY && shim.host.ibpb))
        barrier();
    pc->last_id = id;
}

/* __spec_ctrl_enter_idle() */
void spec_idle(void)
{
    if (spec.flags & IRX_SPEC_VERW_IDLE)
        hw_verw();
    if (spec.flags & IRX_SPEC_RSB_IDLE)
        hw_overwrite_rsb();
}
