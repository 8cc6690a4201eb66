/* SPDX-License-Identifier: GPL-2.0-only */
/* When the next Xen goes on by itself with an update that nobody goes on with: for that Xen, into R. */
#include "op/op.h"
#include "region/region.h"

int interrex_load_deadman(const struct irx_op_deadman *op)
{
    struct irx_anchor *a = interrex_anchor();

    if ( !interrex_abi(1) )
        return -EOPNOTSUPP;
    if ( !interrex_is_loaded() )
        return a->host_state == IRX_HOST_IDLE ? -ENOENT : -EBUSY;
    if ( op->limit_ms > IRX_DEADMAN_LIMIT_MAX_MS || op->reserved )
        return -EINVAL;

    a->deadman.limit_ms = op->limit_ms;

    return 0;
}

void interrex_forget_deadman(void)
{
    if ( interrex_abi(1) )
        interrex_anchor()->deadman = (struct irx_deadman){};
}
