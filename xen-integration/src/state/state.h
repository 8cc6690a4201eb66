/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kinds of state of a domain and of the host: one file a kind, with its export,
 * validate and import side by side. Each calls Xen, region/, private/, vendor/ and its
 * neighbours here, and no moment: what only a moment knows is an argument.
 *
 * `_export` writes what Xen has into R or a section; of a vCPU or domain it is
 * paused, unless it says otherwise. `_validate` has no effect. `_import` loads what
 * was validated, of a domain that runs nowhere. Errors are -errno; where an import
 * at boot fails the caller gives the host up, and nothing here is undone.
 */
#ifndef INTERREX_STATE_H
#define INTERREX_STATE_H

#include <interrex/abi/late.h>

#include "region/region.h"

struct xen_domctl_createdomain;

/* ---- vcpu.c: Xen's HVM save records, and what is in none of them ---- */

int interrex_vcpu_export(struct vcpu *v, struct irx_vcpu *r);
/* Of what was exported, the tails of its event queues: Xen may have raised events since. */
void interrex_fifo_tails_export(struct vcpu *v, struct irx_vcpu *r);
/* Import loads what can fail; start what cannot: timers, blocked or runnable. */
int interrex_vcpu_import(struct vcpu *v, const struct irx_vcpu *r);
void interrex_vcpu_start(struct vcpu *v, const struct irx_vcpu *r);

/* ---- timers.c, watchdog.c, runstate.c, time_area.c, tsc.c ---- */

/* Stops v's timers, until import. */
void interrex_timers_export(struct vcpu *v, struct irx_vcpu *r);
void interrex_timers_import(struct vcpu *v, const struct irx_vcpu *r);

/* d's watchdogs (SCHEDOP_watchdog) stand still until import. */
void interrex_watchdog_export(struct domain *d, struct irx_domain *r);
void interrex_watchdog_import(struct domain *d, const struct irx_domain *r);
/*
 * Before the import, with the vCPUs' clocks published: d stood still for so long and could
 * not have asked for anything. In R its watchdogs have as much longer; its kernel sees it.
 */
void interrex_watchdog_stood(struct domain *d, struct irx_domain *r,
                             uint64_t ns);

void interrex_runstate_export(struct vcpu *v, struct irx_vcpu *r);
void interrex_runstate_import(struct vcpu *v, const struct irx_vcpu *r);
/* At boot: where the guest wants to read it. */
void interrex_runstate_area_import(struct vcpu *v, const struct irx_vcpu *r);

/* Writes the boot CPU's time line into v's pvclock page and its copy. */
void interrex_time_publish(struct vcpu *v);
/* Where the guest wants the copy. */
void interrex_time_area_export(const struct vcpu *v, struct irx_vcpu *r);
void interrex_time_area_import(struct vcpu *v, const struct irx_vcpu *r);

/* Guest time, and the TSC where it is emulated; exact once d is paused. Adds to r->flags. */
void interrex_tsc_export(const struct domain *d, struct irx_domain *r);
/* Claim: before anything of d is changed. -EINVAL: d's TSC is another; -ERANGE: ahead of time. */
int interrex_tsc_validate(const struct domain *d, const struct irx_domain *r);
/* Claim: guest time goes on here. */
void interrex_tsc_import(struct domain *d, const struct irx_domain *r);
/*
 * At boot, after tsc_set_info(), which decides by this host what is emulated: it stays
 * as it was. -ERANGE with d unchanged.
 */
int interrex_tsc_mode_import(struct domain *d, const struct irx_domain *r);

/* ---- waits.c: the longest wait of each vCPU for a CPU, while CPUs are lent ---- */

/* Everybody's from now on; or, in a Xen that an update started, what came with them, too. */
void interrex_waits_begin(void);
void interrex_waits_go_on(void);
void interrex_waits_end(void);
/* v's so far, one that it is at included. Any context. */
void interrex_wait_export(const struct vcpu *v, struct irx_vcpu *r);
/* v's is at least as long as R says. */
void interrex_wait_import(struct vcpu *v, const struct irx_vcpu *r);

/* ---- first_run.c ---- */

/* d is claimed: each vCPU stands still until it runs here. */
void interrex_first_run_begin(struct domain *d);
/* Those that have nothing to do stand still no longer. */
void interrex_first_run_skip_idle(struct domain *d);
/* When they did run, into R; now for those that still have not. */
void interrex_first_run_export(const struct irx_domain *r);

