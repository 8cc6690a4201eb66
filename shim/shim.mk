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

# No indirect branch, nothing that runs by a wrong guess behind a return: shim/tests/test_branches.py.
SHIM_SPECULATION := -fno-jump-tables -mharden-sls=all

SHIM_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
  -Wmissing-prototypes -Wno-missing-field-initializers -Ihandoff-abi/include -Ishim \
  -ffreestanding -fno-builtin -mgeneral-regs-only -mno-red-zone -fno-stack-protector \
  -fPIE -mcmodel=small -fvisibility=hidden -fno-asynchronous-unwind-tables -fcf-protection=none \
  -fno-strict-aliasing $(SHIM_SPECULATION) -MMD -MP
# Not empty: with counters, for `make coverage BED=1`, which reads them out of the machine's memory.
SHIM_COUNTED ?=
ifneq ($(SHIM_COUNTED),)
SHIM_CFLAGS += -O0 -fprofile-arcs -ftest-coverage -fprofile-update=atomic \
  -fprofile-info-section=.gcov_info
endif
SHIM_LDFLAGS := -static-pie -nostdlib -Wl,-T,shim/shim.lds -Wl,--no-dynamic-linker \
  -Wl,-z,text -Wl,-z,norelro -Wl,--build-id=none -Wl,-z,max-page-size=4096

# A vendor's virtualisation: one folder that has all of core/vendor.h. A further one is a line here.
SHIM_VENDOR_svm := shim/svm
SHIM_VENDOR_fake := shim/tests/fake
SHIM_VENDORS := $(patsubst SHIM_VENDOR_%,%,$(filter SHIM_VENDOR_%,$(.VARIABLES)))

SHIM_ABI := $(addprefix handoff-abi/src/,crc32c.c schema.c states.c tables.c live_error.c \
  $(addsuffix _validate.c,anchor domain memory ports vcpu registers))
