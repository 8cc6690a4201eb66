/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's way to xenstore (xen/include/public/io/xs_wire.h, through
 * /dev/xen/xenbus), and how a guest's programs answer dom0's questions through it.
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

/* Reads a node, its path absolute or relative to the domain's own; body has room for XS_MAX + 1 bytes. */
bool xs_read(struct xs *xs, const char *path, char *body);
bool xs_write(struct xs *xs, const char *path, const void *value, size_t len);

/* Sets a watch, which fires once at once; xs_wait() waits for any of them, so long at most. */
bool xs_watch(struct xs *xs, const char *path);
void xs_wait(struct xs *xs, int ms);

/* In dom0: the number of the domain with this name, -1 where there is none. */
int xs_domid(struct xs *xs, const char *name);

/*
 * Answers requests until xenstore is of no more use. A request is "SEQ VERB
 * [REST]" in data/PROGRAM/request; its answer data/PROGRAM/answer/0..n-1, then
 * "SEQ n" in data/PROGRAM/done. answer() returns the text, "" for none, which stays valid
 * until it is called again; rest is "" where none was given.
 */
void xs_serve(const char *program, const char *(*answer)(const char *verb, const char *rest));

#endif
