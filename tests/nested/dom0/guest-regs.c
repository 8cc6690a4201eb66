// SPDX-License-Identifier: GPL-2.0-only
/*
 * guest-regs DOMID: what a guest of guest-regs/ found so far, read from the page that it keeps for
 * that (guest-regs/status.h), as one line of JSON. The guest takes no part in it.
 *
 * Exit status: 0; 1 if the page cannot be read or the guest is not yet (or not) one of these; 2 for
 * bad arguments.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xenforeignmemory.h>

#include "../guest-regs/status.h"

static const char *const kinds[REGS_KINDS] = {REGS_KIND_NAMES};
static const char *const states[] = {"booting", "running", "stopped"};

/* A name of the guest's, in which nothing is trusted. */
static void print_name(const char *key, const char *name)
{
    printf("\"%s\": \"", key);
    for (unsigned int i = 0; i < REGS_NAME && name[i]; i++)
        putchar(name[i] == '_' || (name[i] >= '0' && name[i] <= '9') ||
                        (name[i] >= 'a' && name[i] <= 'z')
                    ? name[i]
                    : '?');
    putchar('"');
}

static void print_vcpu(const struct regs_vcpu *v)
{
    printf("{\"rounds\": %" PRIu64 ", \"mismatches\": %" PRIu64 ", ", v->rounds, v->mismatches);
    if (v->mismatches) {
        printf("\"first\": {");
        print_name("register", v->first.name);
        printf(", \"expected\": \"%#" PRIx64 "\", \"found\": \"%#" PRIx64 "\", \"round\": %" PRIu64
               ", \"kind\": \"%s\"}, ",
               v->first.expected, v->first.found, v->first.round,
               v->first.kind < REGS_KINDS ? kinds[v->first.kind] : "?");
    }
    printf("\"interrupts\": %" PRIu64 ", \"exceptions\": %" PRIu64 ", \"nmis\": %" PRIu64
           ", \"kinds\": {",
           v->interrupts, v->exceptions, v->nmis);
    for (unsigned int k = 0; k < REGS_KINDS; k++)
        printf("%s\"%s\": {\"rounds\": %" PRIu64 ", \"spanned\": %" PRIu64 "}", k ? ", " : "",
               kinds[k], v->kind[k].rounds, v->kind[k].spanned);
    printf("}}");
}

static void print(const struct regs_status *s)
{
    printf("{\"state\": \"%s\", ", s->state <= REGS_STOPPED ? states[s->state] : "?");
    if (s->state == REGS_STOPPED)
        printf("\"trap\": {\"vcpu\": %" PRIu64 ", \"vector\": %" PRIu64 ", \"code\": \"%#" PRIx64
               "\", \"rip\": \"%#" PRIx64 "\", \"cr2\": \"%#" PRIx64 "\"}, ",
               s->fatal.vcpu, s->fatal.vector, s->fatal.code, s->fatal.rip, s->fatal.cr2);
    printf("\"vcpus\": [");
    for (unsigned int i = 0; i < s->vcpus; i++) {
        printf("%s", i ? ", " : "");
        print_vcpu(&s->vcpu[i]);
    }
    printf("]}\n");
}

/* A copy, so that what is checked is what is printed. */
static int read_page(uint32_t domid, void *to)
{
    xenforeignmemory_handle *handle = xenforeignmemory_open(NULL, 0);
    xen_pfn_t gfn = REGS_STATUS_GFN;
    void *page;
    int err = 0;

    if (!handle)
        return -1;
    page = xenforeignmemory_map(handle, domid, PROT_READ, 1, &gfn, &err);
    if (page && !err)
        memcpy(to, page, 4096);
    if (page)
        xenforeignmemory_unmap(handle, page, 1);
    xenforeignmemory_close(handle);
    return page && !err ? 0 : -1;
}

int main(int argc, char **argv)
{
    static union {
        struct regs_status status;
        unsigned char bytes[4096];
    } page;
    char *end = NULL;
    unsigned long domid;

    errno = 0;
    domid = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
    if (argc != 2 || *argv[1] < '0' || *argv[1] > '9' || *end || errno || domid >= 0x7ff0) {
        fprintf(stderr, "usage: guest-regs DOMID\n");
        return 2;
    }
    if (read_page((uint32_t)domid, page.bytes)) {
        fprintf(stderr, "guest-regs: cannot read the page of domain %lu\n", domid);
        return 1;
    }
    if (page.status.magic != REGS_MAGIC || page.status.vcpus < 1 ||
        page.status.vcpus > REGS_VCPUS) {
        fprintf(stderr, "guest-regs: domain %lu has not come up\n", domid);
        return 1;
    }
    print(&page.status);
    return 0;
}
