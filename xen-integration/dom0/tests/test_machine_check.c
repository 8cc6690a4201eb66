/* SPDX-License-Identifier: GPL-2.0-only */
/* Machine checks of CPUs that the shim had: who met them, in status and in the report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <interrex/schema.h>

#include "bench.h"
#include "fake_parts.h"

#define UC  (1ull << 61)
#define PCC (1ull << 57)

/* What CPU 2 meets: in a guest, or (0xffff) in the shim itself. */
static void meet(struct fake_xen *x, uint32_t cpu, uint16_t domid, uint64_t status)
{
    fake_cpu(x, cpu)->mce = (struct irx_machine_check){.mcg_status = 5,
                                                       .status = status,
                                                       .addr = 0x12345678,
                                                       .misc = 0x9abc,
                                                       .rip = 0x4711,
                                                       .bank = 4,
                                                       .count = fake_cpu(x, cpu)->mce.count + 1,
                                                       .domid = domid,
                                                       .vcpu_id = 1,
                                                       .banks = 1};
}

static void in_g2(struct fake_xen *x)
{
    if (fake_held(x) && !fake_cpu(x, 2)->mce.count)
        meet(x, 2, 3, 1ull << 63 | UC);
}

/* The first CPU that comes back, right before it does: no guest is held any more. */
static void when_all_are_claimed(struct fake_xen *x)
{
    if (fake_anchor(x)->host_state > IRX_HOST_LOADED && x->done[IRX_OP_CLAIM] == 2 &&
        fake_cpu(x, 3)->state == IRX_CPU_HELD)
        meet(x, 3, 0xffff, 1ull << 63 | UC | PCC);
}

static const char *text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    assert_true(json_is_string(value));
    return json_string_value(value);
}

/* The only one of a report. */
static json_t *only_check(json_t *report)
{
    json_t *list = json_object_get(report, "machine_checks");

    assert_true(json_is_array(list));
    assert_int_equal(json_array_size(list), 1);
    return json_array_get(list, 0);
}

static void the_report_names_the_guest(void **state)
{
    struct bench *b = *state;
    json_t *report, *check;

    b->xen.on_sleep = in_g2;
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    report = bench_json(b);
    check = only_check(report);
    assert_string_equal(text(check, "guest"), "g2");
    assert_int_equal(json_integer_value(json_object_get(check, "domid")), 3);
    assert_int_equal(json_integer_value(json_object_get(check, "vcpu")), 1);
    assert_int_equal(json_integer_value(json_object_get(check, "cpu")), 2);
    assert_int_equal(json_integer_value(json_object_get(check, "count")), 1);
    assert_int_equal(json_integer_value(json_object_get(check, "bank")), 4);
    assert_string_equal(text(check, "severity"), "uncorrected");
    assert_string_equal(text(check, "status"), "0xa000000000000000");
    assert_string_equal(text(check, "addr"), "0x12345678");
    assert_string_equal(text(check, "misc"), "0x9abc");
    assert_string_equal(text(check, "mcg_status"), "0x5");
    assert_string_equal(text(check, "rip"), "0x4711");
    json_decref(report);
    assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
    assert_true(strstr(b->out, "MACHINE CHECK  CPU 2, uncorrected, bank 4") != NULL);
    assert_true(strstr(b->out, "g2 (domain 3) vCPU 1 ran") != NULL);
}

/* One that comes as late as can be is not lost with its CPU's entry. */
static void one_before_its_cpu_comes_back_is_told(void **state)
{
    struct bench *b = *state;
    json_t *report, *check;

    b->xen.on_op = when_all_are_claimed;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    report = bench_json(b);
    check = only_check(report);
    assert_true(json_is_null(json_object_get(check, "guest")));
    assert_true(json_is_null(json_object_get(check, "domid")));
    assert_true(json_is_null(json_object_get(check, "vcpu")));
    assert_string_equal(text(check, "severity"), "fatal");
    json_decref(report);
    assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
    assert_true(strstr(b->out, "while no guest ran") != NULL);
}

static void without_one_nothing_is_said(void **state)
{
    struct bench *b = *state;
    json_t *report;

    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    report = bench_json(b);
    assert_int_equal(json_array_size(json_object_get(report, "machine_checks")), 0);
    assert_true(json_is_array(json_object_get(report, "machine_checks")));
    json_decref(report);
    assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
    assert_null(strstr(b->out, "MACHINE CHECK"));
}

static void status_tells_by_cpu(void **state)
{
    struct bench *b = *state;
    json_t *status, *cpus;

    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    meet(&b->xen, 1, 1, 1ull << 63);
    meet(&b->xen, 1, 1, 1ull << 63);
    fake_cpu(&b->xen, 3)->nmis = 7;
    assert_int_equal(bench_run(b, "status --json"), IRX_RC_DONE);
    status = bench_json(b);
    cpus = json_object_get(status, "cpus");
    assert_string_equal(text(json_object_get(json_array_get(cpus, 0), "machine_check"), "guest"),
                        "g1");
    assert_string_equal(text(json_object_get(json_array_get(cpus, 0), "machine_check"), "severity"),
                        "corrected");
    assert_true(json_is_null(json_object_get(json_array_get(cpus, 1), "machine_check")));
    assert_int_equal(json_integer_value(json_object_get(json_array_get(cpus, 2), "nmis")), 7);
    json_decref(status);
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_true(strstr(b->out, "MACHINE CHECK  CPU 1, corrected, bank 4") != NULL);
    assert_true(strstr(b->out, "; the last of 2\n") != NULL);
}

/* In the tables of ABI 1.0 the next entry lies where 1.1 has the machine check. */
static void a_table_of_1_0_has_none(void **state)
{
    struct bench *b = *state;
    struct irx_anchor *a;
    json_t *status, *cpu;
    size_t i;

    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    a = fake_anchor(&b->xen);
    for (uint32_t k = 1; k < FAKE_CPUS; k++)
        memmove((uint8_t *)fake_cpu(&b->xen, 0) + (size_t)k * 128, fake_cpu(&b->xen, k), 128);
    a->cpus.stride = 128;
    a->version = IRX_VERSION(1, 0);
    a->size = irx_layout_size(&irx_layout_irx_anchor, a->version);
    assert_int_equal(bench_run(b, "status --json"), IRX_RC_DONE);
    status = bench_json(b);
    assert_int_equal(json_array_size(json_object_get(status, "cpus")), FAKE_CPUS - 1);
    json_array_foreach(json_object_get(status, "cpus"), i, cpu)
    {
        assert_int_equal(json_integer_value(json_object_get(cpu, "cpu")), i + 1);
        assert_true(json_is_null(json_object_get(cpu, "machine_check")));
    }
    json_decref(status);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(the_report_names_the_guest),  CASE(one_before_its_cpu_comes_back_is_told),
        CASE(without_one_nothing_is_said), CASE(status_tells_by_cpu),
        CASE(a_table_of_1_0_has_none),
    };

    return cmocka_run_group_tests_name("dom0 machine checks", tests, NULL, NULL);
}
