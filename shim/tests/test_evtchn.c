/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels: the 2-level ABI, upcalls, sending, doorbells and polls. */
#include "help_evtchn.h"

#include "fake/fake.h"
#include "guest/evtchn.h"
#include "guest/intr.h"
#include "guest/vlapic.h"

static struct shared_info *shared(uint32_t entry)
{
    return env_page(entry, GFN_SHARED);
}

static struct dom *run_2l(uint32_t vcpus)
{
    return env_run(env_domain(0, 1, vcpus));
}

/* ---- 2-level ---- */

static void twolevel_raise(void **state)
{
    struct dom *d = run_2l(2);

    (void)state;
    fake_clear_ipis();
    d->ports[12].notify_vcpu = 1;
    env_vcpu(d, 1)->cpu = env_cpu(1);
    env_vcpu(d, 1)->kicked = 0;
    assert_true(evtchn_raise(env_on(0), d, 12));
    assert_int_equal(shared(0)->evtchn_pending[0], 1ull << 12);
    assert_int_equal(info(0, 1)->evtchn_pending_sel, 1);
    assert_int_equal(info(0, 1)->evtchn_upcall_pending, 1);
    assert_int_equal(info(0, 0)->evtchn_upcall_pending, 0);
    assert_int_equal(env_vcpu(d, 1)->kicked, 1);
    assert_int_equal(fake_count_ipis(11, IRX_SHIM_KICK_VECTOR), 1);
    assert_int_equal(env_vcpu(d, 1)->rec->events_in, 1);
}

static void twolevel_again_is_one_level(void **state)
{
    struct dom *d = run_2l(1);

    (void)state;
    evtchn_raise(env_on(0), d, 11);
    info(0, 0)->evtchn_pending_sel = 0; /* the guest is at it */
    info(0, 0)->evtchn_upcall_pending = 0;
    evtchn_raise(env_on(0), d, 11);
    assert_int_equal(info(0, 0)->evtchn_pending_sel, 0);
    assert_int_equal(info(0, 0)->evtchn_upcall_pending, 0);
}

static void twolevel_masked_then_unmasked(void **state)
{
    struct dom *d = run_2l(1);

    (void)state;
    shared(0)->evtchn_mask[0] = 1ull << 11;
    evtchn_raise(env_on(0), d, 11);
    assert_int_equal(shared(0)->evtchn_pending[0], 1ull << 11);
    assert_int_equal(info(0, 0)->evtchn_upcall_pending, 0);
    assert_int_equal(evtchn_unmask(env_on(0), d, 11), 0);
    assert_int_equal(shared(0)->evtchn_mask[0], 0);
    assert_int_equal(info(0, 0)->evtchn_pending_sel, 1);
    assert_int_equal(info(0, 0)->evtchn_upcall_pending, 1);
    assert_int_equal(evtchn_unmask(env_on(0), d, ENV_PORTS), -SHIM_EINVAL);
}

static void twolevel_high_port_and_32bit(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    const uint8_t *page = env_page(0, GFN_SHARED);
    struct dom *d;

    (void)state;
    env_ports(r)[200].state = IRX_PORT_IPI;
    r->flags |= IRX_DOMF_SHINFO_32BIT;
    d = env_run(r);
    evtchn_raise(env_on(0), d, 200);
    assert_int_equal(page[2048 + 25], 1);                 /* pending, byte 200 / 8 */
    assert_int_equal(((uint8_t *)info(0, 0))[4], 1 << 6); /* selector word 200 / 32 */
    assert_int_equal(evtchn_unmask(env_on(0), d, 200), 0);
}

static void upcall_through_the_local_apic(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d;
    struct vcpu *v;

    (void)state;
    env_vcpu_rec(r, 0)->upcall_vector = 0x51;
    r->flags = 0;
    d = env_run(r);
    v = env_current(d, 0);
    evtchn_raise(env_on(0), d, 11);
    assert_int_equal(vlapic_pending(v), 0x51);
    intr_assist(env_cpu(0), v);
    assert_int_equal(fake_vcpu(v)->event_vector, 0x51);
    assert_int_equal(v->rec->upcalls, 1);
    assert_int_equal(vlapic_pending(v), -1); /* in service until its end */
}

