/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a release's private/ has to provide (xen-integration/4.17/private): all that
 * knows structures and functions which one of Xen's C files keeps to itself. Each
 * of its files is compiled inside that C file (a hook includes it), and calls
 * nothing of ours.
 *
 * Called within an operation (op/op.c) or at boot, unless it says otherwise.
 */
#ifndef INTERREX_PRIVATE_H
#define INTERREX_PRIVATE_H

#include <xen/cpumask.h>
#include <xen/mm-frame.h>
#include <xen/types.h>

#include <interrex/abi/late.h>

struct domain;
struct evtchn;
struct hvm_domain_context;
struct irq_desc;
struct vcpu;
struct vcpu_time_info;

/* ---- time.c, time_resume.c: arch/x86/time.c ---- */

/* On the boot CPU, which nothing else of Xen's corrects between the two. */
void interrex_time_stop_calibration(void);
void interrex_time_start_calibration(void);
/* The boot CPU's time line. Frozen. */
void interrex_time_scale(struct irx_time_scale *scale);
/*
 * Writes the boot CPU's time line into v's pvclock page; its address, or NULL: v
 * has none. v's domain is paused.
 */
const struct vcpu_time_info *interrex_pvclock_publish(struct vcpu *v);
/* While this Xen boots: NOW() is on this line from here on. */
void interrex_time_line_import(const struct irx_time_scale *scale);
/* The platform timer, which has no history here, starts from NOW(). */
void interrex_platform_timer_restart(void);

/* ---- irq.c: arch/x86/irq.c ---- */

/* d has the interrupt bound, *shareable: and allows others to. desc is locked. */
bool interrex_irq_guest(const struct irq_desc *desc, const struct domain *d,
                        bool *shareable);

/* ---- io_apic.c: arch/x86/io_apic.c ---- */

/* How the (first) pin of a line is set. False: it has none. */
bool interrex_pin_of(unsigned int irq, bool *level, bool *low);
/*
 * A line's pins stay masked, whoever ends the interrupt, until they are let go. A level line
 * that is asserted interrupts then. desc is locked, of a line that a guest has bound.
 */
void interrex_pin_hold(struct irq_desc *desc, bool on);

/* ---- spec_ctrl.c: arch/x86/spec_ctrl.c ---- */

/* What Xen does about speculation around HVM guests; it stays so until the next boot. */
void interrex_spec_export(struct irx_spec *spec);

/* ---- console.c: drivers/char/console.c ---- */

/* The last `size` bytes of Xen's console, or as many as there are. Any context, no lock. */
size_t interrex_console_tail(char *buf, size_t size);

/* ---- page_alloc.c: common/page_alloc.c ---- */

/*
 * These frames, free and in no list of the heap, count as free from here on: how many of them, those of one
 * node. 0: none, since that node has no lists yet. While this Xen boots.
 */
unsigned long interrex_heap_count(unsigned long mfn, unsigned long nr);
/* Frames of one node that are counted get into the lists. Any context that may allocate. */
void interrex_heap_list(unsigned long mfn, unsigned long nr);
/*
 * While this Xen boots, the boot allocator not used any more: takes bad pages (badpage=, and those of the platform)
 * out of what is RAM from 1 MiB on in map; nothing else is left in it.
 */
struct e820map;
void interrex_heap_without_bad(struct e820map *map);
/* While this Xen boots: free memory is not scrubbed before dom0 runs, but in the background. */
void interrex_heap_scrub_later(void);

/* ---- hvm_save.c: arch/x86/hvm/save.c ---- */

/* Xen's handlers of one HVM save record. -ENOENT: there is none. */
int interrex_hvm_save(struct vcpu *v, unsigned int type,
                      struct hvm_domain_context *h);
int interrex_hvm_load(struct domain *d, unsigned int type,
                      struct hvm_domain_context *h);

/* ---- event_channel.c: common/event_channel.c ---- */

/* d, whose event_lock is held, has so many ports, all of them free. -errno. */
int interrex_ports_make_room(struct domain *d, unsigned int ports);
/* Port p of d, which is free, becomes what *r says; remote: of an interdomain port. -errno. */
int interrex_port_import(struct domain *d, unsigned int p,
                         const struct irx_port *r, struct domain *remote);
/*
 * At boot, of a PV dom0: port p, which is a pirq's since it was imported, gets the interrupt that its
 * pirq is mapped to now, as EVTCHNOP_bind_pirq does it; shareable: with BIND_PIRQ__WILL_SHARE. One that the
 * guest had masked (MSI, MSI-X) stays masked. -EINVAL: no such port, no interrupt; -EBUSY: it is another's.
 */
int interrex_port_bind_pirq(struct domain *d, unsigned int p, bool shareable,
                            bool masked);
/*
 * And after all of them: a port whose pirq has no interrupt is an unbound one, as which the guest can
 * close it. In the Xen before the device's interrupt was unmapped under it.
 */
void interrex_ports_without_pirq(struct domain *d);
/*
 * At boot, once all domains have their ports: a port whose other end did not come back is
 * as after that end was closed: unbound.
 */
void interrex_ports_let_go(struct domain *d);

/*
 * Bit a global VIRQ that the toolstack gave to d (XEN_DOMCTL_set_virq_handler), not to dom0.
 * Whether all bits are such; and the way back, after that: -EEXIST where one is another's.
 */
uint32_t interrex_global_virqs_export(const struct domain *d);
bool interrex_global_virqs_validate(uint32_t virqs);
int interrex_global_virqs_import(struct domain *d, uint32_t virqs);

/* ---- event_fifo.c, event_fifo_rebuild.c: common/event_fifo.c ---- */

