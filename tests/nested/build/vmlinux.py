#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Extracts the ELF kernel from a Linux bzImage that is compressed with XZ or Zstandard.

usage: vmlinux.py BZIMAGE OUTPUT

Unpacking in the emulated machine would cost seconds at every start.
Offsets: Documentation/x86/boot.rst, "The Real-Mode Kernel Header".
"""

import lzma
import struct
import subprocess
import sys

SETUP_SECTS, MAGIC, PAYLOAD = 0x1F1, 0x202, 0x248
ZSTD = b"\x28\xb5\x2f\xfd"


def unpacked(payload):
    """The kernel; behind the compressed data stands its size, in 4 bytes."""
    if payload[:4] == ZSTD:
        return subprocess.run(["zstd", "-dc"], input=payload[:-4], stdout=subprocess.PIPE,
                              check=True).stdout
    return lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(payload)


def main(source, target):
    with open(source, "rb") as f:
        image = f.read()
    if image[MAGIC:MAGIC + 4] != b"HdrS":
        sys.exit(f"{source}: not a bzImage")
    start = (image[SETUP_SECTS] + 1) * 512
    offset, length = struct.unpack_from("<II", image, PAYLOAD)
    kernel = unpacked(image[start + offset:start + offset + length])
    if kernel[:4] != b"\x7fELF":
        sys.exit(f"{source}: payload is not a compressed ELF file")
    with open(target, "wb") as f:
        f.write(kernel)


main(*sys.argv[1:])