/* ---- params.c, policy.c ---- */

/* HVM parameters and how d takes its upcalls. d may run. Adds to r->flags. */
void interrex_params_export(const struct domain *d, struct irx_domain *r);
void interrex_params_import(struct domain *d, const struct irx_domain *r);

/* Room that is always enough. */
#define INTERREX_MAX_LEAVES 256u
#define INTERREX_MAX_MSRS   8u

/*
 * d's CPU policy, into the arrays that r says, of the sizes above. d may run and has
 * vCPU 0. The leaves that Xen itself answers (0x4000xxxx) are as vCPU 0 sees them
 * (the vCPU id is EBX of leaf 4). -ENOSPC when an array is too small.
 */
int interrex_policy_export(const struct domain *d, struct irx_domain *r);
/*
 * Gives d, which has not run, this policy, checked against what the host can
 * offer exactly as the toolstack's is. -E2BIG, -ERANGE, -EINVAL; d is unchanged
 * then.
 */
int interrex_policy_import(struct domain *d,
                           const struct irx_domain_view *view);

/* ---- answers.c: what the shim answers guests in this Xen's place ---- */

/* Of d, which may run. */
void interrex_answers_export(struct domain *d, struct irx_domain *r);
/* Of this Xen. */
void interrex_xen_export(struct irx_anchor *a);

/* ---- memory.c ---- */

/*
 * How many extents h's domain's memory makes now; it may run. -EOPNOTSUPP: an entry that cannot be carried;
 * -ERESTART: it gave way, from that time on (interrex_gives_way()), and goes on there when it is called again.
 */
long interrex_memory_count(struct interrex_hold *h, s_time_t give_way);
/*
 * Those extents where r says, with the p2m's generation of the time when this began; it may
 * run. -EOPNOTSUPP; -E2BIG: more than capacity; -ERESTART, as above.
 */
int interrex_memory_export(struct interrex_hold *h, struct irx_domain *r,
                           unsigned long capacity, s_time_t give_way);
/*
 * The domain's own memory becomes its own again: RAM, adopted Xen pages, MMIO
 * (dom0). All extents are checked against the frame table before the first page is
 * touched. -EINVAL: not RAM, or not d's; -EBUSY: a page is in use.
 */
int interrex_memory_import(struct domain *d,
                           const struct irx_domain_view *view);
/* All of these frames have their place in the frame table, and so one after the other. */
bool interrex_frames_valid(unsigned long mfn, uint64_t nr);
/* A frame that was preserved for a domain, and that nobody in this Xen has used yet. */
bool interrex_page_untouched(const struct page_info *pg);
/*
 * What of r's memory was not imported becomes that of d, which never ran here and is about to
 * be destroyed: so it is freed with d. -ERESTART: call again.
 */
int interrex_memory_reclaim(struct domain *d, const struct irx_domain *r);

/* ---- page_runs.c: at boot, with one CPU ---- */

/*
 * Pages that are nobody's (interrex_page_untouched()) and follow one another become d's, as with assign_pages().
 * -E2BIG: d would have more than its d->max_pages, and has none of them; -EBUSY: one of them is somebody's, and d has
 * those before it.
 */
int interrex_pages_assign(struct domain *d, struct page_info *first,
                          uint64_t nr);
/* Those frames, a domain's, which follow one another, are at gfn, gfn + step, and so on, in it. */
void interrex_m2p_set(unsigned long mfn, unsigned long gfn, unsigned long nr,
                      int step);

/* ---- mappings.c ---- */

/*
 * The mappings of other domains' pages: grants and foreign mappings. After every
 * domain's memory. What a quarantined one no longer has is left out. -EINVAL: not its
 * owner's; -ENOENT.
 */
int interrex_mappings_import(struct domain *d,
                             const struct irx_domain_view *view);

/*
 * A page that its owner gave away (XENMEM_decrease_reservation and the like) while another domain
 * has it mapped: nowhere in its owner's memory, and still its own until it is unmapped. Is it
 * one?
 */
bool interrex_page_vanished(mfn_t mfn);
/* At boot: mfn is d's, or becomes d's again as such a page. False: it is not. */
bool interrex_vanished_import(struct domain *d, mfn_t mfn);
/* And once it is mapped: if it is such a page, it goes with its last mapping. */
void interrex_vanished_settle(mfn_t mfn);

/*
 * h's domain is given up, its memory is in this Xen's books, and nobody has its grants here. What others
 * that the shim runs on have mapped of it stays in use, as a mapped grant does, until they end.
 */
