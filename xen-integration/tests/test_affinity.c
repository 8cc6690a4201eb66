/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Affinities over a hold and on their way to the next Xen: lend/affinity.c, homes.c,
 * scheduling.c, state/cpu_list.c.
 */
#include "region_bench.h"

#include "lend/lend.h"
#include "private/private.h"
#include "region/region.h"
#include "state/state.h"

/* ---- What is not in these files ---- */

static unsigned int pool_of_all, sched_fails, remembered_pool;
static cpumask_t soft_affinity;

void interrex_cpupools_of(struct domain *d, uint32_t *pool_id,
                          struct irx_sched *sched)
{
    *pool_id = pool_of_all;
    *sched = (struct irx_sched){ .sched_id = 5 };
}

int interrex_cpupools_remember(const struct domain *d, unsigned int pool_id,
                               const struct irx_sched *sched)
{
    remembered_pool = pool_id;

    return 0;
}

int interrex_set_soft_affinity(struct vcpu *v, const cpumask_t *mask)
{
    soft_affinity = *mask;

    return 0;
}

int interrex_sched_set(struct domain *d, const struct irx_sched *sched)
{
    return sched_fails ? -EINVAL : 0;
}

bool interrex_pool_assign_locked(unsigned int cpu, unsigned int id, int *rc)
{
    *rc = -(int)(100 * id + cpu);

    return true;
}

/* ---- A host with four CPUs, of which 2 and 3 are lent ---- */

static struct domain *d;

static cpumask_t cpus(uint32_t bits)
{
    cpumask_t mask = {};
    unsigned int cpu;

    for ( cpu = 0; cpu < 32; cpu++ )
        mask.cpu[cpu] = bits >> cpu & 1;

    return mask;
}

static int affinity_begin(void **state)
{
    int rc = region_begin(state);

    pool_of_all = sched_fails = 0;
    remembered_pool = ~0U;
    soft_affinity = cpus(0);
    interrex_homes_forget();
    d = world_domain(1, 2);

    return rc;
}

/* Whatever is remembered is given back, or it would be a leak. */
static int affinity_end(void **state)
{
    interrex_affinity_undo();

    return world_end(state);
}
#define AFFINITY_CASE(test)                                                   \
    cmocka_unit_test_setup_teardown(test, affinity_begin, affinity_end)

static void lend_two(void)
{
    interrex_home_remember(2, pool_of_all);
    interrex_home_remember(3, pool_of_all);
    cpu_online_map = cpus(0x3);
}

static void set_hard(struct vcpu *v, uint32_t bits)
{
    *v->sched_unit->cpu_hard_affinity = cpus(bits);
}

#define assert_cpus(mask, bits)                                               \
    do                                                                        \
    {                                                                         \
        const cpumask_t expected = cpus(bits);                                \
        assert_true(cpumask_equal(mask, &expected));                          \
    } while ( 0 )

static void is_as_it_was_when_cpus_are_back(void **state)
{
    struct vcpu *v = d->vcpu[1];
    cpumask_t hard;

    set_hard(v, 0xc);
    assert_int_equal(interrex_affinity_save(), 0);
    lend_two();
    set_hard(v, 0xffffffff); /* what Xen's scheduler makes of it */
    interrex_affinity_of(v, &hard);
    assert_cpus(&hard, 0xc);

    cpu_online_map = cpus(0xf);
    interrex_affinity_undo();
    assert_cpus(v->sched_unit->cpu_hard_affinity, 0xc);
    assert_string_equal(world_log, "");
}

/* An update begins while CPUs of the one before are still away. */
static void what_is_remembered_already_stays_so(void **state)
{
    set_hard(d->vcpu[0], 0xc);
    assert_int_equal(interrex_affinity_save(), 0);
    lend_two();
    set_hard(d->vcpu[0], 0xffffffff); /* what Xen's scheduler makes of it */
    set_hard(d->vcpu[1], 0x2);
    assert_int_equal(interrex_affinity_save_others(), 0);
    set_hard(d->vcpu[1], 0xffffffff);
    cpu_online_map = cpus(0xf);
    interrex_affinity_undo();
    assert_cpus(d->vcpu[0]->sched_unit->cpu_hard_affinity, 0xc);
    assert_cpus(d->vcpu[1]->sched_unit->cpu_hard_affinity, 0x2);
}

