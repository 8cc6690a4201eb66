# SPDX-License-Identifier: GPL-2.0-only
"""Spoils a Xen image in the ways that `interrex check` has to see. What was built so
(SEALED) is sealed anew by whoever uses it; the others are damaged after they were sealed.

All work on the ELF32 file that Xen boots from; offsets from the ELF
specification and from handoff-abi/include/interrex/abi/version.h (struct irx_note).
"""

import struct
import subprocess

from .errors import BedError
from .qemu import BUILD

NAME = b"Interrex\0\0\0\0"
NOTE = struct.pack("<I", 0x49525801) + NAME
NATIVE, OLDEST_READ, OLDEST_WRITE, OPTIONAL = 8, 12, 16, 32
PH_OFFSET, PH_SIZE = 28, 32
PT_LOAD = 1


def _note(image):
    """Offset of the note's payload."""
    at = image.find(NOTE)
    if at < 0 or image.find(NOTE, at + 1) >= 0:
        raise BedError("the Xen image has no Interrex note, or several")
    return at + len(NOTE)


def _put(image, at, layout, value):
    out = bytearray(image)
    struct.pack_into(layout, out, at, value)
    return bytes(out)


def other_major(image):
    """Speaks only ABI major 2."""
    at = _note(image)
    for field in (NATIVE, OLDEST_READ, OLDEST_WRITE):
        image = _put(image, at + field, "<I", 2 << 16)
    return image


def older(image):
    """Is of ABI 1.0, and understands no other."""
    at = _note(image)
    for field in (NATIVE, OLDEST_READ, OLDEST_WRITE):
        image = _put(image, at + field, "<I", 1 << 16)
    return image


def without_feature(image):
    """Does not offer PVH guests, which every domain here needs."""
    at = _note(image) + OPTIONAL
    (offered,) = struct.unpack_from("<Q", image, at)
    return _put(image, at, "<Q", offered & ~(1 << 2))


def without_note(image):
    """Knows nothing of Interrex."""
    return image.replace(NAME, b"Stranger\0\0\0\0")


def major_and_feature(image):
    """Both at once."""
    return without_feature(other_major(image))


def flipped(image):
    """One bit in the middle of the code is another one."""
    at = len(image) // 2
    return _put(image, at, "<B", image[at] ^ 0x10)


def cut(image):
    """Ends in the middle."""
    return image[:len(image) // 2]


def _load(image):
    """Where the program header of what is loaded is."""
    (at,) = struct.unpack_from("<I", image, PH_OFFSET)
    while struct.unpack_from("<I", image, at)[0] != PT_LOAD:
        at += PH_SIZE
    return at


def too_large(image):
    """Asks for a GiB of memory."""
    return _put(image, _load(image) + 20, "<I", 1 << 30)  # p_memsz


def _symbols():
    """Addresses in the Xen that the image was made of, with its symbols."""
    run = subprocess.run(["nm", BUILD / "xen/B/xen-syms"], capture_output=True, text=True, check=True)
    return {words[2]: int(words[0], 16) for words in map(str.split, run.stdout.splitlines()) if len(words) == 3}


def fewer_features(image):
    """Offers no guest SSE3 (CPUID 1, ECX bit 0; word 1 of Xen's feature sets)."""
    (start,) = struct.unpack_from("<I", image, _load(image) + 4)  # p_offset
    symbols = _symbols()
    at = start + symbols["hvm_hap_max_featuremask"] - symbols["_start"] + 4
    (offered,) = struct.unpack_from("<I", image, at)
    if not offered & 1:
        raise BedError("this Xen does not offer SSE3 anyway")
    return _put(image, at, "<I", offered & ~1)


SEALED = {"major": other_major, "older": older, "feature": without_feature, "both": major_and_feature,
          "large": too_large, "fewer": fewer_features}
DAMAGED = {"stranger": without_note, "cut": cut, "flipped": flipped}