static void upcall_by_callback_vector(void **state)
{
    struct dom *d = run_2l(1);
    struct vcpu *v = env_current(d, 0);

    (void)state;
    evtchn_raise(env_on(0), d, 11);
    v->rflags &= ~X86_EFLAGS_IF;
    intr_assist(env_cpu(0), v);
    assert_false(fake_vcpu(v)->event_valid);
    assert_true(fake_vcpu(v)->window);
    v->rflags |= X86_EFLAGS_IF;
    intr_assist(env_cpu(0), v);
    assert_true(fake_vcpu(v)->event_valid);
    assert_int_equal(fake_vcpu(v)->event_vector, ENV_UPCALL);
    info(0, 0)->evtchn_upcall_pending = 0; /* the guest took it: no end of interrupt is needed */
    fake_vcpu(v)->event_valid = false;
    intr_assist(env_cpu(0), v);
    assert_false(fake_vcpu(v)->event_valid);
}

/* ---- send ---- */

static void send_by_state(void **state)
{
    struct dom *d = run_2l(2);
    struct vcpu *v = env_current(d, 0);

    (void)state;
    assert_int_equal(evtchn_send(env_on(0), v, 12), 0); /* IPI to vCPU 1 */
    assert_int_equal(info(0, 1)->evtchn_upcall_pending, 1);
    assert_int_equal(evtchn_send(env_on(0), v, 21), 0);            /* unbound: dropped */
    assert_int_equal(evtchn_send(env_on(0), v, 1), -SHIM_EINVAL);  /* VIRQ */
    assert_int_equal(evtchn_send(env_on(0), v, 0), -SHIM_EINVAL);  /* reserved */
    assert_int_equal(evtchn_send(env_on(0), v, 30), -SHIM_EINVAL); /* closed */
    assert_int_equal(evtchn_send(env_on(0), v, ENV_PORTS), -SHIM_EINVAL);
    d->ports[11].flags = IRX_PORT_F_CONSUMER;
    assert_int_equal(evtchn_send(env_on(0), v, 11), -SHIM_EINVAL);
    assert_int_equal(v->rec->events_out, 2);
}

static void send_to_xen(void **state)
{
    struct dom *d = run_2l(1);
    struct vcpu *v = env_current(d, 0);

    (void)state;
    fake_clear_ipis();
    assert_int_equal(evtchn_send(env_on(0), v, 20), 0);
    assert_int_equal(d->to_xen[0], 1ull << 20);
    assert_int_equal(d->rec->to_xen_summary, 1);
    assert_int_equal(fake_count_ipis(77, 0xe1), 1);
    evtchn_send(env_on(0), v, 20); /* Xen has not looked yet: told once */
    assert_int_equal(fake_count_ipis(77, 0xe1), 1);
    d->rec->to_xen_summary = 0;
    d->to_xen[0] = 0;
    shim.anchor->xen_alive = 0; /* no Xen: the level waits */
    evtchn_send(env_on(0), v, 20);
    assert_int_equal(d->to_xen[0], 1ull << 20);
    assert_int_equal(fake_count_ipis(77, 0xe1), 1);
}

static struct dom *peer(uint32_t entry, uint16_t domid, uint16_t other)
{
    struct irx_domain *r = env_domain(entry, domid, 1);

    env_ports(r)[40] = (struct irx_port){
        .state = IRX_PORT_INTERDOMAIN, .remote_domid = other, .remote_port = 40};
    return env_run(r);
}

static void send_between_held_guests(void **state)
{
    struct dom *a = peer(0, 1, 2), *b = peer(1, 2, 1);

    (void)state;
    assert_int_equal(evtchn_send(env_on(0), env_vcpu(a, 0), 40), 0);
    assert_int_equal(shared(1)->evtchn_pending[0], 1ull << 40);
    assert_int_equal(a->to_xen[0], 0);
    env_freeze(b->rec);
    assert_int_equal(b->rec->state, IRX_DOM_FROZEN);
    assert_int_equal(evtchn_send(env_on(0), env_vcpu(a, 0), 40), 0);
    assert_int_equal(a->to_xen[0], 1ull << 40); /* now its receiver is Xen's */
}

