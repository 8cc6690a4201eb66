# SPDX-License-Identifier: GPL-2.0-only
"""Puts together what dom0 and the guests boot: two initramfs archives.

dom0's holds busybox, xl and its daemons from Debian's packages, the agent, the
guests' kernel and initramfs, both Xens, and Interrex's own files where they have
been built.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import hostile, pvhostile, regs
from .badxen import DAMAGED, SEALED
from .cpio import Archive
from .errors import BedError

TOP = Path(__file__).resolve().parents[3]
BUILD = TOP / "build"
NESTED = TOP / "tests/nested"
ROOT = BUILD / "packages/root"
XEN_BIN = "usr/lib/xen-4.17/bin"
# What xl starts some guests with: HVM guests, and PV guests in a PVH domain.
FIRMWARE = [f"usr/lib/xen-4.17/boot/{name}" for name in ("hvmloader", "xen-shim")]

DOM0_BINARIES = [
    *(f"{XEN_BIN}/{b}" for b in ("xl", "xenstored", "xenconsoled", "xenconsole", "xen-init-dom0",
                                 "init-xenstore-domain", "libxl-save-helper", "lsevtchn",
                                 "xen-hvmctx", "xenctx", "xen-cpuid", "xen-mfndump", "xentop",
                                 "xen-diag", "xenstore-control", "xentrace")),
    *(f"usr/bin/{b}" for b in ("xenstore-chmod", "xenstore-exists", "xenstore-list", "xenstore-ls",
                               "xenstore-read", "xenstore-rm", "xenstore-watch",
                               "xenstore-write")),
    "usr/sbin/xenhypfs",
]
DOM0_MODULES = ["xen-evtchn", "xen-privcmd", "xen-gntdev", "xen-gntalloc", "xenfs"]
# Loaded only where a guest has a disk or a network interface.
DOM0_IO_MODULES = ["loop", "bridge", "xen-blkback", "xen-netback"]
# Those of dom0's own disk and network card, where it has them.
DOM0_DEVICE_MODULES = ["nvme", "e1000e"]
GUEST_MODULES = ["xen-blkfront", "xen-netfront"]
XENSTORE_MODULES = ["xen-evtchn", "xen-privcmd", "xen-gntdev"]
HOSTILE_MODULES = ["xen-privcmd"]  # likewise
TRAFFIC_MODULES = ["xen-evtchn", "xen-gntdev", "xen-gntalloc"]  # in guests, where asked for
GUEST_SPARE_MODULES = ["xen-wdt"]  # there, but not loaded
LIB_DIRS = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib64"]
LOADER = "lib64/ld-linux-x86-64.so.2"

# Interrex's own files: (in the build directory, in dom0). All but the first
# two are optional, so that the bed works while they are being written.
OWN_FILES = [
    ("xen/A/xen", "boot/xen-A"),
    ("xen/B/xen", "boot/xen-B"),
    ("kernel/vmlinuz", "boot/vmlinuz"),
    ("kernel/vmlinux", "boot/vmlinux"),
    ("guest.cpio", "boot/guest.cpio"),
    ("nested/bin/regs.elf", "boot/regs.elf"),
    ("nested/bin/hostile.elf", "boot/hostile.elf"),
    ("nested/bin/pv-hostile.elf", "boot/pv-hostile.elf"),
    ("dom0/interrex", "usr/sbin/interrex"),
    ("shim/shim.elf", "boot/shim.elf"),
]
OPTIONAL = {"dom0/interrex", "shim/shim.elf"}
DEBUG = ("A-debug", "B-debug")  # Xens with their assertions
COUNTED = ("A-counted", "B-counted")  # Xens that count which lines of ours they go through


def needed(path):
    """Names of the shared libraries that an ELF file asks for."""
    run = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=False)
    return re.findall(r"\(NEEDED\).*\[(.+)\]", run.stdout)


def find_library(name):
    """Path below ROOT of the library's file."""
    for where in LIB_DIRS:
        if (ROOT / where / name).exists():
            return f"{where}/{name}"
    raise BedError(f"no package in tests/nested/build/packages.sh has the library {name}")


