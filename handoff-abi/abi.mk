# SPDX-License-Identifier: GPL-2.0-only
#
# handoff-abi: the contract, its codec and its tools. From the top of the project:
#
#   make abi                build/abi/interrex-abi and build/abi/libinterrex-abi.a
#   make abi-check          its host tests alone, with their output
#   make abi-fuzz           fuzzes the reader (clang), SECONDS=60
#   make golden             after a header changed: derived files and golden handoffs
#
# or, without the rest of the house, make -f handoff-abi/abi.mk abi.

BUILD ?= build
PYTHON ?= python3
HOST_CC ?= gcc
HOST_CFLAGS ?= -std=c11 -O2 -g -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror -MMD -MP

ABI_BUILD := $(BUILD)/abi
ABI_CFLAGS := $(HOST_CFLAGS) -D_GNU_SOURCE -Ihandoff-abi/include
ABI_VERSION := $(shell sed -n 's/^.define IRX_ABI_\(MAJOR\|MINOR\) *\([0-9]*\)u.*/\2/p' \
                       handoff-abi/include/interrex/abi/version.h | paste -sd.)
ABI_GOLDEN := handoff-abi/golden/$(ABI_VERSION)

# What A, the shim, B and the tools share: freestanding.
ABI_CORE := $(wildcard handoff-abi/src/*.c)
ABI_CORE_OBJS := $(ABI_CORE:handoff-abi/src/%.c=$(ABI_BUILD)/core/%.o)
# For programs of an operating system: files, JSON, notes of ELF files.
ABI_HOSTED := $(filter-out %/interrex_abi.c,$(wildcard handoff-abi/src/hosted/*.c))
ABI_HOSTED_OBJS := $(ABI_HOSTED:handoff-abi/src/hosted/%.c=$(ABI_BUILD)/hosted/%.o)
ABI_LIB := $(ABI_BUILD)/libinterrex-abi.a
ABI_LIBS := -lelf -ljansson
ABI_TOOL := $(ABI_BUILD)/interrex-abi

# Test programs, one a C file test_*.c; helpers are linked into each.
ABI_TEST_PROGRAMS := $(patsubst handoff-abi/tests/%.c,$(ABI_BUILD)/tests/%, \
                       $(wildcard handoff-abi/tests/test_*.c))
ABI_TEST_HELPERS := $(patsubst handoff-abi/tests/%.c,$(ABI_BUILD)/tests/%.o, \
                      $(wildcard handoff-abi/tests/help_*.c))
abi_TESTS := $(ABI_TEST_PROGRAMS) $(wildcard handoff-abi/tests/test_*.py)

# Without the rest of the house `make -f handoff-abi/abi.mk` builds this.
.PHONY: abi
abi: $(ABI_TOOL) $(ABI_LIB) $(ABI_BUILD)/freestanding.ok $(ABI_BUILD)/golden_make

$(ABI_BUILD)/core/%.o: handoff-abi/src/%.c
	@mkdir -p $(@D)
	$(HOST_CC) $(ABI_CFLAGS) -c -o $@ $<

$(ABI_BUILD)/hosted/%.o: handoff-abi/src/hosted/%.c
	@mkdir -p $(@D)
	$(HOST_CC) $(ABI_CFLAGS) -c -o $@ $<

$(ABI_BUILD)/tests/%.o: handoff-abi/tests/%.c
	@mkdir -p $(@D)
	$(HOST_CC) $(ABI_CFLAGS) -c -o $@ $<

$(ABI_LIB): $(ABI_CORE_OBJS) $(ABI_HOSTED_OBJS)
	@rm -f $@
	ar rcs $@ $^

$(ABI_TOOL): $(ABI_BUILD)/hosted/interrex_abi.o $(ABI_LIB)
	$(HOST_CC) -o $@ $^ $(ABI_LIBS)

$(ABI_BUILD)/golden_make: $(ABI_BUILD)/tests/golden_make.o $(ABI_BUILD)/tests/help_handoff.o $(ABI_LIB)
	$(HOST_CC) -o $@ $^ $(ABI_LIBS)

$(ABI_TEST_PROGRAMS): %: %.o $(ABI_TEST_HELPERS) $(ABI_LIB)
	$(HOST_CC) -o $@ $^ $(ABI_LIBS) -lcmocka

# The core again as the shim compiles it: no C library, and nothing undefined but what
# every freestanding program has.
ABI_FREE_OBJS := $(ABI_CORE:handoff-abi/src/%.c=$(ABI_BUILD)/free/%.o)

$(ABI_BUILD)/free/%.o: handoff-abi/src/%.c
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CFLAGS) -ffreestanding -fno-stack-protector -mgeneral-regs-only -nostdinc \
	    -isystem $(shell $(HOST_CC) -print-file-name=include) -Ihandoff-abi/include -c -o $@ $<

$(ABI_BUILD)/freestanding.ok: $(ABI_FREE_OBJS)
	ld -r -o $(ABI_BUILD)/free/all.o $^
	@if nm -u $(ABI_BUILD)/free/all.o | grep -vwE 'memcpy|memset|memcmp|_GLOBAL_OFFSET_TABLE_'; \
	 then echo 'handoff-abi: the above is not there in a freestanding program' >&2; exit 1; fi
	@touch $@

.PHONY: abi-check
abi-check: abi $(ABI_TEST_PROGRAMS)
	@set -e; for t in $(abi_TESTS); do echo "== $$t"; \
	  case $$t in *.py) $(PYTHON) $$t;; *) $$t;; esac; done

# Derived files and expectations follow the headers. The golden handoffs themselves do so
# until their version is released, which golden/VERSION/RELEASED says; after that a new
# version gets a set of its own, and an older set's expectation shows new fields as zero.
.PHONY: golden
golden:
	@$(PYTHON) handoff-abi/tools/generate.py --write
	@$(MAKE) --no-print-directory $(if $(filter abi.mk,$(notdir $(firstword $(MAKEFILE_LIST)))),\
	  -f $(firstword $(MAKEFILE_LIST))) abi
	@if [ -e $(ABI_GOLDEN)/RELEASED ]; \
	 then echo '$(ABI_GOLDEN) is released: if its handoffs no longer fit, raise IRX_ABI_MINOR'; \
	 else mkdir -p $(ABI_GOLDEN) && $(ABI_BUILD)/golden_make $(ABI_GOLDEN); fi
	@for f in handoff-abi/golden/*/*.bin handoff-abi/golden/*/*.elf; do \
	  $(ABI_TOOL) dump --json $$f >$$f.json 2>/dev/null; \
	  $(ABI_TOOL) dump $$f >$$f.txt 2>/dev/null; done; true
	@echo 'golden handoffs: $(ABI_GOLDEN)'

-include $(wildcard $(ABI_BUILD)/core/*.d $(ABI_BUILD)/hosted/*.d $(ABI_BUILD)/tests/*.d \
                    $(ABI_BUILD)/free/*.d)
