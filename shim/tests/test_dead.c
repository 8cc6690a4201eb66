/* SPDX-License-Identifier: GPL-2.0-only */
/* A CPU that Xen calls dead: its domain is lost, its locks are taken, the neighbours go on. */
#include "help_sched.h"

#include <string.h>

#include "core/lock.h"
#include "core/place.h"
#include "fake/fake.h"
#include "guest/evtchn.h"
#include "run/dead.h"
#include "run/mailbox.h"

#define DEAD 1u /* the CPU that it is about */

/* Three domains: 1 and 2 on that CPU, where 1 is loaded; 3 on the other. */
static struct dom *doms[3];

static struct dom *run_on(uint32_t entry, uint32_t vcpus, uint32_t cpu)
{
    struct irx_domain *r = env_domain(entry, (uint16_t)(entry + 1), vcpus);

    for (uint32_t i = 0; i < vcpus; i++)
        env_vcpu_rec(r, i)->cpu_hint = cpu;
    return env_run(r);
}

static int three_domains(void **state)
{
    int rc = setup(state);

    env_open_cpu(DEAD);
    doms[0] = run_on(0, 1, DEAD);
    loops(DEAD, 1);
    doms[1] = run_on(1, 1, DEAD);
    place_take_inbox(env_on(DEAD));
    doms[2] = run_on(2, 1, 0);
    loops(0, 2);
    return rc;
}
#define DEAD_CASE(f) cmocka_unit_test_setup_teardown(f, three_domains, env_teardown)

static void dies(void)
{
    env_cpu(DEAD)->rec->state = IRX_CPU_DEAD;
    env_on(0);
    fake.tsc += 100000 * US; /* the other looks */
}

static bool is_lost(const struct dom *d, uint32_t vcpu)
{
    return env_vcpu_rec(d->rec, vcpu)->flags & IRX_VCPUF_LOST;
}

/* A domain with two vCPUs, of which the second is on the dead CPU alone. */
static struct dom *on_both(void)
{
    struct irx_domain *r = env_domain(3, 4, 2);
    struct dom *d;

    env_vcpu_rec(r, 0)->cpu_hint = 0;
    env_vcpu_rec(r, 1)->cpu_hint = DEAD;
    d = env_run(r);
    loops(0, 4);
    place_take_inbox(env_on(DEAD));
    return d;
}

static void what_was_loaded_is_lost_alone(void **state)
{
    unsigned int ran = runs(doms[0], 0), ran_other = runs(doms[2], 0);

    (void)state;
    assert_ptr_equal(env_cpu(DEAD)->loaded, env_vcpu(doms[0], 0));
    dies();
    loops(0, 300);
    assert_true(is_lost(doms[0], 0));
    assert_int_equal(env_vcpu_rec(doms[0]->rec, 0)->state, IRX_VCPU_PARKED);
    assert_int_equal(env_vcpu_rec(doms[0]->rec, 0)->park_detail, DEAD);
    assert_int_equal(runs(doms[0], 0), ran);
    assert_false(is_lost(doms[1], 0) || is_lost(doms[2], 0));
    assert_ptr_equal(env_vcpu(doms[1], 0)->cpu, env_cpu(0));
    assert_true(runs(doms[1], 0) > 10);
    assert_true(runs(doms[2], 0) > ran_other + 10);
    assert_int_equal(env_cpu(DEAD)->nr, 0);
    assert_int_equal(env_cpu(0)->nr, 3);
}

/* It is frozen without a look at its registers; what Xen wrote is as it was. */
static void one_that_is_lost_freezes(void **state)
{
    struct irx_vcpu *r = env_vcpu_rec(doms[0]->rec, 0);
    uint8_t cpu[IRX_HVM_CPU_SIZE];

    (void)state;
    memcpy(cpu, r->cpu, sizeof(cpu));
    env_vcpu(doms[0], 0)->rip += 0x100;
    dies();
    loops(0, 2);
    for (unsigned int i = 0; i < 3; i++) {
        env_freeze(doms[i]->rec);
        assert_int_equal(doms[i]->rec->state, IRX_DOM_FROZEN);
    }
    assert_int_equal(fake_vcpu(env_vcpu(doms[0], 0))->saves, 0);
    assert_int_equal(fake_vcpu(env_vcpu(doms[1], 0))->saves, 1);
    assert_memory_equal(r->cpu, cpu, sizeof(cpu));
    assert_null(env_cpu(0)->list);
    env_enter(doms[0]->rec); /* taken back, it cannot go on */
    assert_int_equal(doms[0]->rec->state, IRX_DOM_FAILED);
    env_enter(doms[1]->rec);
    assert_int_equal(doms[1]->rec->state, IRX_DOM_RUNNING);
}

static void its_others_do_not_go_on(void **state)
{
    struct dom *d;
    unsigned int ran;

    (void)state;
    d = on_both();
    env_cpu(DEAD)->current = env_vcpu(d, 1); /* it was just about to load it */
    dies();
    loops(0, 20);
    assert_true(is_lost(d, 1));
    assert_false(is_lost(d, 0));
    ran = runs(d, 0);
    loops(0, 40);
    assert_int_equal(runs(d, 0), ran);
    env_freeze(d->rec);
    assert_int_equal(d->rec->state, IRX_DOM_FROZEN);
}

