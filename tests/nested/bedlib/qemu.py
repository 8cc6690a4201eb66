# SPDX-License-Identifier: GPL-2.0-only
"""Starts and ends the emulated machine.

COM1 is Xen's and dom0's console (console.log), the mailbox the way to dom0 (mailbox.py). Why
these QEMU options and no others: docs and notes on the bed in README.md.
"""

import contextlib
import dataclasses
import functools
import hashlib
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from . import counts, mailbox
from .errors import BedError
from .host import LINUX
from .slowness import slowness

START_S = 60  # of real time, for the emulator to start or to end

TOP = Path(__file__).resolve().parents[3]
BUILD = TOP / "build"

XEN_OPTIONS = ("console=com1 com1=115200,8n1 loglvl=all guest_loglvl=all "
               "console_timestamps=boot bootscrub=0 clocksource=tsc tsc=reliable "
               "svm-extint=virq svm-cr0-read=direct spec-ctrl=eager-fpu dom0_max_vcpus=1 dom0_vcpus_pin")
PVH_DOM0 = "dom0=pvh dom0-iommu=none"  # without it dom0 is PV
# Debian's own Xen as it is, with a PV dom0. Raw time stamps are those of the TSC.
STOCK_OPTIONS = ("console=com1 com1=115200,8n1 loglvl=all guest_loglvl=all "
                 "console_timestamps=raw bootscrub=0 dom0_max_vcpus=1 dom0_vcpus_pin")
DOM0_OPTIONS = f"console=hvc0 8250.nr_uarts=0 {LINUX}"


def xen_command_line(host):
    """Options for Xen on this host."""
    region = f" liveupdate={host.region}" if host.region and not host.stock else ""
    options = STOCK_OPTIONS if host.stock else XEN_OPTIONS
    if not host.stock and host.dom0 == "pvh":
        options += f" {PVH_DOM0}"
    return f"{options} dom0_mem={host.dom0_memory}M,max:{host.dom0_memory}M{region}" \
           f"{' ' + host.xen_options if host.xen_options else ''}"


def emulator(host):
    """Which QEMU emulates this host: README.md, faults of the emulator."""
    newer = (host.newer_emulator or not host.icount
             or any(guest.kind != "linux" for guest in host.guests.values()))
    return str(BUILD / "emulator/qemu-system-x86_64") if newer else "qemu-system-x86_64"


DISK_MIB = 64  # of a disk of dom0's
DISK_IOPS = 25  # by the clock of the machine that emulates: requests are on their way nearly all the time


def _behind(device):
    """What a PCI device leads to: a disk is a file in the machine's directory, a network ends in the emulator."""
    words = []
    for key, name in re.findall(r",(drive|netdev)=([^,]+)", device):
        words += ["-drive", f"if=none,id={name},file={name}.raw,format=raw,cache=unsafe,"
                  f"throttling.iops-total={DISK_IOPS}"] if key == "drive" \
            else ["-netdev", f"user,id={name},restrict=on"]
    return words


def make_disks(host, directory):
    """Empty ones, for the host's devices."""
    for device in host.devices:
        for name in re.findall(r",drive=([^,]+)", device):
            with open(directory / f"{name}.raw", "wb") as file:
                file.truncate(DISK_MIB << 20)


WHOLE = "dom0.cpio"  # in the machine's directory: its initrds joined


def initrds(host):
    """The archives that make up dom0's initrd: Linux takes several, one behind the other."""
    return [BUILD / ("stock/dom0.cpio" if host.stock else "dom0.cpio"),
            *(BUILD / f"{name}.cpio" for name in host.more)]


@dataclasses.dataclass(frozen=True)
class Memory:
    """A file that a machine has its memory in: its own, or (not shared) one that stays as it is."""
    path: Path
    shared: bool