def add_libraries(archive, binaries):
    """Adds the loader and every library that the binaries need, in turn."""
    # libgcc_s is not asked for by name: glibc opens it in pthread_cancel().
    todo = [n for b in binaries for n in needed(b)] + ["libgcc_s.so.1"]
    done = set()
    while todo:
        name = todo.pop()
        if name in done or name.startswith("ld-linux"):
            continue
        done.add(name)
        path = ROOT / find_library(name)
        archive.file(f"lib/x86_64-linux-gnu/{name}", path.read_bytes(), True)
        todo += needed(path)
    loader = ROOT / find_library("ld-linux-x86-64.so.2")
    archive.file(LOADER, loader.read_bytes(), True)


def module_files():
    """{module name with '-': its file}"""
    return {p.stem.replace("_", "-"): p for p in (ROOT / "lib/modules").rglob("*.ko")}


def module_order(names):
    """Files of the modules and of all that they depend on, in loading order."""
    files = module_files()
    order = []

    def visit(name):
        path = files.get(name)
        if path is None or path in order:
            return
        info = path.read_bytes()
        match = re.search(rb"\0depends=([^\0]*)", info)
        for dep in (match.group(1).decode() if match else "").split(","):
            if dep:
                visit(dep.replace("_", "-"))
        order.append(path)

    for name in names:
        visit(name)
    return order


def add_modules(archive, names, listed="modules.list"):
    """Adds the modules and a list of them in loading order."""
    paths = []
    for path in module_order(names):
        paths.append(f"/lib/modules/{path.name}")
        archive.file(paths[-1], path.read_bytes())
    archive.file(f"lib/{listed}", "".join(p + "\n" for p in paths).encode())


def base(init):
    """An archive with what both kinds of domain have."""
    archive = Archive()
    archive.chardev("dev/console", 5, 1)
    archive.chardev("dev/null", 1, 3)
    for name in ("proc", "sys", "tmp", "root", "sbin", "usr/bin", "usr/sbin", "etc"):
        archive.directory(name)
    busybox = next(p for p in (ROOT / "bin/busybox", ROOT / "usr/bin/busybox") if p.exists())
    archive.file("bin/busybox", busybox.read_bytes(), True)
    archive.symlink("bin/sh", "busybox")
    archive.file("init", init.read_bytes(), True)
    return archive


def add_both_kinds(archive):
    """Programs that run in guests and in dom0."""
    main, *parts = io_sources("io", "disk", "ping", "stream", "report", "pattern")
    program = compile_static("io", main, BUILD / "nested/io.log", more=[*parts, NESTED / "guest/xenstore.c"])
    archive.file("bin/io", program.read_bytes(), True)
    main, *parts = folder_sources("guest/traffic")
    traffic = compile_static("traffic", main, BUILD / "nested/traffic.log", more=parts)
    archive.file("bin/traffic", traffic.read_bytes(), True)
    main, *parts = folder_sources("guest/churn")
    churn = compile_static("churn", main, BUILD / "nested/churn.log", more=parts)
    archive.file("bin/churn", churn.read_bytes(), True)
    main, *parts = folder_sources("guest/steady")
    steady = compile_static("steady", main, BUILD / "nested/steady.log", more=parts)
    archive.file("bin/steady", steady.read_bytes(), True)
    transaction = compile_static("transaction", NESTED / "guest/transaction.c", BUILD / "nested/transaction.log")
    archive.file("bin/transaction", transaction.read_bytes(), True)


