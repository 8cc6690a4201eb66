/* SPDX-License-Identifier: GPL-2.0-only */
/* The stand-in Xen: where things are in R, and what its files offer each other. */
#ifndef TESTS_QEMU_STUB_H
#define TESTS_QEMU_STUB_H

#include <stddef.h>
#include <stdint.h>

#include <interrex/abi/live.h>

#include "box.h"

#define REGION        0x10000000ull
#define REGION_SIZE   0x02000000ull
#define OFF_CPUS      0x1000u
#define OFF_DOMAINS   0x2000u
#define OFF_VCPUS     0x4000u
#define STRIDE(type)  ((sizeof(type) + 63) / 64 * 64)
#define DOMAIN_STRIDE STRIDE(struct irx_domain)
#define VCPU_STRIDE   STRIDE(struct irx_vcpu)
#define OFF_LOG       0x40000u
#define LOG_SIZE      0x10000u
#define OFF_DATA      0x80000u
#define DATA_SIZE     0x80000u
#define OFF_SHIM      0x100000u
#define OFF_HEAP      0x200000u

#define XEN_VECTOR 0xe0u
#define NR_GUESTS  2u
#define WAIT_MS    30000u

struct guest {
    uint16_t domid;
    uint64_t memory; /* machine address */
    uint32_t vcpus;
    uint32_t fifo;
    struct irx_domain *d;
};

static struct irx_anchor *const anchor = (struct irx_anchor *)REGION;

/* ---- stub_io.c ---- */

extern uint64_t khz; /* of the TSC; measure_tsc() finds it */

void *memcpy(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
void out(uint16_t port, uint8_t value);
void print(const char *s);
/* A line: name, and the value in hexadecimal. */
void number(const char *name, uint64_t value);
/* One case of the Test Anything Protocol. */
void ok(const char *what);
/* Ends the test: with the shim's log, and after a case that failed with what the guests are at. */
void finish(int failed) __attribute__((noreturn));
void fail(const char *why, uint64_t value) __attribute__((noreturn));
uint64_t rdtsc(void);
void delay_ms(uint64_t ms);
void measure_tsc(void);

/* ---- stub_cpus.c ---- */

extern uint64_t doorbells; /* from the shim */

void init_interrupts(void);
/* A CPU, by its entry in R: to the shim until it is held, and back; HELD: it refuses, and stays. */
void lend(uint32_t index);
void release(uint32_t index, uint32_t expect);
/* Rings at a CPU that is held. */
void doorbell(void);
/* Under running guests: each vector waits once, however often it came, and does not block the next. */
void strays(uint32_t index);

/* ---- stub_guests.c ---- */

extern struct guest guests[NR_GUESTS];

/* R, with this image of the shim. */
void lay_out(const void *image, uint64_t size);
/* Makes the guest, without its vCPUs, in this entry of the table. */
void make_guest(struct guest *g, uint32_t entry);
void add_vcpu(struct guest *g, uint32_t i);
struct irx_vcpu *vcpu(const struct guest *g, uint32_t i);
/* Its memory, by guest frame. */
void *page(const struct guest *g, uint64_t gfn);

/* ---- stub.c ---- */

/* Every event that a guest sent comes back to it on the same port. */
void answer_doorbells(void);
/* Waits while answering doorbells; *word reads `want`, or the test fails. */
void wait_state(const char *what, const uint32_t *word, uint32_t want);

#endif
