// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traffic: numbered messages over event channels and shared pages, in guests and in dom0.
 *
 * A pair has two ends and up to 16 lanes. A lane is an event channel and, in the shared page, a place
 * for one message in each direction. On each lane one message is under way at any time: whoever
 * gets it answers with the next. So every message needs its own event, and between two events of a
 * port lies exactly one notification:
 *   lost        a message lies in its place, and no event for it within late_ms of the time in which
 *               this end ran; it is then taken as if the event had come
 *   doubled     an event, and no new message
 *   disordered  a message whose number is not the one after the last
 *   damaged     a message that is not what its number says
 * That pending bits are levels does not hide anything: nobody notifies again before the answer.
 * Nor does Linux' masking of a port from its delivery until it is written back: an answer that is
 * quicker than that waits in the pending bit. Ports are written back after the answers went out, many
 * at once.
 *
 *   traffic offer NAME DOMID          gives DOMID a page and ports, prints the grant's reference
 *   traffic join NAME DOMID REF       maps the page that DOMID gave, and begins
 *   traffic local NAME VCPU VCPU      two ends here, NAME.0 and NAME.1, each on a vCPU of its own
 *   traffic ipi NAME VCPU VCPU        numbered IPIs from one vCPU to the other
 *   traffic show [reset] [gap=NAME]   a line of JSON for each end here; gap: and how many messages each
 *                                     had in NAME's longest gap; reset: the next gaps count from now
 *   traffic spoil NAME drop|double    the next message goes without its event; an event without message
 *   traffic stop                      ends all
 * Options: lanes=N (16), late_ms=N (20000), rest_us=N (10000): how long an end looks away after it took
 * what was there, so that many messages cost as little as one.
 *
 * ipi: what Linux sends by an event channel of type IPI from user space for sure is the call that
 * membarrier(2) makes to every vCPU that runs this program: one, which waits for a number. The caller
 * goes on when the call was answered, so a lost IPI is a pair that stands still. Linux does
 * not tell a doubled one; the kernel's own count of calls is reported beside ours.
 *
 * An end's figures are in a file in /tmp/traffic.d that it has mapped, with one writer: the end. The
 * reader tolerates a value that is changing.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

typedef uint16_t domid_t; /* which the next headers want */
typedef uint32_t grant_ref_t;
#include <xen/evtchn.h>
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#define DIRECTORY    "/tmp/traffic.d"
#define NAME_MAX_LEN 15 /* as a thread's */
#define DOMID_SELF   0x7ff0u
#define LANES        16
#define WORDS        6
#define MAGIC        0x66617274u
#define PAGE         4096
#define TICK_MS      200
#define WINDOW_SHIFT 23 /* a window is 2^23 ticks of the TSC: some milliseconds */
#define WINDOWS      16384
#define HELLO_MS     2000    /* for the events that come with binding */
#define SPOIL_US     5000000 /* between an event without a message and the message */
#define BURST        4       /* IPIs; both vCPUs do nothing else meanwhile */
#define BURST_RESTS  20      /* between two bursts, in rests of an end */
#define RT_PRIORITY  10
#define NS           1000000000L

/* ---- what is shared between the ends ---- */

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
_Static_assert(sizeof(struct page) <= PAGE, "one grant");

/* ---- an end's figures ---- */

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

struct end {
    struct figures *f;
    struct page *page;
    unsigned int me; /* 0: made the page */
    int fd;
    uint32_t port[LANES];
    unsigned int late_ticks[LANES];
    int cpu; /* -1: any */
};

static unsigned int opt_lanes = LANES;
static unsigned int opt_late_ms = 20000;
static unsigned int opt_rest_us = 10000;
static int answer_fd = -1;

static void __attribute__((format(printf, 1, 2), noreturn)) fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "traffic: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * NS + ts.tv_nsec;
}

static int open_device(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        fail("%s: %s", path, strerror(errno));
    return fd;
}

static int control(int fd, unsigned long request, void *arg, const char *what)
{
    int rc = ioctl(fd, request, arg);

    if (rc < 0)
        fail("%s: %s", what, strerror(errno));
    return rc;
}

static void pin(int cpu, int priority)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((unsigned int)cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set) ||
        sched_setscheduler(0, priority ? SCHED_FIFO : SCHED_OTHER,
                           &(struct sched_param){.sched_priority = priority}))
        fail("cannot pin to vCPU %d: %s", cpu, strerror(errno));
}

/* ---- figures ---- */

