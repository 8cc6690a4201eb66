/* SPDX-License-Identifier: MIT */
/*
 * The release of Interrex that this tree builds. This is the one place of the number: the shim's
 * and Xen's notes, the tools' --version and a check of CHANGELOG.md take it from here.
 */
#ifndef INTERREX_RELEASE_H
#define INTERREX_RELEASE_H

#include "abi/version.h"

/* Decimal numbers of at most 255, without a suffix: they are made a text, too. */
#define IRX_RELEASE_MAJOR 0
#define IRX_RELEASE_MINOR 2
#define IRX_RELEASE_PATCH 0

#define IRX_RELEASE_NATIVE IRX_RELEASE(IRX_RELEASE_MAJOR, IRX_RELEASE_MINOR, IRX_RELEASE_PATCH)

/* "0.2.0" */
#define IRX_RELEASE_TEXT                                                                           \
    IRX_RELEASE_QUOTED(IRX_RELEASE_MAJOR)                                                          \
    "." IRX_RELEASE_QUOTED(IRX_RELEASE_MINOR) "." IRX_RELEASE_QUOTED(IRX_RELEASE_PATCH)
#define IRX_RELEASE_QUOTED(number)  IRX_RELEASE_QUOTED_(number)
#define IRX_RELEASE_QUOTED_(number) #number

#endif
