/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrex: the jump from one Xen into the next, and the next one's boot beside
 * preserved memory. Declarations for the hooks; the files are in arch/x86/interrex.
 */
#ifndef __ASM_INTERREX_BOOT_H__
#define __ASM_INTERREX_BOOT_H__

#include <xen/multiboot.h>
#include <xen/types.h>

#include <public/kexec.h>

#include <interrex/abi/op.h>

struct e820map;

#ifdef CONFIG_INTERREX

/* ---- The target image (region/image.c) ---- */

/* Does R hold this address? Nothing of R ever goes to the heap. */
bool interrex_in_region(paddr_t addr);

/*
 * May these segments be loaded, and control be passed to entry? Everything must
 * lie inside the free image slot of R, so that loading and starting the target
 * can overwrite nothing else. Changes nothing. Returns 0 or -errno.
 */
int interrex_image_check(paddr_t entry, unsigned int nr,
                         const xen_kexec_segment_t *segments);

/* The free image slot now holds a target, or does not any more. */
void interrex_image_loaded(bool loaded);

/* KEXEC_RANGE_MA_LIVEUPDATE: where R is. */
int interrex_get_range(xen_kexec_range_t *range);

/* ---- The jump (handover/) ---- */

/*
 * In dom0's hypercall: may the jump be tried? 0 or -errno; nothing changes. On 0 the
 * caller has interrex_hand_over() called with the vCPU that asked waiting, and says in
 * between whether it will be (0 or -errno, which is answered again).
 */
long interrex_hand_over_begin(void);
long interrex_hand_over_asked(long rc);
/* Whether the shim has CPUs: an image that knows nothing of that may not be started. */
bool interrex_lent(void);

/*
 * Everything before the jump that can fail: in a tasklet on the boot CPU, dom0
 * waiting in its kexec hypercall. Returns 0, and the caller jumps; or -errno,
 * and nothing has changed.
 */
long interrex_hand_over(void);

/* ---- The boot of the next one (resume/early_import.c, memory.c) ---- */

/* This Xen was started by an update and goes on where the one before ended. */
bool interrex_resumed(void);

/*
 * setup.c, before anything is allocated, after R was taken out of *boot_e820.
 * True if this Xen was started by an update: then preserved memory is out of it
 * too, and the modules stay where they are. Panics when preserved memory cannot
 * be told from free memory.
 */
bool interrex_early(struct e820map *boot_e820, const char *loader,
                    module_t *mod, unsigned int nr_mods);

/* setup.c, beside the mapping of the modules: preserved memory too. */
void interrex_map_preserved(void);

/* setup.c, once there is a heap: it will get what the boot allocator did not. */
void interrex_free_rest(void);
/*
 * page_alloc.c: an allocation of 2^order pages, of frames lo to hi and rather of this node (NUMA_NO_NODE: of any;
 * exact: of no other), found nothing. True: there are more free pages in the lists now. No lock of the heap is held.
 */
bool interrex_heap_more(unsigned int node, bool exact, unsigned long lo,
                        unsigned long hi, unsigned int order);
/*
 * x86_64/mm.c: somebody wants to see the machine-to-physical table's own pages: more of it now, some
 * milliseconds long. True: that was all.
 */
bool interrex_heap_now(void);
/* page_alloc.c: this frame's page_info is about to be written, free though it is. No lock of the heap is held. */
void interrex_tables_now(unsigned long mfn);

struct page_info;
/* mm.c: makes this chunk of the frame table, whole 2 MiB from start on. False: Xen does. */
bool interrex_frametable_chunk(void *start, void *end);
/*
 * x86_64/mm.c: maps what this piece of 2 MiB of the machine-to-physical table is until it is made, and says what
 * that is. NULL: Xen makes it now.
 */
struct page_info *interrex_m2p_later(unsigned long piece);

/* ---- Its time (state/clock.c) ---- */