/* Xen notices while it waits: what it asked for goes on from there. */
static void dies_while_domains_freeze(void **state)
{
    struct dom *d;

    (void)state;
    d = on_both();
    doms[0]->rec->state = d->rec->state = IRX_DOM_FREEZING;
    mailbox_poll(env_on(0));
    loops(0, 3);
    assert_int_equal(d->rec->state, IRX_DOM_FREEZING);
    dies();
    loops(0, 3);
    assert_int_equal(d->rec->state, IRX_DOM_FROZEN);
    assert_int_equal(doms[0]->rec->state, IRX_DOM_FROZEN);
    assert_false(is_lost(d, 0) || is_lost(d, 1)); /* it had not been loaded */
    assert_int_equal(fake_vcpu(env_vcpu(d, 1))->saves, 1);
}

/* It had asked nobody yet, or had stopped all and told nobody. */
static void dies_while_it_freezes(void **state)
{
    (void)state;
    doms[2]->rec->state = doms[1]->rec->state = IRX_DOM_FREEZING;
    doms[2]->phase = DOM_FREEZING;
    env_cpu(DEAD)->works_at = doms[2];
    place_remove(env_cpu(DEAD), env_vcpu(doms[1], 0));
    env_vcpu(doms[1], 0)->live = false;
    doms[1]->phase = DOM_FREEZING;
    doms[1]->active = 0;
    env_cpu(DEAD)->finishing = doms[1];
    shim.mailbox_lock.holder = DEAD + 1;
    dies();
    loops(0, 3);
    assert_int_equal(doms[2]->rec->state, IRX_DOM_FROZEN);
    assert_int_equal(doms[1]->rec->state, IRX_DOM_FROZEN);
    assert_int_equal(shim.mailbox_lock.holder, 0);
}

/* ---- Locks ---- */

static unsigned int pauses;

static void xen_gives_it_up(void)
{
    if (++pauses == 100)
        env_cpu(DEAD)->rec->state = IRX_CPU_DEAD;
    assert_true(pauses <= 100);
}

/* Whoever waits for it shows that it is alive itself, and sees when it need not wait any more. */
static void its_locks_are_taken(void **state)
{
    struct lock lock = {.holder = DEAD + 1};
    tsc_t before = env_cpu(0)->rec->heartbeat_tsc;

    (void)state;
    pauses = 0;
    fake.on_pause = xen_gives_it_up;
    env_on(0);
    assert_false(lock_try(&lock, 0));
    lock_take(&lock, 0);
    fake.on_pause = NULL;
    assert_int_equal(pauses, 100);
    assert_int_equal(lock.holder, 1);
    assert_true(lock.broken);
    assert_true(env_cpu(0)->rec->heartbeat_tsc > before);
    lock_drop(&lock);
    assert_true(lock_try(&lock, 2));
    assert_false(lock_try(&lock, 0)); /* that one lives */
}

static void an_older_xen_knows_none(void **state)
{
    struct lock lock = {.holder = DEAD + 1};

    (void)state;
    shim.anchor->version = IRX_VERSION(1, 0);
    dies();
    assert_false(lock_try(&lock, 0));
    assert_false(lock_cpu_is_dead(DEAD));
    loops(0, 3);
    assert_ptr_equal(env_vcpu(doms[1], 0)->cpu, env_cpu(DEAD));
}

static unsigned int events_of(const struct dom *d)
{
    return (unsigned int)env_vcpu_rec(d->rec, 0)->events_in;
}

/* It had taken bits of the doorbell, and raised nothing yet. */
static void events_that_it_was_at_are_raised(void **state)
{
    (void)state;
    for (uint32_t port = 0; port < ENV_PORTS; port++)
        doms[2]->ports[port].state = IRX_PORT_CLOSED;
    doms[2]->ports[40].state = IRX_PORT_INTERDOMAIN;
    doms[2]->ports[41].state = IRX_PORT_UNBOUND;
    doms[2]->lock.holder = DEAD + 1;
    dies();
    loops(0, 3);
    assert_int_equal(events_of(doms[2]), 1);
    assert_int_equal(doms[2]->lock.holder, 0);
    loops(0, 3);
    assert_int_equal(events_of(doms[2]), 1);
}

static void all_that_it_held_is_free(void **state)
{
    (void)state;
    env_cpu(0)->inbox_lock.holder = DEAD + 1;
    env_cpu(DEAD)->inbox_lock.holder = DEAD + 1;
    shim.mailbox_lock.holder = DEAD + 1;
    env_cpu(DEAD)->ring_at = 1;
    shim.anchor->xen_alive = 1;
    shim.anchor->xen_apic_id = 77;
    shim.anchor->xen_vector = 0x44;
    fake_clear_ipis();
    dies();
    loops(0, 60);
    assert_int_equal(env_cpu(0)->inbox_lock.holder, 0);
    assert_int_equal(shim.mailbox_lock.holder, 0);
    assert_false(shim.mailbox_lock.broken);
    assert_true(runs(doms[1], 0) > 10);
    assert_int_equal(fake_count_ipis(77, 0x44), 1);
}

