/* SPDX-License-Identifier: GPL-2.0-only */
#include "help_sched.h"

#include "fake/fake.h"
#include "run/loop.h"

uint64_t guest_takes;

struct vm_exit spins(struct pcpu *pc, struct vcpu *v)
{
    (void)pc;
    (void)v;
    fake.tsc += guest_takes;
    return (struct vm_exit){.class = IRX_EXIT_INTR};
}

struct vm_exit halts(struct pcpu *pc, struct vcpu *v)
{
    spins(pc, v);
    v->next_rip = v->rip + 1;
    return (struct vm_exit){.class = IRX_EXIT_HLT};
}

struct vm_exit does_io(struct pcpu *pc, struct vcpu *v)
{
    spins(pc, v);
    return (struct vm_exit){.class = IRX_EXIT_IO, .info = 0x1234};
}

int setup(void **state)
{
    fake_guest = spins;
    guest_takes = 100 * US;
    return env_setup(state);
}

void loops(uint32_t cpu, unsigned int n)
{
    while (n--)
        loop_once(env_on(cpu));
}

unsigned int runs(struct dom *d, uint32_t vcpu)
{
    return fake_vcpu(env_vcpu(d, vcpu))->runs;
}
