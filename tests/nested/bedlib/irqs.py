# SPDX-License-Identifier: GPL-2.0-only
"""What is concluded from dom0's interrupts: of the edu devices (dom0/edu-irq), of the CMOS clock
(dom0/rtc-ticks), and from PCI configuration space as dom0 sees it."""


def device_faults(name, before, now, updates, strays=0):
    """What is wrong with the interrupts of an edu device, in words. before and now: its lines of
    /proc/edu-irq. strays: messages of its vector that went to a held CPU."""
    faults = []
    if now["missing"]:
        faults.append(f"{name}: {now['missing']} lost")
    if now["twice"] != before["twice"]:
        faults.append(f"{name}: {now['twice'] - before['twice']} came twice")
    if now["came"] + now["missing"] != now["asked"]:
        faults.append(f"{name}: {now['came']} came of {now['asked']}")
    # Xen raises an MSI once after an update, because it cannot know whether one was sent
    # meanwhile; a level line never.
    least, most = (strays, strays + updates) if now["kind"] == "msi" else (0, 0)
    empty = now["empty"] - before["empty"]
    if empty > most:
        faults.append(f"{name}: {empty - strays if strays else empty} interrupts for nothing")
    if empty < least:
        faults.append(f"{name}: {least - empty} at a held CPU lost")
    return faults


def waited_faults(name, now, waited_ms):
    """What is wrong with an interrupt that was to come after a time without dom0. now: the device's
    line of /proc/edu-irq."""
    if now["waited"] < waited_ms:
        return [f"{name} did not interrupt while dom0 stood: waited {now['waited']} ms"]
    return []


def clock_faults(before, now):
    """The same of the CMOS clock. before and now: lines of rtc-ticks, some seconds apart."""
    faults = []
    if now["ticks"] <= before["ticks"]:
        faults.append(f"the clock's interrupts have ended after {now['ticks']}")
    # The first and the last second are not whole.
    off = (now["ticks"] - before["ticks"]) - (now["elapsed"] - before["elapsed"])
    if abs(off) > 1:
        faults.append(f"the clock's interrupts: {abs(off)} {'too many' if off > 0 else 'lost'}")
    return faults


STATUS_ERRORS = 0x07 * 2  # the upper byte of the status register: bits that tell of errors so far


# Of configuration space (PCI Local Bus 3.0, 6.7, 6.8.1), in bytes.
STATUS, HAS_CAPABILITIES, FIRST_CAPABILITY = 0x06, 0x10, 0x34
MSI, MSI_CONTROL, MSI_64BIT, MSI_ADDRESS = 0x05, 2, 0x80, 4


def _message(text):
    """Where the address and the data of the function's MSI are in the digits; (0, 0): it has none."""
    space = bytes.fromhex(text)
    if len(space) < 256 or not space[STATUS] & HAS_CAPABILITIES:
        return 0, 0
    at = space[FIRST_CAPABILITY]
    for _ in range(48):  # as many as there is room for
        if not at or space[at] == MSI:
            break
        at = space[at + 1]
    if not at or space[at] != MSI:
        return 0, 0
    size = 10 if space[at + MSI_CONTROL] & MSI_64BIT else 6
    return (at + MSI_ADDRESS) * 2, (at + MSI_ADDRESS + size) * 2


def _settled(text, with_message):
    """Configuration space without what an error leaves there, and without its MSI's message unless
    asked for."""
    start, end = (0, 0) if with_message else _message(text)
    text = text[:start] + "-" * (end - start) + text[end:]
    return text[:STATUS_ERRORS] + "--" + text[STATUS_ERRORS + 2:] if len(text) > STATUS_ERRORS else text


def config_faults(before, now, with_message=True):
    """before and now: {function: configuration space}, in hexadecimal digits. A PV dom0 sees the
    messages that Xen writes, and each Xen has vectors of its own: not with_message then."""
    faults = [f"{f} is gone" for f in before if f not in now]
    faults += [f"{f} is new" for f in now if f not in before]
    for function, text in before.items():
        other = _settled(now.get(function, text), with_message)
        text = _settled(text, with_message)
        if text != other:
            at = next((i for i, (a, b) in enumerate(zip(text, other)) if a != b),
                      min(len(text), len(other)))
            faults.append(f"{function}: configuration space differs at {at // 2:#x}")
    return faults
