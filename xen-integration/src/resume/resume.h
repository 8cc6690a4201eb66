/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Xen that an update started: how what it finds in R becomes its own. All of it
 * while it boots.
 */
#ifndef INTERREX_RESUME_H
#define INTERREX_RESUME_H

#include "region/region.h"

struct e820map;
struct xen_domctl_createdomain;

/*
 * ---- early_import.c ----
 *
 * A piece of R, before the direct map has it: valid until bootstrap_map(NULL). NULL: cannot be.
 */
void *interrex_map_piece(irx_off_t off, uint64_t size);

/* ---- recover.c, recover_jump.S: when this Xen fails before dom0 runs in it ---- */

/* From here on the fallback of R, if there is one, is started then. The anchor has passed. */
void interrex_recover_begin(struct irx_anchor *a);
/* And from here on not any more. */
void interrex_recover_end(void);
/* This Xen has come so far: IRX_BOOT_*. In test builds it may be told to fail there. */
void interrex_stage(uint32_t stage);
/* It waits on purpose, until the next stage: that is no silence. */
void interrex_stage_waits(void);

/* Into the fallback's tables; the second is called there. */
int interrex_recover_jump(paddr_t tables, void *stack_end);
int interrex_recover_in_region(void);

/* ---- deadman.c: when nobody in dom0 goes on with the update ---- */

/* dom0 runs from here on, and is waited for as long as R says. */
void interrex_deadman_begin(void);

/* ---- memory.c: booting beside preserved memory ---- */

/* All of a list that was validated is in the RAM of map. No effect; says what is not. */
bool interrex_preserved_is_ram(const struct irx_preserved *list,
                               unsigned int nr, const struct e820map *map);
/*
 * Takes preserved memory out of what the boot allocator gets. The list, validated,
 * lies at `off` in R and is mapped at `list`.
 */
void interrex_preserved_import(struct e820map *boot_e820,
                               const struct irx_preserved *list, irx_off_t off,
                               unsigned int nr);

/*
 * ---- mm_tables.c: the frame table and machine-to-physical table of areas, each a GiB, all free ----
 *
 * Which they are is said by frames, before there is a frame table: none; those that frames s to e are all of.
 */
#define INTERREX_AREA_SHIFT (30 - PAGE_SHIFT)
/* The first frame of high memory, which is listed apart. */
#define INTERREX_LOW_END ((unsigned long)PFN_DOWN(GB(4)))
void interrex_areas_clear(void);
void interrex_areas_add(unsigned long s, unsigned long e);
/* Bytes that all tables but these take at most, of a host with this memory. */
uint64_t interrex_areas_size(const struct e820map *ram);
/*
 * Once there is a heap: the same of all frames that are to be listed, as it turned out; then the tables of
 * what is not among them, or lies in two nodes, are made after all.
 */
void interrex_areas_keep(unsigned long s, unsigned long e);
void interrex_areas_settle(void);
/* And those of this frame's area. */
void interrex_area_give_up(unsigned long mfn);
/* The tables that this frame is in are made later. */
bool interrex_area_is_later(unsigned long mfn);
/* So many frames from the begin of this frame's area are what its tables and others' are made of. Settled. */
unsigned long interrex_area_reserved(unsigned long mfn);
/*
 * Makes so many bytes more of them, of which `done` are: so many are then, or 0: all, and they are in their
 * place. There are domains. Interrupts are on. One caller at a time.
 */
unsigned long interrex_area_make(unsigned long mfn, unsigned long done,
                                 unsigned long bytes);

/* ---- heap.c: free memory that the heap gets after dom0 runs ---- */

/* At boot, once there is a heap: frames s to e, free, none of which it has. s >= e: nothing. */
void interrex_heap_later(unsigned long s, unsigned long e);
/* dom0 runs: the heap gets the rest, on the boot CPU, beside all else. */
void interrex_heap_begin(void);

/*
 * ---- late_import.c: the domains ----
 *
 * Each says what is wrong where it fails, and answers -errno: that is the host's, and the
 * caller gives it up. A guest that fails is quarantined (region.h), and that is no error.
 * In this order; each is for all domains, or for dom0 alone.
 */

/*
 * Validates the late section, the CPUs and every domain's entry, whole; what was
 * validated is at hand until interrex_late_done(). Once there is a heap.
 */
int interrex_late_validate(void);
void interrex_late_done(void);
/* The host's pools, and every domain but dom0 as a paused shell. */
int interrex_guests_import(void);
/* dom0's part before domain_create(): what it was created with. */
int interrex_dom0_config(struct xen_domctl_createdomain *cfg);
/* dom0's part after domain_create() and alloc_dom0_vcpu0(). */
int interrex_dom0_import(struct domain *d);
/*
 * What points from one domain to another, and into memory that is there only
 * now: active grants, mappings, vcpu_info, event channels; then pools and scheduling.
 * After every domain's own part.
 */
int interrex_links_import(void);
/* State of a vCPU of dom0's or a PV guest's, all but what starts it: interrex_vcpu_start(). */
int interrex_late_vcpu(struct vcpu *v, const struct irx_vcpu *r);
/* What domains gave back goes, unless something still refers to it: after all that may. */
int interrex_late_settle(void);
/* Where a PV domain wants to see which pirqs need an EOI. */
int interrex_late_eoi_map(struct domain *d);
/* A PV guest that was quarantined: all of its memory is d's, and nothing is held for its vCPUs. */
void interrex_late_give_up(struct domain *d);
/* dom0's lines and messages find it from here on. Its vCPUs have their state. */
int interrex_late_interrupts(struct domain *d);

/* Which entry of R is this domain's. After interrex_late_validate(). */
unsigned int interrex_late_entry(domid_t domid);
/* How often the toolstack has paused this guest. */
unsigned int interrex_late_pauses(domid_t domid);

#endif /* INTERREX_RESUME_H */