static void path_of(const char *name, char path[64])
{
    if (!*name || strlen(name) > NAME_MAX_LEN || strchr(name, '/'))
        fail("'%s' is no name", name);
    snprintf(path, 64, DIRECTORY "/%s", name);
}

static struct figures *map_figures(const char *name, bool create)
{
    char path[64];
    int fd;
    void *at;

    path_of(name, path);
    mkdir(DIRECTORY, 0755);
    if (create)
        unlink(path); /* of one that failed */
    fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0), 0644);
    if (fd < 0 || (create && ftruncate(fd, sizeof(struct figures))))
        fail("%s: %s", path, strerror(errno));
    at = mmap(NULL, sizeof(struct figures), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        fail("%s: %s", path, strerror(errno));
    close(fd);
    return at;
}

static struct figures *new_figures(const char *name, const char *kind, unsigned int lanes)
{
    struct figures *f = map_figures(name, true);

    snprintf(f->kind, sizeof(f->kind), "%s", kind);
    f->lanes = lanes;
    f->start_tsc = f->last_tsc = __rdtsc();
    f->start_ns = now_ns();
    return f;
}

/* A message came. */
static void note_message(struct figures *f)
{
    uint64_t now = __rdtsc();
    uint64_t index = now >> WINDOW_SHIFT;
    unsigned int slot = index % WINDOWS;

    if (f->window_index[slot] != index) {
        f->window_count[slot] = 0;
        f->window_index[slot] = index;
    }
    f->window_count[slot]++;
    if (now - f->last_tsc > f->gap_end - f->gap_start) {
        f->gap_start = f->last_tsc;
        f->gap_end = now;
    }
    f->last_tsc = now;
}

static void note_reset(struct figures *f)
{
    unsigned int resets = atomic_load(&f->resets);

    if (f->seen == resets)
        return;
    f->seen = resets;
    f->gap_start = f->gap_end = 0;
    for (unsigned int i = 0; i < f->lanes; i++)
        f->lane[i].received_before = f->lane[i].received;
}

/* ---- messages ---- */

/* Word i of a message: which, where, and to whom. */
static uint64_t word_of(unsigned int to, unsigned int lane, uint64_t seq, unsigned int i)
{
    uint64_t x = seq * 0x9e3779b97f4a7c15u ^ (to * 64u + lane * 4096u + i) * 0xc2b2ae3d27d4eb4fu;

    return x ^ x >> 29;
}

static void notify(const struct end *e, unsigned int lane)
{
    struct ioctl_evtchn_notify arg = {.port = e->port[lane]};

    control(e->fd, IOCTL_EVTCHN_NOTIFY, &arg, "notify");
}

static bool take_spoil(struct end *e, int what)
{
    return atomic_load_explicit(&e->f->spoil, memory_order_relaxed) == what &&
           atomic_compare_exchange_strong(&e->f->spoil, &what, SPOIL_NONE);
}

static void send_next(struct end *e, unsigned int lane)
{
    struct message *m = &e->page->message[!e->me][lane];
    struct lane *l = &e->f->lane[lane];

    if (take_spoil(e, SPOIL_DOUBLE)) {
        notify(e, lane);
        usleep(SPOIL_US);
    }
    l->sent++;
    for (unsigned int i = 0; i < WORDS; i++)
        m->words[i] = word_of(!e->me, lane, l->sent, i);
    atomic_store_explicit(&m->seq, l->sent, memory_order_release);
    if (!take_spoil(e, SPOIL_DROP))
        notify(e, lane);
}

static uint64_t waiting(const struct end *e, unsigned int lane)
{
    return atomic_load_explicit(&e->page->message[e->me][lane].seq, memory_order_acquire);
}

static void accept_message(struct end *e, unsigned int lane, uint64_t seq)
{
    const struct message *m = &e->page->message[e->me][lane];
    struct lane *l = &e->f->lane[lane];
    bool intact = true;

    for (unsigned int i = 0; i < WORDS; i++)
        intact &= m->words[i] == word_of(e->me, lane, seq, i);
    l->damaged += !intact;
    l->disordered += seq != l->received + 1;
    l->received = seq;
    e->late_ticks[lane] = 0;
    note_message(e->f);
    send_next(e, lane);
}

static void take_event(struct end *e, uint32_t port)
{
    for (unsigned int lane = 0; lane < e->f->lanes; lane++) {
        uint64_t seq = waiting(e, lane);

        if (e->port[lane] != port)
            continue;
        e->f->lane[lane].events++;
        if (seq == e->f->lane[lane].received)
            e->f->lane[lane].doubled++;
        else
            accept_message(e, lane, seq);
        return;
    }
    fail("an event for port %u, which is not ours", port);
}

