/* SPDX-License-Identifier: GPL-2.0-only */
/* The shim's image: into R, and out of it. */
#include <xen/guest_access.h>

#include <interrex/negotiate.h>

#include "hold/hold.h"
#include "lend/lend.h"
#include "op/op.h"
#include "region/region.h"
#include "state/state.h"

/* The shim reads what we write, and writes what we read: all of R's version. */
static int negotiate(const struct irx_note *shim, uint64_t *features)
{
    static struct irx_negotiation n;
    struct irx_refusal why;
    unsigned int i;

    if ( shim->producer != IRX_PRODUCER_SHIM )
        return -EINVAL;

    if ( irx_negotiate(interrex_note(), shim, &n) )
    {
        for ( i = 0; i < n.nr_reasons; i++ )
            printk(XENLOG_ERR "Interrex: shim refused: %s\n",
                   irx_negotiate_text(n.reasons[i].code));
        return -EOPNOTSUPP;
    }
    if ( irx_negotiate_region(interrex_anchor()->version, shim, &why) )
    {
        printk(XENLOG_ERR "Interrex: shim refused: %s\n",
               irx_negotiate_text(why.code));
        return -EOPNOTSUPP;
    }
    *features = n.features;

    return 0;
}

static int check_load(const struct irx_op_load *load)
{
    const struct irx_anchor *a = interrex_anchor();

    if ( !load->image_size || load->image_size > load->mem_size ||
         load->entry >= load->image_size )
        return -EINVAL;
    if ( load->mem_size > a->shim.size )
        return -ENOSPC;

    return 0;
}

/* It is one update's. */
static void forget_fallback(struct irx_anchor *a)
{
    if ( !interrex_abi(1) )
        return;
    a->fallback_used = 0;
    a->attempts = a->attempts_max = 0;
    interrex_watch_limit(a, 0);
}

/* An update beside guests that the shim has kept: its way in was made, in this Xen. */
static bool beside;

bool interrex_is_loaded(void)
{
    const struct irx_anchor *a = interrex_anchor();

    return a->host_state == IRX_HOST_LOADED ||
           (a->host_state == IRX_HOST_CLAIMING && beside);
}

/* What failed was the update's that ended here; both have one generation. */
static void forget_failure(const struct irx_anchor *a)
{
    if ( interrex_abi(1) && a->failure.size >= sizeof(struct irx_failure) )
        ((struct irx_failure *)interrex_at(a->failure.off))->generation = 0;
}

/* The shim goes on, and with it all that it shares with Xen: entries, tables, the generation. */
static int load_beside(struct irx_anchor *a)
{
    int rc = interrex_may_carry();

    if ( rc )
        return rc;

    forget_fallback(a);
    forget_failure(a);
    interrex_forget_deadman();
    rc = interrex_entry_tables(); /* no CPU is on its way by them */
    beside = !rc;

    return rc;
}

int interrex_load_shim(const struct irx_op_load *load)
{
    struct irx_anchor *a = interrex_anchor();
    XEN_GUEST_HANDLE_PARAM(char)
    image = guest_handle_from_ptr((void *)load->image, char);
    char *shim = interrex_at(a->shim.off);
    uint64_t features;
    int rc;

    if ( interrex_has_deaf() )
        return -ENXIO; /* the other slot is never free again */
    if ( a->host_state == IRX_HOST_CLAIMING && !load->image_size )
        return load_beside(a);
    if ( a->host_state != IRX_HOST_IDLE && a->host_state != IRX_HOST_LOADED )
        return -EBUSY;

    rc = check_load(load) ?: negotiate(&load->note, &features);
    if ( rc )
        return rc;

    interrex_holds_reset();
    interrex_set_host_state(IRX_HOST_IDLE);
    forget_fallback(a);
    interrex_forget_deadman();

    if ( copy_from_guest(shim, image, load->image_size) )
        return -EFAULT;
    memset(shim + load->image_size, 0, a->shim.size - load->image_size);
    interrex_dead_note();
    memset(interrex_at(a->cpus.off), 0, a->log.off - a->cpus.off);
    interrex_dead_put();

    rc = interrex_entry_tables();
    if ( rc )
        return rc;

    a->shim_entry = load->entry;
    a->shim_image_size = load->image_size;
    a->shim_state = IRX_SHIM_NONE;
    a->shim_error = 0;
    a->features = features;
    a->shim_release = load->note.release;
    interrex_xen_export(a);
    a->tsc_khz = cpu_khz;
    interrex_entry_settings();
    a->generation++;
    a->data_used = 0;
    interrex_set_host_state(IRX_HOST_LOADED);

    return 0;
}

int interrex_unload(void)
{
    struct irx_anchor *a = interrex_anchor();

    if ( a->host_state == IRX_HOST_CLAIMING && beside )
    {
        beside = false;
        forget_fallback(a);
        return 0;
    }
    if ( a->host_state != IRX_HOST_IDLE && a->host_state != IRX_HOST_LOADED )
        return -EBUSY;

    interrex_holds_reset();
    forget_fallback(a);
    a->shim_image_size = 0;
    a->shim_state = IRX_SHIM_NONE;
    interrex_set_host_state(IRX_HOST_IDLE);

    return 0;
}
