#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds Xen twice from one tree, with different identification:
# build/xen/{A,B}/xen (multiboot image) and xen-syms (for debugging).
# "xl info" tells them apart by xen_extra and by build id.
#
# xen.sh [--discard] [A|B|A-debug|B-debug|A-counted|B-counted|hardware]...   default: A B
#
# "-debug": with Xen's assertions (CONFIG_DEBUG). "-counted": its files of ours count what they go
# through (CONFIG_INTERREX_COUNTED). Each says that it is the A or B that it stands for.
#
# "hardware" is a Xen for a real host, in build/xen/hardware: from a tree of its own, without
# the patches that only the emulator needs (xen-integration/bed).

. "$(dirname "$0")/lib.sh"

here=$(dirname "$0")
"$here/xen-source.sh"

discard=
if [ "${1:-}" = --discard ]; then
    discard=--discard
    shift
fi
[ $# -gt 0 ] || set -- A B

# Brings the source tree of Xen $1 up to date; sets xen to its folder.
prepare_tree() {
    tree=src
    option=
    if [ "$1" = hardware ]; then
        tree=src-hardware
        option=--hardware
    fi
    xen=$BUILD/xen/$tree/xen
    case " $prepared " in *" $tree "*) return ;; esac
    prepared="$prepared $tree"
    # shellcheck disable=SC2086
    python3 "$here/xen-tree.py" $option $discard >"$BUILD/xen/$tree.log"
    if grep -qx changed "$BUILD/xen/$tree.log"; then
        if [ "$tree" = src ]; then
            rm -f "$BUILD"/xen/[AB]/.done "$BUILD"/xen/[AB]-*/.done
        else
            rm -f "$BUILD/xen/hardware/.done"
        fi
    fi
}

# Nothing of the time, place or git state of this build goes into the image.
export GIT_CEILING_DIRECTORIES="$BUILD/xen"

# B differs from A in its version alone: the compiler's cache has nearly all of it.
export CCACHE_BASEDIR="$BUILD/xen" CCACHE_NOHASHDIR=1 CCACHE_DIR="${CCACHE_DIR:-$BUILD/ccache}"
compiler=gcc
if command -v ccache >/dev/null; then
    compiler='ccache gcc'
fi

xen_make() {
    # efi-y= : the EFI image is not needed here and costs two more links. Objects of its own for each Xen: its
    # version is in the configuration that all of them depend on.
    make -C "$xen" -k -j"$(nproc)" "O=$out/obj" efi-y= XEN_BUILD_DATE=unset XEN_BUILD_TIME=unset \
        XEN_WHOAMI=interrex XEN_DOMAIN=invalid XEN_BUILD_HOST=bed CC="$compiler" "$@" </dev/null
}

prepared=
for id in "$@"; do
    out=$BUILD/xen/$id
    prepare_tree "$id"
    [ -e "$out/.done" ] && continue
    mkdir -p "$out"
    log=$out/build.log
    say "building Xen $id (log: ${log#"$TOP"/}; $(grep '^patches: ' "$BUILD/xen/$tree.log"))"
    config=$out/obj/.config
    mkdir -p "$out/obj"
    if [ ! -e "$config" ] || [ -n "$(find "$xen" -name 'Kconfig*' -newer "$config")" ]; then
        [ -e "$config" ] || echo CONFIG_INTERREX=y >"$config"
        case $id in
        *-debug) echo CONFIG_DEBUG=y >>"$config" ;;
        *-counted) echo CONFIG_INTERREX_COUNTED=y >>"$config" ;;
        esac
        # What the bed builds for itself can be told to fail (`update ... fault=`).
        [ "$id" = hardware ] || echo CONFIG_INTERREX_FAULTS=y >>"$config"
        xen_make olddefconfig >"$log" 2>&1 || die "Xen's configuration failed: see $log"
        touch "$config"
        grep -qx CONFIG_INTERREX=y "$config" || die "CONFIG_INTERREX is not on: see $log"
    fi
    if ! xen_make "XEN_VENDORVERSION=-interrex-${id%%-*}" >"$log" 2>&1; then
        grep -E -m 20 'error|Error|undefined|warning' "$log" >&2 || tail -n 20 "$log" >&2
        die "building Xen $id failed: see $log"
    fi
    cp "$out/obj/xen" "$out/obj/xen-syms" "$out/"
    make -s -C "$TOP" --no-print-directory build/abi/interrex-abi || die "building interrex-abi failed"
    "$BUILD/abi/interrex-abi" seal "$out/xen" || die "Xen $id cannot be sealed"
    touch "$out/.done"
done