/* A tick in which this end ran. */
static void look_for_late(struct end *e)
{
    for (unsigned int lane = 0; lane < e->f->lanes; lane++) {
        uint64_t seq = waiting(e, lane);

        if (seq == e->f->lane[lane].received || ++e->late_ticks[lane] < opt_late_ms / TICK_MS)
            continue;
        e->f->lane[lane].lost++;
        accept_message(e, lane, seq);
    }
}

/* Waits for events; returns how many ports are in ports[]. */
static unsigned int wait_events(const struct end *e, uint32_t ports[LANES], int timeout_ms)
{
    struct pollfd p = {.fd = e->fd, .events = POLLIN};
    ssize_t n;

    if (poll(&p, 1, timeout_ms) <= 0)
        return 0;
    n = read(e->fd, ports, LANES * sizeof(ports[0]));
    if (n < 0)
        fail("events: %s", strerror(errno));
    return (unsigned int)((size_t)n / sizeof(ports[0]));
}

/* From now on the ports may be delivered again. */
static void unmask(const struct end *e, const uint32_t *ports, unsigned int n)
{
    if (n && write(e->fd, ports, n * sizeof(ports[0])) != (ssize_t)(n * sizeof(ports[0])))
        fail("unmask: %s", strerror(errno));
}

static void *exchange(void *arg)
{
    struct end *e = arg;
    int64_t tick = now_ns() + TICK_MS * 1000000L;
    uint32_t ports[LANES];

    if (e->cpu >= 0)
        pin(e->cpu, 0);
    for (;;) {
        unsigned int n = wait_events(e, ports, TICK_MS);

        for (unsigned int i = 0; i < n; i++)
            take_event(e, ports[i]);
        unmask(e, ports, n);
        if (now_ns() >= tick) {
            tick = now_ns() + TICK_MS * 1000000L;
            look_for_late(e);
        }
        note_reset(e->f);
        if (n)
            usleep(opt_rest_us);
    }
    return NULL;
}

/* ---- ends ---- */

/* Where the ports of this name are delivered. */
static void steer(const char *name, int cpu)
{
    FILE *file = fopen("/proc/interrupts", "r");
    char line[1024], path[64], suffix[32];

    snprintf(suffix, sizeof(suffix), " evtchn:%s\n", name);
    while (file && fgets(line, sizeof(line), file)) {
        size_t len = strlen(line);
        int irq = atoi(line), fd;

        if (len < strlen(suffix) || strcmp(line + len - strlen(suffix), suffix) != 0)
            continue;
        snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", irq);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0 || dprintf(fd, "%d\n", cpu) < 0)
            fail("%s: %s", path, strerror(errno));
        close(fd);
    }
    if (file)
        fclose(file);
}

/* The driver names a port's interrupt by the thread that opened it. */
static void open_ports(struct end *e, const char *name)
{
    prctl(PR_SET_NAME, name);
    e->fd = open_device("/dev/xen/evtchn");
}

static void offer_ports(struct end *e, unsigned int domid)
{
    for (unsigned int lane = 0; lane < e->f->lanes; lane++) {
        struct ioctl_evtchn_bind_unbound_port bind = {.remote_domain = domid};

        e->port[lane] = (uint32_t)control(e->fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &bind, "a port");
        e->page->ports[lane] = e->port[lane];
    }
    e->page->lanes = e->f->lanes;
    atomic_store_explicit(&e->page->magic, MAGIC, memory_order_release);
}

/* Xen raises the port of whoever binds to another, in case something was sent before. */
static void join_ports(struct end *e, unsigned int domid)
{
    int64_t end = now_ns() + HELLO_MS * 1000000L;
    uint32_t ports[LANES];

    for (unsigned int lane = 0; lane < e->f->lanes; lane++) {
        struct ioctl_evtchn_bind_interdomain bind = {.remote_domain = domid,
                                                     .remote_port = e->page->ports[lane]};

        e->port[lane] = (uint32_t)control(e->fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind, "a port");
    }
    for (unsigned int seen = 0; seen < e->f->lanes && now_ns() < end;) {
        unsigned int n = wait_events(e, ports, TICK_MS);

        unmask(e, ports, n);
        seen += n;
    }
}

