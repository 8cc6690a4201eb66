/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Doorbells. To the shim: one vector, by physical APIC id, because a held CPU
 * is offline for Xen. To Xen: a vector on the boot CPU, then a tasklet that
 * sends what the bitmaps hold. Bits wait and interrupts only say "look", so
 * neither can be lost or overflow.
 */
#include <xen/event.h>
#include <xen/tasklet.h>

#include <asm/apic.h>
#include <asm/irq.h>

#include "region/region.h"

/* Looks at an ICR that is busy, each an uncached read: milliseconds in all. */
#define ICR_PATIENCE 100000u

static uint8_t __read_mostly xen_vector;

void interrex_send(unsigned int apic_id, uint32_t what)
{
    uint32_t cfg = what | APIC_DEST_PHYSICAL;
    unsigned int patience = ICR_PATIENCE;
    unsigned long flags;

    /* What was written before is to be seen by who is interrupted. */
    smp_mb();

    if ( x2apic_enabled )
    {
        apic_wrmsr(APIC_ICR, cfg | ((uint64_t)apic_id << 32));
        return;
    }

    local_irq_save(flags);
    /* One that stays busy is broken, and a doorbell that is lost is rung for again. */
    while ( (apic_mem_read(APIC_ICR) & APIC_ICR_BUSY) && --patience )
        cpu_relax();
    apic_mem_write(APIC_ICR2, SET_xAPIC_DEST_FIELD(apic_id));
    apic_mem_write(APIC_ICR, cfg);
    local_irq_restore(flags);
}

static bool is_held(unsigned int entry)
{
    return entry < interrex_anchor()->cpus.count &&
           read_atomic(&interrex_cpu_rec(entry)->state) == IRX_CPU_HELD;
}

void interrex_ring(unsigned int cpu_entry)
{
    unsigned int i;

    if ( interrex_fault("ring") )
        return; /* lost */
    if ( is_held(cpu_entry) )
    {
        interrex_send(interrex_cpu_rec(cpu_entry)->apic_id,
                      APIC_DM_FIXED | IRX_SHIM_DOORBELL_VECTOR);
        return;
    }

    for ( i = 0; i < interrex_anchor()->cpus.count; i++ )
        if ( is_held(i) )
        {
            interrex_send(interrex_cpu_rec(i)->apic_id,
                          APIC_DM_FIXED | IRX_SHIM_DOORBELL_VECTOR);
            return;
        }
}

/* A port that dom0 closed meanwhile, or a state that has no sender, is no error. */
static void send(struct domain *d, unsigned int port)
{
    /* evtchn_send() is the guest's and refuses a port that Xen itself sends from. */
    if ( port_is_valid(d, port) && evtchn_from_port(d, port)->xen_consumer )
        notify_via_xen_event_channel(d, port);
    else
        evtchn_send(d, port);
}

void interrex_drain_to_xen(struct interrex_hold *h)
{
    struct irx_domain *r = interrex_domain_rec(h->entry);
    unsigned long *bits = interrex_at(r->to_xen);
    unsigned int word, words = BITS_TO_LONGS(r->port_count);

    xchg(&r->to_xen_summary, 0);
    for ( word = 0; word < words; word++ )
    {
        unsigned long set = bits[word] ? xchg(&bits[word], 0) : 0;

        for ( ; set; set &= set - 1 )
            send(h->d, word * BITS_PER_LONG + find_first_set_bit(set));
    }
}

static void look_at(struct interrex_hold *h)
{
    if ( interrex_domain_rec(h->entry)->to_xen_summary )
        interrex_drain_to_xen(h);
}

static void cf_check look(void *unused)
{
    interrex_for_each_held(look_at);
}
static DECLARE_SOFTIRQ_TASKLET(look_tasklet, look, NULL);

static void cf_check doorbell_interrupt(struct cpu_user_regs *regs)
{
    ack_APIC_irq();
    this_cpu(irq_count)++;
    tasklet_schedule(&look_tasklet);
}

void interrex_doorbell_open(void)
{
    struct irx_anchor *a = interrex_anchor();

    alloc_direct_apic_vector(&xen_vector, doorbell_interrupt);
    a->xen_vector = xen_vector;
    a->xen_apic_id = x86_cpu_to_apicid[0];
    interrex_store_release(&a->xen_alive, 1);
}

void interrex_doorbell_close(void)
{
    interrex_store_release(&interrex_anchor()->xen_alive, 0);
}
