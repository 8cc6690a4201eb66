/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The target's command line: what of it belongs to one boot, and what has to be as the running
 * Xen has it, since the target goes on with the domains and CPUs that this one leaves.
 */
#ifndef INTERREX_DOM0_CMDLINE_H
#define INTERREX_DOM0_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "findings.h"

/* Xen's own limit (saved_cmdline), with the zero. */
#define IRX_CMDLINE_MAX 1024u

enum irx_option_rule {
    IRX_OPTION_ANY,   /* may differ */
    IRX_OPTION_SAME,  /* the target would lose CPUs or refuse domains: refused if it differs */
    IRX_OPTION_LEAST, /* a number: refused if the target's is lower */
    IRX_OPTION_TOLD,  /* may differ, with a warning */
    IRX_OPTION_BOOT,  /* of one boot: the tool sets it, see irx_cmdline_clean() */
};

struct irx_option {
    const char *name; /* one that ends with '[': what follows is an index */
    enum irx_option_rule rule;
    const char *absent; /* what it is where it is not given; NULL: not known, or nothing */
    const char *why;    /* what a difference does; for rules that say something */
    bool adds_up;       /* given again it adds to what was given; else the last one counts */
};

/* Options of Xen 4.17 on x86. NULL: none of this name. */
const struct irx_option *irx_option_find(const char *name, size_t length);
/* All of them, by index from 0 on; NULL behind the last. */
const struct irx_option *irx_option_at(unsigned int index);
/* Whether a word of this name is that option: no other then is. */
bool irx_option_is(const struct irx_option *option, const char *name, size_t length);

/* What an option that is on this line is set to, normalised; false: it is not there. */
bool irx_cmdline_value(const char *line, const char *name, char *to, size_t size);

/*
 * Copies `from` without the options that belong to one boot, of which the image gets its own, and
 * without what is for dom0's kernel (behind "--"), which is not started. -E2BIG.
 */
int irx_cmdline_clean(const char *from, char *to, size_t size);

/*
 * Compares the target's command line with the running Xen's: a refusal for each option that has to
 * agree and does not, a warning for each that is not known and not on the running Xen's either.
 */
void irx_cmdline_check(const char *running, const char *next, struct irx_findings *f);

#endif