static void begin(struct end *e)
{
    for (unsigned int lane = 0; lane < e->f->lanes; lane++)
        send_next(e, lane);
}

static struct page *give_page(unsigned int domid, uint32_t *ref)
{
    struct ioctl_gntalloc_alloc_gref give = {
        .domid = (uint16_t)domid, .flags = GNTALLOC_FLAG_WRITABLE, .count = 1};
    int fd = open_device("/dev/xen/gntalloc");
    void *at;

    control(fd, IOCTL_GNTALLOC_ALLOC_GREF, &give, "a grant");
    at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)give.index);
    if (at == MAP_FAILED)
        fail("the granted page: %s", strerror(errno));
    *ref = give.gref_ids[0];
    return at;
}

static struct page *map_page(unsigned int domid, uint32_t ref)
{
    struct ioctl_gntdev_map_grant_ref map = {.count = 1, .refs = {{.domid = domid, .ref = ref}}};
    int fd = open_device("/dev/xen/gntdev");
    void *at;

    control(fd, IOCTL_GNTDEV_MAP_GRANT_REF, &map, "a mapping");
    at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)map.index);
    if (at == MAP_FAILED)
        fail("the page of d%u, grant %u: %s", domid, ref, strerror(errno));
    return at;
}

/* The program goes on in the background; its parent prints what it answers and ends. */
static void go_to_background(void)
{
    char text[256];
    size_t len = 0;
    int ends[2];
    ssize_t n;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC))
        fail("pipe: %s", strerror(errno));
    pid = fork();
    if (pid < 0)
        fail("fork: %s", strerror(errno));
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        setsid();
        dup2(null, 0);
        dup2(null, 1);
        dup2(ends[1], 2); /* what fails until the answer is seen */
        answer_fd = ends[1];
        return;
    }
    close(ends[1]);
    while (len < sizeof(text) - 1 && (n = read(ends[0], text + len, sizeof(text) - 1 - len)) > 0)
        len += (size_t)n;
    text[len] = 0;
    fputs(strncmp(text, "ok", 2) == 0 ? text + 3 : text, stdout);
    exit(strncmp(text, "ok", 2) != 0);
}

static void __attribute__((format(printf, 1, 2))) answer(const char *format, ...)
{
    va_list args;

    dprintf(answer_fd, "ok ");
    va_start(args, format);
    vdprintf(answer_fd, format, args);
    va_end(args);
    dup2(0, 2);
    close(answer_fd);
}

static void offer(const char *name, unsigned int domid)
{
    struct end e = {.me = 0, .cpu = -1};
    uint32_t ref;

    go_to_background();
    e.f = new_figures(name, "events", opt_lanes);
    e.f->pid = getpid();
    open_ports(&e, name);
    e.page = give_page(domid, &ref);
    offer_ports(&e, domid);
    answer("%u\n", ref);
    exchange(&e);
}

static void join(const char *name, unsigned int domid, uint32_t ref)
{
    struct end e = {.me = 1, .cpu = -1};

    go_to_background();
    e.page = map_page(domid, ref);
    if (atomic_load_explicit(&e.page->magic, memory_order_acquire) != MAGIC || !e.page->lanes ||
        e.page->lanes > LANES)
        fail("the page of d%u, grant %u, is not traffic's", domid, ref);
    e.f = new_figures(name, "events", e.page->lanes);
    e.f->pid = getpid();
    open_ports(&e, name);
    join_ports(&e, domid);
    answer("%u lanes\n", e.f->lanes);
    begin(&e);
    exchange(&e);
}

static void start(void *(*run)(void *), void *arg)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run, arg))
        fail("cannot start a thread");
}

static void local(const char *name, int first, int second)
{
    static struct page page __attribute__((aligned(PAGE)));
    static struct end ends[2];

    go_to_background();
    for (unsigned int i = 0; i < 2; i++) {
        char own[32];

        snprintf(own, sizeof(own), "%s.%u", name, i);
        ends[i] = (struct end){.me = i, .page = &page, .cpu = i ? second : first};
        ends[i].f = new_figures(own, "events", opt_lanes);
        ends[i].f->pid = getpid();
        open_ports(&ends[i], own);
        if (i)
            join_ports(&ends[i], DOMID_SELF);
        else
            offer_ports(&ends[i], DOMID_SELF);
        steer(own, ends[i].cpu);
    }
    answer("%u lanes\n", opt_lanes);
    begin(&ends[1]);
    start(exchange, &ends[1]);
    exchange(&ends[0]);
}

/* ---- ipi ---- */

