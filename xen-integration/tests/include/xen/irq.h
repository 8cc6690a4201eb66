/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts, the pirqs that they are mapped to, and what is asked for: in the test of dom0's. */
#ifndef TESTS_XEN_IRQ_H
#define TESTS_XEN_IRQ_H

#include <xen/sched.h>

struct hw_interrupt_type {
    const char *typename;
};
typedef const struct hw_interrupt_type hw_irq_controller;
extern hw_irq_controller no_irq_type;

struct msi_desc;
struct irq_desc {
    unsigned int status;
    hw_irq_controller *handler;
    struct msi_desc *msi_desc;
    int irq;
    struct {
        int vector; /* -1: none */
    } arch;
    spinlock_t lock;
};

#define WORLD_IRQS 512
extern struct irq_desc world_irqs[WORLD_IRQS];
extern unsigned int nr_irqs_gsi, nr_irqs;
#define irq_to_desc(irq)   (&world_irqs[irq])
#define irq_to_vector(irq) (world_irqs[irq].arch.vector)
/* All but the cascade of the two 8259A. */
#define IO_APIC_IRQ(irq) ((irq) != 2)

#define PIRQ_ALLOCATED -1

struct pirq {
    int pirq;
    uint32_t evtchn;
    struct {
        int irq;
    } arch;
};

/* Locked; NULL: no interrupt is mapped to it. */
struct irq_desc *pirq_spin_lock_irq_desc(const struct pirq *pirq,
                                         unsigned long *flags);
struct pirq *pirq_get_info(struct domain *d, int pirq);
int domain_pirq_to_irq(const struct domain *d, int pirq);
int map_domain_pirq(struct domain *d, int pirq, int irq, int type, void *data);
struct msi_info;
int allocate_and_map_msi_pirq(struct domain *d, int index, int *pirq, int type,
                              struct msi_info *msi);
void send_guest_pirq(struct domain *d, const struct pirq *pirq);

#endif
