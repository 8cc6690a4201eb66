#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Fetches the kernel of the next Debian release for the guests that ask for it (kernel=newer):
# build/kernel-newer/vmlinux.

. "$(dirname "$0")/lib.sh"

SUITE=trixie
out=$BUILD/kernel-newer
want="$SUITE $(cat "$0" | cksum)"
[ "$(cat "$out/.done" 2>/dev/null)" = "$want" ] && exit 0

say "fetching the kernel of Debian $SUITE"
rm -rf "$out"
private_apt "$out/apt" deb "$SUITE"
kernel=$(apt_of "$out/apt" apt-cache depends linux-image-amd64 |
    sed -n 's/^ *Depends: *\(linux-image-[0-9].*\)/\1/p' | head -n 1)
[ -n "$kernel" ] || die "apt knows no linux-image-amd64 in $SUITE: see $out/apt/log"
(cd "$out" && apt_of "$out/apt" apt-get download "$kernel") >>"$out/apt/log" 2>&1 ||
    die "cannot download $kernel: see $out/apt/log"
dpkg --fsys-tarfile "$out"/linux-image-*.deb | tar -xO --wildcards './boot/vmlinuz-*' >"$out/vmlinuz"
rm "$out"/linux-image-*.deb

say "extracting vmlinux of $kernel"
python3 "$(dirname "$0")/vmlinux.py" "$out/vmlinuz" "$out/vmlinux"
echo "$want" >"$out/.done"
