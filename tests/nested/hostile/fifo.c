/* SPDX-License-Identifier: GPL-2.0-only */
#include "hostile.h"

void group_fifo(void)
{
}
