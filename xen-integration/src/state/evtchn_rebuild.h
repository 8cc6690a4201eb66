/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels in the Xen that an update started: the ports as they were,
 * their ends joined again.
 */
#ifndef INTERREX_EVTCHN_REBUILD_H
#define INTERREX_EVTCHN_REBUILD_H

#include <interrex/abi/live.h>

struct domain;

/*
 * Whether every port of slot r of d fits the other domains' ends. No effect.
 * d and the domains that its ports name exist. -EINVAL, -ENOENT; -EOPNOTSUPP
 * for a port that cannot be carried.
 */
int interrex_ports_validate(const struct domain *d,
                            const struct irx_domain *r);

/*
 * Gives d its ports and its event array, whose pages stay where they are; what
 * is pending stays pending. d has its memory and vCPUs and has not run. After
 * interrex_ports_validate() of every domain. On an error the host is given up.
 */
int interrex_ports_import(struct domain *d, const struct irx_domain *r);

/* private/event_channel.c: port p, which is free, becomes what *r says. */
int interrex_ports_make_room(struct domain *d, unsigned int ports);
int interrex_port_import(struct domain *d, unsigned int p,
                         const struct irx_port *r, struct domain *remote);

/*
 * Bit a global VIRQ that the toolstack gave to d (XEN_DOMCTL_set_virq_handler), not to dom0.
 * Whether all bits are such; and the way back, after that: -EEXIST where one is another's.
 */
uint32_t interrex_global_virqs_export(const struct domain *d);
bool interrex_global_virqs_validate(uint32_t virqs);
int interrex_global_virqs_import(struct domain *d, uint32_t virqs);

/* private/event_fifo_rebuild.c */
int interrex_fifo_import(struct domain *d);
int interrex_fifo_import_control(struct vcpu *v, uint64_t gfn,
                                 uint32_t offset);
int interrex_fifo_import_page(struct domain *d, uint64_t gfn);

#endif
