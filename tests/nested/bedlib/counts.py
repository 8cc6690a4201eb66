# SPDX-License-Identifier: GPL-2.0-only
"""What Xens with counters (CONFIG_INTERREX_COUNTED) write out: before each jump, as their last deed,
and when dom0 asks. The file `counts` in the machine's directory has one such record behind the other;
build-aux/coverage_xen reads it, xen-integration/src/region/counted.c writes it."""

PORT = 0x1e2
FILE = "counts"
ASK = "xl debug-keys K"  # in dom0


def device():
    """What takes it, as arguments of QEMU."""
    return ["-chardev", f"file,id=counts,path={FILE}", "-device", f"isa-debugcon,iobase={PORT:#x},chardev=counts"]
