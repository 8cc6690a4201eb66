/* SPDX-License-Identifier: GPL-2.0-only */
/* lend/return.c: CPUs come back core by core, and nobody else starts one that is lent. */
#include "region_bench.h"

#include <asm/apic.h>
#include <asm/interrex.h>
#include <asm/time.h>

#include "lend/lend.h"
#include "region/region.h"
#include "state/state.h"

/* ---- The shim, and what else of ours is called ---- */

static bool domains_held, only_came, deaf[8], hangs[8], runs_guests[8];
static unsigned int inits; /* a bit an APIC id: it got one */
static unsigned int rings, finished, rejoined, resets, retries;
static int start_error; /* of a CPU that is to come online */

/* The shim answers a request at once, unless it is deaf; its loop goes round, unless it hangs. */
void interrex_ring(unsigned int entry)
{
    struct irx_cpu *c = entry == ~0U ? NULL : interrex_cpu_rec(entry);

    rings++;
    if ( entry == ~0U )
        return;
    if ( !hangs[entry] )
        c->heartbeat_tsc++;
    if ( hangs[entry] || deaf[entry] || c->request == IRX_CPU_REQ_NONE )
        return;
    if ( c->request == IRX_CPU_REQ_RELEASE_IDLE && runs_guests[entry] )
        c->error = -EBUSY;
    else
        c->state = IRX_CPU_RELEASED;
}

void interrex_send(unsigned int apic_id, uint32_t what)
{
    assert_int_equal(what,
                     APIC_INT_LEVELTRIG | APIC_INT_ASSERT | APIC_DM_INIT);
    inits |= 1U << apic_id;
}

long cpu_up_helper(void *cpu)
{
    unsigned int nr = (unsigned long)cpu;
    int rc = interrex_cpu_may_come(nr); /* Xen's __cpu_up() */

    rc = rc ?: start_error;
    if ( !rc )
        cpumask_set_cpu(nr, &cpu_online_map);

    return rc;
}

bool interrex_any_held(void)
{
    return domains_held;
}

bool interrex_only_came(void)
{
    return only_came;
}

unsigned int interrex_held_cpus(void)
{
    unsigned int i, count = 0;

    for ( i = 0; i < interrex_anchor()->cpus.count; i++ )
        count += interrex_cpu_rec(i)->state == IRX_CPU_HELD;

    return count;
}

void interrex_affinity_retry(void)
{
    retries++;
}

void interrex_holds_reset(void)
{
    resets++;
}

void interrex_cpus_offline_again(void)
{
    finished++;
}

void interrex_cpupools_rejoin(void)
{
    rejoined++;
}

void interrex_stray_raise(unsigned int entry)
{
}

void interrex_doorbell_close(void)
{
}

void interrex_ipi_by_name(bool on)
{
}

void interrex_time_thaw(void)
{
}

void interrex_cpupools_undo(void)
{
}

void interrex_affinity_undo(void)
{
}

void interrex_waits_end(void)
{
}

void interrex_first_run_export(const struct irx_domain *r)
{
}

/* ---- A host with four CPUs, of which the shim has 1 to 3 ---- */

static int return_begin(void **state)
{
    static uint64_t begins = 1; /* no two are equal, as TSCs */
    unsigned int cpu;
    int rc = region_begin(state);

    domains_held = only_came = false;
    interrex_return_keep(0);
    memset(deaf, 0, sizeof(deaf));
    memset(hangs, 0, sizeof(hangs));
    memset(runs_guests, 0, sizeof(runs_guests));
    inits = 0;
    rings = finished = rejoined = resets = retries = 0;
    start_error = 0;
    interrex_anchor()->host_state = IRX_HOST_HOLDING;
    cpumask_clear(&cpu_online_map);
    cpumask_set_cpu(0, &cpu_online_map);
    for ( cpu = 1; cpu < 4; cpu++ )
        *interrex_cpu_rec(cpu) = (struct irx_cpu){
            .state = IRX_CPU_HELD,
            .apic_id = x86_cpu_to_apicid[cpu],
            .xen_cpu = cpu,
            .package_core = cpu,
            .heartbeat_tsc = begins++,
        };

    return rc;
}
#define RETURN_CASE(test)                                                     \
    cmocka_unit_test_setup_teardown(test, return_begin, world_end)

