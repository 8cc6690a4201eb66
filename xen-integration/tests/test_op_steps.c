/* SPDX-License-Identifier: GPL-2.0-only */
/* op/op.c: in which order the operations on a domain come, and when each is refused. */
#include "region_bench.h"

#include <xen/domain.h>
#include <xen/hypercall.h>

#include <asm/interrex.h>

#include "hold/hold.h"
#include "lend/lend.h"
#include "op/op.h"

/* ---- What op.c calls: each answers what it is told to, and is counted ---- */

static struct {
    int answer;           /* of the operation on a domain */
    unsigned int reasons; /* that a domain is refused for */
    unsigned int held_cpus;
    uint32_t done,
        timeout; /* the last operation that was reached, with its limit */
    unsigned int continued, loaded, unloaded, rehearsals_ended;
    int check_answer;
    int tasklet_refused;
    bool stepwise;
    long (*tasklet)(void *);
} told;

static bool
    beside; /* an update is loaded beside guests that the shim has kept */
static int may_carry;

int continue_hypercall_on_cpu(unsigned int cpu, long (*fn)(void *), void *arg)
{
    assert_int_equal(cpu, 0);
    if ( !told.tasklet_refused )
        told.tasklet = fn;
    return told.tasklet_refused;
}

long hypercall_create_continuation(unsigned int op, const char *format, ...)
{
    assert_int_equal(op, __HYPERVISOR_kexec_op);
    told.continued++;
    return -ERESTART;
}

const struct irx_note *interrex_note(void)
{
    static const struct irx_note note = { .producer = IRX_PRODUCER_XEN };

    return &note;
}

int interrex_walks(struct irx_op_walks *walks)
{
    *walks = (struct irx_op_walks){ .pv_pages = 7, .pv_tables = 2 };

    return 0;
}

int interrex_check(struct irx_op_check *check)
{
    check->count = 3;
    return told.check_answer;
}

bool interrex_vectors_fit(const cpumask_t *stay)
{
    return true;
}

void interrex_check_end(void)
{
    told.rehearsals_ended++;
}

unsigned int interrex_check_domain(struct domain *d,
                                   struct irx_op_reason *reasons,
                                   unsigned int capacity)
{
    return told.reasons;
}

int interrex_load_shim(const struct irx_op_load *load)
{
    told.loaded++;
    return 0;
}

int interrex_load_fallback(struct irx_op_fallback *op)
{
    told.done = IRX_OP_FALLBACK;
    return 0;
}

int interrex_load_deadman(const struct irx_op_deadman *op)
{
    told.done = IRX_OP_DEADMAN;
    return 0;
}

bool interrex_is_loaded(void)
{
    return interrex_anchor()->host_state == IRX_HOST_LOADED || beside;
}

int interrex_may_carry(void)
{
    return may_carry;
}

int interrex_unload(void)
{
    told.unloaded++;
    return 0;
}

int interrex_lend(const struct irx_op_cpus *cpus)
{
    told.done = IRX_OP_LEND;
    return 0;
}

int interrex_return(bool stepwise)
{
    told.done = IRX_OP_RETURN;
    told.stepwise = stepwise;
    return -EAGAIN;
}

unsigned int interrex_held_cpus(void)
{
    return told.held_cpus;
}

static int step(uint32_t cmd, const struct irx_op_domain *op)
{
    told.done = cmd;
    told.timeout = op->timeout_ms;
    return told.answer;
}

/* It has a hold from its first turn on. */
int interrex_prepare(struct domain *d, const struct irx_op_domain *op)
{
    if ( !interrex_hold_of(d) )
        interrex_domain_rec(interrex_hold_new(d)->entry)->state =
            IRX_DOM_PREPARED;
    return step(IRX_OP_PREPARE, op);
}

int interrex_enter(struct domain *d, struct irx_op_domain *op)
{
    op->start_tsc = 55;
    return step(IRX_OP_ENTER, op);
}

int interrex_claim(struct domain *d, struct irx_op_domain *op)
{
    return step(IRX_OP_CLAIM, op);
}

int interrex_abandon(struct domain *d, struct irx_op_domain *op)
{
    int rc = step(IRX_OP_ABANDON, op);

    if ( !rc )
        interrex_hold_free(interrex_hold_of(d));
    return rc;
}

struct domain *get_domain_by_id(domid_t id)
{
    struct domain *d;

    for_each_domain (d)
        if ( d->domain_id == id && get_domain(d) )
            return d;

    return NULL;
}

/* ---- The cases ---- */

static struct domain *guest;

static void begin(uint32_t host_state)
{
    interrex_holds_reset();
    current = world_domain(0, 1)->vcpu[0];
    guest = world_domain(5, 1);
    interrex_anchor()->host_state = host_state;
    memset(&told, 0, sizeof(told));
    told.held_cpus = 1;
}

static void end(void)
{
    if ( interrex_hold_of(guest) )
        interrex_hold_free(interrex_hold_of(guest));
}

