/* SPDX-License-Identifier: GPL-2.0-only */
#include "mce.h"

#include "log.h"

#define MSR_MCG_CAP    0x179u
#define MSR_MCG_STATUS 0x17au
#define MSR_STATUS(n)  (0x401u + 4 * (n))
#define MSR_ADDR(n)    (0x402u + 4 * (n))
#define MSR_MISC(n)    (0x403u + 4 * (n))
#define BANKS_MAX      32u /* that have these addresses */

#define STATUS_VAL   BIT(63)
#define STATUS_UC    BIT(61)
#define STATUS_MISCV BIT(59)
#define STATUS_ADDRV BIT(58)
#define STATUS_PCC   BIT(57) /* the processor's context may be corrupt */

#define NOBODY 0xffffu /* irx_machine_check.domid */

static uint64_t read(uint32_t msr)
{
    uint64_t value = 0;

    return hw_rdmsr_safe(msr, &value) ? value : 0;
}

static unsigned int badness(uint64_t status)
{
    return status & STATUS_PCC ? 3 : status & STATUS_UC ? 2 : status & STATUS_VAL ? 1 : 0;
}

/* Takes what one bank has; *worst is the worst so far. */
static void take_bank(const struct pcpu *pc, uint32_t bank, struct irx_machine_check *worst)
{
    uint64_t status = read(MSR_STATUS(bank)), addr, misc;

    if (!(status & STATUS_VAL))
        return;
    addr = status & STATUS_ADDRV ? read(MSR_ADDR(bank)) : 0;
    misc = status & STATUS_MISCV ? read(MSR_MISC(bank)) : 0;
    log_line("MACHINE CHECK CPU %u bank %u: status %lx addr %lx misc %lx", pc->index, bank, status,
             addr, misc);
    hw_wrmsr(MSR_STATUS(bank), 0);
    worst->banks++;
    if (badness(status) <= badness(worst->status))
        return;
    worst->bank = bank;
    worst->status = status;
    worst->addr = addr;
    worst->misc = misc;
}

bool mce_take(struct pcpu *pc, const struct vcpu *v, uint64_t rip)
{
    struct irx_machine_check found = {.tsc = hw_tsc(), .rip = rip, .domid = NOBODY};
    uint32_t banks = (uint32_t)(read(MSR_MCG_CAP) & 0xff);

    found.mcg_status = read(MSR_MCG_STATUS);
    if (v) {
        found.domid = v->d->domid;
        found.vcpu_id = (uint16_t)v->id;
    }
    log_line("MACHINE CHECK CPU %u domain %u vCPU %u at %lx: MCG_STATUS %lx", pc->index,
             found.domid, found.vcpu_id, rip, found.mcg_status);
    for (uint32_t i = 0; i < MIN(banks, BANKS_MAX); i++)
        take_bank(pc, i, &found);
    /* In the table of a version 1.0 the next CPU's entry lies there. */
    if (shim.anchor->version >= IRX_VERSION(1, 1)) {
        found.count = pc->rec->mce.count + 1;
        pc->rec->mce = found;
    }
    if (found.status & STATUS_PCC)
        return false;
    hw_wrmsr(MSR_MCG_STATUS, 0);
    return true;
}

unsigned int mce_log_corrected(const struct pcpu *pc)
{
    uint32_t banks = (uint32_t)(read(MSR_MCG_CAP) & 0xff);
    unsigned int found = 0;

    for (uint32_t i = 0; i < MIN(banks, BANKS_MAX); i++) {
        uint64_t status = read(MSR_STATUS(i));

        if (!(status & STATUS_VAL))
            continue;
        found++;
        log_line("CPU %u bank %u has an error that raised nothing: status %lx addr %lx misc %lx",
                 pc->index, i, status, status & STATUS_ADDRV ? read(MSR_ADDR(i)) : 0,
                 status & STATUS_MISCV ? read(MSR_MISC(i)) : 0);
    }
    return found;
}
