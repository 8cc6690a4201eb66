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

# private_apt DIR TYPE [SUITES]: a copy of the machine's own apt sources below DIR, of this type (deb or
# deb-src), and its package lists. The machine's configuration stays as it is, signatures are checked as
# always. With SUITES, what the machine has of bookworm's main suite is taken of these suites instead.
# Afterwards `apt_of DIR COMMAND...` is apt-get or apt-cache with it.
private_apt() {
    apt=$1
    rm -rf "$apt"
    mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial"
    n=0
    for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -f "$f" ] || continue
        n=$((n + 1))
        sed -n "s/^[[:space:]]*deb[[:space:]]/$2 /p" "$f" | awk -v suites="${3:-}" '
            suites == "" { print; next }
            { for (i = 2; i < NF; i++) if ($i == "bookworm")
                for (n = split(suites, suite); n; n--) { $i = suite[n]; print } }' \
            >"$apt/parts/$n.list"
    done
    for f in /etc/apt/sources.list.d/*.sources; do
        [ -f "$f" ] || continue
        n=$((n + 1))
        sed "s/^[Tt]ypes:.*/Types: $2/" "$f" | awk -v suites="${3:-}" '
            BEGIN { RS = ""; ORS = "\n\n" }
            suites == "" { print; next }
            /Suites:([^\n]* )?bookworm( |\n|$)/ { sub(/Suites:[^\n]*/, "Suites: " suites); print }' \
            >"$apt/parts/$n.sources"
    done
    apt_of "$apt" apt-get update >"$apt/log" 2>&1 || die "apt-get update failed: see $apt/log"
}

apt_of() {
    apt=$1
    tool=$2
    shift 2
    "$tool" -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt/parts" \
        -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root "$@"
}
