// SPDX-License-Identifier: GPL-2.0-only
/* Prints the TSC in the form of Xen's console_timestamps=raw: sixteen hexadecimal digits. */
#include <inttypes.h>
#include <stdio.h>
#include <x86intrin.h>

int main(void)
{
    return printf("%016" PRIx64 "\n", (uint64_t)__rdtsc()) < 0;
}
