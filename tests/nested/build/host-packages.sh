#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The packages that building and running the bed needs are in the project's one list.

. "$(dirname "$0")/lib.sh"

exec "$TOP/build-aux/setup"
