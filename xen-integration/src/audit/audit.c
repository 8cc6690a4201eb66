/* SPDX-License-Identifier: GPL-2.0-only */
/* The audit as an operation: all domains stand, what is counted is compared, and they go on. */
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/softirq.h>
#include <xen/vmap.h>

#include "audit/parts.h"

#define TIMEOUT_MS     2000
#define TIMEOUT_MS_MAX 60000
#define STEPS          64 /* between looks at the clock */

int audit_goes_on(struct audit *a)
{
    if ( ++a->steps % STEPS )
        return 0;
    process_pending_softirqs();

    return NOW() > a->end ? -ETIMEDOUT : 0;
}

/* ---- All domains stand, and the other vCPUs of who asks: so nobody makes or ends a domain ---- */

static int pause_all(void)
{
    struct domain *d;
    int rc = domain_pause_except_self(current->domain);

    if ( rc )
        return rc == -ERESTART ? -EAGAIN : rc;
    for_each_domain (d)
        if ( d != current->domain )
            domain_pause(d);

    return 0;
}

static void unpause_all(void)
{
    struct domain *d;

    for_each_domain (d)
        if ( d != current->domain )
            domain_unpause(d);
    domain_unpause_except_self(current->domain);
}

/* ---- Wrong on purpose ---- */

static bool can_be_spoilt(const struct page_info *pg, unsigned int how)
{
    const struct domain *owner = page_get_owner(pg);
    unsigned int type = audit_type(pg);

    if ( !(pg->count_info & PGC_count_mask) || !owner ||
         owner->domain_id >= DOMID_FIRST_RESERVED )
        return false;

    switch ( how )
    {
    case IRX_AUDIT_SPOIL_REF:
        return !type;
    case IRX_AUDIT_SPOIL_TYPE:
        return type == IRX_AUDIT_WRITABLE;
    }

    return type == IRX_AUDIT_L1 &&
           !(pg->u.inuse.type_info & (PGT_pinned | PGT_partial));
}

/* The first such page. */
static struct page_info *find_page(const struct audit *a)
{
    unsigned long pdx;

    for ( pdx = 0; pdx < a->nr; pdx++ )
    {
        mfn_t mfn = _mfn(pdx_to_pfn(pdx));

        if ( mfn_valid(mfn) && can_be_spoilt(mfn_to_page(mfn), a->op->spoil) )
            return mfn_to_page(mfn);
    }

    return NULL;
}

static bool make_wrong(struct page_info *pg, unsigned int how)
{
    switch ( how )
    {
    case IRX_AUDIT_SPOIL_REF:
        return get_page(pg, page_get_owner(pg));
    case IRX_AUDIT_SPOIL_TYPE:
        return get_page_type(pg, PGT_writable_page);
    case IRX_AUDIT_SPOIL_TABLE:
        return get_page_type(pg, PGT_l1_page_table);
    case IRX_AUDIT_SPOIL_PIN:
        return !test_and_set_bit(_PGT_pinned, &pg->u.inuse.type_info);
    }

    return false;
}

static int spoil(struct audit *a)
{
    struct page_info *pg;

    if ( a->op->spoil == IRX_AUDIT_SPOIL_NOTHING )
        return 0;

    pg = find_page(a);
    if ( !pg || !make_wrong(pg, a->op->spoil) )
        return -ENOENT;
    a->op->spoilt = mfn_x(page_to_mfn(pg));

    return 0;
}

/* What spoil() did. */
static void mend(struct audit *a)
{
    struct page_info *pg;

    if ( a->op->spoilt == ~0ULL )
        return;

    pg = mfn_to_page(_mfn(a->op->spoilt));
    switch ( a->op->spoil )
    {
    case IRX_AUDIT_SPOIL_REF:
        put_page(pg);
        break;
    case IRX_AUDIT_SPOIL_TYPE:
    case IRX_AUDIT_SPOIL_TABLE:
        put_page_type(pg);
        break;
    case IRX_AUDIT_SPOIL_PIN:
        clear_bit(_PGT_pinned, &pg->u.inuse.type_info);
        break;
    }
}

/* ---- The whole ---- */

static int count_domains(struct audit *a)
{
    struct domain *d;
    int rc = 0;

    for_each_domain (d)
    {
        if ( d->is_dying == DOMDYING_dying )
            return -EAGAIN;
        a->op->domains++;
        rc = audit_holders(a, d);
        if ( rc )
            return rc;
    }

    return 0;
}

static int look(struct audit *a)
{
    struct domain *d;
    int rc = audit_pins(a);

    rc = rc ?: count_domains(a);
    rc = rc ?: audit_compare(a);
    if ( rc )
        return rc;

    for_each_domain (d)
        if ( is_pv_domain(d) )
            audit_l4_pages(a, d);

    return 0;
}

static int look_while_paused(struct audit *a)
{
    s_time_t begin;
    int rc;

    rcu_read_lock(&domlist_read_lock);
    rc = pause_all();
    if ( !rc )
    {
        begin = NOW();
        a->end = begin + MILLISECS(a->op->timeout_ms);
        rc = spoil(a) ?: look(a);
        mend(a);
        a->op->paused_ns = NOW() - begin;
        unpause_all();
    }
    rcu_read_unlock(&domlist_read_lock);

    return rc;
}

static int answer(const struct audit *a)
{
    XEN_GUEST_HANDLE_PARAM(char)
    out = guest_handle_from_ptr((void *)a->op->differences, char);
    unsigned int nr = min_t(
        uint64_t, a->op->count,
        min_t(unsigned int, a->op->capacity, AUDIT_DIFFERENCES));

    return copy_to_guest(out, (const char *)a->differences,
                         nr * sizeof(a->differences[0]))
               ? -EFAULT
               : 0;
}

int interrex_audit(struct irx_op_audit *op)
{
    struct audit *a;
    int rc;

    if ( !op->timeout_ms )
        op->timeout_ms = TIMEOUT_MS;
    if ( op->timeout_ms > TIMEOUT_MS_MAX || op->spoil > IRX_AUDIT_SPOIL_MAX )
        return -EINVAL;
    *op = (struct irx_op_audit){
        .differences = op->differences,
        .capacity = op->capacity,
        .spoil = op->spoil,
        .timeout_ms = op->timeout_ms,
        .spoilt = ~0ULL,
    };

    a = xzalloc(struct audit);
    if ( !a )
        return -ENOMEM;
    a->op = op;
    a->nr = max_pdx;
    a->pages = vzalloc(a->nr * sizeof(*a->pages));

    rc = a->pages ? look_while_paused(a) : -ENOMEM;
    rc = rc ?: answer(a);
    vfree(a->pages);
    xfree(a);

    return rc;
}
