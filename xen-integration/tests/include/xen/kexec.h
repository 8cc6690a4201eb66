/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_KEXEC_H
#define TESTS_XEN_KEXEC_H

#include <public/kexec.h>

#endif
