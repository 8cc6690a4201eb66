/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What went wrong, in words: the thing and its value, and what the operator can
 * do about it. Every function of the tool that can fail returns 0 or a negative
 * errno and, in the second case, has filled the struct irx_error it was given.
 */
#ifndef INTERREX_DOM0_ERROR_H
#define INTERREX_DOM0_ERROR_H

struct irx_error {
    int err;          /* negative errno; 0 = none */
    char what[320];   /* "cannot read /boot/xen: No such file or directory" */
    char remedy[320]; /* "name the file with --xen"; may be empty */
};

/* Fills *e and returns err. remedy may be NULL. */
int irx_fail(struct irx_error *e, int err, const char *remedy, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* What can be done about a file that was refused with this errno; "" if nobody knows. */
const char *irx_file_remedy(int err);

#endif
