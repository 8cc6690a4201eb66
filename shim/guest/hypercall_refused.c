/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Xen answers -ENOSYS whoever asks, or refuses a guest. The rest of these hypercalls changes what only a
 * Xen keeps. Source: Xen's hvm/hypercall.c (hvm_memory_op, hvm_grant_table_op,
 * hvm_physdev_op).
 */
#include "core/xenabi.h"
#include "hypercall.h"

#define MEMOP_CMD_MASK 0x3fu /* above: how far a continuation came; hypercall.h of Xen */

bool hypercall_memory(struct call *c)
{
    switch (c->arg[0] & MEMOP_CMD_MASK) {
    case XENMEM_machine_memory_map: /* our patch gives it to a PVH dom0: xsm_machine_memory_map() */
        if (!dom_answers(c->v->d, IRX_ANSWER_DEFAULT_POLICY))
            return call_park(c, __HYPERVISOR_memory_op, c->arg[0]);
        return call_result(c, -SHIM_EPERM);
    case XENMEM_machphys_mapping:
        return call_result(c, -SHIM_ENOSYS);
    default:
        return call_park(c, __HYPERVISOR_memory_op, c->arg[0]);
    }
}

bool hypercall_grant_table(struct call *c)
{
    switch ((uint32_t)c->arg[0]) {
    case GNTTABOP_query_size:
    case GNTTABOP_setup_table:
    case GNTTABOP_set_version:
    case GNTTABOP_get_version:
    case GNTTABOP_copy:
    case GNTTABOP_map_grant_ref:
    case GNTTABOP_unmap_grant_ref:
    case GNTTABOP_swap_grant_ref:
        return call_park(c, __HYPERVISOR_grant_table_op, c->arg[0]);
    default:
        return call_result(c, -SHIM_ENOSYS);
    }
}

/* A PV guest's own Xen (pvshim) tries it for each of its messages. */
bool hypercall_console(struct call *c)
{
    if (!dom_answers(c->v->d, IRX_ANSWER_NO_CONSOLE))
        return call_park(c, __HYPERVISOR_console_io, c->arg[0]);
    return call_result(c, -SHIM_EPERM);
}

/* Its physical interrupts come as event channels: has_pirq(). */
static bool has_pirq(const struct dom *d)
{
    return !shim_has(IRX_VERSION(1, 1)) || (d->rec->answers.xen_features & BIT(XENFEAT_hvm_pirqs));
}

bool hypercall_physdev(struct call *c)
{
    switch ((int)c->arg[0]) {
    case PHYSDEVOP_map_pirq:
    case PHYSDEVOP_unmap_pirq:
    case PHYSDEVOP_eoi:
    case PHYSDEVOP_irq_status_query:
    case PHYSDEVOP_get_free_pirq:
        if (has_pirq(c->v->d))
            return call_park(c, __HYPERVISOR_physdev_op, c->arg[0]);
        /* fall through */
    default: /* some are the hardware domain's */
        return call_result(c, -SHIM_ENOSYS);
    }
}