def compile_c(target, flags, log, source, more=(), libraries=()):
    """Compiles a C file, and more that belong to it; returns the target's path."""
    target.parent.mkdir(parents=True, exist_ok=True)
    sources = [source, *more]
    inputs = {*sources, *(h for s in sources for h in s.parent.glob("*.h"))}
    if target.exists() and target.stat().st_mtime > max(s.stat().st_mtime for s in inputs):
        return target
    run = subprocess.run(["gcc", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", *flags,
                          "-o", target, *sources, *[f"-l{lib}" for lib in libraries]],
                         capture_output=True, text=True, check=False)
    log.write_text(run.stdout + run.stderr)
    if run.returncode:
        raise BedError(f"cannot compile {source.relative_to(TOP)}", log)
    return target


def compile_static(name, source, log, libraries=(), more=()):
    """A static program."""
    return compile_c(BUILD / "nested/bin" / name, ["-static", "-pthread"], log, source, more,
                     libraries)


def compile_library(name, source, libraries=()):
    """A shared library."""
    return compile_c(BUILD / f"nested/bin/{name}.so", ["-shared", "-fPIC"],
                     BUILD / f"nested/{name}.log", source, (), libraries)


def folder_sources(name):
    """All C files of a program's folder, main.c first."""
    main = NESTED / name / "main.c"
    return [main, *sorted(path for path in main.parent.glob("*.c") if path != main)]


def io_sources(*names):
    """Files of the folder io."""
    return [NESTED / f"io/{name}.c" for name in names]


def build_module(name):
    """Compiles dom0/NAME, a module of Linux, against the unpacked headers; returns its path."""
    source, work = NESTED / "dom0" / name, BUILD / "nested/modules" / name
    target = work / f"{name}.ko"
    common, = (ROOT / "usr/src").glob("linux-headers-*-common")
    newest = max(p.stat().st_mtime for p in [common / "Makefile", *source.iterdir()])
    if target.exists() and target.stat().st_mtime > newest:
        return target
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(source, work)
    # The Makefile of the headers' own folder has a path that holds only where they are installed.
    run = subprocess.run(["make", "-C", Path(f"{common.as_posix().removesuffix('common')}amd64"),
                          "-f", common / "Makefile", f"M={work}", "modules"],
                         capture_output=True, text=True, check=False)
    log = BUILD / f"nested/{name}.log"
    log.write_text(run.stdout + run.stderr)
    if run.returncode or not target.exists():
        raise BedError(f"cannot compile {source.relative_to(TOP)}", log)
    return target


def build_guest():
    """build/guest.cpio"""
    archive = base(NESTED / "guest/init")
    for name in ("poweroff", "reboot"):
        archive.file(f"sbin/{name}", (NESTED / "guest" / name).read_bytes(), True)
    kexec = compile_static("kexec", NESTED / "guest/kexec.c", BUILD / "nested/kexec.log")
    archive.file("sbin/kexec", kexec.read_bytes(), True)
    xenstore = NESTED / "guest/xenstore.c"
    main, *parts = folder_sources("guest/probe")
    probe = compile_static("probe", main, BUILD / "nested/probe.log", more=[*parts, xenstore])
    archive.file("bin/probe", probe.read_bytes(), True)
    add_both_kinds(archive)
    add_modules(archive, GUEST_MODULES)
    add_modules(archive, TRAFFIC_MODULES, "traffic.list")
    add_modules(archive, HOSTILE_MODULES, "hostile.list")
    tricks = compile_static("hostile", NESTED / "guest/hostile.c", BUILD / "nested/tricks.log")
    archive.file("bin/hostile", tricks.read_bytes(), True)
    ports = compile_static("ports", NESTED / "guest/ports.c", BUILD / "nested/ports.log")
    archive.file("bin/ports", ports.read_bytes(), True)
    for path in module_order(GUEST_SPARE_MODULES):
        archive.file(f"lib/modules/{path.name}", path.read_bytes())
    archive.write(BUILD / "guest.cpio")
    regs.build()
    hostile.build()
    pvhostile.build()


