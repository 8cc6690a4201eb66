/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Damage inside a file that is well-formed: seen only against a checksum that
 * was made where the file was built. FILE.sha256 beside FILE, as sha256sum
 * writes it: the first word of its first line is the digest.
 */
#ifndef INTERREX_DOM0_CHECKSUM_H
#define INTERREX_DOM0_CHECKSUM_H

#include "findings.h"
#include "input.h"

/* Adds a line when there is a checksum. Returns false when it does not fit, or cannot be read. */
bool irx_checksum_verify(const struct irx_input *file, const char *subject, struct irx_findings *f);

#endif
