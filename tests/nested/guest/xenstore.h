/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's way to xenstore (xen/include/public/io/xs_wire.h, through
 * /dev/xen/xenbus), and how its programs answer dom0's questions through it.
 */
#ifndef GUEST_XENSTORE_H
#define GUEST_XENSTORE_H

#include <stdbool.h>
#include <stddef.h>

#define XS_MAX 4096 /* bytes of a message, without its header */

/* One connection. One thread's at a time. */
struct xs {
    int fd;
    bool pending; /* a watch fired while a reply was awaited */
};

/* Connects; ends the program where that fails. */
void xs_open(struct xs *xs);

/* Reads a node, its path relative to the guest's own; body has room for XS_MAX + 1 bytes. */
bool xs_read(struct xs *xs, const char *path, char *body);

/*
 * Answers requests until xenstore is of no more use. A request is "SEQ VERB
 * [REST]" in data/PROGRAM/request; its answer data/PROGRAM/answer/0..n-1, then
 * "SEQ n" in data/PROGRAM/done. answer() returns the text, "" for none, which stays valid
 * until it is called again; rest is "" where none was given.
 */
void xs_serve(const char *program, const char *(*answer)(const char *verb, const char *rest));

#endif
