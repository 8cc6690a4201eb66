/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports. A guest that is held has neither a device model nor devices, and of Xen's own its local APIC
 * alone: its ports are nobody's, where reads are all ones and writes go nowhere. The exception is
 * Xen's debug console. Source: Xen's hvm/io.c (handle_pio) and hvm/emulate.c (hvmemul_do_io, null_handler).
 */
#include "handlers.h"

#define DEBUG_CONSOLE 0xe9u /* XEN_HVM_DEBUGCONS_IOPORT, a byte to write */
#define INSN_MOST     15u

bool guest_io(struct vcpu *v, const struct vm_exit *e)
{
    uint64_t length = e->next_rip - v->rip;

    v->park_detail = e->info;
    if ((e->size != 1 && e->size != 2 && e->size != 4) || !length || length > INSN_MOST)
        return false;
    if (e->write && e->size == 1 && e->info == DEBUG_CONSOLE)
        return false;
    if (!e->write) /* 32 bits clear the upper half, fewer leave the rest */
        v->gpr[RAX] = e->size == 4 ? 0xffffffffu : v->gpr[RAX] | (BIT(8 * e->size) - 1);
    vendor_retire(v, (unsigned int)length);
    return true;
}
