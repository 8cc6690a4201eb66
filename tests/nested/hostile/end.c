/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways to end oneself (option end=N): what Xen ends the domain for has to end it when it comes back
 * from the shim as well, and nobody else.
 */
#include "hostile.h"

#define CR0_NW (1ull << 29)

/* No gate for any exception: the first one is a triple fault. */
static void triple_fault(void)
{
    static const struct table_pointer none;

    __asm__ volatile("lidt %0; ud2" : : "m"(none));
}

/* An exception whose handler cannot be reached, nor can that of the page fault which this is, or of the double fault. */
static void bad_stacks(void)
{
    struct worker *w = &workers[0];

    w->idt[6].ist = w->idt[8].ist = w->idt[14].ist = 4;
    w->tss.ist[3] = window(w, WIN_NONE) + 512;
    __asm__ volatile("ud2");
}

/* VMRUN refuses it: the processor's manual calls it an illegal state. */
static void write_through_off(void)
{
    uint64_t cr0;

    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | CR0_NW));
}

/* Never returns where Xen is as it should be; with no such way at all neither. */
void end_guest(uint64_t way)
{
    static void (*const ways[])(void) = {triple_fault, bad_stacks, write_through_off};

    if (way < sizeof(ways) / sizeof(ways[0]))
        ways[way]();
}