void interrex_mappings_keep(const struct interrex_hold *h);
/* This domain was given up, and others keep some of its pages, or did. */
bool interrex_mappings_kept(domid_t owner);
/* h's domain stands in the shim for good: what was kept for it is its no longer. Before `held` ends. */
void interrex_mappings_drop(const struct interrex_hold *h);

/* ---- adopt.c ---- */

/*
 * Adoption: a page of the sending Xen that a guest sees (shared_info, grant
 * frames) stays where it is and becomes a page of this Xen's heap, because the
 * guest goes on using it while it is held.
 *
 * The preserved frame mfn, which nobody in this Xen may have used yet, becomes a Xen
 * heap page shared with d, read and write. *va is its address. -EINVAL if the frame
 * is not RAM, -EBUSY if it is in use.
 */
int interrex_adopt_xen_page(struct domain *d, mfn_t mfn, void **va);
/*
 * Frees a page that this Xen shared with d and that nobody has mapped (the fresh
 * one, in whose place another was adopted).
 */
void interrex_unshare_xen_page(struct domain *d, void *va);

/* ---- shared_info.c ---- */

/* d may run. */
void interrex_shared_info_export(const struct domain *d, struct irx_domain *r);
/* Adopts the frame. Before the vCPUs are created, which point into it. */
int interrex_shared_info_import(struct domain *d, const struct irx_domain *r);
void interrex_vcpu_info_export(const struct vcpu *v, struct irx_vcpu *r);
/* Points v to its vcpu_info, whose contents stay as they are. v's domain has its memory. */
int interrex_vcpu_info_import(struct vcpu *v, const struct irx_vcpu *r);

/* ---- evtchn.c: where the guest looks for events, and its ports ---- */

/* Bytes of data that the ports, bitmaps and the event array of d take. */
uint64_t interrex_evtchn_size(const struct domain *d);
/* Lays them out at `off`, of interrex_evtchn_size() bytes. */
void interrex_evtchn_layout(const struct domain *d, struct irx_domain *r,
                            irx_off_t off);
/* The guest opened channels or changed their ABI since the layout. */
bool interrex_evtchn_changed(const struct domain *d,
                             const struct irx_domain *r);
/* -EAGAIN: it did. Also the barrier after which nobody uses port ops that were replaced before. */
int interrex_evtchn_export(struct domain *d, struct irx_domain *r);
/*
 * Brings the ports of a held d in R up to date with what others bound to or
 * let go of meanwhile; nobody may do so during the call. -EBUSY: a port is new
 * that R has no place for.
 */
int interrex_evtchn_follow(struct domain *d, const struct irx_domain *r);
/* -EINVAL: more ports than d has. */
int interrex_evtchn_validate(const struct domain *d,
                             const struct irx_domain *r);
/* What the shim moved: queues, notified vCPUs, what waits for its word. d does not run. */
void interrex_evtchn_import(struct domain *d, const struct irx_domain *r);
/* One port of a held d, in R: what it is now. Under d->event_lock. */
void interrex_evtchn_follow_port(const struct evtchn *chn,
                                 const struct irx_domain *r);

/* ---- evtchn_rebuild.c: ports in the Xen that an update started ---- */

/*
 * Gives d its ports and its event array, whose pages stay where they are; what
 * is pending stays pending. d has its memory and vCPUs and has not run; the domains
 * that its ports name exist. -errno.
 */
int interrex_ports_import(struct domain *d,
                          const struct irx_domain_view *view);
/* Once every domain has its ports: an end whose other end did not come back is unbound. */
void interrex_ports_settle(struct domain *d);

/* ---- domain.c: what domain_create() and the toolstack were told ---- */

/* What is said of d in r->flags: to be set before the others add theirs. d may run. */
uint32_t interrex_domain_flags(const struct domain *d);
/* d's XSM label (ssidref); 0 without XSM. */
uint32_t interrex_domain_label(struct domain *d);
/* All but its entry in R and its pool, which the caller knows. */
void interrex_domain_export(struct domain *d, struct irx_domain_record *out);
/* The configuration for domain_create(). -EINVAL: it asks for a VIRQ that is no global one here. */
int interrex_domain_config(const struct irx_domain_record *rec,
                           struct xen_domctl_createdomain *cfg);
/* For one of which this Xen refuses that: the same vCPUs and ports, else what any guest gets. */
void interrex_domain_plain_config(const struct irx_domain_record *rec,
                                  struct xen_domctl_createdomain *cfg);