def _memory(host, memory):
    """The machine's memory, as QEMU describes it."""
    if memory is None:
        return f"memory-backend-ram,id=ram,size={host.memory}M,reserve=off"
    path = str(memory.path).replace(",", ",,")
    return f"memory-backend-file,id=ram,size={host.memory}M,mem-path={path},reserve=off,share={'on' if memory.shared else 'off'}"


def built(host):
    """The files of our build that a machine is booted from."""
    return [_xen(host), BUILD / "kernel/vmlinux", *initrds(host)]


def machine_key(host):
    """What a machine depends on that boots so: the emulator and its options, the contents of all
    files, and the driver's code, which is what brings it up."""
    words = [word.replace(str(BUILD), "") for word in qemu_command(host, Path("/"))]
    files = [*built(host), *_firmware(emulator(host)), *sorted((TOP / "tests/nested/bedlib").rglob("*.py"))]
    return [_version(emulator(host)), words, [digest(path, path.stat().st_mtime_ns) for path in files]]


@functools.cache
def _firmware(program):
    """What the emulator has the machine run before Xen: the BIOS, and what loads a multiboot
    image."""
    run = subprocess.run([program, "-L", "help"], capture_output=True, text=True, check=True)
    found = [path for folder in run.stdout.split() for name in ("bios-256k.bin", "multiboot*.bin")
             for path in sorted(Path(folder).glob(name))]
    return tuple(found)


@functools.cache
def _version(program):
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout


@functools.cache
def digest(path, _changed):
    """Of a file's content."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def xen_folder(host, name):
    """Where the Xen is that this host has by this name (A, B)."""
    kind = "-counted" if host.counted else "-debug" if host.debug else ""
    return BUILD / "xen" / f"{name}{kind}"


def _xen(host):
    return BUILD / "stock/xen" if host.stock else xen_folder(host, host.xen) / "xen"


def qemu_command(host, directory, memory=None):
    """QEMU's argument vector."""
    def escape(text):
        return text.replace(",", ",,")

    accel, extra = "tcg,thread=multi", []
    if host.icount:
        accel = "tcg"
        extra = ["-icount", "shift=0,sleep=off", "-rtc", "base=2026-01-01T00:00:00,clock=vm", "-seed", "1",
                 "-device", "ib700", "-action", "watchdog=pause"]
    modules = [f"{escape(str(BUILD / 'kernel/vmlinux'))} {escape(DOM0_OPTIONS)}",
               escape(str(directory / WHOLE if host.more else initrds(host)[0]))]
    return [
        emulator(host), "-machine", "q35,i8042=off,memory-backend=ram", "-accel", accel, *extra,
        "-cpu", ",".join(["qemu64,+svm,+npt,-cx16"] + [host.cpu] * bool(host.cpu)),
        "-smp", str(host.cpus), "-m", str(host.memory), "-object", _memory(host, memory),
        "-nodefaults", "-display", "none", "-no-reboot",
        *mailbox.chardevs(),  # before the monitor's: when that is there the gates are open
        "-chardev", "socket,id=con,path=console.sock,server=on,wait=off,logfile=console.log,logappend=on",
        "-serial", "chardev:con",
        "-chardev", "socket,id=mon,path=monitor.sock,server=on,wait=off",
        "-mon", "chardev=mon,mode=readline",
        "-chardev", "socket,id=gdb,path=gdb.sock,server=on,wait=off", "-gdb", "chardev:gdb",
        *(word for device in host.devices for word in [*_behind(device), "-device", device]), *mailbox.devices(),
        *(counts.device() if host.counted else []),
        "-kernel", str(_xen(host)), "-append", xen_command_line(host),
        "-initrd", ",".join(modules),
    ]


LAST_WORDS = ("Panic on CPU", "Xen BUG", "Assertion", "FATAL TRAP", "Kernel panic", "BUG:")


