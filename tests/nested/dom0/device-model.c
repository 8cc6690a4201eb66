// SPDX-License-Identifier: GPL-2.0-only
/*
 * device-model -d DOMID ...: what xl starts for an HVM guest instead of QEMU, with QEMU's
 * arguments. To Xen it is a device model, with an I/O request server; it emulates nothing, so
 * the guest has to stay paused. Tells xl that it runs and stays until xl ends it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define __XEN_TOOLS__ 1
#include <xendevicemodel.h>

static int domid_of(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "-d") == 0)
            return atoi(argv[i + 1]);
    return -1;
}

static int serve(int domid)
{
    xendevicemodel_handle *model = xendevicemodel_open(NULL, 0);
    ioservid_t server;

    if (!model || xendevicemodel_create_ioreq_server(model, (domid_t)domid,
                                                     HVM_IOREQSRV_BUFIOREQ_OFF, &server)) {
        perror("device-model: no I/O request server");
        return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    int domid = domid_of(argc, argv);
    char command[128];

    if (domid <= 0 || serve(domid))
        return 1;
    snprintf(command, sizeof(command),
             "xenstore-write /local/domain/0/device-model/%d/state running", domid);
    if (system(command)) /* NOLINT(cert-env33-c): a fixed program of dom0's initramfs */
        return 1;
    for (;;)
        pause();
}