static struct {
    struct figures *f;
    atomic_uint turn; /* odd: a burst is under way */
    _Atomic uint64_t seq, seen;
} ipi;

/* How many calls by IPI a vCPU has had, by the kernel's count. */
static uint64_t calls_of(unsigned int vcpu)
{
    FILE *file = fopen("/proc/interrupts", "r");
    char line[1024], many[32], one[32];
    uint64_t calls = 0;

    snprintf(many, sizeof(many), " callfunc%u\n", vcpu);
    snprintf(one, sizeof(one), " callfuncsingle%u\n", vcpu);
    while (file && fgets(line, sizeof(line), file)) {
        char *at = strchr(line, ':');

        if (!at || (!strstr(line, many) && !strstr(line, one)))
            continue;
        for (at++;;) {
            char *next;
            uint64_t n = strtoull(at, &next, 10);

            if (next == at)
                break;
            calls += n;
            at = next;
        }
    }
    if (file)
        fclose(file);
    return calls;
}

/* Runs on the vCPU that is called, so that there is somebody to call. */
static void *be_called(void *arg)
{
    struct lane *l = &ipi.f->lane[0];

    (void)arg;
    pin((int)ipi.f->vcpu, RT_PRIORITY);
    for (;;) {
        unsigned int turn = atomic_load(&ipi.turn);
        uint64_t seq;

        if (!(turn & 1)) {
            syscall(SYS_futex, &ipi.turn, FUTEX_WAIT_PRIVATE, turn, NULL, NULL, 0);
            continue;
        }
        seq = atomic_load(&ipi.seq);
        if (seq == l->received) {
            _mm_pause();
            continue;
        }
        l->disordered += seq != l->received + 1;
        l->received = seq;
        note_message(ipi.f);
        note_reset(ipi.f);
        atomic_store(&ipi.seen, seq);
    }
    return NULL;
}

static void call_burst(void)
{
    atomic_fetch_add(&ipi.turn, 1);
    syscall(SYS_futex, &ipi.turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    for (unsigned int i = 0; i < BURST; i++) {
        uint64_t seq = atomic_load(&ipi.seq) + 1;

        ipi.f->lane[0].sent = seq;
        atomic_store(&ipi.seq, seq);
        if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0))
            fail("membarrier: %s", strerror(errno));
        while (atomic_load(&ipi.seen) != seq)
            _mm_pause();
    }
    atomic_fetch_add(&ipi.turn, 1);
}

static void call(const char *name, int first, int second)
{
    if (first == second) /* two threads that nobody interrupts */
        fail("an IPI takes two vCPUs");
    go_to_background();
    ipi.f = new_figures(name, "ipi", 1);
    ipi.f->pid = getpid();
    ipi.f->vcpu = (uint32_t)second;
    ipi.f->called = calls_of((unsigned int)second);
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
        fail("membarrier: %s", strerror(errno));
    start(be_called, NULL);
    pin(first, RT_PRIORITY);
    answer("1 lane\n");
    for (;;) {
        call_burst();
        usleep(BURST_RESTS * opt_rest_us);
    }
}

/* ---- what others ask ---- */

static uint64_t messages_between(const struct figures *f, uint64_t start, uint64_t end)
{
    uint64_t sum = 0;

    for (uint64_t i = (start >> WINDOW_SHIFT) + 1; i < end >> WINDOW_SHIFT; i++)
        if (f->window_index[i % WINDOWS] == i)
            sum += f->window_count[i % WINDOWS];
    return sum;
}

static void show_one(const char *name, const struct figures *f, const struct figures *gap)
{
    double ticks_per_ms = (double)(__rdtsc() - f->start_tsc) * 1e6 /
                          (double)(now_ns() - f->start_ns);
    struct lane sum = {0};
    unsigned int still = 0;
    uint64_t since = 0;

    for (unsigned int i = 0; i < f->lanes; i++) {
        const struct lane *l = &f->lane[i];

        sum.sent += l->sent;
        sum.received += l->received;
        sum.events += l->events;
        sum.lost += l->lost;
        sum.doubled += l->doubled;
        sum.disordered += l->disordered;
        sum.damaged += l->damaged;
        since += l->received - l->received_before;
        still += l->received == l->received_before;
    }
    if (strcmp(f->kind, "ipi") == 0)
        sum.events = calls_of(f->vcpu) - f->called;
    printf("{\"traffic\":\"%s\",\"kind\":\"%s\",\"lanes\":%u,\"alive\":%d,\"sent\":%" PRIu64
           ",\"received\":%" PRIu64 ",\"events\":%" PRIu64 ",\"lost\":%" PRIu64
           ",\"doubled\":%" PRIu64 ",\"disordered\":%" PRIu64 ",\"damaged\":%" PRIu64
           ",\"since\":%" PRIu64 ",\"still\":%u,\"gap_ms\":%.1f",
           name, f->kind, f->lanes, !kill(f->pid, 0), sum.sent, sum.received, sum.events, sum.lost,
           sum.doubled, sum.disordered, sum.damaged, since, still,
           (double)(f->gap_end - f->gap_start) / ticks_per_ms);
    if (gap)
        printf(",\"in_gap\":%" PRIu64, messages_between(f, gap->gap_start, gap->gap_end));
    printf("}\n");
}

