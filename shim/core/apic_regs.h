/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of a local APIC, the held CPU's and the guest's. Intel SDM volume 3, table
 * 10-1; AMD64 APM volume 2, chapter 16.
 */
#ifndef SHIM_CORE_APIC_REGS_H
#define SHIM_CORE_APIC_REGS_H

#include "types.h"

/* Offsets in its page; an MSR each in x2APIC mode, 16 bytes apart here. */
#define APIC_ID       0x020u
#define APIC_LVR      0x030u
#define APIC_TPR      0x080u
#define APIC_PPR      0x0a0u
#define APIC_EOI      0x0b0u
#define APIC_LDR      0x0d0u
#define APIC_DFR      0x0e0u
#define APIC_SPIV     0x0f0u
#define APIC_ISR      0x100u
#define APIC_TMR      0x180u
#define APIC_IRR      0x200u
#define APIC_ESR      0x280u
#define APIC_CMCI     0x2f0u
#define APIC_ICR      0x300u
#define APIC_ICR2     0x310u
#define APIC_LVTT     0x320u
#define APIC_LVTTHMR  0x330u
#define APIC_LVTPC    0x340u
#define APIC_LVT0     0x350u
#define APIC_LVT1     0x360u
#define APIC_LVTERR   0x370u
#define APIC_TMICT    0x380u
#define APIC_TMCCT    0x390u
#define APIC_TDCR     0x3e0u
#define APIC_SELF_IPI 0x3f0u

#define MSR_X2APIC_FIRST 0x800u
#define MSR_X2APIC_LAST  0xbffu

#define SPIV_ENABLED BIT(8)
#define SPIV_FOCUS   BIT(9)

#define LVT_VECTOR       0xffu
#define LVT_SEND_PENDING BIT(12)
#define LVT_MASKED       BIT(16)
#define TIMER_MODE       (3u << 17)
#define TIMER_PERIODIC   (1u << 17) /* 0: one shot */
#define TIMER_DEADLINE   (2u << 17)

/* Delivery modes, in ICR and LVTs */
#define MODE_MASK        0x700u
#define MODE_FIXED       0x000u
#define MODE_LOWEST      0x100u
#define MODE_SMI         0x200u
#define MODE_REMOTE_READ 0x300u
#define MODE_NMI         0x400u
#define MODE_INIT        0x500u
#define MODE_STARTUP     0x600u

#define DFR_FLAT    0xffffffffu
#define DFR_CLUSTER 0x0fffffffu

#define ICR_LOGICAL   BIT(11)
#define ICR_BUSY      BIT(12)
#define ICR_ASSERT    BIT(14)
#define ICR_LEVEL     BIT(15)
#define ICR_SHORT     (3u << 18)
#define ICR_TO_SELF   (1u << 18)
#define ICR_TO_ALL    (2u << 18)
#define ICR_TO_OTHERS (3u << 18)

#define ESR_SEND_ILLEGAL BIT(5)
#define ESR_RECV_ILLEGAL BIT(6)

#endif
