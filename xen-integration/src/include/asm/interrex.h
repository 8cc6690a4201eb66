/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrex: what Xen's own files call (the hooks of xen-integration/4.17), each of
 * them nothing without CONFIG_INTERREX. The jump and the next Xen's boot are in
 * interrex-boot.h.
 */
#ifndef __ASM_X86_INTERREX_H__
#define __ASM_X86_INTERREX_H__

#include <xen/cpumask.h>
#include <xen/multiboot.h>
#include <xen/types.h>

struct domain;
struct e820map;
struct evtchn;
struct vcpu;

#ifdef CONFIG_INTERREX

/*
 * setup.c, before anything is allocated: take R out of the memory that the boot
 * allocator gets. nr_mods modules in mod[] have (mfn, bytes) form by now.
 */
void interrex_reserve_region(struct e820map *boot_e820, const module_t *mod,
                             unsigned int nr_mods);
/* setup.c, beside the mapping of the crash area: R into the direct map. */
void interrex_map_region(void);

/* kexec.c: command IRX_KEXEC_CMD of kexec_op; XSM_PRIV was checked. Returns 0 or -errno. */
long interrex_kexec_op(XEN_GUEST_HANDLE_PARAM(void) uarg);

/*
 * smpboot.c, last act of a CPU that goes offline: into the shim if it is lent;
 * else returns. *cpu_state becomes dead_value when the master may free the
 * CPU's memory.
 */
void interrex_cpu_exit(unsigned int cpu, volatile unsigned int *cpu_state,
                       unsigned int dead_value);

/*
 * smpboot.c: waits a moment for a CPU that is being lent; false: cpu is none. One that
 * takes too long is stopped, and *cpu_state becomes dead_value.
 */
bool interrex_cpu_leaves(unsigned int cpu, volatile unsigned int *cpu_state,
                         unsigned int dead_value);
/* smpboot.c: cpu is to come online. -EBUSY: the shim has it. */
int interrex_cpu_may_come(unsigned int cpu);
/* smpboot.c: the CPU comes back from the shim, which left it waiting for INIT. Any context. */
bool interrex_cpu_comes(unsigned int apic_id);

/* sched/core.c: v leaves a run state in which it was for `delta` ns. */
#define interrex_vcpu_waited(v, delta)                                        \
    do                                                                        \
    {                                                                         \
        if ( unlikely(interrex_waits_watched) &&                              \
             (v)->runstate.state == RUNSTATE_runnable )                       \
            interrex_waited(v, delta);                                        \
    } while ( 0 )
extern bool interrex_waits_watched;
void interrex_waited(struct vcpu *v, int64_t ns);

/* hvm.c: v is about to run. */
void interrex_vcpu_runs(struct vcpu *v);

/*
 * sched/cpupool.c, with cpupool_lock held: a CPU comes online and is free now. True:
 * its place is known, and it is there (*rc: or not), or stays free.
 */
bool interrex_cpupool_home(unsigned int cpu, int *rc);

/* time.c: true while system time is frozen, that is, its scale may not change. */
bool interrex_time_frozen(void);
/* time.c: while frozen, a CPU that comes online takes over the boot CPU's time. */
bool interrex_copy_time(void *to, const void *from, size_t size);

/*
 * event_channel.c, with d->event_lock held for writing: another domain bound to this
 * port of d, or let go of it.
 */
void interrex_port_changed(struct domain *d, const struct evtchn *evtchn);

/* p2m.c: an entry of d's p2m is about to be changed. -EBUSY: not while the shim runs d. */
int interrex_p2m_change(const struct domain *d);
/* hvm.c: something else of d is. The same. */
int interrex_change(const struct domain *d);
/* domctl.c: the control domain asks for XEN_DOMCTL_* of d, or d is NULL. -EBUSY: the same. */
int interrex_domctl(const struct domain *d, uint32_t cmd);

/* domain.c: d is to be destroyed, so it comes back from the shim first. -ERESTART: call again. */
int interrex_domain_kill(struct domain *d);

/*
 * sched/core.c: the toolstack sets v's hard affinity. While CPUs are lent, one that
 * asks for them is remembered and set when they are back. -EINVAL, -ENOMEM.
 */
int interrex_set_hard_affinity(struct vcpu *v, const cpumask_t *hard);

#else /* !CONFIG_INTERREX */

static inline void interrex_reserve_region(struct e820map *boot_e820,
                                           const module_t *mod,
                                           unsigned int nr_mods)
{
}
static inline void interrex_map_region(void)
{
}
static inline void interrex_cpu_exit(unsigned int cpu,
                                     volatile unsigned int *cpu_state,
                                     unsigned int dead_value)
{
}
static inline bool interrex_cpu_leaves(unsigned int cpu,
                                       volatile unsigned int *cpu_state,
                                       unsigned int dead_value)
{
    return false;
}
static inline int interrex_cpu_may_come(unsigned int cpu)
{
    return 0;
}
static inline bool interrex_cpu_comes(unsigned int apic_id)
{
    return false;
}
static inline void interrex_vcpu_runs(struct vcpu *v)
{
}
static inline bool interrex_time_frozen(void)
{
    return false;
}
static inline bool interrex_copy_time(void *to, const void *from, size_t size)
{
    return false;
}
static inline int interrex_p2m_change(const struct domain *d)
{
    return 0;
}
static inline int interrex_change(const struct domain *d)
{
    return 0;
}

#endif /* CONFIG_INTERREX */

#endif /* __ASM_X86_INTERREX_H__ */