static void who_finds_his_cpus_has_them_again(void **state)
{
    cpumask_t hard;

    set_hard(d->vcpu[0], 0xc);
    set_hard(d->vcpu[1], 0x4);
    assert_int_equal(interrex_affinity_save(), 0);
    set_hard(d->vcpu[0], 0xffffffff);
    set_hard(d->vcpu[1], 0xffffffff);
    cpu_online_map = d->cpupool->cpu_valid = cpus(0x7); /* one came back */
    interrex_affinity_retry();
    assert_cpus(d->vcpu[0]->sched_unit->cpu_hard_affinity, 0xffffffff);
    assert_cpus(d->vcpu[1]->sched_unit->cpu_hard_affinity, 0x4);
    interrex_affinity_of(d->vcpu[0], &hard);
    assert_cpus(&hard, 0xc);
    set_hard(d->vcpu[1], 0x2); /* it is not touched again */
    cpu_online_map = cpus(0xf);
    interrex_affinity_undo();
    assert_cpus(d->vcpu[0]->sched_unit->cpu_hard_affinity, 0xc);
    assert_cpus(d->vcpu[1]->sched_unit->cpu_hard_affinity, 0x2);
    assert_string_equal(world_log, "");
}

static void who_may_run_everywhere_is_not_remembered(void **state)
{
    cpumask_t hard;

    world_alloc_fails = 1; /* would be one of them */
    assert_int_equal(interrex_affinity_save(), 0);
    set_hard(d->vcpu[0], 0x1);
    interrex_affinity_of(d->vcpu[0], &hard);
    assert_cpus(&hard, 0x1);
}

static void without_memory_nothing_is_remembered(void **state)
{
    cpumask_t hard;

    set_hard(d->vcpu[0], 0x4);
    set_hard(d->vcpu[1], 0x8);
    world_alloc_fails = 2;
    assert_int_equal(interrex_affinity_save(), -ENOMEM);
    set_hard(d->vcpu[0], 0x1);
    interrex_affinity_of(d->vcpu[0], &hard);
    assert_cpus(&hard, 0x1);
}

static void domain_that_is_gone_is_left_out(void **state)
{
    set_hard(d->vcpu[0], 0x4);
    set_hard(d->vcpu[1], 0x4);
    assert_int_equal(interrex_affinity_save(), 0);
    set_hard(d->vcpu[0], 0x1);
    d->domain_id = 99; /* another one now */
    interrex_affinity_undo();
    assert_cpus(d->vcpu[0]->sched_unit->cpu_hard_affinity, 0x1);
}

static void cpus_that_do_not_come_back_are_said(void **state)
{
    set_hard(d->vcpu[0], 0x4);
    assert_int_equal(interrex_affinity_save(), 0);
    lend_two();
    interrex_affinity_undo();
    assert_non_null(strstr(world_log, "was not restored"));
}

static void cpus_have_homes(void **state)
{
    int rc = 1;

    assert_int_equal(interrex_home_of(1), INTERREX_HOME_ANY);
    interrex_home_remember(1, 0);
    interrex_home_remember(2, 6);
    interrex_home_remember(3, INTERREX_HOME_FREE);
    assert_int_equal(interrex_home_of(1), 0);
    assert_int_equal(interrex_home_of(2), 6);
    assert_int_equal(interrex_home_of(3), INTERREX_HOME_FREE);

    assert_false(interrex_cpupool_home(0, &rc)); /* Xen decides */
    assert_true(interrex_cpupool_home(3, &rc));  /* in no pool */
    assert_int_equal(rc, 1);
    assert_true(interrex_cpupool_home(2, &rc));
    assert_int_equal(rc, -602);

    interrex_homes_forget();
    assert_int_equal(interrex_home_of(3), INTERREX_HOME_ANY);
}

/* ---- Sets of CPUs for the next Xen ---- */