def bad_targets(target):
    """(name, image) of each spoilt Xen."""
    for name, spoil in DAMAGED.items():
        yield name, spoil(target)
    for name, spoil in SEALED.items():
        path = BUILD / "nested/bin" / f"xen-{name}"
        path.write_bytes(spoil(target))
        run = subprocess.run([BUILD / "abi/interrex-abi", "seal", path], capture_output=True,
                             text=True, check=False)
        if run.returncode:
            raise BedError(f"cannot seal {path}: {run.stderr.strip()}")
        yield name, path.read_bytes()


def dom0_base():
    """(archive, programs in it): a dom0 with xl and the bed's own tools, without what it boots."""
    archive = base(NESTED / "dom0/init")
    agent = compile_static("agent", NESTED / "dom0/agent.c", BUILD / "nested/agent.log")
    archive.file("usr/sbin/agent", agent.read_bytes(), True)
    add_both_kinds(archive)
    for path in sorted((NESTED / "dom0/bin").glob("*")):
        archive.file(f"usr/sbin/{path.name}", path.read_bytes(), True)
    for name in ("guest-probe", "guest-sh"):
        program = compile_static(name, NESTED / f"dom0/{name}.c", BUILD / f"nested/{name}.log",
                                 more=[NESTED / "guest/xenstore.c"])
        archive.file(f"usr/sbin/{name}", program.read_bytes(), True)
    for path in sorted((NESTED / "dom0/hotplug").glob("*")):
        archive.file(f"etc/xen/scripts/{path.name}", path.read_bytes(), True)
    main, *parts = io_sources("peer", "pattern")
    peer = compile_static("io-peer", main, BUILD / "nested/io-peer.log", more=parts)
    archive.file("usr/sbin/io-peer", peer.read_bytes(), True)
    binaries = [ROOT / b for b in DOM0_BINARIES]
    for name, path in zip(DOM0_BINARIES, binaries):
        archive.file(name, Path(os.path.realpath(path)).read_bytes(), True)
    archive.file("etc/xen/xl.conf", b'autoballoon="off"\n')
    archive.file("etc/passwd", b"root::0:0:root:/root:/bin/sh\n")
    archive.file("etc/group", b"root:x:0:\n")
    return archive, binaries


def finish_dom0(archive, binaries, path):
    """Adds what the programs need and writes the archive."""
    add_libraries(archive, binaries)
    add_modules(archive, DOM0_MODULES)
    add_modules(archive, DOM0_IO_MODULES, "modules.io")
    add_modules(archive, DOM0_DEVICE_MODULES, "modules.devices")
    archive.write(path)


def outside_program():
    """The other end of dom0's network card, for this machine; compiled where it has changed."""
    main, *parts = io_sources("outside", "stream", "report", "pattern")
    return compile_static("io-outside", main, BUILD / "nested/io-outside.log", more=parts)


def build_dom0():
    """build/dom0.cpio; build_guest() must have run."""
    archive, binaries = dom0_base()
    fragment = compile_static("fragment", NESTED / "dom0/fragment.c",
                              BUILD / "nested/fragment.log",
                              ("xencall", "xentoollog", "xentoolcore"))
    archive.file("usr/sbin/fragment", fragment.read_bytes(), True)
    for name in ("settsc", "remote-shutdown"):
        program = compile_static(name, NESTED / f"dom0/{name}.c", BUILD / f"nested/{name}.log",
                                 ("xencall", "xentoollog", "xentoolcore"))
        archive.file(f"usr/sbin/{name}", program.read_bytes(), True)
    device_model = compile_static("device-model", NESTED / "dom0/device-model.c",
                                  BUILD / "nested/device-model.log",
                                  ("xendevicemodel", "xencall", "xentoollog", "xentoolcore"))
    archive.file("usr/sbin/device-model", device_model.read_bytes(), True)
    for name in ("rtc-ticks", "kill-at"):
        program = compile_static(name, NESTED / f"dom0/{name}.c", BUILD / f"nested/{name}.log")
        archive.file(f"usr/sbin/{name}", program.read_bytes(), True)
    archive.file("lib/modules/edu-irq.ko", build_module("edu-irq").read_bytes())
    for name in ("guest-regs", "guest-hostile"):
        program = compile_static(name, NESTED / f"dom0/{name}.c", BUILD / f"nested/{name}.log",
                                 ("xenforeignmemory", "xentoollog", "xentoolcore"))
        archive.file(f"usr/sbin/{name}", program.read_bytes(), True)
    for name in FIRMWARE:
        archive.file(name, (ROOT / name).read_bytes())
    for source, target in OWN_FILES:
        path = BUILD / source
        if not path.exists():
            if source in OPTIONAL:
                continue
            raise BedError(f"build/{source} is missing")
        archive.file(target, path.read_bytes(), target.startswith("usr/"))
        if target.startswith("usr/"):
            binaries.append(path)
    target = (BUILD / "xen/B/xen").read_bytes()
    for name, image in bad_targets(target):
        archive.file(f"boot/xen-{name}", image)
    finish_dom0(archive, binaries, BUILD / "dom0.cpio")


