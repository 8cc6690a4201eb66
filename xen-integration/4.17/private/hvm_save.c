/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Interrex that is compiled inside arch/x86/hvm/save.c: single
 * records, because hvm_save() wants all of them, and in one buffer.
 */
#include "private.h"

int interrex_hvm_save(struct vcpu *v, unsigned int type,
                      struct hvm_domain_context *h)
{
    if ( type > HVM_SAVE_CODE_MAX || !hvm_sr_handlers[type].save )
        return -ENOENT;

    return hvm_sr_handlers[type].save(v, h) ? -ENODATA : 0;
}

int interrex_hvm_load(struct domain *d, unsigned int type,
                      struct hvm_domain_context *h)
{
    if ( type > HVM_SAVE_CODE_MAX || !hvm_sr_handlers[type].load )
        return -ENOENT;

    return hvm_sr_handlers[type].load(d, h);
}