/* The host's list as the next Xen finds it in R: the n-th CPU has this APIC id. */
static void next_xens_list(const uint32_t *apic_ids, unsigned int nr)
{
    const irx_off_t off = interrex_anchor()->early.off;
    struct irx_cpu_record *list = interrex_at(off);
    unsigned int i;

    for ( i = 0; i < nr; i++ )
        list[i] = (struct irx_cpu_record){ .apic_id = apic_ids[i] };
    interrex_cpu_list_import(off, nr);
}

static void sets_survive_other_numbers(void **state)
{
    static const uint32_t before[] = { 6, 0, 4, 2 };
    uint64_t bits[4] = {};
    cpumask_t mask;

    bits[0] = 0x5; /* APIC ids 6 and 4: CPUs 3 and 2 here */
    next_xens_list(before, 4);
    interrex_cpu_set_import(bits, &mask);
    assert_cpus(&mask, 0xc);
}

static void export_and_import_are_each_others_reverse(void **state)
{
    static const uint32_t same[] = { 0, 2, 4, 6 };
    uint32_t set;

    next_xens_list(same, 4);
    for ( set = 0; set < 16; set++ )
    {
        const cpumask_t mask = cpus(set);
        uint64_t bits[4] = {};
        cpumask_t back;

        assert_int_equal(interrex_cpu_set_export(&mask, bits), set == 15);
        assert_int_equal(bits[0], set);
        interrex_cpu_set_import(bits, &back);
        assert_cpus(&back, set);
    }
}

/* Present CPUs are counted, not their numbers. */
static void gaps_between_cpus(void **state)
{
    cpumask_t mask = cpus(0x14);
    uint64_t bits[4] = {};

    nr_cpu_ids = 6;
    cpu_present_map = cpus(0x35); /* 0, 2, 4, 5 */
    assert_false(interrex_cpu_set_export(&mask, bits));
    assert_int_equal(bits[0], 0x6);
    mask = cpus(0x3f);
    assert_true(interrex_cpu_set_export(&mask, bits));
}

static void cpus_that_this_host_lacks_are_dropped(void **state)
{
    static const uint32_t before[] = { 0, 100, 2 };
    const uint64_t bits[4] = { ~0ULL, ~0ULL, ~0ULL, ~0ULL };
    cpumask_t mask;

    next_xens_list(before, 3);
    interrex_cpu_set_import(bits, &mask);
    assert_cpus(&mask, 0x3);
}

/* 256 bits: what lies beyond is not written, nor read. */
static void more_cpus_than_bits(void **state)
{
    uint64_t bits[6] = {};
    cpumask_t mask;
    unsigned int cpu;

    nr_cpu_ids = NR_CPUS;
    cpumask_setall(&cpu_present_map);
    cpumask_clear(&mask);
    cpumask_set_cpu(255, &mask);
    cpumask_set_cpu(256, &mask);
    cpumask_set_cpu(300, &mask);
    assert_false(interrex_cpu_set_export(&mask, bits));
    assert_int_equal(bits[3], 1ULL << 63);
    assert_int_equal(bits[4], 0);
    assert_int_equal(bits[5], 0);

    for ( cpu = 0; cpu < NR_CPUS; cpu++ )
        ((struct irx_cpu_record *)interrex_at(
            interrex_anchor()->early.off))[cpu]
            .apic_id = x86_cpu_to_apicid[cpu];
    interrex_cpu_list_import(interrex_anchor()->early.off, NR_CPUS);
    bits[4] = ~0ULL;
    interrex_cpu_set_import(bits, &mask);
    assert_true(cpumask_test_cpu(255, &mask));
    assert_false(cpumask_test_cpu(256, &mask));
}

/* ---- A domain's records ---- */

static const uint32_t list[] = { 0, 2, 4, 6 };

/* The late section that A writes of d. */
static struct irx_stream export_scheduling(void)
{
    const struct irx_domain_record rec = { .handle = { 1 } };
    struct irx_anchor *a = interrex_anchor();
    struct irx_stream_error err;
    struct irx_stream s;
    struct irx_writer w;

