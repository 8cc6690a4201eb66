/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_SCHED_H
#define TESTS_XEN_SCHED_H

#include <xen/cpumask.h>
#include <xen/list.h>
#include <xen/mm.h>
#include <xen/radix-tree.h>
#include <xen/spinlock.h>
#include <xen/timer.h>

#include <asm/hvm/vlapic.h>

#define NR_VIRQS                  24
#define NR_DOMAIN_WATCHDOG_TIMERS 2

struct evtchn;
struct hvm_hw_cpu;

struct cpupool {
    unsigned int cpupool_id;
    cpumask_t cpu_valid;
};

struct sched_unit {
    cpumask_t *cpu_hard_affinity, *cpu_soft_affinity;
};

#define RUNSTATE_running  0
#define RUNSTATE_runnable 1
#define RUNSTATE_blocked  2
#define RUNSTATE_offline  3

typedef struct {
    int counter;
} atomic_t;
#define atomic_read(a)   ((a)->counter)
#define atomic_set(a, n) ((a)->counter = (n))

struct vcpu {
    unsigned int vcpu_id;
    struct domain *domain;
    struct sched_unit *sched_unit;
    unsigned int processor;
    struct timer singleshot_timer, periodic_timer, poll_timer;
    uint64_t periodic_period;
    s_time_t periodic_last_event;
    int poll_evtchn;
    struct {
        struct {
            struct vlapic vlapic;
            uint64_t stime_offset;
        } hvm;
        uint64_t interrex_wait_ns;
    } arch;
    struct {
        int state;
        uint64_t state_entry_time;
    } runstate;
    struct vcpu_info *vcpu_info;
};

struct vcpu_info; /* public/xen.h */
extern struct vcpu_info dummy_vcpu_info;
#define vcpu_info(v, field) ((v)->vcpu_info->field)

struct cpu_policy {
    struct {
        unsigned int maxphysaddr;
    } extd;
};

struct world_entry; /* of a p2m; world.h */

struct p2m_domain {
    spinlock_t lock;
    struct domain *domain;
    unsigned long max_mapped_pfn;
};

struct domain {
    domid_t domain_id;
    uint8_t handle[16];
    unsigned int max_vcpus, max_pages;
    struct vcpu **vcpu;
    bool is_shut_down, creation_finished;
    int shutdown_code; /* SHUTDOWN_* */
    void *shared_info;
    struct cpupool *cpupool;
    rwlock_t event_lock;
    unsigned int valid_evtchns;
    struct radix_tree_root pirq_tree;
    unsigned int nr_pirqs;
    void *evtchn_fifo;
    struct page_list_head page_list;
    bool is_dying;
    spinlock_t watchdog_lock;
    uint32_t watchdog_inuse_map;
    struct timer watchdog_timer[NR_DOMAIN_WATCHDOG_TIMERS];
    struct {
        struct interrex_hold *interrex;
        struct cpu_policy *cpu_policy;
        struct {
            struct pl_time *pl_time;
            uint64_t params[64];
        } hvm;
        struct {
            atomic_t nr_l4_pages;
        } pv;
    } arch;

    /* Of the stand-in. */
    struct domain *world_next;
    unsigned int world_refs; /* get_domain() without put_domain() */
    bool world_pv;
    bool world_dying;         /* no more references to it */
    unsigned int world_pages; /* domain_tot_pages() */
    struct {
        const struct world_entry *entries;
        unsigned int nr, locked; /* gets without a put */
        struct p2m_domain p2m;
    } world_p2m;
};

/* Who runs here; NULL: somebody. A tasklet runs as the idle one. */
extern struct vcpu *current, world_idle_vcpu;
#define is_idle_vcpu(v) ((v) == &world_idle_vcpu)

extern struct domain *domain_list;
#define for_each_domain(d) for ( d = domain_list; d; d = d->world_next )
#define for_each_vcpu(d, v)                                                   \
    for ( v = (d)->vcpu[0]; v; v = v->vcpu_id + 1 < (d)->max_vcpus            \
                                       ? (d)->vcpu[v->vcpu_id + 1]            \
                                       : NULL )

static inline struct vcpu *domain_vcpu(const struct domain *d, unsigned int id)
{
    return id < d->max_vcpus ? d->vcpu[id] : NULL;
}

static inline unsigned int domain_tot_pages(const struct domain *d)
{
    return d->world_pages;
}

bool get_domain(struct domain *d);
void put_domain(struct domain *d);

#define cpupool_get_id(d) ((d)->cpupool->cpupool_id)
extern struct domain *hardware_domain;
#define is_pv_domain(d)       ((d)->world_pv)
#define is_hvm_domain(d)      (!is_pv_domain(d))
#define is_pv_vcpu(v)         is_pv_domain((v)->domain)
#define is_hvm_vcpu(v)        is_hvm_domain((v)->domain)
#define is_hardware_domain(d) ((d)->domain_id == 0)

/* Noted in the world. */
int domain_shutdown(struct domain *d, uint8_t reason);
void domain_unpause(struct domain *d);

/* Counted like a reference. */
struct domain *rcu_lock_domain_by_id(domid_t id);
#define rcu_lock_domain_by_any_id rcu_lock_domain_by_id
void rcu_unlock_domain(struct domain *d);

typedef struct {
    bool taken;
} rcu_read_lock_t;
extern rcu_read_lock_t domlist_read_lock;
void rcu_read_lock(rcu_read_lock_t *lock);
void rcu_read_unlock(rcu_read_lock_t *lock);

/* -EINVAL where no CPU of the mask is online, as Xen. */
int vcpu_set_hard_affinity(struct vcpu *v, const cpumask_t *hard);
const cpumask_t *cpupool_valid_cpus(const struct cpupool *pool);

/* Time: each look at it takes a millisecond. */
#define MILLISECS(n) ((s_time_t)(n)*1000000)
#define MICROSECS(n) ((s_time_t)(n)*1000)
s_time_t NOW(void);
#define cpu_relax() ((void)0)

/* Of words that others read. */
#define cmpxchg(word, from, to) __sync_val_compare_and_swap(word, from, to)
#define read_atomic(word)       (*(const volatile typeof(*(word)) *)(word))
#define write_atomic(word, value)                                             \
    (*(volatile typeof(*(word)) *)(word) = (value))
#define smp_rmb() __asm__ volatile("" ::: "memory")
#define smp_wmb() __asm__ volatile("" ::: "memory")
#define smp_mb()  __asm__ volatile("" ::: "memory")

#endif
