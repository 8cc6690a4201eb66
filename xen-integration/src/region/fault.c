/* SPDX-License-Identifier: GPL-2.0-only */
#include <xen/delay.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/shutdown.h>

#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/system.h>

#include "region/fault.h"

static char opt_fault[40];
string_runtime_param("interrex-fault", opt_fault);

/* Without PAUSE, which an emulator that counts instructions takes a hundred times as long for. */
static void noreturn hang(void)
{
    for ( ;; )
        barrier();
}

/* Deaf to NMIs, too: as with firmware, or a CPU that is broken. APM volume 2, section 15.17. */
static void noreturn turn_to_stone(void)
{
    local_irq_disable();
    write_efer(read_efer() | EFER_SVME);
    asm volatile("clgi");
    hang();
}

static int fail(const char *kind)
{
    static const struct {
        const char *kind;
        int rc;
    } errors[] = { { "error", -EIO },
                   { "again", -EAGAIN },
                   { "nomem", -ENOMEM } };
    unsigned int i;

    if ( !strcmp(kind, "panic") )
        panic("Interrex: as asked for\n");
    if ( !strcmp(kind, "bug") )
        BUG();
    if ( !strcmp(kind, "halt") )
        machine_halt();
    if ( !strcmp(kind, "restart") )
        machine_restart(0);
    if ( !strcmp(kind, "deaf") )
        local_irq_disable();
    if ( !strcmp(kind, "stone") )
        turn_to_stone();
    if ( !strcmp(kind, "hang") || !strcmp(kind, "deaf") )
        hang();
    if ( !strcmp(kind, "delay") )
        mdelay(FAULT_DELAY_MS);
    for ( i = 0; i < ARRAY_SIZE(errors); i++ )
        if ( !strcmp(kind, errors[i].kind) )
            return errors[i].rc;

    return 0;
}

int interrex_fault(const char *place)
{
    size_t len = strlen(place);

    if ( strncmp(opt_fault, place, len) || opt_fault[len] != ':' )
        return 0;

    printk(XENLOG_WARNING "Interrex: fault %s\n", opt_fault);
    opt_fault[0] = '\0';

    return fail(opt_fault + len + 1);
}