static void for_each_end(void (*fn)(const char *name, struct figures *f, void *arg), void *arg)
{
    DIR *dir = opendir(DIRECTORY);
    const struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            fn(entry->d_name, map_figures(entry->d_name, false), arg);
    if (dir)
        closedir(dir);
}

static void show_end(const char *name, struct figures *f, void *arg)
{
    show_one(name, f, arg);
}

static void reset_end(const char *name, struct figures *f, void *arg)
{
    (void)name;
    (void)arg;
    atomic_fetch_add(&f->resets, 1);
}

static void stop_end(const char *name, struct figures *f, void *arg)
{
    char path[64];

    (void)arg;
    path_of(name, path);
    kill(f->pid, SIGKILL);
    for (int i = 0; i < 500 && !kill(f->pid, 0); i++)
        usleep(10000);
    unlink(path);
}

static void spoil(const char *name, const char *how)
{
    struct figures *f = map_figures(name, false);

    if (strcmp(how, "drop") != 0 && strcmp(how, "double") != 0)
        fail("'%s' is no way to spoil", how);
    atomic_store(&f->spoil, strcmp(how, "drop") == 0 ? SPOIL_DROP : SPOIL_DOUBLE);
}

/* ---- start ---- */

static void show(char **words, int n)
{
    struct figures *gap = NULL;
    bool reset = false;

    for (int i = 0; i < n; i++) {
        if (strncmp(words[i], "gap=", 4) == 0)
            gap = map_figures(words[i] + 4, false);
        else if (strcmp(words[i], "reset") == 0)
            reset = true;
        else
            fail("'%s' means nothing", words[i]);
    }
    for_each_end(show_end, gap);
    if (reset)
        for_each_end(reset_end, NULL);
}

static unsigned int number(const char *text)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    if (!*text || *end || n > UINT32_MAX)
        fail("'%s' is no number", text);
    return (unsigned int)n;
}

/* Takes options out of the words; returns how many are left. */
static int take_options(char **words, int n)
{
    int left = 0;

    for (int i = 0; i < n; i++) {
        if (strncmp(words[i], "lanes=", 6) == 0)
            opt_lanes = number(words[i] + 6);
        else if (strncmp(words[i], "late_ms=", 8) == 0)
            opt_late_ms = number(words[i] + 8);
        else if (strncmp(words[i], "rest_us=", 8) == 0)
            opt_rest_us = number(words[i] + 8);
        else
            words[left++] = words[i];
    }
    if (!opt_lanes || opt_lanes > LANES)
        fail("lanes: 1 to %u", LANES);
    return left;
}

int main(int argc, char **argv)
{
    int n = take_options(argv + 1, argc - 1);
    char **words = argv + 1;

    signal(SIGPIPE, SIG_IGN);
    if (n == 3 && strcmp(words[0], "offer") == 0)
        offer(words[1], number(words[2]));
    else if (n == 4 && strcmp(words[0], "join") == 0)
        join(words[1], number(words[2]), number(words[3]));
    else if (n == 4 && strcmp(words[0], "local") == 0)
        local(words[1], (int)number(words[2]), (int)number(words[3]));
    else if (n == 4 && strcmp(words[0], "ipi") == 0)
        call(words[1], (int)number(words[2]), (int)number(words[3]));
    else if (n >= 1 && strcmp(words[0], "show") == 0)
        show(words + 1, n - 1);
    else if (n == 3 && strcmp(words[0], "spoil") == 0)
        spoil(words[1], words[2]);
    else if (n == 1 && strcmp(words[0], "stop") == 0)
        for_each_end(stop_end, NULL);
    else
        fail("the words are wrong: see traffic.c");
    return 0;
}
