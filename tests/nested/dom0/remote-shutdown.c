// SPDX-License-Identifier: GPL-2.0-only
/*
 * remote-shutdown DOMID: ends a domain as some toolstacks do, by SCHEDOP_remote_shutdown (power-off).
 *
 * Exit status: 0; 1 if Xen refused; 2 for bad arguments or when the hypercall cannot be made.
 */
#include <stdio.h>
#include <stdlib.h>

#define __XEN_TOOLS__ 1
#undef __STRICT_ANSI__ /* Xen's headers have unions without a name, which C11 has too */
#include <xencall.h>
#include <xen/xen.h>
#include <xen/sched.h>

int main(int argc, char **argv)
{
    char *end = NULL;
    unsigned long domid = argc == 2 ? strtoul(argv[1], &end, 10) : 0;

    if (!end || end == argv[1] || *end || !domid || domid >= DOMID_FIRST_RESERVED) {
        fprintf(stderr, "usage: remote-shutdown DOMID\n");
        return 2;
    }
    xencall_handle *call = xencall_open(NULL, 0);
    struct sched_remote_shutdown *op = call ? xencall_alloc_buffer(call, sizeof(*op)) : NULL;
    if (!op) {
        perror("remote-shutdown: cannot open the hypercall interface");
        return 2;
    }
    *op = (struct sched_remote_shutdown){.domain_id = (domid_t)domid, .reason = SHUTDOWN_poweroff};
    if (xencall2(call, __HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, (uint64_t)(uintptr_t)op)) {
        perror("remote-shutdown: Xen refused");
        return 1;
    }
    return 0;
}
