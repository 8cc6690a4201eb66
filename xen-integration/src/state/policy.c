/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPU policy of a domain: CPUID leaves and MSRs. */

#include <xen/err.h>
#include <xen/sched.h>

#include <asm/cpu-policy.h>
#include <asm/processor.h>
#include <public/arch-x86/cpuid.h>
#include <xen/lib/x86/cpu-policy.h>
#include <asm/msr.h>

#include "state/state.h"

#define HYPERVISOR_BASE 0x40000000U
#define HYPERVISOR_LAST 0x4000ffffU
#define EXTENDED_BASE   0x80000000U

struct leaf_writer {
    xen_cpuid_leaf_t *leaves;
    uint32_t nr, max;
    int rc;
};

static void put_leaf(struct leaf_writer *w, uint32_t leaf, uint32_t subleaf,
                     const struct cpuid_leaf *l)
{
    if ( w->nr == w->max )
    {
        w->rc = -ENOSPC;
        return;
    }

    w->leaves[w->nr++] = (xen_cpuid_leaf_t){
        leaf, subleaf, l->a, l->b, l->c, l->d,
    };
}

/* Where the policy holds (leaf, subleaf), or NULL if nowhere. */
static struct cpuid_leaf *find_leaf(struct cpu_policy *p, uint32_t leaf,
                                    uint32_t subleaf)
{
#define ENTRY(array, i) ((i) < ARRAY_SIZE(array) ? &(array)[i] : NULL)
    if ( leaf >= EXTENDED_BASE )
        return subleaf == XEN_CPUID_NO_SUBLEAF
                   ? ENTRY(p->extd.raw, leaf - EXTENDED_BASE)
                   : NULL;

    switch ( leaf )
    {
    case 0x4:
        return ENTRY(p->cache.raw, subleaf);

    case 0x7:
        return ENTRY(p->feat.raw, subleaf);

    case 0xb:
        return ENTRY(p->topo.raw, subleaf);

    case 0xd:
        return ENTRY(p->xstate.raw, subleaf);

    default:
        return subleaf == XEN_CPUID_NO_SUBLEAF ? ENTRY(p->basic.raw, leaf)
                                               : NULL;
    }
#undef ENTRY
}

/* How many subleaves of a leaf with subleaves say something. */
static unsigned int nr_subleaves(const struct cpu_policy *p, uint32_t leaf)
{
    unsigned int i;

    switch ( leaf )
    {
    case 0x4:
        for ( i = 0; i < ARRAY_SIZE(p->cache.raw); i++ )
            if ( !p->cache.subleaf[i].type )
                return i + 1;
        return i;

    case 0x7:
        return p->feat.max_subleaf + 1;

    case 0xb:
        for ( i = 0; i < ARRAY_SIZE(p->topo.raw); i++ )
            if ( !p->topo.subleaf[i].type )
                return i + 1;
        return i;

    default: /* 0xd */
        return max(flsl(cpu_policy_xstates(p)), 2);
    }
}

static void export_leaf(struct leaf_writer *w, struct cpu_policy *p,
                        uint32_t leaf)
{
    const struct cpuid_leaf *l;
    unsigned int i, n;

    switch ( leaf )
    {
    case 0x4:
    case 0x7:
    case 0xb:
    case 0xd:
        n = nr_subleaves(p, leaf);
        for ( i = 0; i < n && (l = find_leaf(p, leaf, i)) != NULL; i++ )
            put_leaf(w, leaf, i, l);
        break;

    default:
        l = find_leaf(p, leaf, XEN_CPUID_NO_SUBLEAF);
        if ( l )
            put_leaf(w, leaf, XEN_CPUID_NO_SUBLEAF, l);
        break;
    }
}

/* What cpuid_hypervisor_leaves() answers; the time leaf (3) has subleaves. */
static void export_hypervisor_leaves(struct leaf_writer *w,
                                     const struct vcpu *v)
{
    struct cpuid_leaf l;
    uint32_t leaf, last;

    guest_cpuid(v, HYPERVISOR_BASE, 0, &l);
    last = min(l.a, HYPERVISOR_BASE + XEN_CPUID_MAX_NUM_LEAVES);

    for ( leaf = HYPERVISOR_BASE; leaf <= last; leaf++ )
    {
        unsigned int subleaf, n = leaf == HYPERVISOR_BASE + 3 ? 3 : 1;

        for ( subleaf = 0; subleaf < n; subleaf++ )
        {
            guest_cpuid(v, leaf, subleaf, &l);
            put_leaf(w, leaf, n > 1 ? subleaf : XEN_CPUID_NO_SUBLEAF, &l);
        }
    }
}

/* *nr_leaves and *nr_msrs are capacities, then counts. */
static int export_arrays(const struct domain *d, xen_cpuid_leaf_t *leaves,
                         uint32_t *nr_leaves, xen_msr_entry_t *msrs,
                         uint32_t *nr_msrs)
{
    struct cpu_policy *p = d->arch.cpu_policy;
    struct leaf_writer w = { .leaves = leaves, .max = *nr_leaves };
    uint32_t leaf;

    if ( *nr_msrs < 2 )
        return -ENOSPC;

    for ( leaf = 0; leaf <= min_t(uint32_t, p->basic.max_leaf,
                                  ARRAY_SIZE(p->basic.raw) - 1);
          leaf++ )
        export_leaf(&w, p, leaf);

    export_hypervisor_leaves(&w, d->vcpu[0]);

    for ( leaf = EXTENDED_BASE;
          leaf <= min_t(uint32_t, p->extd.max_leaf,
                        EXTENDED_BASE + ARRAY_SIZE(p->extd.raw) - 1);
          leaf++ )
        export_leaf(&w, p, leaf);

    msrs[0] = (xen_msr_entry_t){ .idx = MSR_INTEL_PLATFORM_INFO,
                                 .val = p->platform_info.raw };
    msrs[1] = (xen_msr_entry_t){ .idx = MSR_ARCH_CAPABILITIES,
                                 .val = p->arch_caps.raw };
    *nr_msrs = 2;
    *nr_leaves = w.nr;

    return w.rc;
}

