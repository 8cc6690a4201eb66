# SPDX-License-Identifier: GPL-2.0-only
"""Host descriptions and scenarios: the file format of README.md, read whole and
checked before anything starts."""

import dataclasses
import re
import shlex
from pathlib import Path

from .errors import BedError

# For every Linux of the bed. Its tests of its own ciphers are a third of its boot.
LINUX = "mitigations=off cryptomgr.notests=1 panic=5"


@dataclasses.dataclass
class Guest:  # pylint: disable=too-many-instance-attributes
    """A guest of Xen; extra are more lines for xl's configuration. number: counts the guests; its
    disk (MiB, 0 for none) and its network interface are named after it."""
    name: str
    type: str = "pvh"
    extra: str = ""
    vcpus: int = 1
    memory: int = 256
    cpus: str = ""
    probe: str = ""
    linux: str = ""
    kernel: str = "vmlinux"  # in dom0's /boot
    number: int = 0
    disk: int = 0
    net: bool = False
    io: str = ""
    kind: str = "linux"  # or "regs", "hostile", "pv-hostile"
    regs: str = ""
    asks: str = ""  # of a hostile one: groups of its cases, and options; of a pv-hostile one its mode

    def is_a(self, kind):
        """Whether it is of this kind; "io": a Linux with a disk or an interface."""
        return self.kind == kind or (kind == "io" and self.kind == "linux" and bool(self.disk or self.net))


@dataclasses.dataclass
class Host:
    """The emulated machine and what runs on it."""
    name: str
    cpus: int = 3
    memory: int = 2048
    icount: bool = True  # instructions are counted, and are the time; else the host's clock is
    dom0: str = "pv"  # or "pvh"; a stock host's is always PV
    newer_emulator: bool = False  # where the older one would do as well: its turns are longer
    dom0_memory: int = 0  # 0: what it needs
    region: str = "64M"
    xen: str = "A"
    stock: bool = False
    debug: bool = False  # both Xens are built with their assertions (CONFIG_DEBUG)
    counted: bool = False  # both Xens count what of ours they go through (counts.py)
    xenstore_domain: bool = False  # xenstored is in a domain of its own, not in dom0
    xen_options: str = ""
    devices: tuple = ()
    cpu: str = ""
    guests: dict = dataclasses.field(default_factory=dict)
    steps: list = dataclasses.field(default_factory=list)
    values: dict = dataclasses.field(default_factory=dict)  # of `set` lines
    tags: tuple = ()  # of TAGS, in their order
    about: str = ""  # the first line of what the file says of itself

    def has_dom0(self, kind):
        """Its dom0 is of this kind, and has the memory that it needs."""
        more = max(0, DOM0_MEMORY[kind] - self.dom0_memory)
        self.dom0 = kind
        self.dom0_memory += more
        self.memory += more

    @property
    def more(self):
        """What has to lie behind dom0's initrd: build/NAME.cpio."""
        newer = any(guest.kernel == "vmlinux-newer" for guest in self.guests.values())
        return ["newer"] * newer + ["xenstore"] * self.xenstore_domain + ["debug"] * self.debug \
            + ["counted"] * self.counted


# What a scenario may be picked by (`bed list`, `make check SCENARIOS=...`): no scenario's name.
TAGS = {
    "long": "takes long, and is no part of `make check`: those in scenarios/long/ are",
    "costs": "one of the hosts of `bed costs`",
    "concurrent": "needs emulated CPUs that really run at the same time, and so runs alone",
    "series": "many updates in a row",
    "holds": "into the shim and back into the same Xen",
    "refusals": "what is refused, or taken back",
    "events": "event channels and xenstore while guests are held",
    "devices": "disks, network interfaces, interrupts",
    "guests": "other kinds of guests, and what they do themselves",
    "clocks": "TSC, timers, watchdogs",
    "toolstack": "what dom0 sets and changes",
    "pv": "a PV dom0, PV guests",
}
# MiB that each kind needs: a PV dom0 unpacks its initrd twice as large.
DOM0_MEMORY = {"pv": 704, "pvh": 512}
LIMITS = {"cpus": (1, 16), "memory": (1024, 1048576), "dom0_memory": (320, 4096)}
GUEST_LIMITS = {"vcpus": (1, 64), "memory": (32, 8192), "disk": (4, 128)}


