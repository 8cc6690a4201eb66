/* SPDX-License-Identifier: GPL-2.0-only */
/* A held CPU that cannot go on. */
#ifndef SHIM_RUN_STOP_H
#define SHIM_RUN_STOP_H

#include "core/pcpu.h"

/* On that CPU, which holds no lock: says so in the log and in irx_cpu.error, and halts for ever. */
_Noreturn void cpu_stop(struct pcpu *pc);

#endif