static unsigned int online(void)
{
    return cpumask_weight(&cpu_online_map);
}

static void all_of_them_one_a_call(void **state)
{
    assert_int_equal(interrex_return(false), -EAGAIN);
    assert_int_equal(online(), 2);
    assert_int_equal(interrex_return(false), -EAGAIN);
    assert_int_equal(finished, 0);
    assert_int_equal(interrex_return(false), 0);
    assert_int_equal(online(), 4);
    assert_int_equal(finished, 1);
    assert_int_equal(interrex_anchor()->host_state, IRX_HOST_LOADED);
    assert_int_equal(interrex_return(false), -ENODEV);
}

static void step_by_step_while_domains_are_held(void **state)
{
    domains_held = runs_guests[1] = runs_guests[2] = runs_guests[3] = true;
    assert_int_equal(interrex_return(false), -EBUSY);
    assert_int_equal(online(), 1);
    assert_int_equal(interrex_cpu_rec(1)->error, 0);
    assert_int_equal(interrex_return(true), 0);
    assert_int_equal(interrex_return(true), 0);
    assert_int_equal(online(), 3);
    assert_int_equal(interrex_return(true),
                     -EBUSY); /* somebody has to run them */
    assert_int_equal(interrex_cpu_rec(3)->state, IRX_CPU_HELD);
    assert_int_equal(resets, 0);
    domains_held = false;
    assert_int_equal(interrex_return(true), 0);
    assert_int_equal(finished, 1);
    assert_int_equal(resets, 1);
}

/* Guests that stay, as in quarantine: whoever runs none of their vCPUs comes. */
static void idle_ones_while_domains_are_held(void **state)
{
    domains_held = runs_guests[2] = true;
    assert_int_equal(interrex_return(false), -EAGAIN);
    assert_int_equal(interrex_return(false), -EAGAIN);
    assert_int_equal(interrex_return(false), -EBUSY);
    assert_int_equal(online(), 3);
    assert_int_equal(interrex_cpu_rec(2)->state, IRX_CPU_HELD);
    assert_int_equal(finished, 0);
    domains_held = false;
    assert_int_equal(interrex_return(false), 0);
    assert_int_equal(online(), 4);
    assert_int_equal(finished, 1);
}

/* The shim had one CPU for them, and has it in the end, though by then they run on all. */
static void an_update_beside_guests_that_stay_is_undone(void **state)
{
    domains_held = only_came = true;
    runs_guests[1] = runs_guests[2] = runs_guests[3] = true;
    interrex_return_keep(1);
    assert_int_equal(interrex_return(false), -EAGAIN);
    assert_int_equal(interrex_return(false), -EAGAIN);
    assert_int_equal(interrex_anchor()->host_state, IRX_HOST_HOLDING);
    assert_int_equal(retries, 0);
    assert_int_equal(interrex_return(false), -EBUSY);
    assert_int_equal(interrex_anchor()->host_state, IRX_HOST_CLAIMING);
    assert_int_equal(online(), 3);
    assert_int_equal(retries, 1);
    assert_int_equal(finished, 0);
    assert_int_equal(resets, 0);
    assert_string_equal(world_log, "");
    /* And they can be ended, as before. */
    domains_held = only_came = false;
    assert_int_equal(interrex_return(false), 0);
    assert_int_equal(interrex_anchor()->host_state, IRX_HOST_LOADED);
}

