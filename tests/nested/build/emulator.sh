#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Fetches a newer QEMU than Debian 12's, with the libraries that it needs, into build/emulator, and writes
# build/emulator/qemu-system-x86_64, which starts it. The machine's own packages stay as they are. Where it
# is not to be had the bed runs on the machine's own QEMU. README.md, "Faults of the emulator", says what
# is wrong with either.

. "$(dirname "$0")/lib.sh"

SUITE=trixie-backports
out=$BUILD/emulator
want="$SUITE $(cat "$0" "$(dirname "$0")/lib.sh" | cksum)"
[ "$(cat "$out/.done" 2>/dev/null)" = "$want" ] && exit 0

fetch() (
    private_apt "$out/apt" deb "trixie $SUITE"
    : >"$out/apt/status" # as if nothing were installed: its libraries come with it
    apt_of "$out/apt" apt-get -y -o Dir::State::status="$out/apt/status" -t "$SUITE" --no-install-recommends \
        --download-only install qemu-system-x86 >>"$out/apt/log" 2>&1 ||
        die "cannot download QEMU of $SUITE: see $out/apt/log"
    for package in "$out"/apt/cache/archives/*.deb; do
        dpkg-deb -x "$package" "$out/root" || exit 1
    done
    rm -r "$out"/apt/cache "$out"/apt/lists
)

say "fetching QEMU of Debian $SUITE (38 MB)"
rm -rf "$out"
mkdir -p "$out"
start=$out/qemu-system-x86_64
if fetch; then
    cat >"$start" <<'END'
#!/bin/sh
root=$(cd "$(dirname "$0")" && pwd)/root/usr
export QEMU_MODULE_DIR="$root/lib/x86_64-linux-gnu/qemu"
exec "$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/lib/x86_64-linux-gnu" \
    "$root/bin/qemu-system-x86_64" -L "$root/share/seabios" -L "$root/share/qemu" "$@"
END
    chmod +x "$start"
    "$start" --version >"$out/version" && echo "$want" >"$out/.done" && exit 0
    say "the QEMU in $out does not start"
fi
say "going on with the machine's own QEMU: scenarios may have to begin anew more often"
cat >"$start" <<'END'
#!/bin/sh
exec qemu-system-x86_64 "$@"
END
chmod +x "$start"
