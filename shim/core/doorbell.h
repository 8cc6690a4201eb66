/* SPDX-License-Identifier: GPL-2.0-only */
/* Events between held guests and Xen: levels in two bitmaps a domain (live.h). */
#ifndef SHIM_CORE_DOORBELL_H
#define SHIM_CORE_DOORBELL_H

#include "domain.h"

/* Raises in the guest every port that Xen has rung for, if the domain is live. Any CPU. */
void doorbell_to_guest(struct pcpu *pc, struct dom *d);
/* The domain's own port `port` sends to somebody who is with Xen. */
void doorbell_to_xen(struct dom *d, uint32_t port);

#endif
