/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that the tool asks of Xen and of dom0, behind one narrow table: the real
 * one makes hypercalls (xen_call.c), the one of the tests plays a Xen
 * (tests/fake_xen.c). Every function returns 0 (or a count) or a negative errno.
 *
 * After a kexec another Xen answers, perhaps of another release: from then on
 * only op() and version() are used, whose formats do not change with it.
 */
#ifndef INTERREX_DOM0_XEN_H
#define INTERREX_DOM0_XEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <interrex/abi/op.h>

#include "error.h"
#include "image.h"

/* A domain as Xen lists it. */
struct irx_xen_domain {
    uint32_t domid;
    uint32_t vcpus;
    uint64_t memory_kib;
    bool dying;
    bool pv; /* the shim cannot run it: it stands still while no dom0 runs */
};

/* What the running Xen says it is. */
struct irx_xen_version {
    char version[96];  /* "4.17.5" and what is appended to it */
    char build_id[64]; /* hexadecimal; empty = it has none */
    char cmdline[1024];
};

struct irx_xen_host {
    uint32_t online_cpus; /* Xen's, without those that the shim holds */
    uint64_t memory_mib;
    uint64_t free_mib;
};

struct irx_xen_ops {
    /*
     * IRX_OP_*. `payload`, `size`: the buffer that u.load.image, u.check.reasons
     * or u.read.buffer stands for; the backend fills in that address, copies the
     * buffer in (load) or out (check, read). NULL, 0 for the other commands.
     */
    int (*op)(void *ctx, struct irx_op *op, void *payload, size_t size);
    int (*kexec_load)(void *ctx, const struct irx_image *image);
    /* Forgets the target; none loaded is no error. */
    int (*kexec_unload)(void *ctx);
    /* 0: we are in the next Xen. */
    int (*kexec_exec)(void *ctx);
    int (*version)(void *ctx, struct irx_xen_version *version);
    int (*host)(void *ctx, struct irx_xen_host *host);
    /* Bit n of map: CPU n is online in this Xen; those that the shim holds are not. */
    int (*online)(void *ctx, uint8_t *map, size_t size);
    /* Up to `room` domains in order of domid; returns how many. */
    int (*domains)(void *ctx, struct irx_xen_domain *list, unsigned int room);
    /* The host's memory map; returns how many entries. */
    int (*memory_map)(void *ctx, struct irx_image_memory *map, unsigned int room);
    /* A toolstack is saving, migrating or restoring it, or has asked it to suspend. */
    bool (*suspends)(void *ctx, uint32_t domid);
    /* The toolstack's name of a domain. */
    int (*name)(void *ctx, uint32_t domid, char *name, size_t size);
    /* 1: a crash kernel is loaded (kdump). 0: none. */
    int (*crash_image)(void *ctx);
    /* 1: this process of dom0 has a hardware watchdog open. 0: none has. */
    int (*watchdog_user)(void *ctx, char *name, size_t size);
    uint64_t (*now_ns)(void *ctx);                /* monotonic */
    void (*sleep_ms)(void *ctx, unsigned int ms); /* may return early at a signal */
    void (*close)(void *ctx);
};

struct irx_xen {
    const struct irx_xen_ops *ops;
    void *ctx;
};

/* Connects to the Xen below this dom0. */
int irx_xen_connect(struct irx_xen *xen, struct irx_error *e);
void irx_xen_close(struct irx_xen *xen);

/*
 * The commands of op.h, one function each. They return 0 or the negative errno
 * that Xen answered. Words for the operator are the caller's to add.
 */
int irx_xen_info(const struct irx_xen *xen, struct irx_op_info *info);
int irx_xen_load_shim(const struct irx_xen *xen, const struct irx_op_load *load, const void *image);
/* The shim that is there stays, with the guests that it has. -EBUSY: they are not quarantined, or an older Xen. */
int irx_xen_load_beside(const struct irx_xen *xen);
/* Without an image (image_size 0): where one would go. -EOPNOTSUPP: a Xen of ABI 1.0. */
int irx_xen_fallback(const struct irx_xen *xen, struct irx_op_fallback *fallback,
                     const void *image);
/* check->count: how many reasons there are, of which the first min(room, check->count) were stored. */
int irx_xen_check(const struct irx_xen *xen, struct irx_op_check *check,
                  struct irx_op_reason *reasons, unsigned int room);
/* Zeros after an error: there is no region, or the Xen is an older one. */
int irx_xen_walks(const struct irx_xen *xen, struct irx_op_walks *walks);
/* The same. */
int irx_xen_heap(const struct irx_xen *xen, struct irx_op_heap *heap);
/* audit->spoil is asked for; audit->count differences, of which the first min(room, 16) were stored. */
int irx_xen_audit(const struct irx_xen *xen, struct irx_op_audit *audit,
                  struct irx_audit_difference *differences, unsigned int room);
/*
 * Lends the first core that is not lent yet of these CPUs (at most 15; count 0: all but the boot
 * CPU's core). *left: how many CPUs remain for further calls. A Xen of ABI 1.0 lends all at once.
 */
int irx_xen_lend(const struct irx_xen *xen, const uint32_t *cpus, unsigned int count,
                 uint32_t *left);
/* IRX_OP_PREPARE, IRX_OP_ENTER, IRX_OP_CLAIM; domid and timeout_ms in, stamps out. */
int irx_xen_domain_op(const struct irx_xen *xen, uint32_t cmd, struct irx_op_domain *domain);
/* With all domains claimed. -EAGAIN: there are more CPUs. */
int irx_xen_return(const struct irx_xen *xen);
/* One core, also while domains are held. -EBUSY: the last one, or a Xen of ABI 1.0. */
int irx_xen_return_core(const struct irx_xen *xen);
int irx_xen_unload(const struct irx_xen *xen);
/* When the target claims by itself, 0: never. -EOPNOTSUPP: an older Xen, or one that laid R out. */
int irx_xen_deadman(const struct irx_xen *xen, uint32_t limit_ms);
/* Any size: split into calls of at most so many bytes, for which the connection keeps a buffer. */
#define IRX_XEN_READ_MAX (64u << 10)
int irx_xen_read(const struct irx_xen *xen, irx_off_t off, void *buffer, uint64_t size);

/* The toolstack's name of a domain, fit to be shown; "domain 7" where it has none. */
void irx_xen_name(const struct irx_xen *xen, uint32_t domid, char *name, size_t size);

/* Reads INFO or fails with the words that fit: no Interrex in this Xen, not permitted, ... */
int irx_xen_require(const struct irx_xen *xen, struct irx_op_info *info, struct irx_error *e);

#endif
