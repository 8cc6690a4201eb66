/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traffic: numbered messages over event channels and shared pages, in guests and in dom0.
 *
 * A pair has two ends and up to 16 lanes. A lane is an event channel and, in the shared page, a
 * place for one message in each direction. On each lane one message is under way at any time:
 * whoever gets it answers with the next. So every message needs its own event, and between two
 * events of a port lies exactly one notification:
 *   lost        a message lies in its place, and no event for it within late_ms of the time in
 *               which this end ran; it is then taken as if the event had come
 *   doubled     an event, and no new message
 *   disordered  a message whose number is not the one after the last
 *   damaged     a message that is not what its number says
 * That pending bits are levels does not hide anything: nobody notifies again before the answer.
 * Nor does Linux' masking of a port from its delivery until it is written back: an answer that is
 * quicker than that waits in the pending bit. Ports are written back after the answers went out,
 * many at once.
 *
 * An end's figures are in a file in /tmp/traffic.d that it has mapped, with one writer: the end.
 * The reader tolerates a value that is changing.
 */
#ifndef GUEST_TRAFFIC_H
#define GUEST_TRAFFIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define LANES   16
#define TICK_MS 200 /* between two looks for what is late */
#define NS      1000000000L
#define MS_NS   1000000L

/* ---- an end's figures: figures.c ---- */

#define FIGURES      "/tmp/traffic.d"
#define WINDOW_SHIFT 23 /* a window is 2^23 ticks of the TSC: some milliseconds */
#define WINDOWS      16384

struct lane {
    uint64_t sent, received, events;
    uint64_t lost, doubled, disordered, damaged;
    uint64_t received_before; /* the last reset */
};

enum { SPOIL_NONE, SPOIL_DROP, SPOIL_DOUBLE };

struct figures {
    int32_t pid;
    uint32_t lanes;
    char kind[8];
    uint32_t vcpu;   /* ipi: who is called */
    uint64_t called; /* ipi: by the kernel's count, when it began */
    atomic_int spoil;
    atomic_uint resets; /* asked for */
    unsigned int seen;  /* of these */
    uint64_t start_tsc;
    int64_t start_ns;
    uint64_t last_tsc;           /* of a message */
    uint64_t gap_start, gap_end; /* the longest between two messages since the reset */
    struct lane lane[LANES];
    uint64_t window_index[WINDOWS];
    uint32_t window_count[WINDOWS];
};

/* Where the figures of this name are. Ends the program where it cannot be one. */
void path_of(const char *name, char path[64]);

/* The figures of this name, mapped. Ends the program where there are none. */
struct figures *map_figures(const char *name);

/* New ones, of this program, in the place of those of one that failed. */
struct figures *new_figures(const char *name, const char *kind, unsigned int lanes);

/* A message came: counts it in its window, and the gap before it. The end only. */
void note_message(struct figures *f);

/* Begins anew where a reset was asked for. The end only. */
void note_reset(struct figures *f);

/* Messages in the whole windows between two TSC values. */
uint64_t messages_between(const struct figures *f, uint64_t start, uint64_t end);

/* ---- messages: lanes.c ---- */

#define WORDS 6

struct message {
    _Atomic uint64_t seq; /* from 1 */
    uint64_t words[WORDS];
    uint64_t unused;
};

struct page {
    _Atomic uint32_t magic; /* set last */
    uint32_t lanes;
    uint32_t ports[LANES];            /* of who made the page */
    struct message message[2][LANES]; /* to who made it, to who mapped it */
};

struct end {
    struct figures *f;
    struct page *page;
    unsigned int me; /* 0: made the page */
    int fd;
    uint32_t port[LANES];
    unsigned int late_ticks[LANES];
    int cpu; /* -1: any */
};

/* Sends the first message on each lane: one of the two ends does. */
void begin(struct end *e);

/* Waits for events for so long at most; how many ports are in ports[]. */
unsigned int wait_events(const struct end *e, uint32_t ports[LANES], int timeout_ms);

/* From now on the ports may be delivered again. */
void unmask(const struct end *e, const uint32_t *ports, unsigned int n);

/* A thread: answers each message, for ever. end: a struct end. */
void *exchange(void *end);

/* ---- what is asked for; each ends the program where it fails ----
 *
 * Those that make ends go on in the background (common.c), for ever. */

/* ends.c. A page and ports for this domain; answers with the grant's reference. */
void offer(const char *name, unsigned int domid);

/* The other end: maps the page that this domain gave, and begins. */
void join(const char *name, unsigned int domid, uint32_t ref);

/* Two ends here, NAME.0 and NAME.1, each on a vCPU of its own. */
void local(const char *name, int first, int second);

/* ipi.c: numbered IPIs from one vCPU to the other. */
void call(const char *name, int first, int second);

/* How many calls by IPI a vCPU has had, by the kernel's count. */
uint64_t calls_of(unsigned int vcpu);

/* control.c. A line of JSON for each end here. gap: if given, also how many messages each had in
 * the longest gap of that one. */
void show_all(const struct figures *gap);
void reset_all(void);
void stop_all(void);

/* how: drop (the next message goes without its event) or double (an event goes without message). */
void spoil(const char *name, const char *how);

/* ---- what all use: common.c; the options: main.c ---- */

struct options {
    unsigned int lanes;
    unsigned int late_ms;
    /* How long an end looks away after it took what was there: many messages then cost as little
     * as one. */
    unsigned int rest_us;
};

extern struct options opt;

/* Ends the program with a message. */
void __attribute__((format(printf, 1, 2), noreturn)) fail(const char *format, ...);

int64_t now_ns(void); /* monotonic */

/* Pins the calling thread to a vCPU. priority: of SCHED_FIFO; 0: SCHED_OTHER. */
void pin(int cpu, int priority);

/* Starts a thread that never ends. */
void start(void *(*run)(void *), void *arg);

/* The program goes on in the background; its parent prints what it answers and ends. */
void go_to_background(void);
void __attribute__((format(printf, 1, 2))) answer(const char *format, ...);

#endif