/* time.c: frequency of the TSC, Hz, if it is known; else 0. */
uint64_t interrex_tsc_hz(void);
/* time.c, early_time_init(): continue the time of the Xen before. */
void interrex_time_seed(void);
/* time.c, before the platform timer is compared with system time. */
void interrex_time_seed_platform(void);
/* time.c: sets the wall clock. False: no update, ask the hardware clock. */
bool interrex_time_wallclock(void);
/* apic.c: input of the local APIC's timer, Hz, if it is known; else 0. */
unsigned long interrex_apic_timer_hz(void);
/* apic.c: it is this. */
void interrex_apic_timer_is(unsigned long hz);

/* apic.c, setup_local_APIC(), before it enables the APIC: takes what waits there from before (resume/pending.c). */
void interrex_apic_take_pending(bool bsp);

/* ---- Its CPUs (lend/cpus.c) ---- */

/* setup.c: is this CPU held by the shim, so that nothing may be sent to it? */
bool interrex_cpu_held(unsigned int cpu);

/* ---- Its interrupts (state/dom0_pci.c) ---- */

/* passthrough/msi.c: the MSI-X control bit that a new function may not have set; 0: it may. */
uint16_t interrex_msix_enable(void);

/* ---- Its domains (resume/resume.c); nothing unless an update started it ---- */

struct domain;
struct xen_domctl_createdomain;

/* setup.c, before dom0 is created: every guest, as a paused shell. */
void interrex_resume_guests(void);
/* setup.c: what dom0 is created with. */
void interrex_resume_dom0_config(struct xen_domctl_createdomain *cfg);
/* dom0_build.c, instead of populating and loading it: dom0 around its memory. */
int interrex_resume_dom0(struct domain *d);
/* setup.c, init_done(): dom0 is about to run, in any boot. After an update there is no way back. */
void interrex_dom0_starts(void);
/* setup.c, dom0 created: what joins domains; then dom0 can be unpaused. */
void interrex_resume_finish(void);

/*
 * shutdown.c (resume/recover.c): this Xen is about to reset the machine or to stop; cause:
 * IRX_CAUSE_*. Returns unless an update started it and dom0 has not run in it: then the
 * fallback boots, if R has one. Any context.
 */
void interrex_failed(uint32_t cause);

#else /* !CONFIG_INTERREX */

static inline bool interrex_resumed(void)
{
    return false;
}
static inline uint64_t interrex_tsc_hz(void)
{
    return 0;
}
static inline void interrex_time_seed(void)
{
}
static inline void interrex_time_seed_platform(void)
{
}
static inline bool interrex_time_wallclock(void)
{
    return false;
}
static inline unsigned long interrex_apic_timer_hz(void)
{
    return 0;
}
static inline void interrex_apic_timer_is(unsigned long hz)
{
}
static inline void interrex_apic_take_pending(bool bsp)
{
}
static inline bool interrex_cpu_held(unsigned int cpu)
{
    return false;
}
static inline uint16_t interrex_msix_enable(void)
{
    return 0x8000;
}
struct domain;
struct xen_domctl_createdomain;
static inline void interrex_resume_guests(void)
{
}
static inline void
interrex_resume_dom0_config(struct xen_domctl_createdomain *cfg)
{
}
static inline int interrex_resume_dom0(struct domain *d)
{
    return 0;
}
static inline void interrex_resume_finish(void)
{
}
static inline void interrex_dom0_starts(void)
{
}
static inline void interrex_failed(uint32_t cause)
{
}

static inline bool interrex_early(struct e820map *boot_e820,
                                  const char *loader, module_t *mod,
                                  unsigned int nr_mods)
{
    return false;
}
static inline void interrex_map_preserved(void)
{
}
static inline void interrex_free_rest(void)
{
}
static inline bool interrex_heap_now(void)
{
    return true;
}
struct page_info;
static inline bool interrex_frametable_chunk(void *start, void *end)
{
    return false;
}
static inline struct page_info *interrex_m2p_later(unsigned long piece)
{
    return NULL;
}

static inline bool interrex_in_region(paddr_t addr)
{
    return false;
}

#endif /* CONFIG_INTERREX */

#endif /* __ASM_INTERREX_BOOT_H__ */
