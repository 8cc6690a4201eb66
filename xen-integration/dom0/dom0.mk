# SPDX-License-Identifier: GPL-2.0-only
# The operator's command: build/dom0/interrex. Works alone, from the top of the
# tree (make -f xen-integration/dom0/dom0.mk), and included by the Makefile there.
# Debian: libxen-dev libelf-dev libjansson-dev; for the tests libcmocka-dev.

ifeq ($(.DEFAULT_GOAL),)
.DEFAULT_GOAL := dom0
endif
ifndef ABI_LIB
include handoff-abi/abi.mk
endif

DOM0_DIR := xen-integration/dom0
BUILD ?= build
DOM0_BUILD := $(BUILD)/dom0

.PHONY: dom0
dom0: $(DOM0_BUILD)/interrex

HOST_CC ?= gcc
HOST_CFLAGS ?= -std=c11 -O2 -g -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror -MMD -MP
# gnu11: Xen's public headers need its extensions.
DOM0_CFLAGS := $(HOST_CFLAGS) -std=gnu11 -D_GNU_SOURCE -Wmissing-prototypes \
	-fstack-protector-strong -fPIE -Ihandoff-abi/include -I$(DOM0_DIR)
DOM0_LDFLAGS := -pie -Wl,-z,relro,-z,now
DOM0_LIBS := -lxencall -lxenctrl -lxenstore -lxentoollog -lelf -ljansson

# Everything but the process itself and the real Xen: what the tests link too.
DOM0_COMMON := text error xen view park cpus saver lock process cmdline cmdline_options input sha256 checksum elf_file image findings reasons uses versions target fallback recovery deadman progress \
	session phase limit past forecast over machine_check dead heap check load turns sequence claim repeat measure counters report report_print status args run \
	commands quarantine held cmd_abandon cmd_audit cmd_check cmd_load cmd_drill cmd_update cmd_abort cmd_status cmd_report
DOM0_COMMON_OBJS := $(DOM0_COMMON:%=$(DOM0_BUILD)/%.o)
DOM0_OBJS := $(DOM0_COMMON_OBJS) $(DOM0_BUILD)/xen_call.o $(DOM0_BUILD)/places.o $(DOM0_BUILD)/main.o

$(DOM0_BUILD)/%.o: $(DOM0_DIR)/%.c
	@mkdir -p $(@D)
	$(HOST_CC) $(DOM0_CFLAGS) -c -o $@ $<

$(DOM0_BUILD)/interrex: $(DOM0_OBJS) $(ABI_LIB)
	$(HOST_CC) $(DOM0_LDFLAGS) -o $@ $^ $(DOM0_LIBS)

# Host tests: the whole command logic against a played Xen. One program a test_*.c.
DOM0_TEST_PROGRAMS := $(patsubst $(DOM0_DIR)/%.c,$(DOM0_BUILD)/%,$(wildcard $(DOM0_DIR)/tests/test_*.c))
DOM0_TEST_HELPERS := $(patsubst $(DOM0_DIR)/%.c,$(DOM0_BUILD)/%.o, \
	$(filter-out $(DOM0_DIR)/tests/test_%.c %/played.c,$(wildcard $(DOM0_DIR)/tests/*.c)))
# The program itself over the played Xen: test_wrong_input.py runs it.
DOM0_PLAYED := $(DOM0_BUILD)/tests/played
dom0_TESTS := $(DOM0_TEST_PROGRAMS) $(wildcard $(DOM0_DIR)/tests/test_*.py)

.PHONY: dom0-check
dom0-check: $(DOM0_PLAYED) $(DOM0_BUILD)/interrex $(DOM0_TEST_PROGRAMS)
	@for t in $(dom0_TESTS); do case $$t in *.py) python3 $$t;; *) $$t;; esac || exit 1; done

$(DOM0_BUILD)/tests/%.o: $(DOM0_DIR)/tests/%.c
	@mkdir -p $(@D)
	$(HOST_CC) $(DOM0_CFLAGS) -c -o $@ $<

$(DOM0_TEST_PROGRAMS): %: %.o $(DOM0_TEST_HELPERS) $(DOM0_COMMON_OBJS) $(ABI_LIB)
	$(HOST_CC) $(DOM0_LDFLAGS) -o $@ $^ -lelf -ljansson -lcmocka

# The real Xen's side, over libraries that the test plays.
$(DOM0_BUILD)/tests/test_xen_call: $(DOM0_BUILD)/xen_call.o

$(DOM0_TEST_PROGRAMS): | $(DOM0_PLAYED)

$(DOM0_PLAYED): $(DOM0_BUILD)/tests/played.o $(DOM0_BUILD)/main.o \
		$(filter %/fake_xen.o %/fake_ops.o %/make_elf.o,$(DOM0_TEST_HELPERS)) \
		$(DOM0_COMMON_OBJS) $(ABI_LIB)
	$(HOST_CC) $(DOM0_LDFLAGS) -o $@ $^ -lelf -ljansson

-include $(wildcard $(DOM0_BUILD)/*.d $(DOM0_BUILD)/tests/*.d)
