/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operator's interface (abi/op.h): one command of kexec_op. XSM_PRIV was
 * checked there. Operations are serialised by `busy`, but those that only look.
 */
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>

#include <asm/hypercall.h>
#include <asm/setup.h>
#include <asm/time.h>

#include "handover/handover.h"
#include "hold/hold.h"
#include "lend/lend.h"
#include "op/op.h"
#include "audit/audit.h"
#include "region/region.h"

#define READ_MAX MB(1)

static struct irx_op_cpus tasklet_cpus;

static long cf_check lend_tasklet(void *unused)
{
    long rc = interrex_lend(&tasklet_cpus);

    interrex_op_end();

    return rc;
}

static long cf_check return_tasklet(void *unused)
{
    long rc = interrex_return(tasklet_cpus.max);

    interrex_heard();
    interrex_op_end();

    return rc;
}

/* CPU hotplug wants the boot CPU and no domain's context. The tasklet ends the operation. */
static long on_boot_cpu(long (*fn)(void *), bool *goes_on)
{
    long rc = continue_hypercall_on_cpu(0, fn, NULL);

    *goes_on = !rc;

    return rc;
}

static int op_lend(struct irx_op_cpus *cpus, bool *goes_on)
{
    const struct irx_anchor *a = interrex_anchor();
    static cpumask_t now;
    int rc;

    if ( interrex_has_deaf() )
        return -ENXIO; /* entries are of the numbers that CPUs had before */
    if ( a->host_state != IRX_HOST_HOLDING && !interrex_is_loaded() )
        return a->host_state == IRX_HOST_IDLE ? -ENOENT : -EBUSY;
    rc = a->host_state == IRX_HOST_CLAIMING ? interrex_may_carry() : 0;
    if ( rc )
        return rc;

    rc = interrex_lend_choose(cpus, &now, &cpus->left);
    if ( rc )
        return rc;
    tasklet_cpus = *cpus;

    return on_boot_cpu(lend_tasklet, goes_on);
}

static int op_info(struct irx_op_info *info)
{
    const struct irx_anchor *a = interrex_anchor();
    paddr_t slot_base = 0;
    uint64_t slot_size = 0;

    memset(info, 0, sizeof(*info));
    info->online_cpus = num_online_cpus();
    info->system_time = NOW();
    info->tsc = rdtsc_ordered();
    info->tsc_khz = cpu_khz;
    info->boot_tsc = interrex_stamps.boot_tsc;
    info->dom0_tsc = interrex_stamps.dom0_tsc;
    info->exec_tsc = interrex_stamps.exec_tsc;
    info->rebuild_tsc = interrex_stamps.rebuild_tsc;
    info->rebuilt_tsc = interrex_stamps.rebuilt_tsc;
    info->note = *interrex_note();
    if ( is_pv_domain(hardware_domain) ) /* the next Xen has to know such */
        info->note.required |= IRX_FEATURE_PV_DOM0;
    if ( !interrex_ready() )
        return 0;

    info->region_base = a->region_base;
    info->region_size = a->region_size;
    info->host_state = a->host_state;
    info->generation = a->generation;
    if ( !interrex_free_slot(&slot_base, &slot_size) )
    {
        info->slot_base = slot_base;
        info->slot_size = slot_size;
    }

    return 0;
}

/* What Xen and the shim share lies before everything else (region/layout.c). */
static int op_read(const struct irx_op_read *read)
{
    uint64_t end = interrex_anchor()->data.off + interrex_anchor()->data.size;
    XEN_GUEST_HANDLE_PARAM(char)
    out = guest_handle_from_ptr((void *)read->buffer, char);

    if ( read->size > READ_MAX || read->off > end ||
         read->size > end - read->off )
        return -EINVAL;

    return copy_to_guest(out, (char *)interrex_at(0) + read->off, read->size)
               ? -EFAULT
               : 0;
}

