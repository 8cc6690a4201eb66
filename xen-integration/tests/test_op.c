/* SPDX-License-Identifier: GPL-2.0-only */
/* op/op.c: which operations go beside which. */
#include "region_bench.h"

#include <xen/domain.h>
#include <xen/hypercall.h>

#include <asm/interrex.h>

#include "hold/hold.h"
#include "lend/lend.h"
#include "op/op.h"

/* ---- What op.c calls: the moments, as far as these cases see them ---- */

static long (*tasklet)(void *);
static unsigned int prepared, checked;
static const bool beside;
static const int may_carry;

int continue_hypercall_on_cpu(unsigned int cpu, long (*fn)(void *), void *arg)
{
    assert_int_equal(cpu, 0);
    tasklet = fn;
    return 0;
}

long hypercall_create_continuation(unsigned int op, const char *format, ...)
{
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
    checked++;
    return 0;
}

unsigned int interrex_check_domain(struct domain *d,
                                   struct irx_op_reason *reasons,
                                   unsigned int capacity)
{
    return 0;
}

bool interrex_vectors_fit(const cpumask_t *stay)
{
    return true;
}

void interrex_check_end(void)
{
}

int interrex_load_shim(const struct irx_op_load *load)
{
    return 0;
}

int interrex_load_fallback(struct irx_op_fallback *op)
{
    return 0;
}

int interrex_load_deadman(const struct irx_op_deadman *op)
{
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
    return 0;
}

int interrex_lend(const struct irx_op_cpus *cpus)
{
    return 0;
}

int interrex_return(bool stepwise)
{
    return 0;
}

unsigned int interrex_held_cpus(void)
{
    return 1;
}

int interrex_prepare(struct domain *d, const struct irx_op_domain *op)
{
    prepared++;
    return 0;
}

int interrex_enter(struct domain *d, struct irx_op_domain *op)
{
    return 0;
}

int interrex_claim(struct domain *d, struct irx_op_domain *op)
{
    return 0;
}

