/* SPDX-License-Identifier: GPL-2.0-only */
/* Domains at PREPARING, handed over well or not. */
#ifndef TESTS_HELP_PREPARE_H
#define TESTS_HELP_PREPARE_H

#include "env.h"

/* PREPARING is refused with `error`, and every page is free again. */
void refused(struct irx_domain *d, int error);
/* It is not refused. */
void accepted(struct irx_domain *d);

#endif