# A PCI device of QEMU with its properties.
CPU = r"(\+[a-z0-9]+|(family|model|phys-bits)=[0-9]+)"
DEVICE = r"[a-z0-9-]+(,[a-z0-9_-]+=[A-Za-z0-9_.-]+)*"


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
        elif key == "concurrent" and value in ("on", "off"):
            host.icount = value == "off"
        elif key == "emulator" and value == "newer":
            host.newer_emulator = True
        elif key == "dom0" and value in ("pvh", "pv"):
            host.dom0 = value
        elif key == "system" and value in ("interrex", "stock"):
            host.stock = value == "stock"
        elif key == "debug" and value in ("on", "off"):
            host.debug = value == "on"
        elif key == "xenstore" and value in ("dom0", "domain"):
            host.xenstore_domain = value == "domain"
        elif key == "xen" and re.fullmatch(r"[A-Z]", value):
            host.xen = value
        elif key == "region" and re.fullmatch(r"(|[0-9]+[MG](@0x[0-9a-f]+)?)", value):
            host.region = value
        elif key == "cpu" and re.fullmatch(f"{CPU}(,{CPU})*", value):
            host.cpu = value
        elif key == "xen_options":
            host.xen_options = value
        elif key == "devices" and all(re.fullmatch(DEVICE, d) for d in value.split()):
            host.devices = tuple(value.split())
        else:
            raise ValueError(f"'{key}={value}' means nothing for a host")


def _guest_line(host, words):
    if not words or not re.fullmatch(r"[a-z][a-z0-9-]{0,15}", words[0]):
        raise ValueError("a guest needs a name of small letters and digits")
    if words[0] in host.guests:
        raise ValueError(f"guest {words[0]} is described twice")
    guest = Guest(words[0], number=len(host.guests))
    for key, value in _pairs(words[1:]):
        if key in GUEST_LIMITS:
            setattr(guest, key, _number(key, value, GUEST_LIMITS))
        elif key == "cpus" and re.fullmatch(r"[0-9,-]+", value):
            guest.cpus = value
        elif key == "type" and value in ("pvh", "pv", "hvm"):
            guest.type = value
        elif key == "xl":
            guest.extra = value
        elif key == "probe" and re.fullmatch(r"[a-z0-9_=,]*", value):
            guest.probe = value
        elif key == "net" and value in ("on", "off"):
            guest.net = value == "on"
        elif key == "io" and re.fullmatch(r"[a-z0-9_=,]*", value):
            guest.io = value
        elif key == "kind" and value in ("linux", "regs", "hostile", "pv-hostile"):
            guest.kind = value
        elif key == "regs" and re.fullmatch(r"[a-z0-9_=,:@]*", value):
            guest.regs = value
        elif key == "asks" and re.fullmatch(r"[a-z0-9_=,]*", value):
            guest.asks = value
        elif key == "linux":
            guest.linux = value
        elif key == "kernel" and value == "newer":
            guest.kernel = "vmlinux-newer"
        else:
            raise ValueError(f"'{key}={value}' means nothing for a guest")
    host.guests[guest.name] = guest


def _tags_line(host, words):
    if host.tags or not words:
        raise ValueError("one line of tags, with one or more")
    for word in words:
        if word not in TAGS:
            raise ValueError(f"'{word}' is no tag (known: {' '.join(TAGS)})")
    host.tags = tuple(words)


def _complete_tags(host, path):
    """Adds what goes without saying; in the order of TAGS."""
    found = {*host.tags, *["long"] * (path.parent.name == "long"),
             *["concurrent"] * (not host.icount)}
    host.tags = tuple(tag for tag in TAGS if tag in found)


def _complete_memory(host, path):
    """dom0's, where nothing is said of it."""
    least = DOM0_MEMORY["pvh" if host.stock else host.dom0]
    host.dom0_memory = host.dom0_memory or least
    if host.dom0_memory < least and not host.stock:
        raise BedError(f"{path}: dom0_memory={host.dom0_memory} is too little for the initrd of this dom0: {least}")


def _about(lines):
    """The first comment but the licence's."""
    return next((line.lstrip("# ").rstrip() for line in lines
                 if line.startswith("#") and "SPDX-" not in line), "")


def _set_line(host, words, given):
    if len(words) != 2 or not re.fullmatch(r"[a-z]+", words[0]):
        raise ValueError("set takes a name of small letters and a value")
    host.values[words[0]] = given.get(words[0], words[1])


