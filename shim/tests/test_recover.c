/* SPDX-License-Identifier: GPL-2.0-only */
/* A held CPU starts the fallback, where the CPU that boots the next Xen takes no NMI. */
#include "help_sched.h"

#include <string.h>

#include <interrex/crc32c.h>

#include "run/loop.h"
#include "run/recover.h"
#include "run/silence.h"

#define BOOTS    77u /* env.c: the boot CPU's APIC id */
#define LIMIT    500000000u
#define FALLBACK 0x120000u
#define CPUS     (FALLBACK + 0x9000u)
#define IMAGE    (FALLBACK + 0xa000u)
#define SLOT_A   0x1800000u
#define SLOT_B   0x1a00000u
#define SLOT     0x200000u
#define TEXT     0x1234u
#define HLT      0xf4

static uint8_t *at(irx_off_t off)
{
    return (uint8_t *)(ENV_REGION + off);
}

static struct irx_fallback *fallback(void)
{
    return (struct irx_fallback *)at(FALLBACK);
}

static struct irx_watch *watch(void)
{
    return &shim.anchor->watch;
}

/* The boot CPU, one that the running Xen kept, the two that are held, and two more. */
static const uint32_t host[] = {BOOTS, 79, 10, 11, 12, 81};

/* After the jump: B boots in a slot, and has got as far as to guests. */
static void jump(void)
{
    struct irx_anchor *a = shim.anchor;

    a->host_state = IRX_HOST_HANDING_OVER;
    a->slots[0] = (struct irx_image_slot){.span = {SLOT_A, SLOT}, .state = IRX_SLOT_RUNNING};
    a->slots[1] = (struct irx_image_slot){.span = {SLOT_B, SLOT}, .state = IRX_SLOT_LOADED};
    a->failure = (struct irx_span){0x110000, 0x1000};
    a->fallback = (struct irx_span){FALLBACK, 0x10000};
    a->fallback_used = 0xb000;
    a->attempts_max = 2;
    a->watch = (struct irx_watch){.deadline = fake.tsc + LIMIT,
                                  .limit = LIMIT,
                                  .answers = 1,
                                  .stage = IRX_BOOT_GUESTS,
                                  .text = {{SLOT_B + TEXT, 0x100}, {SLOT_B + 0x10000, 0x80}}};
    memset(at(SLOT_A), 0x11, SLOT);
    memset(at(SLOT_B), 0x22, SLOT);
    memset(at(IMAGE), 0x33, 0x1000);
    memcpy(at(CPUS), host, sizeof(host));
    *fallback() = (struct irx_fallback){
        .size = sizeof(struct irx_fallback),
        .tables = FALLBACK + 0x1000,
        .own = FALLBACK + 0x2000,
        .code = FALLBACK + 0x4000,
        .cpus = CPUS,
        .cpu_count = ARRAY_SIZE(host),
        .image = IMAGE,
        .image_size = 0x1000,
        .dest = SLOT_A,
        .entry = SLOT_A,
        .crc = irx_crc32c(0, at(IMAGE), 0x1000),
    };
    env_cpu(1)->core = &env_cpu(1)->core_nr; /* of another core */
    env_open_cpu(1);
}

/* Its NMI has been sent, and nothing has come of it. */
static void is_deaf(void)
{
    fake.tsc = watch()->deadline;
    silence_look(env_on(0), fake.tsc);
    assert_int_equal(fake.nmis, 1);
    fake.tsc += LIMIT;
}

/* How often the log says so. */
static unsigned int logged(const char *words)
{
    const struct irx_log *log = (const struct irx_log *)at(shim.anchor->log.off);
    const char *from = (const char *)(log + 1), *end = from + log->head;
    unsigned int n = 0;

    while ((from = memmem(from, (size_t)(end - from), words, strlen(words)))) {
        from++;
        n++;
    }
    return n;
}

static void look(uint32_t cpu)
{
    for (uint32_t i = 0; i < 2; i++)
        env_cpu(i)->rec->heartbeat_tsc = fake.tsc;
    silence_look(env_on(cpu), fake.tsc);
}

static void stays(const char *why)
{
    look(0);
    look(1);
    look(0);
    assert_int_equal(env_cpu(0)->rec->state, IRX_CPU_HELD);
    assert_int_equal(env_cpu(1)->rec->state, IRX_CPU_HELD);
    assert_int_equal(shim.anchor->attempts, 0);
    assert_int_equal(shim.anchor->host_state, IRX_HOST_HANDING_OVER);
    assert_int_equal(watch()->taken, IRX_TAKEN_NOBODY);
    assert_int_equal(at(SLOT_B)[TEXT], 0x22);
    assert_null(fake.started.code);
    if (why)
        assert_int_equal(logged(why), 1);
}