SHIM_SRC := $(wildcard shim/core/*.c shim/guest/*.c shim/run/*.c) $(SHIM_ABI) \
  $(if $(SHIM_COUNTED),shim/tests/qemu/counted.c)
SHIM_ASM := $(wildcard shim/core/*.S shim/guest/*.S shim/run/*.S)
shim_objects = $(patsubst %,$(SHIM_OUT)/%.o,$(basename $1))

# One goes to hosts. That the others link shows that nobody but its folder knows a vendor.
.PHONY: shim
shim: $(SHIM_OUT)/shim.elf $(SHIM_VENDORS:%=$(SHIM_OUT)/shim-%.elf)

$(SHIM_OUT)/shim.elf: $(SHIM_OUT)/shim-svm.elf $(ABI_TOOL)
	@cp $< $@.tmp
	@$(ABI_TOOL) seal $@.tmp
	@mv $@.tmp $@

define SHIM_OF_VENDOR
SHIM_OBJ_$1 := $$(call shim_objects,$$(SHIM_SRC) $$(SHIM_ASM) $$(wildcard $$(SHIM_VENDOR_$1)/*.c $$(SHIM_VENDOR_$1)/*.S))
$$(SHIM_OUT)/shim-$1.elf: $$(SHIM_OBJ_$1) shim/shim.lds
	@echo '  LD $$@'
	@$$(HOST_CC) $$(SHIM_LDFLAGS) -o $$@.tmp $$(SHIM_OBJ_$1)
	@! readelf -rW $$@.tmp | grep R_X86_64 | grep -v R_X86_64_RELATIVE
	@mv $$@.tmp $$@
endef
$(foreach v,$(SHIM_VENDORS),$(eval $(call SHIM_OF_VENDOR,$v)))
SHIM_OBJ := $(sort $(foreach v,$(SHIM_VENDORS),$(SHIM_OBJ_$v)))

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

QEMU_STUB := $(patsubst %,$(QEMU_TEST)/%.o,stub-start stub stub_io stub_cpus stub_guests crc32c)
$(QEMU_TEST)/stub.elf: $(QEMU_STUB) shim/tests/qemu/stub.lds
	@$(HOST_CC) -static -no-pie -nostdlib -Wl,-T,shim/tests/qemu/stub.lds -Wl,--build-id=none \
	  -Wl,-z,max-page-size=4096 -o $@.64 $(filter %.o,$^)
	@objcopy -O elf32-i386 $@.64 $@

$(QEMU_TEST)/shim.flat: $(SHIM_OUT)/shim.elf
	@mkdir -p $(dir $@)
	@objcopy -O binary $< $@

$(QEMU_TEST)/quick: $(QEMU_TEST)/stub.elf $(QEMU_TEST)/shim.flat shim/tests/qemu/run
	@printf '#!/bin/sh\nexec shim/tests/qemu/run %s\n' $(QEMU_TEST) >$@
	@chmod +x $@

# NMIs and machine checks for CPUs that run its guests.
$(SHIM_OUT)/strikes/quick: $(QEMU_TEST)/stub.elf $(QEMU_TEST)/shim.flat shim/tests/qemu/strikes.py
	@mkdir -p $(dir $@)
	@printf '#!/bin/sh\nexec python3 shim/tests/qemu/strikes.py %s\n' $(QEMU_TEST) >$@
	@chmod +x $@

.PHONY: shim-check
shim-check: $(QEMU_TEST)/quick $(SHIM_OUT)/strikes/quick
	@$(QEMU_TEST)/quick
	@$(SHIM_OUT)/strikes/quick

shim_TESTS += $(QEMU_TEST)/quick $(SHIM_OUT)/strikes/quick

-include $(wildcard $(QEMU_TEST)/*.d)

# ---- Host tests: the same sources against a fake machine ----

SHIM_TEST := $(SHIM_OUT)/tests
HOST_CFLAGS ?= -std=c11 -O2 -g -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror -MMD -MP
# Not with coverage's counters: what they add are branches too.
SANITIZE ?= -fsanitize=address,undefined -fno-sanitize-recover=undefined
SHIM_TEST_CFLAGS := $(HOST_CFLAGS) -std=gnu11 -D_GNU_SOURCE -Ihandoff-abi/include -Ishim -Ishim/tests \
  -Wno-missing-field-initializers -fno-strict-aliasing $(SANITIZE)
# What needs a real CPU is replaced by shim/tests/machine.
SHIM_PORTABLE := $(filter-out $(addprefix shim/core/,apic.c hw.c lib.c paging.c) shim/run/start.c \
  shim/run/trap.c,$(SHIM_SRC)) shim/tests/env.c shim/tests/machine/machine.c
# A vendor's tests, shim/tests/test_VENDOR_*.c, and what they share; all others run on the fake vendor, but for
# those that are linked with a few files alone.
SHIM_TESTS_svm := $(notdir $(basename $(wildcard shim/tests/test_svm_*.c)))
SHIM_TESTS_alone := test_vmrun test_paging test_mapped test_lib
SHIM_HELP_svm := help_svm
SHIM_TESTS_fake := $(filter-out $(SHIM_TESTS_svm) $(SHIM_TESTS_alone),$(notdir $(basename $(wildcard shim/tests/test_*.c))))
SHIM_HELP_fake := help_prepare help_sched help_load
shim_test_objects = $(patsubst %.c,$(SHIM_TEST)/%.o,$1)

$(SHIM_TEST)/%.o: %.c
	@mkdir -p $(dir $@)
	@$(HOST_CC) $(SHIM_TEST_CFLAGS) -c -o $@ $<

# shim/tests/machine/VENDOR.c has what the vendor has in assembly.
define SHIM_TESTS_OF_VENDOR
$$(SHIM_TESTS_$1:%=$$(SHIM_TEST)/%): $$(SHIM_TEST)/%: $$(SHIM_TEST)/shim/tests/%.o \
  $$(call shim_test_objects,$$(SHIM_PORTABLE) $$(filter-out %/note.c,$$(wildcard $$(SHIM_VENDOR_$1)/*.c)) \
  $$(wildcard shim/tests/machine/$1.c) $$(SHIM_HELP_$1:%=shim/tests/%.c))
	@$$(HOST_CC) $$(SHIM_TEST_CFLAGS) -o $$@ $$^ -lcmocka
shim_TESTS += $$(SHIM_TESTS_$1:%=$$(SHIM_TEST)/%)
endef
$(foreach v,$(SHIM_VENDORS),$(eval $(call SHIM_TESTS_OF_VENDOR,$v)))
# The vendor's assembly itself, instruction by instruction.
$(SHIM_TEST)/%.o: %.S
	@mkdir -p $(dir $@)
	@$(HOST_CC) $(SHIM_TEST_CFLAGS) -c -o $@ $<

$(SHIM_TEST)/test_vmrun: $(call shim_test_objects,shim/tests/test_vmrun.c) $(SHIM_TEST)/shim/svm/vmrun.o
# The address space, which is replaced for all others.
$(SHIM_TEST)/test_paging: $(call shim_test_objects,shim/tests/test_paging.c $(addprefix shim/core/,paging.c mem.c lock.c))
$(SHIM_TEST)/test_mapped: $(call shim_test_objects,shim/tests/test_mapped.c shim/core/paging.c)
$(SHIM_TEST)/test_lib: $(call shim_test_objects,shim/tests/test_lib.c) $(SHIM_TEST)/lib_renamed.o
$(SHIM_TEST)/lib_renamed.o: shim/core/lib.c
	@mkdir -p $(dir $@)
	@$(HOST_CC) $(SHIM_TEST_CFLAGS) $(foreach f,memcpy memmove memset memcmp,-D$f=lib_$f) -c -o $@ $<
$(SHIM_TESTS_alone:%=$(SHIM_TEST)/%):
	@$(HOST_CC) $(SHIM_TEST_CFLAGS) -o $@ $^ -lcmocka
shim_TESTS += $(SHIM_TESTS_alone:%=$(SHIM_TEST)/%)

shim_TESTS += shim/tests/test_branches.py shim/tests/test_vendor_words.py shim/tests/test_example.py

-include $(wildcard $(SHIM_TEST)/*/*/*.d $(SHIM_TEST)/*/*/*/*.d)