/* ---- On the way ---- */

/* It had taken the vCPU off its list, or had it half in another's inbox. */
static void left_behind(void **state)
{
    struct vcpu *v = env_vcpu(doms[1], 0);

    (void)state;
    place_remove(env_cpu(DEAD), v);
    env_cpu(DEAD)->giving = v;
    v->on_way = true;
    v->cpu = env_cpu(0);
    env_cpu(0)->inbox_lock.holder = DEAD + 1;
    dies();
    loops(0, 40);
    assert_true(runs(doms[1], 0) > 5);
    assert_null(env_cpu(0)->inbox);
    env_freeze(doms[1]->rec);
    assert_int_equal(doms[1]->rec->state, IRX_DOM_FROZEN);
}

/* The last thing that it did was to give it: there it is, once. */
static void arrived(void **state)
{
    struct vcpu *v = env_vcpu(doms[1], 0);
    unsigned int on_list = 0;

    (void)state;
    place_remove(env_cpu(DEAD), v);
    env_cpu(DEAD)->giving = v;
    v->on_way = true;
    v->cpu = env_cpu(0);
    v->next = NULL;
    env_cpu(0)->inbox = v;
    env_cpu(DEAD)->rec->state = IRX_CPU_DEAD;
    assert_false(place_is_left_behind(env_on(0), env_cpu(DEAD), v));
    place_take_inbox(env_on(0));
    assert_false(place_is_left_behind(env_on(0), env_cpu(DEAD), v));
    dies();
    loops(0, 3);
    for (v = env_cpu(0)->list; v; v = v->next)
        on_list += v == env_vcpu(doms[1], 0);
    assert_int_equal(on_list, 1);
}

/* Xen was told that it runs, and its vCPU has no CPU yet. */
static void entered_and_not_placed(void **state)
{
    (void)state;
    place_remove(env_cpu(DEAD), env_vcpu(doms[1], 0));
    env_vcpu(doms[1], 0)->cpu = NULL;
    doms[1]->phase = DOM_BUILT;
    doms[1]->active = 0;
    doms[1]->live = false;
    env_cpu(DEAD)->works_at = doms[1];
    shim.mailbox_lock.holder = DEAD + 1;
    dies();
    loops(0, 40);
    assert_true(doms[1]->live);
    assert_true(runs(doms[1], 0) > 5);
    env_freeze(doms[1]->rec);
    assert_int_equal(doms[1]->rec->state, IRX_DOM_FROZEN);
}

/* What it was building is nobody's, and can be asked for again. */
static void half_built(void **state)
{
    struct irx_domain *r = env_domain(3, 4, 1);
    struct dom *d = &shim.doms[3];

    (void)state;
    r->state = IRX_DOM_PREPARING;
    mailbox_poll(env_on(DEAD));
    assert_int_equal(d->phase, DOM_CHECKING);
    env_cpu(DEAD)->works_at = d;
    shim.mailbox_lock.holder = DEAD + 1;
    dies();
    loops(0, 1);
    assert_int_equal(r->state, IRX_DOM_FAILED);
    assert_int_equal(r->error, -SHIM_EFAULT);
    assert_int_equal(d->phase, DOM_EMPTY);
    assert_int_equal(shim.building, 0);
    r->state = IRX_DOM_WITH_XEN;
    env_run(r);
    loops(0, 20);
    assert_true(runs(d, 0) > 2);
}

/* The CPU that takes it all over dies of it: a third does it. */
static void dies_at_the_other_ones_grave(void **state)
{
    (void)state;
    env_add_cpu(2);
    shim.mailbox_lock.holder = 1; /* CPU 0's */
    env_cpu(0)->rec->state = IRX_CPU_DEAD;
    dies();
    env_on(2);
    loops(2, 60);
    assert_true(env_cpu(0)->buried && env_cpu(DEAD)->buried);
    assert_true(is_lost(doms[0], 0) && is_lost(doms[2], 0));
    assert_false(is_lost(doms[1], 0));
    assert_true(runs(doms[1], 0) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DEAD_CASE(what_was_loaded_is_lost_alone),
        DEAD_CASE(one_that_is_lost_freezes),
        DEAD_CASE(its_others_do_not_go_on),
        DEAD_CASE(dies_while_domains_freeze),
        DEAD_CASE(dies_while_it_freezes),
        DEAD_CASE(its_locks_are_taken),
        DEAD_CASE(an_older_xen_knows_none),
        DEAD_CASE(events_that_it_was_at_are_raised),
        DEAD_CASE(all_that_it_held_is_free),
        DEAD_CASE(left_behind),
        DEAD_CASE(arrived),
        DEAD_CASE(entered_and_not_placed),
        DEAD_CASE(half_built),
        DEAD_CASE(dies_at_the_other_ones_grave),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