static void it_takes_the_place(void **state)
{
    const struct irx_failure *f = (const struct irx_failure *)at(0x110000);
    const struct irx_anchor *a;

    (void)state;
    jump();
    is_deaf();
    expect_assert_failure(look(1));
    a = shim.anchor;
    assert_ptr_equal(fake.started.code, at(fallback()->code));
    assert_int_equal(fake.started.rdi, ENV_REGION);
    assert_int_equal(fake.started.rsi, ENV_REGION + FALLBACK);
    assert_int_equal(fake.tables, FAKE_TABLES);
    assert_int_equal(a->host_state, IRX_HOST_RECOVERING);
    assert_int_equal(a->attempts, 1);
    assert_int_equal(a->xen_apic_id, env_cpu(1)->apic_id);
    assert_int_equal(a->xen_alive, 0);
    assert_int_equal(env_cpu(1)->rec->state, IRX_CPU_XEN);
    assert_int_equal(env_cpu(0)->rec->state, IRX_CPU_HELD);
    assert_int_equal(watch()->deaf, BOOTS + 1);
    assert_int_equal(watch()->taken, IRX_TAKEN_NOBODY);
    assert_int_equal(watch()->noticed, 0);
    assert_int_equal(watch()->answers, 0);
    assert_in_range(watch()->deadline, fake.tsc, fake.tsc + LIMIT);
    assert_int_equal(f->generation, a->generation);
    assert_int_equal(f->cause, IRX_CAUSE_DEAF);
    assert_int_equal(f->stage, IRX_BOOT_GUESTS);
    assert_int_equal(f->attempt, 0);
}

/* All that it executes, and nothing beside: its tables and its stack are what it comes to its end with. */
static void what_it_executes_is_hlt(void **state)
{
    (void)state;
    jump();
    is_deaf();
    expect_assert_failure(look(0));
    for (uint32_t i = 0; i < SLOT; i++) {
        bool text = (i >= TEXT && i < TEXT + 0x100) || (i >= 0x10000 && i < 0x10080);

        assert_int_equal(at(SLOT_B)[i], text ? HLT : 0x22);
        assert_int_equal(at(SLOT_A)[i], 0x11);
    }
}

/* Those that it may have started; nobody who is the shim's, and never a boot CPU. */
static void its_other_cpus_are_stopped(void **state)
{
    (void)state;
    jump();
    shim_cpu_rec(2)->state = IRX_CPU_RELEASED; /* waits for an INIT as it is */
    shim_cpu_rec(2)->apic_id = 12;
    is_deaf();
    expect_assert_failure(look(1));
    assert_int_equal(fake.nr_inits, 2);
    assert_int_equal(fake.inits[0], 79);
    assert_int_equal(fake.inits[1], 81);
}

/* In its boot's first stage it cannot say so; then it does. */
static void one_that_is_at_it_has_more_time(void **state)
{
    (void)state;
    jump();
    watch()->stage = IRX_BOOT_EARLY;
    is_deaf();
    stays(NULL);
    watch()->stage = IRX_BOOT_HEAP;
    watch()->heard = 1;
    stays(NULL);
    assert_int_equal(logged("not started past a deaf CPU"), 0);
    watch()->heard = 0;
    expect_assert_failure(look(1));
}

/* Between the look at the deadline and the word that says who has it. */
static void one_that_gets_on_is_left_alone(void **state)
{
    tsc_t deadline;

    (void)state;
    jump();
    is_deaf();
    deadline = watch()->deadline;
    watch()->deadline += LIMIT;
    recover_past_deaf(env_on(1), deadline);
    assert_null(fake.started.code);
    assert_int_equal(watch()->taken, IRX_TAKEN_NOBODY);
    assert_int_equal(env_cpu(1)->rec->state, IRX_CPU_HELD);
}

/* It would have the guests, and do nothing with them. */
static void one_that_is_silent_itself_does_not_count(void **state)
{
    (void)state;
    jump();
    is_deaf();
    env_cpu(0)->rec->heartbeat_tsc = fake.tsc - ENV_KHZ * 600;
    silence_look(env_on(1), fake.tsc);
    assert_null(fake.started.code);
    assert_int_equal(logged("no other CPU would be left to the guests"), 1);
}

static void its_guests_go_on_elsewhere(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;

    (void)state;
    jump();
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    d = env_run(r);
    loops(0, 1);
    loops(1, 1);
    is_deaf();
    expect_assert_failure(look(1));
    env_on(0);
    loops(0, 60);
    assert_ptr_equal(env_vcpu(d, 1)->cpu, env_cpu(0));
    assert_true(runs(d, 1) > 10);
}

/* Whoever comes first: the other one sees it, and leaves it alone. */
static void one_that_has_heard_it_is_left_alone(void **state)
{
    (void)state;
    jump();
    is_deaf();
    watch()->taken = IRX_TAKEN_XEN;
    look(0);
    look(1);
    assert_null(fake.started.code);
    assert_int_equal(env_cpu(0)->rec->state, IRX_CPU_HELD);
    assert_int_equal(watch()->taken, IRX_TAKEN_XEN);
    watch()->taken = IRX_TAKEN_NOBODY;
    watch()->deadline += LIMIT * 10; /* it gets on */
    look(0);
    assert_null(fake.started.code);
}

