/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the programs io (io.c), which runs in guests and in dom0, and io-outside (outside.c). */
#ifndef IO_IO_H
#define IO_IO_H

#include <stdint.h>

/* The longest wait since the last reset, by the guest's monotonic clock. */
struct delay {
    int64_t start, end; /* ns */
    unsigned int epoch;
};

int64_t now_ns(void);
/* One thread's; start is when the wait began, it ends now. */
void delay_note(struct delay *d, int64_t start);
void start_thread(void *(*run)(void *), void *arg);
void rest(unsigned long us);
/* Every thread forgets its longest delay. */
void delays_forget(void);
/* An empty report; what it is by now. */
void report_begin(void);
const char *report_text(void);
/* Adds to the report. */
void put(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Adds "NAME":[start, end]. */
void put_delay(const char *name, const struct delay *d);

/* Verified writes on a block device, rest_us between two operations of a thread. */
void disk_start(const char *device, unsigned long rest_us);
void disk_report(void);

/* Pings and a stream to dom0's address, each with its own rest. own: ours, as dom0 sees it. */
void ping_start(const char *dom0, unsigned long rest_us);
void ping_report(void);
void stream_start(const char *dom0, uint16_t port, const char *own, unsigned long rest_us);
void stream_report(void);

#endif
