/* SPDX-License-Identifier: GPL-2.0-only */
/* Which state may follow which, as the code asks it: what the headers say in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <interrex/states.h>

#define OUT_OF_RANGE 16u

struct arrow {
    uint32_t from, to;
    enum irx_side writer;
};

typedef bool may_fn(uint32_t from, uint32_t to, enum irx_side writer);

/* Exactly these, and each state again. */
static void exactly(may_fn *may, uint32_t states, const struct arrow *arrows, size_t count)
{
    uint32_t from, to;
    size_t i;

    for (from = 0; from <= OUT_OF_RANGE; from++)
        for (to = 0; to <= OUT_OF_RANGE; to++) {
            bool by[] = {from == to && to < states, from == to && to < states};

            for (i = 0; i < count; i++)
                if (arrows[i].from == from && arrows[i].to == to)
                    by[arrows[i].writer] = true;
            if (may(from, to, IRX_BY_XEN) != by[IRX_BY_XEN] ||
                may(from, to, IRX_BY_SHIM) != by[IRX_BY_SHIM])
                fail_msg("%u -> %u: by Xen %d, by the shim %d", from, to, may(from, to, IRX_BY_XEN),
                         may(from, to, IRX_BY_SHIM));
        }
    assert_false(may(~0u, 0, IRX_BY_XEN));
    assert_false(may(0, ~0u, IRX_BY_XEN));
}
#define EXACTLY(may, states, arrows)                                                               \
    exactly(may, states, arrows, sizeof(arrows) / sizeof((arrows)[0]))

static void of_the_host(void **state)
{
    static const struct arrow arrows[] = {
        {IRX_HOST_IDLE, IRX_HOST_LOADED, IRX_BY_XEN},
        {IRX_HOST_LOADED, IRX_HOST_IDLE, IRX_BY_XEN},
        {IRX_HOST_LOADED, IRX_HOST_LENDING, IRX_BY_XEN},
        {IRX_HOST_LOADED, IRX_HOST_HANDING_OVER, IRX_BY_XEN},
        {IRX_HOST_LENDING, IRX_HOST_HOLDING, IRX_BY_XEN},
        {IRX_HOST_LENDING, IRX_HOST_LOADED, IRX_BY_XEN},
        {IRX_HOST_HOLDING, IRX_HOST_LOADED, IRX_BY_XEN},
        {IRX_HOST_HOLDING, IRX_HOST_HANDING_OVER, IRX_BY_XEN},
        {IRX_HOST_HOLDING, IRX_HOST_CLAIMING, IRX_BY_XEN},
        {IRX_HOST_HANDING_OVER, IRX_HOST_CLAIMING, IRX_BY_XEN},
        {IRX_HOST_CLAIMING, IRX_HOST_LOADED, IRX_BY_XEN},
        {IRX_HOST_CLAIMING, IRX_HOST_HOLDING, IRX_BY_XEN},
        {IRX_HOST_HANDING_OVER, IRX_HOST_RECOVERING, IRX_BY_XEN},
        {IRX_HOST_CLAIMING, IRX_HOST_RECOVERING, IRX_BY_XEN},
        {IRX_HOST_HANDING_OVER, IRX_HOST_RECOVERING, IRX_BY_SHIM},
        {IRX_HOST_RECOVERING, IRX_HOST_CLAIMING, IRX_BY_XEN},
    };

    (void)state;
    EXACTLY(irx_host_may, IRX_HOST_RECOVERING + 1, arrows);
}

static void of_a_cpu(void **state)
{
    static const struct arrow arrows[] = {
        {IRX_CPU_XEN, IRX_CPU_LENT, IRX_BY_XEN},
        {IRX_CPU_LENT, IRX_CPU_RELEASED, IRX_BY_XEN},
        {IRX_CPU_RELEASED, IRX_CPU_XEN, IRX_BY_XEN},
        {IRX_CPU_HELD, IRX_CPU_DEAD, IRX_BY_XEN},
        {IRX_CPU_DRAINING, IRX_CPU_DEAD, IRX_BY_XEN},
        {IRX_CPU_LENT, IRX_CPU_HELD, IRX_BY_SHIM},
        {IRX_CPU_LENT, IRX_CPU_RELEASED, IRX_BY_SHIM},
        {IRX_CPU_HELD, IRX_CPU_DRAINING, IRX_BY_SHIM},
        {IRX_CPU_HELD, IRX_CPU_RELEASED, IRX_BY_SHIM},
        {IRX_CPU_DRAINING, IRX_CPU_HELD, IRX_BY_SHIM},
        {IRX_CPU_DRAINING, IRX_CPU_RELEASED, IRX_BY_SHIM},
        {IRX_CPU_DRAINING, IRX_CPU_XEN, IRX_BY_SHIM},
    };

    (void)state;
    EXACTLY(irx_cpu_may, IRX_CPU_DEAD + 1, arrows);
}

