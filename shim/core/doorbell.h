/* SPDX-License-Identifier: GPL-2.0-only */
/* Events from held guests to Xen: levels in a bitmap a domain (live.h). The way back: guest/evtchn.h. */
#ifndef SHIM_CORE_DOORBELL_H
#define SHIM_CORE_DOORBELL_H

#include "domain.h"

/* The domain's own port `port` sends to somebody who is with Xen. Any CPU. */
void doorbell_to_xen(struct dom *d, uint32_t port);

#endif