class Machine:
    """A QEMU process and its directory."""

    def __init__(self, directory):
        self.directory = Path(directory)

    @property
    def _pid_file(self):
        return self.directory / "qemu.pid"

    def pid(self):
        """The process id while QEMU runs, else None."""
        try:
            pid = int(self._pid_file.read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if b"qemu-system" in command else None

    def start(self, host, lifetime, gated, memory=None, saved=None):
        """Starts QEMU; it is killed by timeout(1) after lifetime seconds of real time. gated: it
        stands still while it has no command (mailbox.py). saved: the folder of a machine that its
        state is to be loaded from; it waits for that (saved.py)."""
        if self.pid():
            raise BedError(f"a machine is already running in {self.directory}")
        self.directory.mkdir(parents=True, exist_ok=True)
        for name in ("console.log", "control.log", "qemu.log"):
            self.fresh_log(name)
        for stale in self.directory.glob("*.sock"):
            stale.unlink()
        gates = mailbox.Mailbox.create(self.directory, gated, saved and saved / mailbox.FILE)
        if saved:
            shutil.copyfile(saved / "console.log", self.directory / "console.log")
        if host.more:
            with open(self.directory / WHOLE, "wb") as whole:
                for path in initrds(host):
                    whole.write(path.read_bytes())
        make_disks(host, self.directory)
        command = ["timeout", "-k", "5", str(lifetime), *qemu_command(host, self.directory, memory),
                   *(["-S", "-incoming", "defer"] if saved else [])]
        (self.directory / "qemu.command").write_text(
            "\n".join(command) + "\n")
        with open(self.directory / "qemu.log", "wb") as log:
            process = subprocess.Popen(command, cwd=self.directory, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, start_new_session=True)
        try:
            self._await_start(process)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
        for gate in gates:
            gate.free()

    def _await_start(self, process):
        """Until the emulator has opened the gates and the monitor."""
        end = time.monotonic() + START_S * slowness()
        while time.monotonic() < end and process.poll() is None:
            child = _child(process.pid)
            if child and (self.directory / "monitor.sock").exists():
                self._pid_file.write_text(f"{child}\n")
                return
            time.sleep(0.02)
        raise BedError(f"QEMU did not start: see {self.directory / 'qemu.log'}")

    def clear(self):
        """An empty directory for it."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)

    def fresh_log(self, name):
        """Sets the log of the run before aside, as NAME.old; returns the path of the new one."""
        path = self.directory / name
        if path.exists():
            path.replace(self.directory / (name + ".old"))
        return path

    def _console(self):
        try:
            return (self.directory / "console.log").read_text(errors="replace")
        except OSError:
            return ""

    def broke_dom0(self):
        """Whether dom0 ended by the emulator's fault that README.md describes."""
        return "d0v0 Triple fault" in self._console()

    def check_alive(self):
        """Raises BedError when QEMU has ended."""
        if not self.pid():
            raise BedError("QEMU has ended (Xen crashed and rebooted, or its time was over); "
                           + self.last_words())

    def panicked(self):
        """Whether Xen or dom0 says so."""
        return any(mark in self._console() for mark in LAST_WORDS)

    def last_words(self):
        """The line of the console that most likely says what went wrong."""
        lines = [l.strip() for l in self._console().splitlines() if l.strip()]
        for mark in LAST_WORDS:
            for i, line in enumerate(lines):
                if mark in line:
                    return f"console: {line} {lines[i + 1] if i + 1 < len(lines) else ''}"
        return f"last line of the console: {lines[-1] if lines else '(nothing)'}"

    def stop(self):
        """Ends QEMU: at once, for at a gate it hears nothing."""
        pid = self.pid()
        if pid:
            os.kill(pid, signal.SIGKILL)
            end = time.monotonic() + START_S * slowness()
            while self.pid():
                if time.monotonic() > end:
                    raise BedError(f"the emulator {pid} does not end")
                time.sleep(0.01)
        for path in (self._pid_file, self.directory / WHOLE):
            path.unlink(missing_ok=True)


def _child(pid):
    """The process that timeout(1) started."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for child in children:
            if b"qemu-system" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
    except OSError:
        pass
    return None
