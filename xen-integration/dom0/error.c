/* SPDX-License-Identifier: GPL-2.0-only */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "text.h"

int irx_fail(struct irx_error *e, int err, const char *remedy, const char *format, ...)
{
    va_list args;

    e->err = err;
    va_start(args, format);
    vsnprintf(e->what, sizeof(e->what), format, args);
    va_end(args);
    irx_text_clean(e->what);
    snprintf(e->remedy, sizeof(e->remedy), "%s", remedy ? remedy : "");
    return err;
}

const char *irx_file_remedy(int err)
{
    switch (err) {
    case EACCES:
    case EPERM:
        return "run it as root";
    case ENOSPC:
    case EDQUOT:
        return "make room on its file system";
    case EROFS:
        return "make its file system writable";
    case ENOENT:
    case ENOTDIR:
        return "make the folder that it lies in";
    case EISDIR:
        return "move the folder of that name away";
    }
    return "";
}
