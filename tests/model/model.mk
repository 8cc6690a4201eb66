# SPDX-License-Identifier: GPL-2.0-only
# The model of the state machines: README.md. Included by the top-level Makefile.
#
#   make model              goes through all states; test_model.py does so in `make check`, and shows
#                           that it finds what is wrong

MODEL := $(BUILD)/model/model
MODEL_OBJS := $(patsubst tests/model/%.c,$(BUILD)/model/%.o,$(wildcard tests/model/*.c))
MODEL_TABLE := $(BUILD)/model/table

$(BUILD)/model/%.o: tests/model/%.c
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CFLAGS) -c -o $@ $<

$(MODEL): $(MODEL_OBJS)
	$(HOST_CC) -o $@ $^

.PHONY: model
model: $(MODEL)
	@$(PYTHON) handoff-abi/tools/states.py >$(MODEL_TABLE)
	$(MODEL) $(MODEL_TABLE) 1
	$(MODEL) $(MODEL_TABLE) 2

-include $(MODEL_OBJS:.o=.d)
