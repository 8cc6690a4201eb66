/* SPDX-License-Identifier: GPL-2.0-only */
#include "fake.h"

#include "core/mem.h"

struct vm_exit (*fake_guest)(struct pcpu *pc, struct vcpu *v);
int fake_vendor_fails_in = -1;

static void *allocate(void)
{
    if (fake_vendor_fails_in == 0)
        return NULL;
    if (fake_vendor_fails_in > 0)
        fake_vendor_fails_in--;
    return mem_alloc(1);
}

int vendor_init(void)
{
    return 0;
}

int vendor_cpu_init(struct pcpu *pc)
{
    (void)pc;
    return 0;
}

void vendor_cpu_recover(struct pcpu *pc)
{
    (void)pc;
}

void vendor_cpu_exit(struct pcpu *pc)
{
    (void)pc;
}

int vendor_domain_init(struct dom *d)
{
    d->vendor = allocate();
    return d->vendor ? 0 : -SHIM_ENOMEM;
}

void vendor_domain_free(struct dom *d)
{
    mem_free(d->vendor, 1);
    d->vendor = NULL;
}

int vendor_vcpu_init(struct vcpu *v)
{
    v->vendor = allocate();
    return v->vendor ? 0 : -SHIM_ENOMEM;
}

void vendor_vcpu_free(struct vcpu *v)
{
    mem_free(v->vendor, 1);
    v->vendor = NULL;
}

void vendor_vcpu_load(struct vcpu *v)
{
    v->cpl = 0;
    v->mode = 8;
    fake_vcpu(v)->loads++;
    fake_vcpu(v)->tsc_offset = v->rec->tsc_offset;
    fake_vcpu(v)->event_valid = false;
    fake_vcpu(v)->window = false;
}

void vendor_vcpu_save(struct vcpu *v)
{
    fake_vcpu(v)->saves++;
}

struct vm_exit vendor_run(struct pcpu *pc, struct vcpu *v, bool flush)
{
    fake_vcpu(v)->runs++;
    fake_vcpu(v)->flushes += flush;
    fake_vcpu(v)->event_valid = false; /* delivered */
    v->next_rip = 0;
    return fake_guest ? fake_guest(pc, v) : (struct vm_exit){.class = IRX_EXIT_INTR};
}

void vendor_exit_info(const struct vcpu *v, uint64_t *code, uint64_t *info1, uint64_t *info2)
{
    (void)v;
    *code = 0xe0;
    *info1 = 0xe1;
    *info2 = 0xe2;
}

void vendor_retire(struct vcpu *v, unsigned int len)
{
    v->rip += len;
    fake_vcpu(v)->shadow = false;
}

static void inject(struct vcpu *v, unsigned int type, unsigned int vector)
{
    struct fake_vcpu *f = fake_vcpu(v);

    f->event_valid = true;
    f->event_type = type;
    f->event_vector = vector;
    f->event_has_code = false;
    f->event_code = 0;
}

void vendor_inject_exception(struct vcpu *v, unsigned int vector, bool has_code, uint32_t code)
{
    inject(v, 3, vector);
    fake_vcpu(v)->event_has_code = has_code;
    fake_vcpu(v)->event_code = code;
}

void vendor_inject_interrupt(struct vcpu *v, uint8_t vector)
{
    inject(v, 0, vector);
}

void vendor_inject_nmi(struct vcpu *v)
{
    inject(v, 2, 2);
    fake_vcpu(v)->nmi_blocked = true;
}

bool vendor_event_pending(const struct vcpu *v)
{
    return fake_vcpu(v)->event_valid;
}

bool vendor_intr_shadow(const struct vcpu *v)
{
    return fake_vcpu(v)->shadow;
}

bool vendor_nmi_blocked(const struct vcpu *v)
{
    return fake_vcpu(v)->nmi_blocked;
}

bool vendor_open_window(struct vcpu *v, uint8_t vector, bool ignore_tpr)
{
    (void)ignore_tpr;
    fake_vcpu(v)->window = true;
    fake_vcpu(v)->window_vector = vector;
    return !fake_vcpu(v)->event_valid || fake_vcpu(v)->event_type;
}

void vendor_set_cr0(struct vcpu *v, uint64_t value)
{
    v->cr0 = value;
}

void vendor_set_cr4(struct vcpu *v, uint64_t value)
{
    v->cr4 = value;
}

void vendor_set_efer(struct vcpu *v, uint64_t value)
{
    v->efer = value;
}

void vendor_set_tsc_offset(struct vcpu *v, uint64_t value)
{
    fake_vcpu(v)->tsc_offset = value;
}

void vendor_flush(struct vcpu *v)
{
    fake_vcpu(v)->flushes++;
}

void vendor_dr_give(struct vcpu *v)
{
    fake_vcpu(v)->dr_given = true;
}

void vendor_dr_take(struct vcpu *v)
{
    fake_vcpu(v)->dr_given = false;
}

void vendor_switch_in(struct pcpu *pc, struct vcpu *v)
{
    (void)pc;
    (void)v;
}

void vendor_switch_out(struct pcpu *pc)
{
    (void)pc;
}

bool vendor_dr_active(const struct vcpu *v)
{
    (void)v;
    return false;
}

void vendor_idt(const struct vcpu *v, uint64_t *base, uint32_t *limit)
{
    *base = fake_vcpu(v)->idt_base;
    *limit = fake_vcpu(v)->idt_limit;
}

bool vendor_get_msr(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v;
    *value = msr == 0x179 ? 2 : 0x77; /* banks of machine checks */
    return msr == 0x174 || msr == 0x179;
}

enum msr_result vendor_set_msr(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v;
    (void)value;
    return msr == 0x174 ? MSR_DONE : MSR_OTHER;
}

const struct opcode vendor_hypercall = {{0x0f, 0x01, 0xd9}, 3, false};

const struct npt_format vendor_npt = {
    .present = BIT(0),
    .table = BIT(0),
    .leaf = BIT(0),
    .large = BIT(3),
    .writable = BIT(1),
    .executable = BIT(2),
};
