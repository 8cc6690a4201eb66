/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs that answered no more in the shim: who was lost with them, and what goes on without them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bench.h"
#include "fake_parts.h"

/* CPU 2 dies with vCPU 1 of g2. */
static void dies(struct fake_xen *x)
{
    const struct irx_domain *d = fake_domain(x, 3);
    struct irx_vcpu *v;

    if (!fake_held(x) || fake_dead(x))
        return;
    fake_cpu(x, 2)->state = IRX_CPU_DEAD;
    v = fake_vcpu(x, d->vcpu_first + 1);
    v->vcpu_id = 1;
    v->flags |= IRX_VCPUF_LOST;
    v->park_detail = 2;
}

static json_t *only(json_t *list)
{
    assert_true(json_is_array(list));
    assert_int_equal(json_array_size(list), 1);
    return json_array_get(list, 0);
}

static json_int_t number(const json_t *object, const char *key)
{
    assert_true(json_is_integer(json_object_get(object, key)));
    return json_integer_value(json_object_get(object, key));
}

/* In status or report. */
static void it_is_told(json_t *json)
{
    json_t *cpu = only(json_object_get(json, "dead_cpus"));
    json_t *lost = only(json_object_get(cpu, "lost"));

    assert_int_equal(number(cpu, "cpu"), 2);
    assert_int_equal(number(cpu, "apic_id"), 2);
    assert_string_equal(json_string_value(json_object_get(lost, "guest")), "g2");
    assert_int_equal(number(lost, "domid"), 3);
    assert_int_equal(number(lost, "vcpu"), 1);
}

static void the_report_names_the_guest(void **state)
{
    struct bench *b = *state;
    json_t *report;

    b->xen.on_sleep = dies;
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    report = bench_json(b);
    it_is_told(report);
    json_decref(report);
    assert_true(strstr(b->err, "all CPUs are online but those that are dead") != NULL);
    assert_true(strstr(b->err, "g2 (domain 3) has crashed with a CPU of the shim") != NULL);
    assert_null(strstr(b->err, "g2 (domain 3) runs in Xen again"));
    assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
    assert_true(strstr(b->out, "DEAD CPU  CPU 2 (APIC ") != NULL);
    assert_true(strstr(b->out, "lost g2 (domain 3) vCPU 1") != NULL);
    assert_true(strstr(b->out, "remedy: reboot the host") != NULL);
}

static void status_tells_of_it_while_held_and_later(void **state)
{
    struct bench *b = *state;
    json_t *status;

    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    dies(&b->xen);
    for (unsigned int i = 0; i < 2; i++) {
        assert_int_equal(bench_run(b, "status --json"), IRX_RC_DONE);
        status = bench_json(b);
        it_is_told(status);
        assert_int_equal(number(json_object_get(status, "host"), "cpus"), FAKE_CPUS);
        assert_int_equal(number(json_object_get(status, "host"), "online_cpus"),
                         i ? FAKE_CPUS - 1 : 1);
        json_decref(status);
        assert_int_equal(bench_run(b, "abort"), IRX_RC_DONE);
    }
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_true(strstr(b->out, "DEAD CPU  CPU 2") != NULL);
}

static void the_next_update_goes_on_without_it(void **state)
{
    struct bench *b = *state;
    json_t *report;

    fake_cpu(&b->xen, 2)->state = IRX_CPU_DEAD;
    fake_cpu(&b->xen, 2)->xen_cpu = 2;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    report = bench_json(b);
    assert_int_equal(number(json_object_get(report, "host"), "held_cpus"), FAKE_CPUS - 2);
    assert_int_equal(
        json_array_size(json_object_get(only(json_object_get(report, "dead_cpus")), "lost")), 0);
    json_decref(report);
}

static void without_one_nothing_is_said(void **state)
{
    struct bench *b = *state;
    json_t *report;

    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    report = bench_json(b);
    assert_true(json_is_array(json_object_get(report, "dead_cpus")));
    assert_int_equal(json_array_size(json_object_get(report, "dead_cpus")), 0);
    json_decref(report);
    assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
    assert_null(strstr(b->out, "DEAD CPU"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(the_report_names_the_guest),
        CASE(status_tells_of_it_while_held_and_later),
        CASE(the_next_update_goes_on_without_it),
        CASE(without_one_nothing_is_said),
    };

    return cmocka_run_group_tests_name("dom0 dead CPUs", tests, NULL, NULL);
}