def _replaced(host, words):
    """`repeat $NAME` with the value of NAME."""
    if words[0] != "repeat" or len(words) < 2 or not words[1].startswith("$"):
        return words
    if words[1][1:] not in host.values:
        raise ValueError(f"no line above sets {words[1][1:]}")
    return [words[0], host.values[words[1][1:]], *words[2:]]


def read(path, check_step=None, given=None):
    """Reads a description; BedError names the line that is wrong. given: values instead of
    those of its `set` lines."""
    path = Path(path)
    host = Host(path.stem)
    given = given or {}
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
            elif words[0] == "tags":
                _tags_line(host, words[1:])
            elif words[0] == "set":
                _set_line(host, words[1:], given)
            elif check_step:
                words = _replaced(host, words)
                check_step(host, words)
                host.steps.append((number, words))
            else:
                raise ValueError(f"'{words[0]}' is not known")
        except ValueError as e:
            raise BedError(f"{path}:{number}: {e}") from e
    for name in given:
        if name not in host.values:
            raise BedError(f"{path} has no line that sets {name}")
    _complete_memory(host, path)
    host.about = _about(lines)
    _complete_tags(host, path)
    return host


def address(guest):
    """Its IPv4 address; dom0's is 10.17.0.1."""
    return f"10.17.0.{guest.number + 2}"


def number_in(options, name):
    """N of name=N in options like a=1,b=2; 0 without it."""
    found = re.search(rf"(?:^|,){name}=([0-9]+)(?:,|$)", options)
    return int(found.group(1)) if found else 0


def backends(host):
    """The command that makes dom0 ready for the guests' devices; None where there are none."""
    guests = [guest for guest in host.guests.values() if guest.disk or guest.net]
    if not guests:
        return None
    rest = max(number_in(guest.io, "stream_rest_us") for guest in guests)
    return " ".join(["io-backends", *[f"stream_rest_us={rest}"] * bool(rest),
                     *(f"{guest.disk}:{guest.number}" for guest in guests if guest.disk)])


def _io_options(guest):
    """What the guest's init is told of its devices, and the program io of its work."""
    options = ["disk=/dev/xvda"] if guest.disk else []
    options += ["dom0=10.17.0.1", f"own={address(guest)}"] if guest.net else []
    return f"io={','.join([*options, *filter(None, [guest.io])])} " if options else ""


def _device_config(guest):
    """xl's lines on its devices."""
    if guest.disk:
        yield f'disk=["phy:/dev/loop{guest.number},xvda,w"]'
    if guest.net:
        yield f'vif=["mac=00:16:3e:00:00:{guest.number + 2:02x},bridge=xenbr0,script=vif-bridge"]'


def _boot_config(guest):
    """How a guest starts: a Linux with a probe, or (HVM) the firmware of Xen."""
    if guest.type == "hvm":
        # The older interface asks less of a device model than QEMU's monitor protocol.
        return ['device_model_version="qemu-xen-traditional"',
                'device_model_override="/usr/sbin/device-model"', "nographic=1"]
    if guest.kind == "regs":
        return ['kernel="/boot/regs.elf"',
                f'extra="vcpus={guest.vcpus} {guest.regs.replace(",", " ")}"']
    if guest.kind == "pv-hostile":
        return ['kernel="/boot/pv-hostile.elf"', f'extra="{guest.asks}"']
    if guest.kind == "hostile":
        return ['kernel="/boot/hostile.elf"',
                f'extra="vcpus={guest.vcpus} {guest.asks.replace(",", " ")}"']
    extra = f"console=hvc0 quiet {LINUX} guest={guest.name} probe={guest.probe} " \
            f"{_io_options(guest)}{guest.linux}".rstrip()
    return [f'kernel="/boot/{guest.kernel}"', 'ramdisk="/boot/guest.cpio"', f'extra="{extra}"']


def guest_config(guest):
    """xl's configuration file of a guest."""
    lines = [f'name="{guest.name}"', f'type="{guest.type}"', *_boot_config(guest),
             f"memory={guest.memory}", f"vcpus={guest.vcpus}", 'on_crash="preserve"',
             *_device_config(guest)]
    if "tsc_mode" not in guest.extra:
        lines.append('tsc_mode="native"')
    if guest.cpus:
        lines.append(f'cpus="{guest.cpus}"')
    lines += [line.strip() for line in guest.extra.split(";") if line.strip()]
    return "\n".join(lines) + "\n"
