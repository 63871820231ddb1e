# SPDX-License-Identifier: BSD-2-Clause
"""What the rows of all families need."""
import ctypes
import os
import re
import socket
from types import SimpleNamespace as Event

FIRST = 1 << 30  # time stamp of the first event, in any unit: to BCC, 0 means that there was none yet

# The current row, and what goes with it.
now = {"row": None, "at": 0.0, "tables": {}, "callback": {}}
disks = {}


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
