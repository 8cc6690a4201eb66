/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the program io, which runs in guests; see io.c. */
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
/* Adds to the report. */
void put(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Adds "NAME":[start, end]. */
void put_delay(const char *name, const struct delay *d);

/* Verified writes on a block device, rest_us between two operations of a thread. */
void disk_start(const char *device, unsigned long rest_us);
void disk_report(void);

/* Pings and a stream to dom0's address, each with its own rest. */
void ping_start(const char *dom0, unsigned long rest_us);
void ping_report(void);
void stream_start(const char *dom0, const char *own, unsigned long rest_us);
void stream_report(void);

#endif