int interrex_policy_export(const struct domain *d, struct irx_domain *r)
{
    xen_cpuid_leaf_t *leaves = interrex_at(r->leaves);
    xen_msr_entry_t *msrs = interrex_at(r->msrs);

    r->leaf_count = INTERREX_MAX_LEAVES;
    r->msr_count = INTERREX_MAX_MSRS;

    return export_arrays(d, leaves, &r->leaf_count, msrs, &r->msr_count);
}

static int import_leaves(struct cpu_policy *p, const xen_cpuid_leaf_t *leaves,
                         uint32_t nr)
{
    uint32_t i;

    if ( nr > INTERREX_MAX_LEAVES )
        return -E2BIG;

    for ( i = 0; i < nr; i++ )
    {
        const xen_cpuid_leaf_t *in = &leaves[i];
        struct cpuid_leaf *l;

        if ( in->leaf >= HYPERVISOR_BASE && in->leaf <= HYPERVISOR_LAST )
            continue; /* this Xen's own to answer */

        l = find_leaf(p, in->leaf, in->subleaf);
        if ( !l )
            return -ERANGE;

        *l = (struct cpuid_leaf){ in->a, in->b, in->c, in->d };
    }

    x86_cpu_policy_recalc_synth(p);

    return 0;
}

static int import_msrs(struct cpu_policy *p, const xen_msr_entry_t *msrs,
                       uint32_t nr)
{
    uint32_t i;

    for ( i = 0; i < nr; i++ )
    {
        const xen_msr_entry_t *in = &msrs[i];

        switch ( in->idx )
        {
        case MSR_INTEL_PLATFORM_INFO:
            if ( in->val != (typeof(p->platform_info.raw))in->val )
                return -EINVAL;
            p->platform_info.raw = in->val;
            break;

        case MSR_ARCH_CAPABILITIES:
            p->arch_caps.raw = in->val;
            break;

        default:
            return -ERANGE;
        }
    }

    return 0;
}

static bool leaf_is(const struct cpuid_leaf *l, const xen_cpuid_leaf_t *was)
{
    return l && l->a == was->a && l->b == was->b && l->c == was->c &&
           l->d == was->d;
}

/*
 * This Xen has cut d's policy to what it offers. Where that is another one than R's, which the
 * guest has read and built upon, it must not go on here.
 */
static int compare(struct domain *d, const struct irx_domain_view *view)
{
    const xen_cpuid_leaf_t *leaves = view->leaves;
    const xen_msr_entry_t *msrs = view->msrs;
    struct cpu_policy *p = d->arch.cpu_policy;
    uint32_t i;
    int rc = 0;

    for ( i = 0; i < view->d->leaf_count; i++ )
    {
        const xen_cpuid_leaf_t *was = &leaves[i];
        const struct cpuid_leaf *l = find_leaf(p, was->leaf, was->subleaf);

        if ( (was->leaf >= HYPERVISOR_BASE && was->leaf <= HYPERVISOR_LAST) ||
             leaf_is(l, was) )
            continue;
        printk(XENLOG_ERR
               "Interrex: %pd: CPUID %#x/%#x was %08x:%08x:%08x:%08x, here it "
               "is %08x:%08x:%08x:%08x\n",
               d, was->leaf, was->subleaf, was->a, was->b, was->c, was->d,
               l ? l->a : 0, l ? l->b : 0, l ? l->c : 0, l ? l->d : 0);
        rc = -EOPNOTSUPP;
    }
    for ( i = 0; i < view->d->msr_count; i++ )
    {
        const xen_msr_entry_t *was = &msrs[i];
        uint64_t is = was->idx == MSR_ARCH_CAPABILITIES ? p->arch_caps.raw
                                                        : p->platform_info.raw;

        if ( is == was->val )
            continue;
        printk(XENLOG_ERR "Interrex: %pd: MSR %#x was %#" PRIx64
                          ", here it is %#" PRIx64 "\n",
               d, was->idx, was->val, is);
        rc = -EOPNOTSUPP;
    }

    return rc;
}

int interrex_policy_import(struct domain *d,
                           const struct irx_domain_view *view)
{
    struct cpu_policy_errors err = INIT_CPU_POLICY_ERRORS;
    struct cpu_policy *new = xmemdup(d->arch.cpu_policy);
    int rc;

    if ( !new )
        return -ENOMEM;

    rc = import_leaves(new, view->leaves, view->d->leaf_count);
    if ( !rc )
        rc = import_msrs(new, view->msrs, view->d->msr_count);
    if ( rc )
        goto out;

    x86_cpu_policy_clear_out_of_range_leaves(new);

    rc = x86_cpu_policies_are_compatible(
        is_pv_domain(d) ? &pv_max_cpu_policy : &hvm_max_cpu_policy, new, &err);
    if ( rc )
        goto out;

    SWAP(new, d->arch.cpu_policy);
    recalculate_cpuid_policy(d);
    domain_cpu_policy_changed(d);

    /* dom0 has nowhere else to go on: with what there is. */
    rc = compare(d, view);
    if ( is_hardware_domain(d) )
        rc = 0;

out:
    xfree(new);

    return rc;
}