/* Nor do they have fewer on the way. */
static void guests_that_stay_keep_their_cpus(void **state)
{
    domains_held = true;
    runs_guests[1] = runs_guests[2] = runs_guests[3] = true;
    interrex_return_keep(2);
    assert_int_equal(interrex_return(true), 0);
    assert_int_equal(interrex_return(true), -EBUSY);
    assert_int_equal(online(), 2);
    assert_int_equal(interrex_return(false), -EBUSY);
    assert_int_equal(interrex_anchor()->host_state,
                     IRX_HOST_HOLDING); /* others are held, too */
    only_came = true;
    assert_int_equal(interrex_return(false), -EBUSY);
    assert_int_equal(interrex_anchor()->host_state, IRX_HOST_CLAIMING);
    assert_int_equal(online(), 2);
}

/* Not held, but prepared perhaps. */
static void step_by_step_keeps_who_is_in_the_table(void **state)
{
    assert_int_equal(interrex_return(true), 0);
    assert_int_equal(interrex_return(true), 0);
    assert_int_equal(resets, 0);
}

static void threads_of_a_core_come_together(void **state)
{
    interrex_cpu_rec(2)->package_core = interrex_cpu_rec(1)->package_core;
    domains_held = true;
    assert_int_equal(interrex_return(true), 0);
    assert_int_equal(online(), 3);
    assert_int_equal(interrex_cpu_rec(3)->state, IRX_CPU_HELD);
    assert_int_equal(interrex_return(true), -EBUSY);
}

static void one_that_does_not_answer(void **state)
{
    deaf[1] = true;
    assert_int_equal(interrex_return(false), -ETIMEDOUT);
    assert_int_equal(online(), 3); /* the others did */
    assert_int_equal(finished, 0);
    assert_int_equal(interrex_cpu_rec(1)->request, IRX_CPU_REQ_NONE);
    /* It was rung for again, but not all the time. */
    assert_in_range(rings, 10, world_softirqs / 2);
}

static void one_that_does_not_answer_while_domains_are_held(void **state)
{
    deaf[1] = true;
    domains_held = true;
    assert_int_equal(interrex_return(true), -ETIMEDOUT);
    assert_int_equal(online(), 1); /* the guests keep what they have */
}

static void what_one_call_lent_goes_back(void **state)
{
    cpumask_t lent = {};

    cpumask_set_cpu(2, &lent);
    interrex_return_some(&lent);
    assert_int_equal(online(), 2);
    assert_int_equal(rejoined, 1);
    assert_int_equal(finished, 0);
    cpumask_set_cpu(1, &lent);
    cpumask_set_cpu(3, &lent);
    interrex_return_some(&lent);
    assert_int_equal(online(), 4);
    assert_int_equal(finished, 1);
}

static void nobody_else_starts_one(void **state)
{
    static const struct {
        uint32_t state;
        int rc;
    } cases[] = {
        { IRX_CPU_XEN, 0 },
        { IRX_CPU_LENT, -EBUSY },
        { IRX_CPU_HELD, -EBUSY },
        { IRX_CPU_DRAINING, -EBUSY },
        { IRX_CPU_RELEASED, 0 },
        { IRX_CPU_DEAD, -EBUSY },
        { 77, 0 },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(cases); i++ )
    {
        interrex_cpu_rec(2)->state = cases[i].state;
        assert_int_equal(interrex_cpu_may_come(2), cases[i].rc);
    }
    assert_int_equal(interrex_cpu_may_come(0), 0);
    /* One that never arrived: ours, by INIT. */
    interrex_cpu_rec(1)->state = IRX_CPU_LENT;
    assert_int_equal(interrex_return(false), -EAGAIN);
    assert_int_equal(online(), 2);
}

/* Slow at giving its vCPUs away: it is waited for again, and not started meanwhile. */
static void one_that_still_drains(void **state)
{
    interrex_cpu_rec(1)->state = IRX_CPU_DRAINING;
    deaf[1] = true;
    assert_int_equal(interrex_return(false), -ETIMEDOUT);
    assert_int_equal(online(), 3);
    assert_false(cpumask_test_cpu(1, &cpu_online_map));
    deaf[1] = false;
    assert_int_equal(interrex_return(false), 0);
    assert_int_equal(online(), 4);
}

