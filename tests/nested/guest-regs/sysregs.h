/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How registers of the table in sysregs.c are read, written and filled, where that is in a file of
 * its own.
 */
#ifndef REGS_SYSREGS_H
#define REGS_SYSREGS_H

#include "guest.h"

/* segments.c: DS, ES, FS, GS, LDTR, TR (0 to 5); base and limit of GDT (0) or IDT (1); the limit of
 * a selector. */
uint64_t read_selector(const struct cpu *c, uint32_t which);
void write_selector(const struct cpu *c, uint32_t which, uint64_t v);
uint64_t data_selector(struct cpu *c, bool user);
uint64_t ldt_selector(struct cpu *c, bool user);
uint64_t read_limit(const struct cpu *c, uint32_t selector);
uint64_t read_table_base(const struct cpu *c, uint32_t idt);
uint64_t read_table_limit(const struct cpu *c, uint32_t idt);

/* debug.c: DR0 to DR3, DR6, DR7. */
uint64_t read_dr(const struct cpu *c, uint32_t n);
void write_dr(const struct cpu *c, uint32_t n, uint64_t v);
uint64_t dr6_pattern(struct cpu *c, bool user);
uint64_t dr7_pattern(struct cpu *c, bool user);

/* apic.c: the local APIC, by the numbers of its registers as an x2APIC. */
#define MSR_APIC_BASE 0x1bu
#define APIC_SVR      0x0fu
#define APIC_LVT      0x32u /* the first of six */
#define APIC_TMICT    0x38u
#define APIC_TDCR     0x3eu

uint64_t read_apic(const struct cpu *c, uint32_t reg);
void write_apic(const struct cpu *c, uint32_t reg, uint64_t v);
uint64_t svr_pattern(struct cpu *c, bool user);
uint64_t lvt_pattern(struct cpu *c, bool user);
uint64_t count_pattern(struct cpu *c, bool user);
uint64_t divide_pattern(struct cpu *c, bool user);

/* Switches the first vCPU's to x2APIC, where it is offered, and both on. */
void init_apic(struct cpu *c);

#endif
