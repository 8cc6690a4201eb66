#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Extracts the ELF kernel from an XZ-compressed Linux bzImage.

usage: vmlinux.py BZIMAGE OUTPUT

Unpacking in the emulated machine would cost seconds at every start.
Offsets: Documentation/x86/boot.rst, "The Real-Mode Kernel Header".
"""

import lzma
import struct
import sys

SETUP_SECTS, MAGIC, PAYLOAD = 0x1F1, 0x202, 0x248


def main(source, target):
    with open(source, "rb") as f:
        image = f.read()
    if image[MAGIC:MAGIC + 4] != b"HdrS":
        sys.exit(f"{source}: not a bzImage")
    start = (image[SETUP_SECTS] + 1) * 512
    offset, length = struct.unpack_from("<II", image, PAYLOAD)
    kernel = lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(
        image[start + offset:start + offset + length])
    if kernel[:4] != b"\x7fELF":
        sys.exit(f"{source}: payload is not an XZ-compressed ELF file")
    with open(target, "wb") as f:
        f.write(kernel)


main(*sys.argv[1:])