static int domain_step(uint32_t cmd, struct domain *d,
                       struct irx_op_domain *op)
{
    switch ( cmd )
    {
    case IRX_OP_PREPARE:
        return interrex_prepare(d, op);
    case IRX_OP_ENTER:
        return interrex_enter(d, op);
    case IRX_OP_CLAIM:
        return interrex_claim(d, op);
    case IRX_OP_ABANDON:
        return interrex_abandon(d, op);
    }

    return -EINVAL;
}

/* A step that is called for the first time finds the domain in this state. */
static int may_begin(uint32_t cmd, struct domain *d,
                     const struct interrex_hold *h)
{
    struct irx_op_reason reason;

    switch ( cmd )
    {
    case IRX_OP_PREPARE:
        if ( h )
            return -EEXIST;
        /* The shim cannot run a PV domain, which stands still over the jump instead. */
        return is_pv_domain(d) || interrex_check_domain(d, &reason, 1)
                   ? -EOPNOTSUPP
                   : 0;

    case IRX_OP_ENTER:
        if ( !h )
            return -ENOENT;
        return interrex_domain_rec(h->entry)->state == IRX_DOM_PREPARED
                   ? 0
                   : -EEXIST;
    }

    return h ? 0 : -ENOENT;
}

/* One operation at a time on a domain; one that asks to be called again keeps its place. */
static int domain_op(uint32_t cmd, struct domain *d, struct irx_op_domain *op)
{
    struct interrex_hold *h = interrex_hold_of(d);
    int rc = 0;

    if ( d == current->domain )
        return -EINVAL;
    if ( h && h->op && h->op != cmd )
        return -EBUSY;
    if ( !h || !h->op )
        rc = may_begin(cmd, d, h);
    if ( rc )
        return rc;

    if ( h )
        h->op = cmd;
    rc = domain_step(cmd, d, op);
    h = interrex_hold_of(d);
    if ( h )
        h->op = rc == -ERESTART ? cmd : 0;

    return rc;
}

static int op_domain(uint32_t cmd, struct irx_op_domain *op)
{
    struct domain *d;
    int rc;

    if ( !op->timeout_ms )
        op->timeout_ms = INTERREX_TIMEOUT_MS;
    if ( op->timeout_ms > INTERREX_TIMEOUT_MS_MAX || op->domid >= DOMID_IDLE )
        return -EINVAL;

    d = get_domain_by_id(op->domid);
    if ( !d )
        return -ESRCH;

    rc = domain_op(cmd, d, op);
    put_domain(d);

    return rc;
}

/*
 * Domctl context; may be called again after -ERESTART. The shim gives it up first: nobody
 * else can stop it. Its state is not looked at any more.
 */
int interrex_domain_kill(struct domain *d)
{
    struct irx_op_domain op = { .timeout_ms = INTERREX_TIMEOUT_MS };
    int rc;

    if ( !read_atomic(&d->arch.interrex) )
        return 0;
    if ( !interrex_op_begin() )
        return -ERESTART;

    interrex_check_end();
    rc = interrex_hold_of(d) ? domain_op(IRX_OP_ABANDON, d, &op) : 0;
    interrex_op_end();

    /* Between two turns of another operation on it, which comes to an end. */
    return rc == -EBUSY ? -ERESTART : rc;
}

static bool only_looks(uint32_t cmd)
{
    return cmd == IRX_OP_CHECK || cmd == IRX_OP_WALKS || cmd == IRX_OP_AUDIT;
}