def build_newer():
    """build/newer.cpio, for behind dom0.cpio: a second kernel for guests."""
    archive = Archive()
    archive.file("boot/vmlinux-newer", (BUILD / "kernel-newer/vmlinux").read_bytes())
    archive.write(BUILD / "newer.cpio")


def build_others(names):
    """build/KIND.cpio, for behind dom0.cpio, in the place of whose Xens these are: NAME-KIND."""
    archive = Archive()
    for name in names:
        archive.file(f"boot/xen-{name.partition('-')[0]}", (BUILD / "xen" / name / "xen").read_bytes())
    archive.write(BUILD / f"{names[0].partition('-')[2]}.cpio")


def build_debug():
    """build/debug.cpio"""
    build_others(DEBUG)


def build_counted():
    """build/counted.cpio"""
    build_others(COUNTED)


def build_xenstore_domain():
    """build/xenstore.cpio, for behind dom0.cpio: what dom0 starts a domain for xenstore from."""
    source = NESTED / "xenstore-domain"
    archive = base(source / "init")
    preload = compile_library("xsd-files", source / "xsd-files.c")
    archive.file("lib/xsd-files.so", preload.read_bytes(), True)
    daemon = ROOT / XEN_BIN / "xenstored"
    archive.file("usr/sbin/xenstored", daemon.read_bytes(), True)
    add_libraries(archive, [daemon, preload])
    add_modules(archive, XENSTORE_MODULES)
    inner = BUILD / "nested/xenstore.cpio"
    archive.write(inner)
    archive = Archive()
    archive.file("boot/xenstore.cpio", inner.read_bytes())
    preload = compile_library("before-start", source / "before-start.c",
                              ("xenforeignmemory", "xenctrl"))
    archive.file("lib/before-start.so", preload.read_bytes(), True)
    archive.write(BUILD / "xenstore.cpio")


def build_stock():
    """build/stock/dom0.cpio: a host without Interrex, with all that Debian's kexec needs to
    start the same Xen again: Xen, a kernel (uncompressed: the quickest for Xen), an initrd."""
    initrd = BUILD / "stock/initrd.cpio"
    finish_dom0(*dom0_base(), initrd)
    archive, binaries = dom0_base()
    tsc = compile_static("tsc", NESTED / "dom0/tsc.c", BUILD / "nested/tsc.log")
    archive.file("usr/sbin/tsc", tsc.read_bytes(), True)
    archive.file("usr/sbin/kexec", (ROOT / "sbin/kexec").read_bytes(), True)
    binaries.append(ROOT / "sbin/kexec")
    for path, name in ((BUILD / "stock/xen", "xen"), (BUILD / "kernel/vmlinux", "vmlinux"),
                       (initrd, "initrd"), (BUILD / "guest.cpio", "guest.cpio")):
        archive.file(f"boot/{name}", path.read_bytes())
    finish_dom0(archive, binaries, BUILD / "stock/dom0.cpio")
