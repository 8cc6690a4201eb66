# SPDX-License-Identifier: GPL-2.0-only
"""Host descriptions and scenarios: the file format of README.md, read whole and
checked before anything starts."""

import dataclasses
import re
import shlex
from pathlib import Path

from .errors import BedError


@dataclasses.dataclass
class Guest:
    """A guest of Xen; extra are more lines for xl's configuration."""
    name: str
    type: str = "pvh"
    extra: str = ""
    vcpus: int = 1
    memory: int = 256
    cpus: str = ""
    meter: str = ""
    linux: str = ""
    kind: str = "linux"  # or "regs"
    regs: str = ""


@dataclasses.dataclass
class Host:
    """The emulated machine and what runs on it."""
    name: str
    cpus: int = 3
    memory: int = 2048
    icount: bool = False
    dom0_memory: int = 512
    region: str = "64M"
    xen: str = "A"
    stock: bool = False
    xen_options: str = ""
    cpu: str = ""
    timeout: int = 600
    guests: dict = dataclasses.field(default_factory=dict)
    steps: list = dataclasses.field(default_factory=list)


LIMITS = {"cpus": (1, 16), "memory": (1024, 16384), "dom0_memory": (320, 4096),
          "timeout": (10, 7200)}
GUEST_LIMITS = {"vcpus": (1, 8), "memory": (32, 8192)}


def _number(key, value, limits):
    low, high = limits[key]
    if not value.isdigit() or not low <= int(value) <= high:
        raise ValueError(f"{key} must be a number from {low} to {high}, not '{value}'")
    return int(value)


def _pairs(words):
    for word in words:
        key, sep, value = word.partition("=")
        if not sep:
            raise ValueError(f"'{word}' is not of the form key=value")
        yield key, value


def _host_line(host, words):
    for key, value in _pairs(words):
        if key in LIMITS:
            setattr(host, key, _number(key, value, LIMITS))
        elif key == "icount" and value in ("on", "off"):
            host.icount = value == "on"
        elif key == "system" and value in ("interrex", "stock"):
            host.stock = value == "stock"
        elif key == "xen" and re.fullmatch(r"[A-Z]", value):
            host.xen = value
        elif key == "region" and re.fullmatch(r"(|[0-9]+[MG](@0x[0-9a-f]+)?)", value):
            host.region = value
        elif key == "cpu" and re.fullmatch(r"\+[a-z0-9]+(,\+[a-z0-9]+)*", value):
            host.cpu = value
        elif key == "xen_options":
            host.xen_options = value
        else:
            raise ValueError(f"'{key}={value}' means nothing for a host")


def _guest_line(host, words):
    if not words or not re.fullmatch(r"[a-z][a-z0-9-]{0,15}", words[0]):
        raise ValueError("a guest needs a name of small letters and digits")
    if words[0] in host.guests:
        raise ValueError(f"guest {words[0]} is described twice")
    guest = Guest(words[0])
    for key, value in _pairs(words[1:]):
        if key in GUEST_LIMITS:
            setattr(guest, key, _number(key, value, GUEST_LIMITS))
        elif key == "cpus" and re.fullmatch(r"[0-9,-]+", value):
            guest.cpus = value
        elif key == "type" and value in ("pvh", "pv", "hvm"):
            guest.type = value
        elif key == "xl":
            guest.extra = value
        elif key == "meter" and re.fullmatch(r"[a-z0-9_=,]*", value):
            guest.meter = value
        elif key == "kind" and value in ("linux", "regs"):
            guest.kind = value
        elif key == "regs" and re.fullmatch(r"[a-z0-9_=,:@]*", value):
            guest.regs = value
        elif key == "linux":
            guest.linux = value
        else:
            raise ValueError(f"'{key}={value}' means nothing for a guest")
    host.guests[guest.name] = guest


def read(path, check_step=None):
    """Reads a description; BedError names the line that is wrong."""
    path = Path(path)
    host = Host(path.stem)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as e:
        raise BedError(f"cannot read {path}: {e.strerror}") from e
    for number, line in enumerate(lines, 1):
        try:
            words = shlex.split(line, comments=True)
            if not words:
                continue
            if words[0] == "host":
                _host_line(host, words[1:])
            elif words[0] == "guest":
                _guest_line(host, words[1:])
            elif check_step:
                check_step(host, words)
                host.steps.append((number, words))
            else:
                raise ValueError(f"'{words[0]}' is not known")
        except ValueError as e:
            raise BedError(f"{path}:{number}: {e}") from e
    return host


def _boot_config(guest):
    """How a guest starts: a Linux with a meter, or (HVM) the firmware of Xen."""
    if guest.type == "hvm":
        # The older interface asks less of a device model than QEMU's monitor protocol.
        return ['device_model_version="qemu-xen-traditional"',
                'device_model_override="/usr/sbin/device-model"', "nographic=1"]
    if guest.kind == "regs":
        return ['kernel="/boot/regs.elf"',
                f'extra="vcpus={guest.vcpus} {guest.regs.replace(",", " ")}"']
    extra = f"console=hvc0 quiet mitigations=off panic=5 guest={guest.name} meter={guest.meter} " \
            f"{guest.linux}".rstrip()
    return ['kernel="/boot/vmlinux"', 'ramdisk="/boot/guest.cpio"', f'extra="{extra}"']


def guest_config(guest):
    """xl's configuration file of a guest."""
    lines = [f'name="{guest.name}"', f'type="{guest.type}"', *_boot_config(guest),
             f"memory={guest.memory}", f"vcpus={guest.vcpus}", 'on_crash="preserve"']
    if "tsc_mode" not in guest.extra:
        lines.append('tsc_mode="native"')
    if guest.cpus:
        lines.append(f'cpus="{guest.cpus}"')
    lines += [line.strip() for line in guest.extra.split(";") if line.strip()]
    return "\n".join(lines) + "\n"
