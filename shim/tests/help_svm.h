/* SPDX-License-Identifier: GPL-2.0-only */
/* One guest on svm/ with a fake VMRUN. */
#ifndef TESTS_HELP_SVM_H
#define TESTS_HELP_SVM_H

#include "env.h"
#include "machine/svm.h"

/* As env_setup(), on a CPU that has SVM. */
int setup(void **state);
#define SVM_CASE(f) cmocka_unit_test_setup_teardown(f, setup, env_teardown)
/* On one that QEMU emulates. */
int setup_tcg(void **state);
#define TCG_CASE(f) cmocka_unit_test_setup_teardown(f, setup_tcg, env_teardown)

struct dom *run(uint32_t vcpus);
struct vcpu *current(void);
struct vmcb *vmcb(struct vcpu *v);

/* One entry; what the guest does is fake_svm.guest's. Returns the class of the exit. */
uint32_t enter(struct vcpu *v, bool *served);
/* The same where the guest exits with this code. */
uint32_t exit_class(struct vcpu *v, uint64_t code, uint64_t info1, bool *served);
/* And what exit_info2 says of the next instruction. */
uint32_t exit_next_rip(struct vcpu *v, uint64_t code, uint64_t info1, uint64_t next, bool *served);

#endif
