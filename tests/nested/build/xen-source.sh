#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Fetches Debian's Xen source package and unpacks it, Debian's patches applied,
# into build/xen/pristine. That tree is never built in and never edited.
#
# Fetched with apt through a private copy of the machine's own sources (lib.sh).

. "$(dirname "$0")/lib.sh"

out=$BUILD/xen
[ "$(cat "$out/pristine/.version" 2>/dev/null)" = "$XEN_VERSION" ] && exit 0

apt=$BUILD/apt
rm -rf "$out/pristine" "$out/download"
mkdir -p "$out/download"

say "fetching the source of xen $XEN_VERSION"
private_apt "$apt" deb-src
(cd "$out/download" && apt_of "$apt" apt-get source --download-only "xen=$XEN_VERSION") \
    >>"$apt/log" 2>&1 || die "cannot fetch xen $XEN_VERSION: see $apt/log"

say "unpacking it"
dpkg-source --no-check -x "$out/download"/xen_*.dsc "$out/pristine" >>"$apt/log" 2>&1 ||
    die "dpkg-source failed: see $apt/log"
echo "$XEN_VERSION" >"$out/pristine/.version"