struct irx_fifo_vcpu {
    uint64_t control_gfn; /* ~0: none */
    uint32_t control_offset;
    uint32_t tail[IRX_FIFO_QUEUES];
};
void interrex_fifo_vcpu(const struct vcpu *v, struct irx_fifo_vcpu *out);
void interrex_fifo_set_tails(struct vcpu *v, const uint32_t *tail);
/* Pages of d's event array, and where they are. */
unsigned int interrex_fifo_pages(const struct domain *d);
uint64_t interrex_fifo_page_gfn(const struct domain *d, unsigned int i);
/* The frame of that, and of v's control block (INVALID_MFN: it has none). */
mfn_t interrex_fifo_page_mfn(const struct domain *d, unsigned int i);
mfn_t interrex_fifo_control_mfn(const struct vcpu *v);
/* The queue where a port was linked last. */
void interrex_fifo_lastq(const struct evtchn *chn, uint16_t *vcpu,
                         uint8_t *priority);
void interrex_fifo_set_lastq(struct evtchn *chn, uint16_t vcpu,
                             uint8_t priority);

/* d, whose event_lock is held, gets the FIFO ABI; then its control blocks and array. -errno. */
int interrex_fifo_import(struct domain *d);
int interrex_fifo_import_control(struct vcpu *v, uint64_t gfn,
                                 uint32_t offset);
int interrex_fifo_import_page(struct domain *d, uint64_t gfn);

/* ---- sched_core.c: common/sched/core.c ---- */

int interrex_set_soft_affinity(struct vcpu *v, const cpumask_t *mask);
/* The scheduler that d is in, and what it was told of d. -EOPNOTSUPP: not carried. */
int interrex_sched_get(struct domain *d, struct irx_sched *sched);
/* -EINVAL: for another scheduler than the one that d is in. */
int interrex_sched_set(struct domain *d, const struct irx_sched *sched);

/* ---- cpupool.c: common/sched/cpupool.c ---- */

struct interrex_pool {
    unsigned int id, sched_id;
    unsigned int granularity; /* IRX_GRANULARITY_* */
    unsigned int cpus_each;   /* CPUs that are scheduled as one */
    uint32_t params[4];       /* of its scheduler; see struct irx_cpupool */
    cpumask_t cpus;
};

/* The pool with the lowest id from `from` on. False: there is none. */
bool interrex_pool_get(unsigned int from, struct interrex_pool *pool);
/* Makes a pool without CPUs, or finds Pool-0, and tells its scheduler. -errno. */
int interrex_pool_import(const struct irx_cpupool *rec);
bool interrex_pool_exists(unsigned int id);
/* The pool that has `cpu`; ~0: none has. */
unsigned int interrex_pool_of_cpu(unsigned int cpu);
/* -EAGAIN: a vCPU still runs on that CPU, ask again. */
int interrex_pool_unassign(unsigned int cpu);
/* Gives a free CPU that is online to a pool. */
int interrex_pool_assign(unsigned int cpu, unsigned int id);
/*
 * The same within hotplug, with cpupool_lock held: the result in *rc. False, and
 * nothing is done: there is no such pool, or it schedules several CPUs as one.
 */
bool interrex_pool_assign_locked(unsigned int cpu, unsigned int id, int *rc);
/* Moves d, which loses its affinities and parameters. -ESRCH, -ENODEV: no such pool, no CPU. */
int interrex_pool_enter(struct domain *d, unsigned int id);

/*
 * ---- grant_table.c: common/grant_table.c ----
 *
 * Export is called with every domain paused; import while the domain has never run
 * in this Xen. Nobody takes the tables' locks for longer than one call.
 */

/* What d's table is: version, frames, maptrack. */
void interrex_gnttab_export(const struct domain *d,
                            struct irx_grant_table *out);
/* Fills in max_grant_frames, max_maptrack_frames and grant_opts. */
void interrex_gnttab_export_limits(const struct domain *d,
                                   struct irx_domain_record *out);
/* Frame `index` (status: of the version-2 status array). -ENOENT past the end. */
int interrex_gnttab_frame(struct domain *d, unsigned int index, bool status,
                          struct irx_grant_frame *out);
/*
 * The first mapped grant with reference >= *ref. On true *ref is the next
 * reference to ask for.
 */
bool interrex_gnttab_next_active(struct domain *d, uint32_t *ref,
                                 struct irx_grant_active *out);
/* The first mapping that d holds with handle >= *handle, likewise. */
bool interrex_gnttab_next_mapping(struct domain *d, uint32_t *handle,
                                  struct irx_maptrack *out);
/*
 * Gives a fresh table the version and number of frames of t, which was validated.
 * -EINVAL where t is beyond d's limits; d is then unchanged.
 */
int interrex_gnttab_import(struct domain *d, const struct irx_grant_table *t);
/* Page `va` of Xen's, shared with d, becomes frame f of its table; returns the one it was. */
void *interrex_gnttab_replace_frame(struct domain *d,
                                    const struct irx_grant_frame *f, void *va);
/*
 * Imports one mapped grant, without its pins; its page belongs to d. -EINVAL: no
 * such entry, or in use.
 */
int interrex_gnttab_import_active(struct domain *d,
                                  const struct irx_grant_active *a);
/*
 * Once all domains have their mappings: pins the grant as often as it was.
 * -EINVAL where its mappings are more than that.
 */
int cf_check interrex_gnttab_import_pins(struct domain *d,
                                         const struct irx_grant_active *a);
/*
 * Imports all mappings that d holds, at their handles, and takes the page
 * references that they stand for. Every granter must have its active entries.
 * -EINVAL, -ENOENT, -ENOMEM; on failure the caller gives the host up.
 */
int interrex_gnttab_import_mappings(struct domain *d, uint32_t limit,
                                    const struct irx_maptrack *m,
                                    unsigned int count);

#endif /* INTERREX_PRIVATE_H */
