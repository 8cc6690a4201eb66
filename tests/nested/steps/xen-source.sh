#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Fetches Debian's Xen source package and unpacks it, Debian's patches applied,
# into build/xen/pristine. That tree is never built in and never edited.
#
# Fetched with apt through a private copy of the machine's own sources in which
# "deb" has become "deb-src": the machine's apt configuration stays as it is,
# and signatures are checked as always.

. "$(dirname "$0")/lib.sh"

out=$BUILD/xen
[ "$(cat "$out/pristine/.version" 2>/dev/null)" = "$XEN_VERSION" ] && exit 0

apt=$BUILD/apt
rm -rf "$apt" "$out/pristine" "$out/download"
mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial" "$out/download"

n=0
for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -f "$f" ] || continue
    n=$((n + 1))
    sed -n 's/^[[:space:]]*deb[[:space:]]/deb-src /p' "$f" >"$apt/parts/$n.list"
done
for f in /etc/apt/sources.list.d/*.sources; do
    [ -f "$f" ] || continue
    n=$((n + 1))
    sed 's/^[Tt]ypes:.*/Types: deb-src/' "$f" >"$apt/parts/$n.sources"
done

src_apt() {
    apt-get -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt/parts" \
        -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" \
        -o APT::Sandbox::User=root "$@"
}

say "fetching the source of xen $XEN_VERSION"
src_apt update >"$apt/log" 2>&1 || die "apt-get update (sources) failed: see $apt/log"
(cd "$out/download" && src_apt source --download-only "xen=$XEN_VERSION") >>"$apt/log" 2>&1 ||
    die "cannot fetch xen $XEN_VERSION: see $apt/log"

say "unpacking it"
dpkg-source --no-check -x "$out/download"/xen_*.dsc "$out/pristine" >>"$apt/log" 2>&1 ||
    die "dpkg-source failed: see $apt/log"
echo "$XEN_VERSION" >"$out/pristine/.version"
