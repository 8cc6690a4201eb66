#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Fetches the Debian packages of which dom0 and the guests are made and unpacks
# them into build/packages/root. Nothing is installed on this machine.
# Then extracts vmlinux from the kernel's bzImage: build/kernel/vmlinux, with
# the compressed one beside it as vmlinuz; and Debian's own Xen: build/stock/xen.

. "$(dirname "$0")/lib.sh"

XEN_PACKAGES="xen-hypervisor-4.17-amd64 xen-utils-4.17 xen-utils-common xenstore-utils libxencall1
              libxendevicemodel1 libxenevtchn1 libxenforeignmemory1 libxengnttab1
              libxenhypfs1 libxenmisc4.17 libxenstore4 libxentoolcore1 libxentoollog1"
PACKAGES="busybox-static kexec-tools libbz2-1.0 libc6 libelf1 libfdt1 libgcc-s1 libjansson4
          liblzma5 liblzo2-2 libncurses6 libnl-3-200 libnl-route-3-200 libtinfo6
          libuuid1 libyajl2 libzstd1 zlib1g libelf1"

pk=$BUILD/packages
kernel=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: *\(linux-image-[0-9].*\)/\1/p' | head -n 1)
[ -n "$kernel" ] || die "apt knows no linux-image-amd64: run apt-get update"
# What dom0's own module is compiled with: 6.1.0-NN-amd64 has its common headers in 6.1.0-NN-common.
release=${kernel#linux-image-}
headers="linux-headers-$release linux-headers-${release%-amd64}-common linux-kbuild-${release%%.0-*}"
want="$XEN_VERSION $kernel $(cat "$0" | cksum)"

if [ "$(cat "$pk/.done" 2>/dev/null)" != "$want" ]; then
    say "fetching the packages for dom0 and the guests ($kernel, xen-utils $XEN_VERSION)"
    rm -rf "$pk"
    pinned=
    for p in $XEN_PACKAGES; do
        pinned="$pinned $p=$XEN_VERSION"
    done
    # shellcheck disable=SC2086
    download "$pk/debs" "$kernel" $headers $PACKAGES $pinned
    mkdir -p "$pk/root"
    for deb in "$pk"/debs/*.deb; do
        dpkg -x "$deb" "$pk/root"
    done
    rm -rf "$BUILD/kernel" "$BUILD/stock"
    echo "$want" >"$pk/.done"
fi

if [ ! -e "$BUILD/kernel/.done" ]; then
    say "extracting vmlinux"
    mkdir -p "$BUILD/kernel"
    cp "$pk"/root/boot/vmlinuz-* "$BUILD/kernel/vmlinuz"
    python3 "$(dirname "$0")/vmlinux.py" "$BUILD/kernel/vmlinuz" "$BUILD/kernel/vmlinux"
    touch "$BUILD/kernel/.done"
fi

if [ ! -e "$BUILD/stock/xen" ]; then
    mkdir -p "$BUILD/stock"
    gunzip -c "$pk/root/boot/xen-4.17-amd64.gz" >"$BUILD/stock/xen.new"
    mv "$BUILD/stock/xen.new" "$BUILD/stock/xen"
fi
