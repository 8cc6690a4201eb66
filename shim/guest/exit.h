/* SPDX-License-Identifier: GPL-2.0-only */
/* What is done about an exit, by its class: the table of docs/design.md, section 6. */
#ifndef SHIM_GUEST_EXIT_H
#define SHIM_GUEST_EXIT_H

#include "core/vendor.h"

/* Serves the exit that vendor_run() came back with, on the same CPU. False: park (park.h) as
   e->class, which becomes SHUTDOWN where exceptions made it a triple fault; or else nothing of the
   guest was changed. */
bool exit_serve(struct pcpu *pc, struct vcpu *v, struct vm_exit *e);

#endif