/* Limits, pool of paging memory, time mode, state towards the toolstack. */
int interrex_domain_import(struct domain *d,
                           const struct irx_domain_record *rec,
                           const struct irx_domain *r);
/* Creates the vCPUs that d does not have yet. */
int interrex_vcpus_create(struct domain *d);
/* What points to others, which exist: the domain that d is privileged for, global VIRQs. */
int interrex_domain_links_import(struct domain *d,
                                 const struct irx_domain_record *rec);

/* ---- grants.c: with every domain paused ---- */

/* Pages of Xen's that d's table has: the next after *i, which is 0 at first. False: no more. */
bool interrex_grant_frames_next(struct domain *d, unsigned int *i,
                                struct irx_grant_frame *frame);
/* How many. */
unsigned long interrex_grant_frames_count(const struct domain *d);
/* The first grant that others have mapped with reference >= *ref, which then is the next. */
bool interrex_grants_next(struct domain *d, uint32_t *ref,
                          struct irx_grant_active *grant);
/*
 * Adds what d's grants that others have mapped, those pages of theirs that d gave away, and the mappings that d holds
 * take of the early and of the late section. d may run.
 */
void interrex_grants_room(struct domain *d, struct interrex_room *room);
/* -EBUSY, after saying why: a grant that cannot be carried. */
int interrex_grants_export(struct irx_writer *w, struct domain *d);
/*
 * In this order: d's table with its frames, before d has vCPUs; its active grants,
 * once it has its memory; the mappings that it holds, once every domain has its
 * active grants; its grants' pins, once every domain has its mappings.
 */
int interrex_grants_import_table(const struct irx_stream *late,
                                 struct domain *d);
int interrex_grants_import_active(const struct irx_stream *late,
                                  struct domain *d);
int interrex_grants_import_mappings(const struct irx_stream *late,
                                    struct domain *d);
int interrex_grants_import_pins(const struct irx_stream *late,
                                struct domain *d);

/* ---- cpu_list.c: the host's CPUs, and sets of them ---- */

void interrex_cpu_list_export(struct irx_writer *w);
/* The list of nr CPUs is at `off` in R. Before the others at boot. */
void interrex_cpu_list_import(irx_off_t off, unsigned int nr);
/* Whether it and R's table of CPUs agree. */
int interrex_cpu_list_validate(void);
/* At boot: the CPU with this APIC id was offline in the Xen before. */
bool interrex_cpu_list_offline(uint32_t apic_id);
/*
 * A set as bits in the order of the list. Export adds bits, of the CPUs
 * that are present; true: all of them are in mask. Import: at boot; bits of CPUs that
 * this host does not have are dropped.
 */
bool interrex_cpu_set_export(const cpumask_t *mask, uint64_t *bits);
void interrex_cpu_set_import(const uint64_t *bits, cpumask_t *mask);

/* ---- clock.c, firmware.c, e820.c ---- */

/* System time, wall clock, and what was measured. Frozen. */
void interrex_clock_export(struct irx_writer *w);
/* Before anything of this Xen's time begins. */
void interrex_clock_import(const struct irx_time_record *r);
/* The CMOS clock goes on to interrupt, if dom0 has it do so. Before dom0's lost interrupts are raised. */
void interrex_cmos_clock_keep(void);

void interrex_firmware_export(struct irx_writer *w);

/* The memory map that dom0 sees. */
void interrex_e820_export(struct irx_writer *w, const struct domain *d);
/* -ENOENT, -ENOMEM. */
int interrex_e820_import(const struct irx_stream *late, struct domain *d);

/*
 * ---- dom0_irq.c: a PVH dom0's virtual IO-APICs and the physical lines behind them ----
 *
 * A line is bound when dom0 unmasks its pin. interrex_dom0_irq_raise() and what is around a
 * call in dom0's name are for a PV one as well.
 */

/*
 * At boot: Xen serves the domain that asks, so d is who is current until interrex_dom0_asked() gets
 * what this answers. No softirq may run meanwhile, so nobody else looks at who is current.
 */
struct vcpu *interrex_dom0_asks(struct domain *d);
void interrex_dom0_asked(struct vcpu *self);

/* -E2BIG: a chip with more than 128 pins. */
int interrex_vioapics_export(struct irx_writer *w, const struct domain *d);
/*
 * Writes all chips' registers, if all fit; no line is bound yet. d has not run.
 * -EINVAL, -ENOENT.
 */