int interrex_abandon(struct domain *d, struct irx_op_domain *op)
{
    return 0;
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

static long ask(struct irx_op *op)
{
    XEN_GUEST_HANDLE_PARAM(void) handle = { op };

    op->version = IRX_ABI_VERSION;
    return interrex_kexec_op(handle);
}

static long ask_for(uint32_t cmd)
{
    struct irx_op op = { .cmd = cmd };

    return ask(&op);
}

static void begin(uint32_t host_state)
{
    current = world_domain(0, 1)->vcpu[0];
    world_domain(5, 1);
    interrex_anchor()->host_state = host_state;
    tasklet = NULL;
    prepared = checked = 0;
}

/* CPUs are being lent: the hypercall has answered, a tasklet is at it. */
static void looking_goes_beside_an_operation(void **state)
{
    static uint8_t page[PAGE_SIZE];
    struct irx_op read = { .cmd = IRX_OP_READ }, info = { .cmd = IRX_OP_INFO };

    begin(IRX_HOST_LOADED);
    assert_int_equal(ask_for(IRX_OP_LEND), 0);
    assert_non_null(tasklet);

    assert_int_equal(ask(&info), 0);
    assert_int_equal(info.u.info.region_size, BENCH_SIZE);
    read.u.read.size = sizeof(page);
    read.u.read.buffer = (uintptr_t)page;
    assert_int_equal(ask(&read), 0);
    assert_memory_equal(page, interrex_anchor(), sizeof(page));

    /* What changes something, and what is asked of all domains, does not. */
    assert_int_equal(ask_for(IRX_OP_CHECK), -EBUSY);
    assert_int_equal(ask_for(IRX_OP_RETURN), -EBUSY);
    assert_int_equal(ask_for(IRX_OP_UNLOAD), -EBUSY);

    /* Looking has not ended the operation. */
    tasklet(NULL);
    assert_int_equal(ask_for(IRX_OP_CHECK), 0);
    assert_int_equal(checked, 1);
}

/* For the dead-man: somebody is at work who asks for a change, also one that is refused. */
static void who_only_looks_does_no_work(void **state)
{
    static const uint32_t looks[] = { IRX_OP_INFO, IRX_OP_CHECK };
    uint8_t byte;
    struct irx_op read = {
        .cmd = IRX_OP_READ, .u.read = { .size = 1, .buffer = (uintptr_t)&byte }
    };
    s_time_t before = interrex_last_heard();
    unsigned int i;

    begin(IRX_HOST_CLAIMING);
    for ( i = 0; i < ARRAY_SIZE(looks); i++ )
        assert_int_equal(ask_for(looks[i]), 0);
    assert_int_equal(ask(&read), 0);
    assert_int_equal(interrex_last_heard(), before);

    assert_int_equal(ask_for(IRX_OP_RETURN), 0);
    assert_in_range(interrex_last_heard(), before + 1, NOW());
    before = interrex_last_heard();
    assert_int_equal(ask_for(IRX_OP_RETURN), -EBUSY);
    assert_in_range(interrex_last_heard(), before + 1, NOW());
    before = interrex_last_heard();
    tasklet(NULL); /* it was at work until now */
    assert_in_range(interrex_last_heard(), before + 1, NOW());
}

/* A build that is not for tests has none. */
static void no_audit(void **state)
{
    begin(IRX_HOST_IDLE);
    assert_int_equal(ask_for(IRX_OP_AUDIT), -EOPNOTSUPP);
}

static void looking_stays_in_bounds(void **state)
{
    const struct irx_anchor *a = interrex_anchor();
    const uint64_t end = a->data.off + a->data.size;
    static uint8_t room[PAGE_SIZE];
    struct irx_op op = { .cmd = IRX_OP_READ };

    begin(IRX_HOST_LOADED);
    op.u.read = (struct irx_op_read){ .off = end - 8,
                                      .size = 8,
                                      .buffer = (uintptr_t)room };
    assert_int_equal(ask(&op), 0);
    op.u.read.size = 9;
    assert_int_equal(ask(&op), -EINVAL);
    op.u.read = (struct irx_op_read){ .off = ~0ULL, .size = 2 };
    assert_int_equal(ask(&op), -EINVAL);
    op.u.read = (struct irx_op_read){ .off = 0, .size = MB(1) + 1 };
    assert_int_equal(ask(&op), -EINVAL);
}

static void operations_are_one_at_a_time_and_end(void **state)
{
    struct irx_op op = { .cmd = IRX_OP_PREPARE, .u.domain.domid = 5 };

    begin(IRX_HOST_HOLDING);
    assert_int_equal(ask(&op), 0);
    assert_int_equal(ask(&op), 0);
    assert_int_equal(prepared, 2);
    assert_int_equal(ask_for(IRX_OP_RETURN),
                     0); /* until its tasklet has run */
    assert_int_equal(ask(&op), -EBUSY);
    tasklet(NULL);
    assert_int_equal(ask(&op), 0);
}

static void what_is_wrong_is_refused(void **state)
{
    struct irx_op op = { .cmd = IRX_OP_PREPARE, .u.domain.domid = 77 };
    XEN_GUEST_HANDLE_PARAM(void) handle = { &op };

    begin(IRX_HOST_HOLDING);
    assert_int_equal(ask(&op), -ESRCH);
    op.u.domain.domid = DOMID_IDLE;
    assert_int_equal(ask(&op), -EINVAL);
    op.u.domain.domid = 0; /* who asks */
    assert_int_equal(ask(&op), -EINVAL);
    assert_int_equal(ask_for(999), -EOPNOTSUPP);
    op.cmd = IRX_OP_INFO;
    op.version = (IRX_ABI_MAJOR + 1) << 16;
    assert_int_equal(interrex_kexec_op(handle), -EOPNOTSUPP);
    assert_int_equal(ask_for(IRX_OP_CHECK),
                     0); /* none of these is still under way */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        REGION_CASE(looking_goes_beside_an_operation),
        REGION_CASE(who_only_looks_does_no_work),
        REGION_CASE(no_audit),
        REGION_CASE(looking_stays_in_bounds),
        REGION_CASE(operations_are_one_at_a_time_and_end),
        REGION_CASE(what_is_wrong_is_refused),
    };

    return cmocka_run_group_tests_name("op", tests, NULL, NULL);
}
