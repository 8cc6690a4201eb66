/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's libraries, played: what they do, and what they were asked. */
#ifndef INTERREX_DOM0_TESTS_LIBXEN_H
#define INTERREX_DOM0_TESTS_LIBXEN_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>

#include <xen/kexec.h>
#include <xen/version.h>

#include <interrex/abi/op.h>

#include "../image.h"

/* What the libraries do, and what they were asked. */
struct lib {
    unsigned int buffers, opened, calls;
    unsigned int no_memory_at; /* the n-th buffer is refused, from 1 on; 0: none */
    unsigned int asked;        /* buffers */
    int error;                 /* errno of hypercalls and lists; 0: they work */
    int answer;                /* of a hypercall that works */
    bool no_call, no_xc, no_xs, no_build_id, no_pools_left;
    uint64_t cmd;
    union {
        struct irx_op op;
        xen_kexec_load_t load;
        xen_kexec_exec_t exec;
        xen_kexec_status_t status;
    } arg;
    xen_kexec_segment_t segments[IRX_IMAGE_SEGMENTS_MAX];
    uint8_t sent[64]; /* what the command's buffer held */
    const char *name, *shutdown;
    char path[64]; /* that xenstore was asked for last */
};

extern struct lib lib;

#endif