int interrex_vioapics_import(const struct irx_stream *late, struct domain *d);
/*
 * Binds the lines of all unmasked pins, as vioapic_hwdom_map_gsi() did in the
 * Xen before. d's local APICs have their state, for a line may interrupt at once:
 * a level line that is still asserted does.
 */
int interrex_vioapics_start(struct domain *d);
/*
 * Raises each edge line and each MSI that is bound to d once, with `msix` also
 * each MSI-X vector. d's drivers look at their devices then, and at most find
 * nothing to do.
 *
 * The Xen before stopped listening when it paused d, and what no one listens to
 * is lost: an IO-APIC ignores an edge at a masked pin (82093AA, 3.2.4, bit 16), a
 * local APIC that is off takes no message (SDM vol. 3, 10.4.7.2), and a function
 * sends none for what happened while its MSI was off. The devices still assert
 * what nobody has served (MC146818 until its register C is read, 16550 until its
 * cause is), and then there is no second edge: without this they would be silent
 * for ever. What is pending in d's local APIC already stays one interrupt. MSI-X
 * vectors were masked meanwhile and have pending bits of their own (PCI 3.0,
 * 6.8.3.4), level lines stay asserted.
 */
void interrex_dom0_irq_raise(struct domain *d, bool msix);

/*
 * ---- dom0_pirq.c: a PV dom0's interrupts ----
 *
 * It has them mapped to numbers, pirqs (PHYSDEVOP_map_pirq), which it binds to ports.
 */

/* -EOPNOTSUPP, after saying which: MSI with several messages. d may run. */
int interrex_pirqs_export(struct irx_writer *w, struct domain *d);
/*
 * Maps them, each at its number, and binds them to their ports, masked as the guest had them.
 * d has its ports, its map of EOIs and its functions (interrex_pci_import()), and its
 * vCPUs their state, for a line may interrupt at once. -errno, after saying which.
 */
int interrex_pirqs_import(const struct irx_stream *late, struct domain *d);
/* See interrex_dom0_irq_raise(). */
void interrex_pirqs_raise(struct domain *d, bool msix);
/*
 * Masks the pins of d's lines, so that no event is sent to d from here on; and lets them go: edges are
 * raised then, levels come by themselves. d is paused.
 */
void interrex_lines_hold(struct domain *d, bool on);

/*
 * ---- dom0_pci.c: dom0's PCI functions, and their MSI and MSI-X ----
 *
 * dom0 tells Xen of a function once, when it finds it
 * (PHYSDEVOP_pci_device_add); so the next Xen learns it here, or its vPCI would let
 * a PVH one at the hardware's registers, and a PV one would get no message.
 */

/*
 * No message of d's functions is sent from here on, nor lost: MSI-X vectors and
 * maskable MSI are masked, other MSI is turned off. What was on its way is in
 * d's local APICs, of a PV one in its ports, when this returns; and those get nothing
 * from a line any more. d is paused; interrupts are enabled.
 */
void interrex_pci_hold(struct domain *d);
/* Undoes it; what may have been missed is raised. */
void interrex_pci_hold_undo(struct domain *d);
/* d's functions and MSI-X entries; what of a PV one's extended configuration space is in use. */
void interrex_pci_export(struct irx_writer *w, struct domain *d);
/*
 * Makes the functions known, and vPCI's registers what dom0 wrote, MSI not yet on.
 * While this Xen boots. -errno, after saying which function.
 */
int interrex_pci_import(const struct irx_stream *late, struct domain *d);
/* Turns MSI and MSI-X on as dom0 had them. d's local APICs have their state. */
int interrex_pci_start(const struct irx_stream *late, struct domain *d);

/* ---- preserved.c ---- */

struct interrex_preserved_list {
    struct irx_preserved *entry; /* sorted, what follows on joined */
    unsigned long used, room;
};
/*
 * Memory of all domains in R, by their extents. l->entry is the caller's to vfree(), also after
 * an error: -ENOMEM; -EXDEV: a domain's memory is not what its extents say, or another's.
 */
int interrex_preserved_collect(struct interrex_preserved_list *l);
/* In how many pieces h's domain's own memory is there, by its extents. */
uint64_t interrex_preserved_pieces(const struct interrex_hold *h);
/* Is this frame in it? */
bool interrex_preserved_has(const struct interrex_preserved_list *l,
                            unsigned long mfn);

#endif /* INTERREX_STATE_H */
