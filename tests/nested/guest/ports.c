/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ports N: binds N event channels of this guest's to one another, in pairs, and keeps them. Prints N as soon as they
 * are there, and goes on in the background. The guest's limit (xl: max_event_channels) has to be larger.
 */
#define _DEFAULT_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Linux: include/uapi/xen/evtchn.h. Both answer with the port. */
struct bind_unbound {
    uint32_t remote_domain;
};
struct bind_interdomain {
    uint32_t remote_domain, remote_port;
};
#define BIND_INTERDOMAIN _IOC(_IOC_NONE, 'E', 1, sizeof(struct bind_interdomain))
#define BIND_UNBOUND     _IOC(_IOC_NONE, 'E', 2, sizeof(struct bind_unbound))
#define DOMID_SELF       0x7ff0u

static int fail(const char *what)
{
    fprintf(stderr, "ports: %s: %s\n", what, strerror(errno));
    return 1;
}

int main(int argc, char **argv)
{
    char *end;
    unsigned long n = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
    int fd;

    if (!n || *end || n % 2 || n > 100000) {
        fprintf(stderr, "usage: ports N   (even, up to 100000)\n");
        return 2;
    }
    fd = open("/dev/xen/evtchn", O_RDWR);
    if (fd < 0)
        return fail("/dev/xen/evtchn");
    for (unsigned long i = 0; i < n; i += 2) {
        struct bind_unbound offer = {.remote_domain = DOMID_SELF};
        struct bind_interdomain join = {.remote_domain = DOMID_SELF};
        int port = ioctl(fd, BIND_UNBOUND, &offer);

        if (port < 0)
            return fail("BIND_UNBOUND_PORT");
        join.remote_port = (uint32_t)port;
        if (ioctl(fd, BIND_INTERDOMAIN, &join) < 0)
            return fail("BIND_INTERDOMAIN");
    }
    printf("%lu\n", n);
    fflush(stdout);
    if (daemon(0, 0))
        return fail("daemon");
    for (;;)
        pause();
}
