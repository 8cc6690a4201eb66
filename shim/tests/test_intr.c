/* SPDX-License-Identifier: GPL-2.0-only */
/* Which interrupt goes in, and when. */
#include "help_guest.h"

#include "fake/fake.h"
#include "guest/intr.h"

static void nmi_first_and_once(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    ((uint8_t *)env_page(0, GFN_INFO))[0] = 1;
    v->rec->flags |= IRX_VCPUF_NMI_PENDING;
    v->rflags &= ~X86_EFLAGS_IF;
    intr_assist(env_cpu(0), v);
    assert_int_equal(fake_vcpu(v)->event_type, 2);
    assert_false(v->rec->flags & IRX_VCPUF_NMI_PENDING);
    assert_true(fake_vcpu(v)->window); /* for the upcall behind it */
    fake_vcpu(v)->event_valid = false;
    fake_vcpu(v)->window = false;
    v->rec->flags |= IRX_VCPUF_NMI_PENDING;
    intr_assist(env_cpu(0), v); /* the handler has not returned: IRET is the window */
    assert_false(fake_vcpu(v)->event_valid);
    assert_false(fake_vcpu(v)->window);
}

static void not_on_top_of_an_event(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    ((uint8_t *)env_page(0, GFN_INFO))[0] = 1;
    vendor_inject_exception(v, TRAP_PF, true, 2);
    intr_assist(env_cpu(0), v);
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_PF);
    assert_true(fake_vcpu(v)->window);
    fake_vcpu(v)->event_valid = false;
    fake_vcpu(v)->shadow = true;
    intr_assist(env_cpu(0), v);
    assert_false(fake_vcpu(v)->event_valid);
    fake_vcpu(v)->shadow = false;
    intr_assist(env_cpu(0), v);
    assert_int_equal(fake_vcpu(v)->event_vector, ENV_UPCALL);
    assert_true(v->recheck); /* the callback's level still stands: looked at again soon */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(nmi_first_and_once),
        ENV_CASE(not_on_top_of_an_event),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
