/* SPDX-License-Identifier: GPL-2.0-only */
#include "stop.h"

#include "core/log.h"

_Noreturn void cpu_stop(struct pcpu *pc)
{
    log_line("CPU %u stops", pc->index);
    pc->rec->error = -SHIM_EFAULT;
    hw_stop();
}
