# SPDX-License-Identifier: GPL-2.0-only
# The shim and its tests. Included by the top-level Makefile; also works alone, from
# the top: make -f shim/shim.mk

BUILD ?= build
HOST_CC ?= gcc
ifeq ($(.DEFAULT_GOAL),)
.DEFAULT_GOAL := shim
endif
ifndef ABI_LIB
include handoff-abi/abi.mk
endif
SHIM_OUT := $(BUILD)/shim

SHIM_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
  -Wmissing-prototypes -Wno-missing-field-initializers -Ihandoff-abi/include -Ishim \
  -ffreestanding -fno-builtin -mgeneral-regs-only -mno-red-zone -fno-stack-protector \
  -fPIE -mcmodel=small -fvisibility=hidden -fno-asynchronous-unwind-tables -fcf-protection=none \
  -fno-strict-aliasing -MMD -MP
SHIM_LDFLAGS := -static-pie -nostdlib -Wl,-T,shim/shim.lds -Wl,--no-dynamic-linker \
  -Wl,-z,text -Wl,-z,norelro -Wl,--build-id=none -Wl,-z,max-page-size=4096

SHIM_SRC := $(wildcard shim/core/*.c shim/guest/*.c shim/svm/*.c) \
  $(addprefix handoff-abi/src/,crc32c.c schema.c tables.c live_error.c \
    $(addsuffix _validate.c,anchor domain memory ports vcpu registers))
SHIM_ASM := shim/core/entry.S shim/svm/vmrun.S
SHIM_OBJ := $(SHIM_SRC:%.c=$(SHIM_OUT)/%.o) $(SHIM_ASM:%.S=$(SHIM_OUT)/%.o)

.PHONY: shim
shim: $(SHIM_OUT)/shim.elf

$(SHIM_OUT)/shim.elf: $(SHIM_OBJ) shim/shim.lds $(ABI_TOOL)
	@echo '  LD $@'
	@$(HOST_CC) $(SHIM_LDFLAGS) -o $@.tmp $(SHIM_OBJ)
	@! readelf -rW $@.tmp | grep R_X86_64 | grep -v R_X86_64_RELATIVE
	@$(ABI_TOOL) seal $@.tmp
	@mv $@.tmp $@

$(SHIM_OUT)/%.o: %.c
	@mkdir -p $(dir $@)
	@echo '  CC $<'
	@$(HOST_CC) $(SHIM_CFLAGS) -c -o $@ $<

$(SHIM_OUT)/%.o: %.S
	@mkdir -p $(dir $@)
	@echo '  CC $<'
	@$(HOST_CC) $(SHIM_CFLAGS) -c -o $@ $<

-include $(SHIM_OBJ:.o=.d)

# ---- The quick test: real VMRUN under QEMU, a stand-in for Xen ----

QEMU_TEST := $(SHIM_OUT)/qemu
QEMU_TEST_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror -Ihandoff-abi/include -ffreestanding \
  -fno-builtin -mgeneral-regs-only -mno-red-zone -fno-stack-protector -fno-pie -mcmodel=small \
  -fcf-protection=none -fno-asynchronous-unwind-tables -fno-strict-aliasing -MMD -MP

$(QEMU_TEST)/%.o: shim/tests/qemu/%.c
	@mkdir -p $(dir $@)
	@$(HOST_CC) $(QEMU_TEST_CFLAGS) -c -o $@ $<

$(QEMU_TEST)/crc32c.o: handoff-abi/src/crc32c.c
	@mkdir -p $(dir $@)
	@$(HOST_CC) $(QEMU_TEST_CFLAGS) -c -o $@ $<

$(QEMU_TEST)/guest-start.o: shim/tests/qemu/guest.S
	@mkdir -p $(dir $@)
	@$(HOST_CC) $(QEMU_TEST_CFLAGS) -c -o $@ $<

$(QEMU_TEST)/guest.bin: $(QEMU_TEST)/guest-start.o $(QEMU_TEST)/guest.o shim/tests/qemu/guest.lds
	@$(HOST_CC) -static -no-pie -nostdlib -Wl,-T,shim/tests/qemu/guest.lds -Wl,--build-id=none \
	  -o $@.elf $(filter %.o,$^)
	@objcopy -O binary --set-section-flags .data=alloc,load,contents $@.elf $@

$(QEMU_TEST)/stub-start.o: shim/tests/qemu/stub.S $(QEMU_TEST)/guest.bin
	@$(HOST_CC) $(QEMU_TEST_CFLAGS) -DGUEST_BIN='"$(QEMU_TEST)/guest.bin"' -c -o $@ $<

$(QEMU_TEST)/stub.elf: $(QEMU_TEST)/stub-start.o $(QEMU_TEST)/stub.o $(QEMU_TEST)/crc32c.o shim/tests/qemu/stub.lds
	@$(HOST_CC) -static -no-pie -nostdlib -Wl,-T,shim/tests/qemu/stub.lds -Wl,--build-id=none \
	  -Wl,-z,max-page-size=4096 -o $@.64 $(filter %.o,$^)
	@objcopy -O elf32-i386 $@.64 $@

$(QEMU_TEST)/shim.flat: $(SHIM_OUT)/shim.elf
	@mkdir -p $(dir $@)
	@objcopy -O binary $< $@

$(QEMU_TEST)/quick: $(QEMU_TEST)/stub.elf $(QEMU_TEST)/shim.flat shim/tests/qemu/run
	@printf '#!/bin/sh\nexec shim/tests/qemu/run %s\n' $(QEMU_TEST) >$@
	@chmod +x $@

.PHONY: shim-check
shim-check: $(QEMU_TEST)/quick
	@$(QEMU_TEST)/quick

shim_TESTS += $(QEMU_TEST)/quick

-include $(wildcard $(QEMU_TEST)/*.d)

# ---- Host tests: the same sources against a fake machine ----

SHIM_TEST := $(SHIM_OUT)/tests
HOST_CFLAGS ?= -std=c11 -O2 -g -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror -MMD -MP
SHIM_TEST_CFLAGS := $(HOST_CFLAGS) -std=gnu11 -D_GNU_SOURCE -Ihandoff-abi/include -Ishim -Ishim/tests \
  -Wno-missing-field-initializers -fno-strict-aliasing -fsanitize=undefined,address \
  -fno-sanitize-recover=undefined
# What needs a real CPU is replaced by shim/tests/fake.
SHIM_PORTABLE := $(filter-out $(addprefix shim/core/,apic.c hw.c lib.c note.c paging.c start.c trap.c),\
  $(filter-out shim/svm/%,$(SHIM_SRC))) shim/tests/env.c shim/tests/fake/fake_hw.c
SHIM_PORTABLE_OBJ := $(SHIM_PORTABLE:%.c=$(SHIM_TEST)/%.o)
SHIM_TESTS_FAKE_VENDOR := test_validate test_npt test_evtchn test_guest test_hypercall test_sched \
  test_timer test_tsc test_vlapic

$(SHIM_TEST)/%.o: %.c
	@mkdir -p $(dir $@)
	@$(HOST_CC) $(SHIM_TEST_CFLAGS) -c -o $@ $<

$(SHIM_TESTS_FAKE_VENDOR:%=$(SHIM_TEST)/%): $(SHIM_TEST)/%: $(SHIM_TEST)/shim/tests/%.o \
  $(SHIM_TEST)/shim/tests/fake/fake_vendor.o $(SHIM_PORTABLE_OBJ)
	@$(HOST_CC) $(SHIM_TEST_CFLAGS) -o $@ $^ -lcmocka

# svm/ itself against a fake VMRUN.
$(SHIM_TEST)/test_svm: $(SHIM_TEST)/shim/tests/test_svm.o $(SHIM_TEST)/shim/tests/fake/fake_svm.o \
  $(patsubst %.c,$(SHIM_TEST)/%.o,$(wildcard shim/svm/*.c)) $(SHIM_PORTABLE_OBJ)
	@$(HOST_CC) $(SHIM_TEST_CFLAGS) -o $@ $^ -lcmocka

shim_TESTS += $(SHIM_TESTS_FAKE_VENDOR:%=$(SHIM_TEST)/%) $(SHIM_TEST)/test_svm

-include $(wildcard $(SHIM_TEST)/*/*/*.d $(SHIM_TEST)/*/*/*/*.d)