/* As abi/live.h says. */
static void of_a_domain(void **state)
{
    static const struct arrow arrows[] = {
        {IRX_DOM_WITH_XEN, IRX_DOM_PREPARING, IRX_BY_XEN},
        {IRX_DOM_PREPARED, IRX_DOM_ENTERING, IRX_BY_XEN},
        {IRX_DOM_RUNNING, IRX_DOM_FREEZING, IRX_BY_XEN},
        {IRX_DOM_FROZEN, IRX_DOM_CLAIMED, IRX_BY_XEN},
        {IRX_DOM_FAILED, IRX_DOM_CLAIMED, IRX_BY_XEN},
        {IRX_DOM_CLAIMED, IRX_DOM_WITH_XEN, IRX_BY_XEN},
        {IRX_DOM_PREPARING, IRX_DOM_WITH_XEN, IRX_BY_XEN},
        {IRX_DOM_PREPARED, IRX_DOM_WITH_XEN, IRX_BY_XEN},
        {IRX_DOM_ENTERING, IRX_DOM_WITH_XEN, IRX_BY_XEN},
        {IRX_DOM_FAILED, IRX_DOM_WITH_XEN, IRX_BY_XEN},
        {IRX_DOM_FROZEN, IRX_DOM_ENTERING, IRX_BY_XEN},
        {IRX_DOM_FAILED, IRX_DOM_ENTERING, IRX_BY_XEN},
        {IRX_DOM_ENTERING, IRX_DOM_FROZEN, IRX_BY_XEN},
        {IRX_DOM_FREEZING, IRX_DOM_FROZEN, IRX_BY_XEN},
        {IRX_DOM_WITH_XEN, IRX_DOM_SAVED, IRX_BY_XEN},
        {IRX_DOM_SAVED, IRX_DOM_WITH_XEN, IRX_BY_XEN},
        {IRX_DOM_PREPARING, IRX_DOM_PREPARED, IRX_BY_SHIM},
        {IRX_DOM_PREPARING, IRX_DOM_FAILED, IRX_BY_SHIM},
        {IRX_DOM_ENTERING, IRX_DOM_RUNNING, IRX_BY_SHIM},
        {IRX_DOM_ENTERING, IRX_DOM_FAILED, IRX_BY_SHIM},
        {IRX_DOM_FREEZING, IRX_DOM_FROZEN, IRX_BY_SHIM},
    };

    (void)state;
    EXACTLY(irx_domain_may, IRX_DOM_SAVED + 1, arrows);
}

/* A vCPU that does not run is woken, not taken down; Xen writes it as it found it, or as it is to wait. */
static void of_a_vcpu(void **state)
{
    uint32_t from;

    (void)state;
    for (from = 0; from <= IRX_VCPU_PARKED; from++) {
        assert_true(irx_vcpu_may(from, IRX_VCPU_RUNNABLE, IRX_BY_XEN));
        assert_true(irx_vcpu_may(from, IRX_VCPU_BLOCKED, IRX_BY_XEN));
        assert_true(irx_vcpu_may(from, IRX_VCPU_DOWN, IRX_BY_XEN));
        assert_int_equal(irx_vcpu_may(from, IRX_VCPU_RUNNING, IRX_BY_XEN),
                         from == IRX_VCPU_RUNNING);
        assert_true(irx_vcpu_may(from, IRX_VCPU_RUNNABLE, IRX_BY_SHIM));
        assert_int_equal(irx_vcpu_may(from, IRX_VCPU_RUNNING, IRX_BY_SHIM),
                         from == IRX_VCPU_RUNNABLE || from == IRX_VCPU_RUNNING);
        assert_int_equal(irx_vcpu_may(from, IRX_VCPU_DOWN, IRX_BY_SHIM),
                         from == IRX_VCPU_RUNNING || from == IRX_VCPU_DOWN);
        assert_int_equal(irx_vcpu_may(from, IRX_VCPU_PARKED, IRX_BY_SHIM), from != IRX_VCPU_DOWN);
    }
    assert_false(irx_vcpu_may(IRX_VCPU_PARKED + 1, IRX_VCPU_RUNNABLE, IRX_BY_SHIM));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_the_host),
        cmocka_unit_test(of_a_cpu),
        cmocka_unit_test(of_a_domain),
        cmocka_unit_test(of_a_vcpu),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