static long ask(struct irx_op *op)
{
    XEN_GUEST_HANDLE_PARAM(void) handle = { op };

    op->version = IRX_ABI_VERSION;
    return interrex_kexec_op(handle);
}

static long ask_for(uint32_t cmd)
{
    struct irx_op op = { .cmd = cmd, .u.domain.domid = 5 };

    if ( cmd == IRX_OP_LEND || cmd == IRX_OP_RETURN )
        memset(&op.u, 0, sizeof(op.u));
    return ask(&op);
}

static void steps_come_in_their_order(void **state)
{
    struct irx_op op = { .cmd = IRX_OP_ENTER, .u.domain.domid = 5 };

    begin(IRX_HOST_HOLDING);
    assert_int_equal(ask_for(IRX_OP_ENTER), -ENOENT);
    assert_int_equal(ask_for(IRX_OP_CLAIM), -ENOENT);
    assert_int_equal(ask_for(IRX_OP_ABANDON), -ENOENT);
    assert_int_equal(told.done, 0);
    assert_int_equal(ask_for(IRX_OP_PREPARE), 0);
    assert_int_equal(ask_for(IRX_OP_PREPARE), -EEXIST);
    assert_int_equal(ask(&op), 0);
    assert_int_equal(op.u.domain.start_tsc,
                     55); /* what it answers is copied out */
    interrex_domain_rec(interrex_hold_of(guest)->entry)->state =
        IRX_DOM_RUNNING;
    assert_int_equal(ask_for(IRX_OP_ENTER), -EEXIST);
    assert_int_equal(ask_for(IRX_OP_CLAIM), 0);
    assert_int_equal(told.done, IRX_OP_CLAIM);
    end();
}

/* Whoever asks to be called again keeps its place, and is not looked at as a beginner. */
static void one_that_goes_on_keeps_its_place(void **state)
{
    begin(IRX_HOST_HOLDING);
    told.answer = -ERESTART;
    assert_int_equal(ask_for(IRX_OP_PREPARE), -ERESTART);
    assert_int_equal(told.continued, 1);
    told.done = 0;
    assert_int_equal(ask_for(IRX_OP_CLAIM), -EBUSY);
    assert_int_equal(ask_for(IRX_OP_ENTER), -EBUSY);
    assert_int_equal(told.done, 0);
    assert_int_equal(interrex_domain_kill(guest), -ERESTART);
    told.answer = 0;
    assert_int_equal(ask_for(IRX_OP_PREPARE), 0);
    assert_int_equal(ask_for(IRX_OP_PREPARE), -EEXIST);
    end();
}

/* A rehearsal goes on in the next turn of a check, and ends before anything else is done. */
static void nothing_is_done_during_a_rehearsal(void **state)
{
    begin(IRX_HOST_HOLDING);
    told.check_answer = -ERESTART;
    assert_int_equal(ask_for(IRX_OP_CHECK), -ERESTART);
    assert_int_equal(told.continued, 1);
    assert_int_equal(ask_for(IRX_OP_CHECK), -ERESTART);
    assert_int_equal(told.rehearsals_ended, 0);
    assert_int_equal(ask_for(IRX_OP_PREPARE), 0);
    assert_int_equal(told.rehearsals_ended, 1);
    assert_int_equal(interrex_domain_kill(guest), 0);
    assert_int_equal(told.rehearsals_ended, 2);
    end();
}

static void who_cannot_be_carried(void **state)
{
    begin(IRX_HOST_HOLDING);
    told.reasons = 1;
    assert_int_equal(ask_for(IRX_OP_PREPARE), -EOPNOTSUPP);
    assert_int_equal(told.done, 0);
    told.reasons = 0;
    told.held_cpus = 0;
    assert_int_equal(ask_for(IRX_OP_PREPARE), -ENODEV);
    interrex_anchor()->host_state = IRX_HOST_LOADED;
    told.held_cpus = 1;
    assert_int_equal(ask_for(IRX_OP_PREPARE), -ENODEV);
    assert_int_equal(ask_for(IRX_OP_ENTER), -ENODEV);
}

static void limits_of_a_wait(void **state)
{
    struct irx_op op = { .cmd = IRX_OP_PREPARE, .u.domain.domid = 5 };

    begin(IRX_HOST_HOLDING);
    op.u.domain.timeout_ms = INTERREX_TIMEOUT_MS_MAX + 1;
    assert_int_equal(ask(&op), -EINVAL);
    op.u.domain.timeout_ms = INTERREX_TIMEOUT_MS_MAX;
    assert_int_equal(ask(&op), 0);
    assert_int_equal(told.timeout, INTERREX_TIMEOUT_MS_MAX);
    assert_int_equal(ask_for(IRX_OP_CLAIM), 0);
    assert_int_equal(told.timeout, INTERREX_TIMEOUT_MS);
    end();
}