static int dispatch(struct irx_op *op, bool *answer, bool *goes_on)
{
    const struct irx_anchor *a = interrex_anchor();

    if ( op->version >> 16 != IRX_ABI_MAJOR )
        return -EOPNOTSUPP;

    if ( op->cmd == IRX_OP_CHECK )
    {
        *answer = true;
        return interrex_check(&op->u.check);
    }

    if ( op->cmd == IRX_OP_AUDIT )
    {
        *answer = true;
        return interrex_audit(&op->u.audit);
    }

    if ( !interrex_ready() )
        return -ENODEV;

    switch ( op->cmd )
    {
    case IRX_OP_WALKS:
        *answer = true;
        return interrex_walks(&op->u.walks);

    case IRX_OP_LOAD_SHIM:
        return interrex_load_shim(&op->u.load);

    case IRX_OP_FALLBACK:
        *answer = true;
        return interrex_load_fallback(&op->u.fallback);

    case IRX_OP_DEADMAN:
        return interrex_load_deadman(&op->u.deadman);

    case IRX_OP_UNLOAD:
        return interrex_unload();

    case IRX_OP_LEND:
        *answer = true;
        return op_lend(&op->u.cpus, goes_on);

    case IRX_OP_RETURN:
        tasklet_cpus = op->u.cpus;
        return on_boot_cpu(return_tasklet, goes_on);

    case IRX_OP_PREPARE:
        if ( !interrex_held_cpus() )
            return -ENODEV;
        fallthrough;
    case IRX_OP_ENTER:
        if ( a->host_state != IRX_HOST_HOLDING )
            return -ENODEV;
        fallthrough;
    case IRX_OP_CLAIM:
    case IRX_OP_ABANDON:
        *answer = true;
        return op_domain(op->cmd, &op->u.domain);
    }

    return -EOPNOTSUPP;
}

/*
 * What only looks, at any time: beside another operation too, which would else be refused as well
 * as refuse. It sees things as they are on their way. False: it is none of these.
 */
static bool look(struct irx_op *op, bool *answer, int *rc)
{
    if ( op->version >> 16 != IRX_ABI_MAJOR )
        return false;

    switch ( op->cmd )
    {
    case IRX_OP_INFO:
        *answer = true;
        *rc = op_info(&op->u.info);
        return true;

    case IRX_OP_HEAP:
        *answer = true;
        op->u.heap = (struct irx_op_heap){ interrex_heap_to_come,
                                           interrex_stamps.heap_tsc };
        *rc = 0;
        return true;

    case IRX_OP_READ:
        *rc = interrex_ready() ? op_read(&op->u.read) : -ENODEV;
        return true;
    }

    return false;
}

/* Fails where nothing has been done yet, or where all has, and whoever asked is not told. */
static int fault_before(uint32_t cmd)
{
    switch ( cmd )
    {
    case IRX_OP_LOAD_SHIM:
        return interrex_fault("load");
    case IRX_OP_FALLBACK:
        return interrex_fault("fallback");
    case IRX_OP_LEND:
        return interrex_fault("lend");
    case IRX_OP_PREPARE:
        return interrex_fault("prepare");
    case IRX_OP_ENTER:
        return interrex_fault("enter");
    case IRX_OP_CLAIM:
        return interrex_fault("claim");
    case IRX_OP_RETURN:
        return interrex_fault("return");
    }

    return 0;
}

static int fault_after(uint32_t cmd)
{
    switch ( cmd )
    {
    case IRX_OP_LOAD_SHIM:
        return interrex_fault("loaded");
    case IRX_OP_PREPARE:
        return interrex_fault("prepared");
    case IRX_OP_ENTER:
        return interrex_fault("entered");
    case IRX_OP_CLAIM:
        return interrex_fault("claimed");
    }

    return 0;
}

long interrex_kexec_op(XEN_GUEST_HANDLE_PARAM(void) uarg)
{
    struct irx_op op;
    bool answer = false, goes_on = false;
    int rc;

    if ( copy_from_guest(&op, uarg, 1) )
        return -EFAULT;

    if ( !look(&op, &answer, &rc) )
    {
        if ( !only_looks(op.cmd) )
            interrex_heard();
        if ( !interrex_op_begin() )
            return -EBUSY;

        if ( op.cmd != IRX_OP_CHECK && op.cmd != IRX_OP_WALKS )
            interrex_check_end();
        rc = fault_before(op.cmd) ?: dispatch(&op, &answer, &goes_on);
        if ( !rc && !goes_on )
            rc = fault_after(op.cmd);
        if ( !goes_on )
            interrex_op_end();
    }
    if ( rc == -ERESTART )
        return hypercall_create_continuation(
            __HYPERVISOR_kexec_op, "lh", (unsigned long)IRX_KEXEC_CMD, uarg);
    if ( !rc && answer && copy_to_guest(uarg, &op, 1) )
        rc = -EFAULT;

    return rc;
}
