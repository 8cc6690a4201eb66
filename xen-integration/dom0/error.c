/* SPDX-License-Identifier: GPL-2.0-only */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>

int irx_fail(struct irx_error *e, int err, const char *remedy, const char *format, ...)
{
    va_list args;

    e->err = err;
    va_start(args, format);
    vsnprintf(e->what, sizeof(e->what), format, args);
    va_end(args);
    snprintf(e->remedy, sizeof(e->remedy), "%s", remedy ? remedy : "");
    return err;
}
