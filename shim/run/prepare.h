/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a domain needs before it can enter, made in pieces while guests run: its memory is
 * looked at, its nested tables are built; and given back in pieces, too. Under mailbox_lock.
 */
#ifndef SHIM_RUN_PREPARE_H
#define SHIM_RUN_PREPARE_H

#include "core/domain.h"

/* A new phase; keeps count of those that are done in pieces. */
void prepare_phase(struct dom *d, enum dom_phase phase);
/* The next piece, in a phase that is done in pieces but for DOM_ENTERING. */
void prepare_step(struct dom *d);
/* Writes the answer to what Xen asked with state `asked`. False: Xen has given up waiting. */
bool prepare_answer(struct dom *d, uint32_t asked, uint32_t state, int error);

/*
 * The CPU that was at d is dead. What was built of d, or half freed, stays in use, as nobody can say
 * what is whole; the way back to Xen is open. asked: irx_domain.state.
 */
void prepare_forget(struct dom *d, uint32_t asked);

/* A domain is in a phase that is done in pieces. Any CPU, no lock. */
static inline bool prepare_any(void)
{
    return __atomic_load_n(&shim.building, __ATOMIC_ACQUIRE);
}

static inline bool prepare_is_stepwise(enum dom_phase phase)
{
    return phase == DOM_CHECKING || phase == DOM_BUILDING || phase == DOM_ENTERING ||
           phase == DOM_GIVING_BACK;
}

#endif
