/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux' devices for event channels and grants, as the traffic uses them. */
#ifndef GUEST_TRAFFIC_XEN_H
#define GUEST_TRAFFIC_XEN_H

#include <stdint.h>
#include <sys/ioctl.h>

typedef uint16_t domid_t; /* which the next headers want */
typedef uint32_t grant_ref_t;
#include <xen/evtchn.h>
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

/* A descriptor of one of them. Ends the program where it cannot be opened. */
int open_device(const char *path);

/* What an ioctl answers. Ends the program where it fails; what: what was asked for, in words. */
int request(int fd, unsigned long number, void *arg, const char *what);

#endif