    assert_int_equal(interrex_section_begin(&w, &a->late, IRX_SECTION_LATE),
                     0);
    irx_writer_record(&w, IRX_REC_DOMAIN, d->domain_id, &rec, sizeof(rec));
    interrex_scheduling_export(&w, d);
    assert_int_equal(irx_writer_finish(&w, &a->late_used, NULL), 0);
    if ( irx_stream_validate(&s, interrex_at(a->late.off), a->late_used,
                             IRX_SECTION_LATE, &err) )
        fail_msg("%s", irx_stream_error_text(err.code));

    return s;
}

static void affinities_arrive(void **state)
{
    struct vcpu *v = d->vcpu[1];
    struct irx_stream s;

    set_hard(v, 0x6);
    *v->sched_unit->cpu_soft_affinity = cpus(0x8);
    s = export_scheduling();

    next_xens_list(list, 4);
    set_hard(v, 0xffffffff);
    assert_int_equal(interrex_scheduling_import(&s, d, 0), 0);
    assert_cpus(v->sched_unit->cpu_hard_affinity, 0x6);
    assert_cpus(&soft_affinity, 0x8);
    assert_int_equal(remembered_pool, ~0U);
}

/* Only some of its CPUs are here yet: the whole of it waits. */
static void affinity_waits_for_cpus(void **state)
{
    struct vcpu *v = d->vcpu[0];
    struct irx_stream s;
    cpumask_t hard;

    set_hard(v, 0x6);
    s = export_scheduling();

    next_xens_list(list, 4);
    lend_two();
    d->cpupool->cpu_valid = cpus(0x3);
    set_hard(v, 0xffffffff);
    assert_int_equal(interrex_scheduling_import(&s, d, 0), 0);
    assert_cpus(v->sched_unit->cpu_hard_affinity, 0xffffffff);
    interrex_affinity_of(v, &hard);
    assert_cpus(&hard, 0x6);
}

static void pool_that_is_not_there_yet(void **state)
{
    struct irx_stream s = export_scheduling();

    next_xens_list(list, 4);
    sched_fails = 1;
    assert_int_equal(interrex_scheduling_import(&s, d, 4), 0);
    assert_int_equal(remembered_pool, 4);
    assert_string_equal(world_log, "");
    assert_int_equal(interrex_scheduling_import(&s, d, 0), 0);
    assert_non_null(strstr(world_log, "its scheduler is another"));
}

static void records_that_do_not_fit_the_domain(void **state)
{
    struct irx_stream s = export_scheduling();

    next_xens_list(list, 4);
    d->domain_id = 2; /* nothing was written of it */
    assert_int_equal(interrex_scheduling_import(&s, d, 0), -ENOENT);
    d->domain_id = 1;
    d->max_vcpus = 1; /* fewer vCPUs than records */
    assert_int_equal(interrex_scheduling_import(&s, d, 0), -EINVAL);
    d->max_vcpus = 2;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AFFINITY_CASE(is_as_it_was_when_cpus_are_back),
        AFFINITY_CASE(what_is_remembered_already_stays_so),
        AFFINITY_CASE(who_finds_his_cpus_has_them_again),
        AFFINITY_CASE(who_may_run_everywhere_is_not_remembered),
        AFFINITY_CASE(without_memory_nothing_is_remembered),
        AFFINITY_CASE(domain_that_is_gone_is_left_out),
        AFFINITY_CASE(cpus_that_do_not_come_back_are_said),
        AFFINITY_CASE(cpus_have_homes),
        AFFINITY_CASE(sets_survive_other_numbers),
        AFFINITY_CASE(export_and_import_are_each_others_reverse),
        AFFINITY_CASE(gaps_between_cpus),
        AFFINITY_CASE(cpus_that_this_host_lacks_are_dropped),
        AFFINITY_CASE(more_cpus_than_bits),
        AFFINITY_CASE(affinities_arrive),
        AFFINITY_CASE(affinity_waits_for_cpus),
        AFFINITY_CASE(pool_that_is_not_there_yet),
        AFFINITY_CASE(records_that_do_not_fit_the_domain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
