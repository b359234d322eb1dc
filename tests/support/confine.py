"""Runs a command under the system-call rules of a unit file, without systemd as the first process.

    python tests/support/confine.py UNIT COMMAND [ARGUMENT...]

What `SystemCallFilter`, `SystemCallErrorNumber=EPERM`, `MemoryDenyWriteExecute` and `RestrictAddressFamilies` mean is
told in systemd.exec(5); they are put in force the way systemd does it, as filters of libseccomp, and outlive `exec`.
Deny lists take from the allow list before them, which is all that our unit needs.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import socket
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

# seccomp.h of libseccomp 2.5
ALLOW = 0x7FFF0000
REFUSE = 0x00050000  # SCMP_ACT_ERRNO, the number added
EQUAL, GREATER, MASKED_EQUAL = 4, 6, 7


class Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp`: what is asked of one argument of a system call."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


class Filter:
    """One seccomp filter; several stack, and the strictest answer counts."""

    def __init__(self, otherwise: int) -> None:
        self._library = ctypes.CDLL("libseccomp.so.2")
        self._library.seccomp_init.restype = ctypes.c_void_p
        self._context = ctypes.c_void_p(self._library.seccomp_init(ctypes.c_uint32(otherwise)))
        assert self._context.value, "libseccomp gave no filter"

    def add(self, action: int, name: str, *comparisons: Comparison) -> None:
        number = self._library.seccomp_syscall_resolve_name(name.encode())
        array = (Comparison * len(comparisons))(*comparisons)
        result = self._library.seccomp_rule_add_array(
            self._context, ctypes.c_uint32(action), number, len(comparisons), array
        )
        # A call that this architecture has not (EDOM) or libseccomp has not heard of (EINVAL) cannot be made either.
        assert -result in (0, errno.EDOM, errno.EINVAL), f"{name}: {os.strerror(-result)}"

    def load(self) -> None:
        result = self._library.seccomp_load(self._context)
        assert result == 0, f"the filter cannot be put in force: {os.strerror(-result)}"


@cache
def members(group: str) -> frozenset[str]:
    """The calls of one of systemd's groups, or the call itself."""
    if not group.startswith("@"):
        return frozenset([group])
    listing = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], check=True, capture_output=True, text=True
    ).stdout
    names = [line.strip() for line in listing.splitlines()[1:] if not line.strip().startswith("#")]
    return frozenset().union(*(members(name) for name in names if name))


def values(unit: Path, key: str) -> list[str]:
    """Every value a key has in a unit file, in order."""
    pairs = (line.partition("=") for line in unit.read_text().splitlines())
    return [value.strip() for name, _, value in pairs if name == key]


def allowed_calls(lines: Iterable[str]) -> frozenset[str]:
    """What the lines of SystemCallFilter leave allowed; the first is an allow list."""
    allowed = members("@default")
    for line in lines:
        named = frozenset().union(*(members(group) for group in line.lstrip("~").split()))
        allowed = allowed - named if line.startswith("~") else allowed | named
    return allowed


def confine(unit: Path) -> None:
    """Put the unit's rules in force for this process and its children."""
    assert values(unit, "SystemCallErrorNumber") == ["EPERM"]
    filters = [system_calls(values(unit, "SystemCallFilter"))]
    if values(unit, "MemoryDenyWriteExecute") == ["yes"]:
        filters.append(no_writable_code())
    filters.append(families(" ".join(values(unit, "RestrictAddressFamilies")).split()))
    for rules in reversed(filters):  # the list of calls last: loading a filter is a call too
        rules.load()


def system_calls(lines: list[str]) -> Filter:
    rules = Filter(REFUSE + errno.EPERM)
    for name in sorted(allowed_calls(lines)):
        rules.add(ALLOW, name)
    return rules


def no_writable_code() -> Filter:
    rules = Filter(ALLOW)
    both = mmap.PROT_WRITE | mmap.PROT_EXEC
    rules.add(REFUSE + errno.EPERM, "mmap", Comparison(2, MASKED_EQUAL, both, both))
    for name in ("mprotect", "pkey_mprotect"):
        rules.add(REFUSE + errno.EPERM, name, Comparison(2, MASKED_EQUAL, mmap.PROT_EXEC, mmap.PROT_EXEC))
    return rules


def families(names: list[str]) -> Filter:
    rules = Filter(ALLOW)
    allowed = {getattr(socket, name) for name in names}
    highest = max(allowed)
    for family in set(range(highest)) - allowed:
        rules.add(REFUSE + errno.EAFNOSUPPORT, "socket", Comparison(0, EQUAL, family))
    rules.add(REFUSE + errno.EAFNOSUPPORT, "socket", Comparison(0, GREATER, highest))
    return rules


if __name__ == "__main__":
    confine(Path(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - the command is the caller's own
