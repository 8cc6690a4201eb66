# SPDX-License-Identifier: GPL-2.0-only
"""Writes initramfs archives ("newc" cpio: Linux,
Documentation/driver-api/early-userspace/buffer-format.rst).

Written here rather than with cpio(1), so that no file system with the right owners and device nodes
has to be made, and the archive is the same every time.
"""

import stat


class Archive:
    """A cpio archive that is collected in memory."""

    def __init__(self):
        self._parts = []
        self._names = set()
        self._ino = 0

    def _entry(self, name, mode, data=b"", rdev=(0, 0)):
        if name in self._names:
            return
        self._names.add(name)
        self._ino += 1
        fields = (self._ino, mode, 0, 0, 1, 0, len(data), 0, 0, *rdev, len(name.encode()) + 1, 0)
        head = b"070701" + b"".join(b"%08X" % f for f in fields) + name.encode() + b"\0"
        self._parts += [head, b"\0" * (-len(head) % 4), data, b"\0" * (-len(data) % 4)]

    def directory(self, name):
        """A directory and all above it."""
        parts = name.strip("/").split("/")
        for i in range(1, len(parts) + 1):
            self._entry("/".join(parts[:i]), stat.S_IFDIR | 0o755)

    def _above(self, name):
        if "/" in name:
            self.directory(name.rsplit("/", 1)[0])

    def file(self, name, data, executable=False):
        """A regular file with the bytes of data."""
        name = name.strip("/")
        self._above(name)
        self._entry(name, stat.S_IFREG | (0o755 if executable else 0o644), data)

    def symlink(self, name, target):
        """A symbolic link."""
        name = name.strip("/")
        self._above(name)
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def chardev(self, name, major, minor):
        """A character device node."""
        name = name.strip("/")
        self._above(name)
        self._entry(name, stat.S_IFCHR | 0o600, rdev=(major, minor))

    def __contains__(self, name):
        return name.strip("/") in self._names

    def write(self, path):
        """Writes the archive to path."""
        self._entry("TRAILER!!!", 0)
        with open(path, "wb") as f:
            f.write(b"".join(self._parts))