static void it_has_time_to_answer(void **state)
{
    (void)state;
    jump();
    fake.tsc = watch()->deadline;
    look(0);
    fake.tsc += ENV_KHZ * 450;
    stays(NULL);
    assert_int_equal(logged("not started past a deaf CPU"), 0);
    fake.tsc += ENV_KHZ * 100;
    expect_assert_failure(look(0));
}

static void the_last_one_stays(void **state)
{
    (void)state;
    jump();
    env_cpu(1)->rec->state = IRX_CPU_RELEASED;
    is_deaf();
    look(0);
    assert_int_equal(env_cpu(0)->rec->state, IRX_CPU_HELD);
    assert_int_equal(watch()->taken, IRX_TAKEN_NOBODY);
    assert_int_equal(logged("no other CPU would be left to the guests"), 1);
}

static void what_is_damaged_is_not_started(void **state)
{
    (void)state;
    jump();
    at(IMAGE)[17] ^= 1;
    is_deaf();
    stays("it is damaged");
    assert_int_equal(fake.tables, env_cpu(0)->root);
    at(IMAGE)[17] ^= 1; /* nobody looks at it again and again */
    stays("it is damaged");
}

static void what_is_not_a_fallback_is_not_started(void **state)
{
    (void)state;
    jump();
    fallback()->code = SLOT_A;
    is_deaf();
    stays("it is damaged");
}

static void without_a_fallback_it_stays(void **state)
{
    (void)state;
    jump();
    shim.anchor->fallback_used = 0;
    is_deaf();
    stays("there is none left");
}

/* The fallback itself runs where the next one would. */
static void past_a_fallback_none_is_started(void **state)
{
    (void)state;
    jump();
    shim.anchor->attempts = 1;
    is_deaf();
    look(1);
    assert_int_equal(env_cpu(1)->rec->state, IRX_CPU_HELD);
    assert_int_equal(logged("there is none left"), 1);
}

static void one_whose_text_nobody_knows_is_left_alone(void **state)
{
    (void)state;
    jump();
    memset(watch()->text, 0, sizeof(watch()->text));
    is_deaf();
    stays("nobody knows what that one executes");
}

static void thread_leaves(void)
{
    if (shim.leaving == env_cpu(2)->core)
        env_cpu(2)->rec->state = IRX_CPU_RELEASED;
}

/* The core of CPU 1 has another thread, CPU 2. */
static void jump_with_threads(void)
{
    jump();
    env_add_cpu(2);
    env_cpu(2)->core = env_cpu(1)->core;
    is_deaf();
}

/* Threads of one core go together: the other one first. */
static void its_thread_goes_too(void **state)
{
    (void)state;
    jump_with_threads();
    fake.on_pause = thread_leaves;
    expect_assert_failure(look(1));
    assert_int_equal(logged("stays with the shim"), 0);
    assert_null(shim.leaving);
    assert_int_equal(env_cpu(0)->rec->state, IRX_CPU_HELD);
}

static void one_that_does_not_go_is_told_of(void **state)
{
    (void)state;
    jump_with_threads();
    expect_assert_failure(look(1));
    assert_int_equal(logged("stays with the shim"), 1);
    assert_null(shim.leaving);
}

static void a_thread_is_asked_to_go(void **state)
{
    (void)state;
    jump();
    loop_once(env_on(1));
    assert_int_equal(env_cpu(1)->rec->state, IRX_CPU_HELD);
    shim.leaving = env_cpu(1)->core;
    loop_once(env_on(0));
    assert_int_equal(env_cpu(0)->rec->state, IRX_CPU_HELD);
    expect_assert_failure(loop_once(env_on(1)));
    assert_int_equal(env_cpu(1)->rec->state, IRX_CPU_RELEASED);
}

static void a_core_is_spared_whole(void **state)
{
    (void)state;
    jump();
    env_cpu(1)->core = env_cpu(0)->core;
    is_deaf();
    stays("no other CPU would be left to the guests");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(it_takes_the_place),
        ENV_CASE(what_it_executes_is_hlt),
        ENV_CASE(its_other_cpus_are_stopped),
        ENV_CASE(one_that_is_at_it_has_more_time),
        ENV_CASE(one_that_gets_on_is_left_alone),
        ENV_CASE(one_that_is_silent_itself_does_not_count),
        ENV_CASE(its_guests_go_on_elsewhere),
        ENV_CASE(one_that_has_heard_it_is_left_alone),
        ENV_CASE(it_has_time_to_answer),
        ENV_CASE(the_last_one_stays),
        ENV_CASE(what_is_damaged_is_not_started),
        ENV_CASE(what_is_not_a_fallback_is_not_started),
        ENV_CASE(without_a_fallback_it_stays),
        ENV_CASE(past_a_fallback_none_is_started),
        ENV_CASE(one_whose_text_nobody_knows_is_left_alone),
        ENV_CASE(its_thread_goes_too),
        ENV_CASE(one_that_does_not_go_is_told_of),
        ENV_CASE(a_thread_is_asked_to_go),
        ENV_CASE(a_core_is_spared_whole),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