/* The other guest's port does not agree: Xen knows the truth. */
static void send_to_a_port_that_disagrees(void **state)
{
    struct dom *a = peer(0, 1, 2), *b = peer(1, 2, 1);

    (void)state;
    b->ports[40].remote_port = 41;
    evtchn_send(env_on(0), env_vcpu(a, 0), 40);
    assert_int_equal(a->to_xen[0], 1ull << 40);
    assert_int_equal(shared(1)->evtchn_pending[0], 0);
    b->ports[40].remote_port = 40;
    b->ports[40].flags = IRX_PORT_F_CONSUMER;
    a->to_xen[0] = 0;
    evtchn_send(env_on(0), env_vcpu(a, 0), 40);
    assert_int_equal(a->to_xen[0], 1ull << 40);
}

/* ---- doorbells from Xen ---- */

static void doorbells_to_the_guest(void **state)
{
    struct dom *d = run_2l(1);

    (void)state;
    d->ports[130].state = IRX_PORT_INTERDOMAIN;
    d->to_guest[0] = 1ull << 20 | 1ull << 30; /* 30 is closed: nothing to raise */
    d->to_guest[2] = 1ull << 2;
    d->rec->to_guest_summary = 1 | 1 << 2;
    evtchn_deliver(env_on(0), d);
    assert_int_equal(shared(0)->evtchn_pending[0], 1ull << 20);
    assert_int_equal(shared(0)->evtchn_pending[2], 1ull << 2);
    assert_int_equal(info(0, 0)->evtchn_pending_sel, 1 | 1 << 2);
    assert_int_equal(d->to_guest[0] | d->to_guest[2] | d->rec->to_guest_summary, 0);
}

static void doorbells_before_enter_and_at_freeze(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d;

    (void)state;
    ((uint64_t *)(ENV_REGION + r->to_guest))[0] = 1ull << 20;
    r->to_guest_summary = 1;
    d = env_run(r);
    assert_int_equal(shared(0)->evtchn_pending[0], 1ull << 20);
    d->to_guest[0] = 1ull << 11;
    r->to_guest_summary = 1;
    env_freeze(r);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_int_equal(shared(0)->evtchn_pending[0], 1ull << 20 | 1ull << 11);
    assert_false(evtchn_raise(env_on(0), d, 12));
}

/* ---- polls ---- */

static void pollers(void **state)
{
    struct dom *d = run_2l(2);
    struct vcpu *v = env_vcpu(d, 1);

    (void)state;
    shared(0)->evtchn_mask[0] = ~0ull;
    d->poll_mask[0] = 2;
    v->rec->poll_port = 12;
    v->kicked = 0;
    evtchn_raise(env_on(0), d, 11); /* another port */
    assert_int_equal(v->kicked, 0);
    evtchn_raise(env_on(0), d, 12);
    assert_int_equal(v->kicked, 1);
    assert_int_equal(d->poll_mask[0], 0);
    assert_int_equal(evtchn_poll(env_on(0), d, 12), 1);
    assert_int_equal(evtchn_poll(env_on(0), d, 20), 0);
    assert_int_equal(evtchn_poll(env_on(0), d, ENV_PORTS), -SHIM_EINVAL);
    v->rec->poll_port = -1; /* many ports: any event wakes it */
    d->poll_mask[0] = 2;
    v->kicked = 0;
    evtchn_raise(env_on(0), d, 20);
    assert_int_equal(v->kicked, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(twolevel_raise),
        ENV_CASE(twolevel_again_is_one_level),
        ENV_CASE(twolevel_masked_then_unmasked),
        ENV_CASE(twolevel_high_port_and_32bit),
        ENV_CASE(upcall_through_the_local_apic),
        ENV_CASE(upcall_by_callback_vector),
        ENV_CASE(send_by_state),
        ENV_CASE(send_to_xen),
        ENV_CASE(send_between_held_guests),
        ENV_CASE(send_to_a_port_that_disagrees),
        ENV_CASE(doorbells_to_the_guest),
        ENV_CASE(doorbells_before_enter_and_at_freeze),
        ENV_CASE(pollers),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
