/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ACPI_ACPI_H
#define TESTS_ACPI_ACPI_H

#include <xen/types.h>

paddr_t acpi_os_get_root_pointer(void);

#endif
