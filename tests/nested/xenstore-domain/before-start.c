// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into init-xenstore-domain, which builds its domain for Mini-OS. What Linux needs besides comes
 * before the domain starts:
 * - It finds no CPU with a local APIC without ACPI tables, and then has no timer. So it gets an MP table (Intel's
 *   MultiProcessor Specification 1.4, chapter 4) with one CPU, where it looks for it.
 * - It would wait for the xenstore that it is itself: HVM_PARAM_STORE_PFN becomes 0.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <xen/hvm/params.h>
#include <xenforeignmemory.h>

#define AT         0xf0000u
#define LOCAL_APIC 0xfee00000u

struct tables {
    struct {
        char signature[4];
        uint32_t table;
        uint8_t length, version, checksum, features[5];
    } pointer;
    struct {
        char signature[4];
        uint16_t length;
        uint8_t version, checksum;
        char oem[8], product[12];
        uint32_t oem_table;
        uint16_t oem_size, entries;
        uint32_t local_apic;
        uint32_t extended;
    } head;
    struct {
        uint8_t type, apic_id, apic_version, flags;
        uint32_t signature, features, reserved[2];
    } cpu;
};
_Static_assert(sizeof(struct tables) == 16 + 44 + 20, "no holes");

static uint8_t checksum(const void *data, size_t length)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < length; i++)
        sum -= ((const uint8_t *)data)[i];
    return sum;
}

static int write_tables(uint32_t domid)
{
    struct tables t = {
        .pointer = {.signature = "_MP_",
                    .table = AT + sizeof(t.pointer),
                    .length = 1,
                    .version = 4},
        .head = {.signature = "PCMP",
                 .length = sizeof(t.head) + sizeof(t.cpu),
                 .version = 4,
                 .entries = 1,
                 .local_apic = LOCAL_APIC},
        .cpu = {.apic_version = 0x14, .flags = 3}, /* enabled, the boot CPU */
    };
    xen_pfn_t frame = AT >> 12;
    xenforeignmemory_handle *memory = xenforeignmemory_open(NULL, 0);
    void *page = memory
                     ? xenforeignmemory_map(memory, domid, PROT_READ | PROT_WRITE, 1, &frame, NULL)
                     : NULL;

    if (!page) {
        perror("the MP table");
        return -1;
    }
    t.pointer.checksum = checksum(&t.pointer, sizeof(t.pointer));
    t.head.checksum = checksum(&t.head, sizeof(t.head) + sizeof(t.cpu));
    memcpy(page, &t, sizeof(t));
    xenforeignmemory_unmap(memory, page, 1);
    xenforeignmemory_close(memory);
    return 0;
}

/* libxenctrl's */
int xc_hvm_param_set(void *xch, uint32_t domid, uint32_t param, uint64_t value);
int xc_domain_unpause(void *xch, uint32_t domid);

int xc_domain_unpause(void *xch, uint32_t domid)
{
    int (*next)(void *, uint32_t);

    *(void **)&next = dlsym(RTLD_NEXT, "xc_domain_unpause");
    if (write_tables(domid) || xc_hvm_param_set(xch, domid, HVM_PARAM_STORE_PFN, 0))
        return -1;
    return next(xch, domid);
}
