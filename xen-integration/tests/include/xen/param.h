/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_PARAM_H
#define TESTS_XEN_PARAM_H

#include <xen/types.h>

/* A case hands the text to param_FUNCTION. */
#define custom_param(name, function)                                          \
    int (*const param_##function)(const char *) = function
/* A case sets it. */
#define integer_param(name, variable)                                         \
    unsigned int *const param_##variable = &variable

#endif
