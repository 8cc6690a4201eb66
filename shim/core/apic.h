/* SPDX-License-Identifier: GPL-2.0-only */
/* The held CPU's own local APIC: timer, IPIs, end of interrupt. xAPIC and x2APIC. */
#ifndef SHIM_CORE_APIC_H
#define SHIM_CORE_APIC_H

#include "pcpu.h"

/* Once, on the first CPU: finds the mode and measures the timer against the TSC. */
int apic_init(void);
/* Each CPU: accepts every vector, timer off. Xen left every LVT masked. */
void apic_cpu_init(struct pcpu *pc);
void apic_cpu_exit(void);
void apic_eoi(void);
/* Fixed delivery, physical destination. */
void apic_send(uint32_t apic_id, uint8_t vector);
void apic_send_nmi(uint32_t apic_id);
/* Stops a CPU until it is started anew: AMD64 APM volume 2, 16.5. Never one that boots a machine. */
void apic_send_init(uint32_t apic_id);
/* Own timer at a TSC value (never early by more than the loop bears); TSC_NEVER: off. */
void apic_timer_set(tsc_t when);

#endif