/* A domain that is destroyed while the shim has it. */
static void who_is_killed_is_given_up(void **state)
{
    begin(IRX_HOST_HOLDING);
    assert_int_equal(interrex_domain_kill(guest), 0);
    assert_int_equal(told.done, 0); /* nothing was held of it */
    assert_int_equal(ask_for(IRX_OP_PREPARE), 0);
    assert_true(interrex_op_begin()); /* another operation is under way */
    assert_int_equal(interrex_domain_kill(guest), -ERESTART);
    interrex_op_end();
    told.answer = -ERESTART;
    assert_int_equal(interrex_domain_kill(guest), -ERESTART);
    assert_true(interrex_op_begin()); /* and meanwhile others may */
    interrex_op_end();
    told.answer = 0;
    assert_int_equal(interrex_domain_kill(guest), 0);
    assert_int_equal(told.done, IRX_OP_ABANDON);
    assert_null(interrex_hold_of(guest));
}

static void cpus_by_the_hosts_state(void **state)
{
    struct irx_op op = { .cmd = IRX_OP_LEND, .u.cpus.max = 1 };

    begin(IRX_HOST_IDLE);
    assert_int_equal(ask_for(IRX_OP_LEND), -ENOENT); /* no shim */
    interrex_anchor()->host_state = IRX_HOST_CLAIMING;
    assert_int_equal(ask_for(IRX_OP_LEND), -EBUSY);
    interrex_anchor()->host_state = IRX_HOST_LOADED;
    interrex_anchor()->watch.deaf =
        1; /* their numbers are not those of their entries here */
    assert_int_equal(ask_for(IRX_OP_LEND), -ENXIO);
    interrex_anchor()->watch.deaf = 0;
    op.u.cpus.count = ARRAY_SIZE(op.u.cpus.cpu) + 1;
    assert_int_equal(ask(&op), -EINVAL);
    assert_null(told.tasklet);
    op.u.cpus.count = 0;
    assert_int_equal(ask(&op), 0);
    assert_int_equal(op.u.cpus.left, 2); /* of four, but the boot CPU */
    assert_int_equal(told.tasklet(NULL), 0);
    assert_int_equal(told.done, IRX_OP_LEND);
    op.cmd = IRX_OP_RETURN;
    op.u.cpus.max = 1;
    assert_int_equal(ask(&op), 0);
    assert_int_equal(told.tasklet(NULL), -EAGAIN);
    assert_true(told.stepwise);
    told.tasklet_refused = -EBUSY; /* the operation is over then */
    assert_int_equal(ask(&op), -EBUSY);
    assert_int_equal(ask_for(IRX_OP_UNLOAD), 0);
    assert_int_equal(told.unloaded, 1);
}

static void cpus_beside_guests_that_stay(void **state)
{
    struct irx_op op = { .cmd = IRX_OP_LEND, .u.cpus.max = 1 };

    begin(IRX_HOST_CLAIMING);
    beside = true;
    may_carry = -EBUSY;
    assert_int_equal(ask(&op), -EBUSY);
    assert_null(told.tasklet);
    may_carry = 0;
    assert_int_equal(ask(&op), 0);
    assert_int_equal(told.tasklet(NULL), 0);
    assert_int_equal(told.done, IRX_OP_LEND);
    beside = false;
    told.tasklet = NULL;
    assert_int_equal(ask(&op), -EBUSY); /* nothing is loaded */
    assert_null(told.tasklet);
}

static void what_needs_no_region(void **state)
{
    struct irx_op op = { .cmd = IRX_OP_CHECK };
    XEN_GUEST_HANDLE_PARAM(void) handle = { &op };

    begin(IRX_HOST_IDLE);
    interrex_anchor()->magic = 0;
    assert_int_equal(ask(&op), 0);
    assert_int_equal(op.u.check.count, 3);
    op.cmd = IRX_OP_INFO;
    assert_int_equal(ask(&op), 0);
    assert_int_equal(op.u.info.region_size, 0);
    assert_int_equal(ask_for(IRX_OP_READ), -ENODEV);
    assert_int_equal(ask_for(IRX_OP_LOAD_SHIM), -ENODEV);
    assert_int_equal(told.loaded, 0);
    interrex_anchor()->magic = IRX_ANCHOR_MAGIC;
    assert_int_equal(ask_for(IRX_OP_LOAD_SHIM), 0);
    assert_int_equal(told.loaded, 1);
    assert_int_equal(ask_for(IRX_OP_DEADMAN), 0);
    assert_int_equal(told.done, IRX_OP_DEADMAN);
    op.cmd = IRX_OP_CHECK;
    op.version = IRX_VERSION(IRX_ABI_MAJOR + 1, 0);
    assert_int_equal(interrex_kexec_op(handle), -EOPNOTSUPP);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        REGION_CASE(steps_come_in_their_order),
        REGION_CASE(one_that_goes_on_keeps_its_place),
        REGION_CASE(nothing_is_done_during_a_rehearsal),
        REGION_CASE(who_cannot_be_carried),
        REGION_CASE(limits_of_a_wait),
        REGION_CASE(who_is_killed_is_given_up),
        REGION_CASE(cpus_by_the_hosts_state),
        REGION_CASE(cpus_beside_guests_that_stay),
        REGION_CASE(what_needs_no_region),
    };

    return cmocka_run_group_tests_name("op_steps", tests, NULL, NULL);
}
