# SPDX-License-Identifier: GPL-2.0-only
# Common parts of the build steps; sourced, not run.
#
# Every step is idempotent, works below $BUILD only, and says what it does.
# Sets: TOP (checkout), BUILD (TOP/build), XEN_VERSION.

set -eu

TOP=$(cd "$(dirname "$0")/../../.." && pwd)
BUILD=$TOP/build
# shellcheck disable=SC2034  # for the steps
XEN_VERSION='4.17.5+72-g01140da4e8-1'
export LC_ALL=C

mkdir -p "$BUILD"

say() {
    echo "bed: $*"
}

die() {
    echo "bed: $*" >&2
    exit 1
}

# download DIR PACKAGE[=VERSION]... : the .deb files of PACKAGEs into DIR.
# apt-get download needs no root and leaves the machine's packages alone.
download() {
    dir=$1
    shift
    mkdir -p "$dir"
    (cd "$dir" && apt-get -q -o APT::Sandbox::User=root download "$@" >"$dir/apt.log" 2>&1) ||
        die "cannot download $*: see $dir/apt.log"
}
