/* SPDX-License-Identifier: GPL-2.0-only */
#include "help_prepare.h"

#include "core/mem.h"

void refused(struct irx_domain *d, int error)
{
    uint64_t before = mem_free_pages();

    env_prepare(d);
    assert_int_equal(d->state, IRX_DOM_FAILED);
    assert_int_equal(d->error, error);
    assert_int_equal(mem_free_pages(), before);
    assert_int_equal(shim.doms[0].phase, DOM_EMPTY);
}

void accepted(struct irx_domain *d)
{
    env_prepare(d);
    assert_int_equal(d->state, IRX_DOM_PREPARED);
    assert_int_equal(d->error, 0);
}
