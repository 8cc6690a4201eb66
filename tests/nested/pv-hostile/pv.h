/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A 64-bit PV guest without an operating system that makes page tables where it can, and proves all the
 * time that it can write none of them: of what Xen promises about types nothing may be lost when
 * the next Xen counts them anew. Its modes (modes.c) are what it attacks with.
 */
#ifndef PV_HOSTILE_PV_H
#define PV_HOSTILE_PV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>

#define PAGE      4096ul
#define ENTRIES   512u
#define MAX_PAGES 65536u /* 256 MiB */

#define P_PRESENT 0x1ull
#define P_RW      0x2ull
#define P_RO      0x21ull /* present, accessed */
#define P_WRITE   0x63ull /* and writable, dirty */
#define P_TABLE   0x67ull /* an entry that leads to a table */
#define P_FRAME   0x000ffffffffff000ull

/* ---- xen.c ---- */

extern const struct start_info *start_info;

long hypercall(unsigned int number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e);
/* It cannot go on: the console tells of it, and the domain crashes. */
_Noreturn void die(const char *what, uint64_t value);
void must(long rc, const char *what);
void xen_init(const struct start_info *info);
/* Asleep, or as long awake. */
void sleep_ms(unsigned int ms);
uint64_t now_ns(void);
void start_second(uint64_t cr3);
/* The vCPU that asks. */
unsigned int self(void);
/* A port of this vCPU's own. */
uint32_t ipi_port(unsigned int vcpu);
/*
 * An MMUEXT operation on a table on which an event of this vCPU's is pending: Xen interrupts it where it can.
 * True: it did, and the rest of it is left undone. Else *rc is its result. The second vCPU's alone.
 */
bool interrupted_op(unsigned int cmd, unsigned int pfn, long *rc);

/* ---- console.c: a line a report ---- */

void console_init(void);
void say(const char *text);
void say_number(const char *name, uint64_t value);

/* ---- memory.c: pages are named by their pfn, and have their own address ---- */

extern unsigned int nr_pages;

enum kind { FREE, L1, L2, L3, L4, KEPT }; /* KEPT: not to be touched */
extern uint8_t kind[MAX_PAGES];

void memory_init(void);
uint64_t mfn(unsigned int pfn);
unsigned int pfn_of(uint64_t mfn);
void *va(unsigned int pfn);
/* A page that can be written and is nothing yet; it is zero. 0: there is none. */
unsigned int take(void);
unsigned int left(void);
/* Entries of the tables that this vCPU runs on. 0 or -errno. */
long map(void *at, uint64_t entry);
long mmu_update(unsigned int pfn, unsigned int slot, uint64_t entry);
long mmuext(unsigned int cmd, uint64_t mfn);
long pin(unsigned int pfn, unsigned int level);
long unpin(unsigned int pfn);
/* A page that is to be a table: of this level, and not writable any more at its own address. */
void make_table(unsigned int pfn, enum kind level);
void make_free(unsigned int pfn);
/* The table of level 1 that has the entry for this address. */
unsigned int l1_of(const void *at, unsigned int *slot);
unsigned int root(void);
uint64_t random64(void);

/* ---- prove.c ---- */

struct result {
    uint64_t rounds[2]; /* of each vCPU */
    uint64_t tables;    /* of the last round */
    uint64_t asked, wrong;
    uint64_t interrupted; /* operations that were left undone */
    uint64_t dropped;     /* tables half done that the next Xen knew nothing of */
    const char *what;     /* the first that was wrong */
    uint64_t where, found;
};
extern struct result result;

void prove_init(void);
/* It has to be so. */
void expect(bool good, const char *what, uint64_t where, uint64_t found);
/* Nobody of this vCPU's may write to this page, and it cannot be mapped so. */
void prove_table(unsigned int pfn);
void prove_all(void);
/* A page is mapped writable, or a table, and never both. Leaves it pinned; was it no table before? */
bool prove_exclusive(unsigned int pfn, unsigned int level);
/* Xen itself, or another domain, may write to this page: so it is no table. */
void prove_no_table(unsigned int pfn);

/* ---- modes.c, shared.c ---- */

void setup_grants(void);
void round_grants(void);
void setup_areas(void);
void round_areas(void);

struct mode {
    const char *name;
    void (*setup)(void);
    void (*round)(void);  /* of the first vCPU, once or more a second */
    void (*second)(void); /* a round of the second one, again and again; NULL: it is not started */
};
const struct mode *find_mode(const char *command_line);

extern const char start_vcpu[], probe_at[], probe_fault[];
bool probe_write(void *at);
struct stub {
    uint64_t vector, entry;
};
extern const struct stub stubs[], stubs_end[];

#endif
