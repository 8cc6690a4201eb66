// SPDX-License-Identifier: GPL-2.0-only
/*
 * settsc DOMID KHZ: a paused guest that has not run yet was made on a host whose
 * TSC ran at KHZ: what a migration tells Xen, in TSC mode "default". Where this
 * host's TSC is another one, Xen emulates the guest's.
 *
 * Exit status: 0; 1 if Xen refused; 2 for bad arguments or when the hypercall
 * cannot be made.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define __XEN_TOOLS__ 1
#undef __STRICT_ANSI__ /* Xen's headers have unions without a name, which C11 has too */
#include <xencall.h>
#include <xen/xen.h>
#include <xen/domctl.h>

#define MODE_DEFAULT 0u /* TSC_MODE_DEFAULT, asm-x86/time.h */

static unsigned long number(const char *text, unsigned long max)
{
    char *end;

    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (*text >= '0' && *text <= '9' && !*end && !errno && value <= max)
        return value;
    fprintf(stderr, "settsc: '%s' is not a number from 0 to %lu\n", text, max);
    exit(2);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: settsc DOMID KHZ\n");
        return 2;
    }
    xencall_handle *call = xencall_open(NULL, 0);
    struct xen_domctl *op = call ? xencall_alloc_buffer(call, sizeof(*op)) : NULL;
    if (!op) {
        perror("settsc: cannot open the hypercall interface");
        return 2;
    }
    memset(op, 0, sizeof(*op));
    op->cmd = XEN_DOMCTL_settscinfo;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op->domain = (domid_t)number(argv[1], 0x7fef);
    op->u.tsc_info.tsc_mode = MODE_DEFAULT;
    op->u.tsc_info.gtsc_khz = (uint32_t)number(argv[2], 100000000);
    if (xencall1(call, __HYPERVISOR_domctl, (uint64_t)(uintptr_t)op)) {
        perror("settsc: Xen refused");
        return 1;
    }
    return 0;
}
