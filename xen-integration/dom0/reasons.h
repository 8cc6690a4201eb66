/* SPDX-License-Identifier: GPL-2.0-only */
/* Words for IRX_REASON_*: why Xen refuses, and what the operator can do. */
#ifndef INTERREX_DOM0_REASONS_H
#define INTERREX_DOM0_REASONS_H

#include <interrex/abi/op.h>

#include "findings.h"

/* Stable name for machines ("device-model"); 0: "tool"; unknown: "unknown". */
const char *irx_reason_name(uint16_t code);
/* Fills what and remedy of a refused finding from Xen's reason. */
void irx_reason_describe(const struct irx_op_reason *reason, struct irx_finding *finding);

/*
 * IRX_REASON_NO_REGION of a Xen with this command line, described: other words where a region was
 * asked for there and could not be had.
 */
void irx_reason_describe_region(const char *cmdline, struct irx_finding *finding);

/* It is quarantined, and an update takes it along. */
bool irx_reason_carried(const struct irx_op_reason *reason);

#endif