/* Given up: should it come yet, it sees that. Until it is back it can be tried again. */
static void one_that_never_arrived(void **state)
{
    interrex_cpu_rec(1)->state = IRX_CPU_LENT;
    start_error = -EIO;
    assert_int_equal(interrex_return(false), -EIO);
    assert_int_equal(interrex_cpu_rec(1)->state, IRX_CPU_RELEASED);
    start_error = 0;
    while ( interrex_return(false) == -EAGAIN )
        ;
    assert_int_equal(online(), 4);
    assert_int_equal(interrex_cpu_rec(1)->state, IRX_CPU_XEN);
}

/* ---- CPUs that are dead ---- */

/* Its loop stands, and has for a long time by its stamp. */
static void hang(unsigned int cpu)
{
    hangs[cpu] = true;
    interrex_cpu_rec(cpu)->heartbeat_tsc -= cpu_khz * 60000;
}

static void one_that_is_dead_keeps_nobody(void **state)
{
    hang(1);
    assert_int_equal(interrex_return(false), -EAGAIN);
    assert_int_equal(interrex_cpu_rec(1)->state, IRX_CPU_DEAD);
    assert_int_equal(inits, 1U << x86_cpu_to_apicid[1]);
    assert_non_null(strstr(world_log, "CPU1 does not answer and is given up"));
    while ( interrex_return(false) == -EAGAIN )
        ;
    assert_int_equal(online(), 3);
    assert_int_equal(finished, 1);
    assert_int_equal(interrex_anchor()->host_state, IRX_HOST_LOADED);
    assert_int_equal(interrex_cpu_may_come(1), -EBUSY);
}

/* It stood for a while, as all of a slow host's do: the second look finds it at work. */
static void one_that_comes_to_itself_is_not_dead(void **state)
{
    unsigned int i;

    hang(1);
    assert_true(interrex_cpu_look(1));
    for ( i = 0; i < 1000; i++ )
        assert_true(interrex_cpu_look(1));
    interrex_cpu_rec(1)->heartbeat_tsc = rdtsc();
    assert_false(interrex_cpu_look(1));
    for ( i = 0; i < 1000; i++ )
        assert_false(interrex_cpu_look(1));
    assert_int_equal(interrex_cpu_rec(1)->state, IRX_CPU_HELD);
    assert_int_equal(inits, 0);
    hangs[1] = false;
    assert_int_equal(interrex_return(false), -EAGAIN);
    assert_int_equal(online(), 2);
}

/* TSCs that are apart say nothing: it is looked at twice all the same. */
static void by_what_is_seen(void **state)
{
    unsigned int looks = 0;
    s_time_t start = NOW();

    hangs[1] = true;
    interrex_cpu_rec(1)->heartbeat_tsc = rdtsc() + cpu_khz * 60000;
    while ( interrex_cpu_rec(1)->state == IRX_CPU_HELD && looks++ < 100000 )
        interrex_cpus_look();
    assert_int_equal(interrex_cpu_rec(1)->state, IRX_CPU_DEAD);
    assert_true(NOW() - start > MILLISECS(4000));
}

static void one_that_let_itself_go_meanwhile(void **state)
{
    hang(2);
    assert_true(interrex_cpu_look(2));
    interrex_cpu_rec(2)->state = IRX_CPU_RELEASED;
    assert_false(interrex_cpu_look(2));
    assert_int_equal(interrex_cpu_rec(2)->state, IRX_CPU_RELEASED);
}

/* Step by step the others come, as long as one is left that does something. */
static void a_stuck_core_is_left_for_later(void **state)
{
    domains_held = true;
    hang(1);
    assert_int_equal(interrex_return(true), 0);
    assert_int_equal(interrex_cpu_rec(2)->state, IRX_CPU_XEN);
    assert_int_equal(interrex_return(true), -EBUSY);
    assert_int_equal(interrex_cpu_rec(3)->state, IRX_CPU_HELD);
    assert_int_equal(interrex_cpu_rec(1)->state, IRX_CPU_HELD);
}

