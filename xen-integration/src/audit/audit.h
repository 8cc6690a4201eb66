/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The audit of page references, in test builds alone (CONFIG_INTERREX_FAULTS): what every page's
 * counts should be, from all that is known to use pages, beside what they are. It shares no code
 * with what rebuilds them.
 */
#ifndef INTERREX_AUDIT_H
#define INTERREX_AUDIT_H

#include <interrex/abi/op.h>

#ifdef CONFIG_INTERREX_FAULTS
/*
 * Within an operation, in a hypercall of dom0's, with or without R. All domains are paused
 * meanwhile, for op->timeout_ms at most: -ETIMEDOUT. -EAGAIN: a domain is being destroyed;
 * -EOPNOTSUPP: a PV domain is 32-bit or has shadow paging; -ENOENT: no page that op->spoil is
 * about; -EINVAL, -ENOMEM, -EFAULT.
 */
int interrex_audit(struct irx_op_audit *op);
#else
static inline int interrex_audit(struct irx_op_audit *op)
{
    return -EOPNOTSUPP;
}
#endif

#endif /* INTERREX_AUDIT_H */
