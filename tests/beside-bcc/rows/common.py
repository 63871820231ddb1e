# SPDX-License-Identifier: BSD-2-Clause
"""What the rows of all families need."""
import ctypes
import errno
import os
import re
import socket
import sys
from types import SimpleNamespace as Event

FIRST = 1 << 30  # time stamp of the first event, in any unit: to BCC, 0 means that there was none yet

ALL = "all"  # see REPORTS

# The current row, and what goes with it.
now = {"row": None, "at": 0.0, "tables": None, "told": False, "callback": {}, "stacks": {}}
disks = {}
symbols = {}


def since(row, unit):
    """TIME(s) as a time stamp, in units of so many ns."""
    return FIRST + int(str(row["time_s"]).replace(".", "")) // unit


def text(s):
    """A name, with what tests/beside-bcc/differences says about names already done."""
    return re.sub(os.environ.get("NAMES") or "$^", octal, s or "").encode()


def octal(match):
    with open(os.environ["NAMES_USED"], "w"):
        pass
    return "\\%03o" % ord(match[0])


def value(n):
    return Event(value=n)


def disk_number(name):
    """A device number for this name, which the program finds in our /proc/diskstats."""
    if name is None:
        return 99 << 20
    return disks.setdefault(name, 8 << 20 | len(disks) * 16)


def ns(seconds):
    return int(round(seconds * 1e9))


class Key(Event):
    """As a key of a dictionary."""

    def __init__(self, event):
        super().__init__(**event.__dict__)

    def __hash__(self):
        return hash(self.pid)


def address(s):
    if ":" in s:
        return socket.inet_pton(socket.AF_INET6, s)
    return int.from_bytes(socket.inet_pton(socket.AF_INET, s), "little")


def hist(table, bucket, slots):
    for s in slots:
        yield table, Event(bucket=bucket, slot=s["hi"].bit_length()), value(s["count"])


def as_struct(cls, event):
    e = cls(**{k: v for k, v in event.items() if k != "union"})
    member, v = event["union"]
    if isinstance(v, dict):
        for name in v:
            setattr(getattr(e.union, member), name, v[name])
    else:
        setattr(e.union, member, v)
    return ctypes.pointer(e)


def of_program(name):
    """What the running program calls so."""
    return getattr(sys.modules["__main__"], name)


def symbol(name):
    """An address that has this name."""
    at = 1 << 48 | len(symbols)
    symbols[at] = name
    return at


def stack(frames, missing=-errno.ENOMEM):
    """A number for this stack of addresses or names; for one without frames, that of no stack."""
    if not frames:
        return missing if frames is None else -errno.EFAULT
    n = len(now["stacks"]) + 1
    now["stacks"][n] = [int(f, 16) if f.startswith("0x") else symbol(f.encode()) for f in frames]
    return n


class Apart:
    """For keys: each row's own, even if another is equal."""

    __hash__ = object.__hash__

    def __eq__(self, other):
        return self is other


class Name(Apart, bytes):
    pass


class Number(Apart, int):
    pass