/* Its core's other thread comes; and -EBUSY is only of guests that are held. */
static void a_core_with_a_dead_thread(void **state)
{
    interrex_cpu_rec(2)->package_core = interrex_cpu_rec(1)->package_core;
    interrex_cpu_rec(1)->state = IRX_CPU_DEAD;
    assert_int_equal(interrex_return(false), -EAGAIN);
    assert_int_equal(online(), 2);
    assert_int_equal(interrex_return(false), 0);
    assert_int_equal(online(), 3);
}

static void all_are_dead(void **state)
{
    unsigned int cpu;

    assert_false(interrex_shim_is_dead());
    for ( cpu = 1; cpu < 4; cpu++ )
        hang(cpu);
    while ( interrex_return(false) == -EAGAIN )
        ;
    assert_true(interrex_shim_is_dead());
    assert_int_equal(finished, 1);
    assert_int_equal(online(), 1);
}

/* An R of ABI 1.0 has no word for it. */
static void an_older_region_knows_none(void **state)
{
    interrex_anchor()->version = IRX_VERSION(1, 0);
    hang(1);
    assert_int_equal(interrex_return(false), -ETIMEDOUT);
    assert_int_equal(interrex_cpu_rec(1)->state, IRX_CPU_HELD);
    assert_int_equal(inits, 0);
}

/* The next load clears R's tables; in another Xen the same CPU has another number. */
static void dead_in_the_next_update_too(void **state)
{
    const struct irx_anchor *a = interrex_anchor();

    interrex_cpu_rec(2)->state = IRX_CPU_DEAD;
    interrex_cpu_rec(2)->xen_cpu = 3;
    interrex_dead_note();
    memset(interrex_at(a->cpus.off), 0, a->cpus.stride * a->cpus.count);
    interrex_dead_put();
    assert_int_equal(interrex_cpu_rec(3)->state, IRX_CPU_DEAD);
    assert_int_equal(interrex_cpu_rec(3)->apic_id, x86_cpu_to_apicid[3]);
    assert_int_equal(interrex_cpu_rec(3)->package_core, 2);
    assert_int_equal(interrex_cpu_rec(2)->state, IRX_CPU_XEN);
    assert_int_equal(interrex_held_entry(x86_cpu_to_apicid[3]), 3);
    assert_int_equal(interrex_cpu_may_come(3), -EBUSY);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        RETURN_CASE(all_of_them_one_a_call),
        RETURN_CASE(step_by_step_while_domains_are_held),
        RETURN_CASE(idle_ones_while_domains_are_held),
        RETURN_CASE(an_update_beside_guests_that_stay_is_undone),
        RETURN_CASE(guests_that_stay_keep_their_cpus),
        RETURN_CASE(step_by_step_keeps_who_is_in_the_table),
        RETURN_CASE(threads_of_a_core_come_together),
        RETURN_CASE(one_that_does_not_answer),
        RETURN_CASE(one_that_does_not_answer_while_domains_are_held),
        RETURN_CASE(what_one_call_lent_goes_back),
        RETURN_CASE(nobody_else_starts_one),
        RETURN_CASE(one_that_still_drains),
        RETURN_CASE(one_that_never_arrived),
        RETURN_CASE(one_that_is_dead_keeps_nobody),
        RETURN_CASE(one_that_comes_to_itself_is_not_dead),
        RETURN_CASE(by_what_is_seen),
        RETURN_CASE(one_that_let_itself_go_meanwhile),
        RETURN_CASE(a_stuck_core_is_left_for_later),
        RETURN_CASE(a_core_with_a_dead_thread),
        RETURN_CASE(all_are_dead),
        RETURN_CASE(an_older_region_knows_none),
        RETURN_CASE(dead_in_the_next_update_too),
    };

    return cmocka_run_group_tests_name("xen return", tests, NULL, NULL);
}
