# SPDX-License-Identifier: GPL-2.0-only
"""The guest of guest-regs/: building it, and what its page says (dom0's guest-regs)."""

import subprocess

from .errors import BedError
from .qemu import BUILD, TOP

SOURCE = TOP / "tests/nested/guest-regs"
IMAGE = BUILD / "nested/bin/regs.elf"
FLAGS = ["-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-Wshadow", "-Wstrict-prototypes",
         "-Wmissing-prototypes", "-ffreestanding", "-fno-builtin", "-mgeneral-regs-only",
         "-mno-red-zone", "-fno-stack-protector", "-fno-pie", "-mcmodel=small", "-fcf-protection=none",
         "-fno-asynchronous-unwind-tables", "-fno-strict-aliasing", "-static", "-no-pie", "-nostdlib",
         "-Wl,-T,regs.lds", "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments",
         "-Wl,-z,max-page-size=4096"]
# Kinds of rounds that make up what `check regs` asks for, by privilege.
USER = ("user", "compat", "exceptions", "step")
KERNEL = ("kernel", "interrupts_off", "halt", "sti", "mov_ss", "nmi", "park")


def build():
    """build/nested/bin/regs.elf"""
    kernel(IMAGE, SOURCE)


def kernel(image, source, *more):
    """Compiles a guest without an operating system: a folder's files, and more of guest-regs/,
    which has the script of the linker."""
    files = [p for p in sorted(source.iterdir()) if p.suffix in (".c", ".S")] + [SOURCE / name for name in more]
    newest = max(p.stat().st_mtime for p in [*source.iterdir(), *SOURCE.iterdir()])
    if image.exists() and image.stat().st_mtime > newest:
        return
    image.parent.mkdir(parents=True, exist_ok=True)
    log = BUILD / f"nested/{image.stem}.log"
    run = subprocess.run(["gcc", *FLAGS, "-o", image, *files], cwd=SOURCE, capture_output=True, text=True, check=False)
    log.write_text(run.stdout + run.stderr)
    if run.returncode:
        raise BedError(f"cannot compile {source.relative_to(TOP)}", log)


def mismatches(report):
    """Each vCPU's first mismatch as a sentence."""
    return [f"vCPU {i}: {v['mismatches']} mismatches, the first in {v['first']['register']}, "
            f"expected {v['first']['expected']}, found {v['first']['found']} "
            f"(round {v['first']['round']}, {v['first']['kind']})"
            for i, v in enumerate(report["vcpus"]) if v["mismatches"]]


def faults(before, after):
    """What is wrong with the guest, as a list of sentences. before: None, or an earlier report."""
    found = mismatches(after)
    if after["state"] != "running":
        trap = after.get("trap", {})
        found.append(f"it is {after['state']}: vCPU {trap.get('vcpu')} met trap {trap.get('vector')} "
                     f"at {trap.get('rip')}")
    for i, new in enumerate(after["vcpus"]):
        old = before["vcpus"][i] if before else {"rounds": 0}
        if new["rounds"] <= old["rounds"]:
            found.append(f"vCPU {i}: it has stopped after {new['rounds']} rounds")
    return found


def spanned(vcpu, kinds):
    """(rounds, how many of them the vCPU was paused in) of some kinds together."""
    return tuple(sum(vcpu["kinds"][k][key] for k in kinds) for key in ("rounds", "spanned"))


def unseen(report, least):
    """Where fewer than so many rounds were met by an enter or a leave, as sentences."""
    for i, vcpu in enumerate(report["vcpus"]):
        for name, kinds in (("user", USER), ("kernel", KERNEL)):
            rounds, met = spanned(vcpu, kinds)
            if met < least:
                yield (f"vCPU {i}: an enter or leave met {met} of {rounds} rounds in {name} mode "
                       f"(least: {least})")


def summary(report, cycles):
    """Lines for the screen: what was met, vCPU by vCPU."""
    yield f"{cycles} times into the shim and out of it"
    for i, vcpu in enumerate(report["vcpus"]):
        kinds = ", ".join(f"{k} {v['spanned']} of {v['rounds']}" for k, v in vcpu["kinds"].items()
                          if v["rounds"])
        yield (f"vCPU {i}: {vcpu['rounds']} rounds, {vcpu['mismatches']} mismatches; "
               f"{vcpu['interrupts']} interrupts, {vcpu['exceptions']} exceptions, "
               f"{vcpu['nmis']} NMIs; met in: {kinds}")
