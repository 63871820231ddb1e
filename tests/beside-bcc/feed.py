#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""feed.py PROGRAM [OPTION...] <ROWS: run a program of BCC without a kernel.

Instead of what the kernel says it is fed with ROWS, our JSON of the same tool, so what it prints is
BCC's text of our records.  The package's directory of Python modules is in BCC_MODULES; all of it
that speaks with the kernel is replaced here.
"""
import builtins
import ctypes
import importlib
import io
import json
import multiprocessing
import os
import pkgutil
import platform
import re
import runpy
import sys
import time
import types
from types import SimpleNamespace as Event

import rows as families
from rows.common import ALL, as_struct, disk_number, disks, now, symbols, text, value

# Each file in rows/ has a family of tools.  EVENTS: functions that turn a row into what a tool's print_event() reads,
# by the tool's name; if a tool has several buffers, into (name of the buffer, event).  TABLES: a row as entries of
# tables, (name of the table, key, value).  REPORTS: each row is a report; 1: the last one comes at Ctrl-C, 0: before it;
# ALL: all rows are one report before Ctrl-C.
# CPUS: how many processors the program sees, if that matters.
EVENTS, TABLES, REPORTS, CPUS, FLOATS_AS_TEXT = {}, {}, {}, {}, set()
for found in pkgutil.iter_modules(families.__path__):
    family = importlib.import_module("rows." + found.name)
    EVENTS.update(getattr(family, "EVENTS", {}))
    TABLES.update(getattr(family, "TABLES", {}))
    REPORTS.update(getattr(family, "REPORTS", {}))
    CPUS.update(getattr(family, "CPUS", {}))
    FLOATS_AS_TEXT.update(getattr(family, "FLOATS_AS_TEXT", ()))


comms = {}  # names of threads by their number, as often as they have rows


class Anything:
    """Has every attribute, takes every call: for what only matters to the kernel."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *args, **kw):
        return Anything()

    def __eq__(self, other):
        return False

    __hash__ = object.__hash__

    def __iter__(self):
        return iter(())

    def decode(self, *args):
        return "__x64_sys_"


def ctypes_like(name):
    """The stand-in of a module that is one with libbcc."""
    module = types.ModuleType(name)
    module.__getattr__ = lambda attribute: Anything()
    return module


def main():
    program, options = sys.argv[1], sys.argv[2:]
    name = os.path.basename(program).removesuffix("-bpfcc")
    lines = [json.loads(line, parse_float=str if name in FLOATS_AS_TEXT else float) for line in sys.stdin]
    rows = [r for r in lines if "time" in r]
    for n, r in enumerate(rows):
        r["number"] = n
    now["row"] = rows[0] if rows else None

    # All clocks show the time of the current row.
    real_strftime = time.strftime

    def strftime(form, *when):
        if when or not now["row"]:
            return real_strftime(form, *when)
        stamp = time.strptime(now["row"]["time"][:19], "%Y-%m-%dT%H:%M:%S")
        return real_strftime(form, stamp)

    def sleep(seconds):
        if name not in REPORTS:
            raise KeyboardInterrupt
        if not reports:
            raise KeyboardInterrupt
        now["row"] = reports.pop(0)
        now["tables"], now["told"] = None, False
        if REPORTS[name] == 1 and not reports:
            raise KeyboardInterrupt

    def readlink(path):
        row = now["row"]
        if "fd" not in row:
            return ""
        if path.endswith("/%d" % row["fd"]):
            link = row["name"]
        else:
            link = row["socket"] and row["socket"].split(":", 1)[1]
        if link is None:
            raise FileNotFoundError
        return text(link).decode()

    reports = rows[:1] if REPORTS.get(name) == ALL else list(rows)
    os.readlink = readlink
    platform.release = lambda: "6.1.0"  # of a kernel that all tools know
    time.strftime, time.sleep = strftime, sleep
    time.time = lambda: now["at"]
    os.cpu_count = lambda: CPUS.get(name, 1)
    multiprocessing.Pool = lambda processes: Event(map=lambda function, each: list(map(function, each)))

    for r in rows:
        if "maj" in r:
            disks[r["disk"]] = r["maj"] << 20 | r["min"]
        elif "disk" in r:
            disk_number(r["disk"])
        if "pid" in r:
            comms.setdefault(r.get("tid", r["pid"]), []).append(r.get("comm", ""))
    make_modules(name, rows)
    fake_files()
    sys.argv = [program] + options
    try:
        runpy.run_path(program, run_name="__main__")
    except KeyboardInterrupt:
        pass


def tabulate(name, rows):
    tables = {}
    for r in rows:
        for of, key, v in TABLES[name](r):
            tables.setdefault(of, []).append((key, v))
    return tables


def fake_files():
    real = builtins.open

    def fake(path, *args, **kw):
        if path == "/proc/diskstats":
            return io.StringIO("".join("%d %d %s\n" % (n >> 20, n & 0xfffff, d) for d, n in disks.items() if d))
        if path == "/proc/partitions":
            return io.StringIO("\n\n" + "".join("%d %d 0 %s\n" % (n >> 20, n & 0xfffff, d)
                                                for d, n in disks.items() if d))
        if path == "/proc/meminfo":
            return io.StringIO(now["meminfo"])
        if path == "/proc/kallsyms":
            return io.StringIO("".join("ffff T %s\n" % s for s in [
                fs + "_file_operations" for fs in "ext4 xfs btrfs btrfs f2fs".split()] + ["vm_zone_stat"]))
        if path == "/proc/sys/kernel/pid_max":
            return io.StringIO("4194304\n")
        if path == "/proc/cpuinfo":
            return io.StringIO("vendor_id : GenuineIntel\n")
        comm = re.fullmatch(r"/proc/(\d+)/comm", path) if isinstance(path, str) else None
        if comm and comms.get(int(comm[1])):
            # One number may have had several names.
            return io.StringIO(text(comms[int(comm[1])].pop(0)).decode() + "\n")
        if path == "/usr/share/bpfcc-tools/deadlock.c":
            return io.StringIO()
        if path == "/proc/loadavg":
            return io.StringIO("0.00 0.00 0.00 1/100 100\n")
        return real(path, *args, **kw)

    builtins.open = fake
    # The kernel has KVM, and all tracepoints.
    os.access = lambda *args, **kw: True
    real_exists = os.path.exists
    os.path.exists = lambda path: b"/events/" in os.fsencode(path) or real_exists(path)


def make_modules(name, rows):
    """Module bcc: what prints is the package's own."""
    bcc = types.ModuleType("bcc")
    bcc.__path__ = [os.environ["BCC_MODULES"]]
    sys.modules["bcc"] = bcc
    for m in "libbcc", "disassembler", "perf", "usdt":
        sys.modules["bcc." + m] = ctypes_like("bcc." + m)
    libbcc = sys.modules["bcc.libbcc"]
    libbcc.lib = Anything()
    import bcc.table as table
    from bcc.utils import ArgString, StrcmpRewrite, printb

    def entries_of(of):
        if now["tables"] is None:
            now["tables"] = tabulate(name, [now["row"]] if REPORTS.get(name, ALL) != ALL else rows)
        return now["tables"].get(of, [])

    class Table(table.TableBase):
        def __init__(self, of):
            self.of = of

        @property
        def Key(self):
            if all(getattr(k, "bucket", None) is None for k, _ in entries_of(self.of)):
                return ctypes.c_int
            return type("key", (ctypes.Structure,), {"_fields_": [
                ("bucket", ctypes.c_ulong), ("slot", ctypes.c_ulong)]})

        def items(self):
            return [(value(k.slot) if getattr(k, "bucket", self) is None else k, v) for k, v in entries_of(self.of)]

        items_lookup_and_delete_batch = items_lookup_batch = items

        def __getitem__(self, key):
            wanted = getattr(key, "value", key)
            for k, v in entries_of(self.of):
                if getattr(k, "value", k) == wanted:
                    return v
            raise KeyError(key)

        def walk(self, stack):
            return iter(now["stacks"][stack])

        def open_perf_buffer(self, callback, **kw):
            pass

        Leaf = Anything

        def __setitem__(self, key, v):
            pass

        def __len__(self):
            return len(entries_of(self.of))

        def clear(self):
            pass

    class Buffer:
        """A ring or perf buffer: of a tool that prints events."""

        def __init__(self, of):
            self.of = of

        def event(self, data):
            return data

        def open_perf_buffer(self, callback, **kw):
            now["callback"][self.of] = now["callback"][None] = callback

        open_ring_buffer = open_perf_buffer

    class Static(type):
        def __getattr__(cls, attribute):
            if attribute in ("get_kprobe_functions", "get_tracepoints"):
                return lambda *args: [text(r.get("func")) for r in rows]
            if attribute == "get_probe_limit":
                return lambda: 1000
            if attribute == "monotonic_time":
                return lambda: 1 << 60
            if attribute == "generate_auto_includes":
                return lambda *args: ""
            if attribute == "find_library":
                return lambda library: "/lib/%s.so" % library
            return lambda *args, **kw: Anything()

    class BPF(metaclass=Static):
        def __init__(self, *args, **kw):
            pass

        def __getattr__(self, attribute):
            if attribute.startswith("num_open_"):
                return lambda: 1
            return Anything()

        def __getitem__(self, of):
            of = of.decode() if isinstance(of, bytes) else of
            if name in EVENTS and "stack" not in of:
                return Buffer(of)
            return Table(of)

        get_table = __getitem__

        ksym = sym = staticmethod(lambda ip, *args, **kw: symbols.get(ip, b"[unknown]"))

        ksymname = staticmethod(lambda name: 0)

        def poll(self, *args, **kw):
            if now["told"]:
                return
            for r in [now["row"]] if name in REPORTS else rows if name in EVENTS else ():
                now["row"] = r
                if "time_s" in r:
                    now["at"] = float(r["time_s"])
                for event in EVENTS[name](r):
                    of, event = event if isinstance(event, tuple) else (None, event)
                    callback = now["callback"][of]
                    if name == "mountsnoop":
                        event = as_struct(callback.func.__globals__["Event"], event)
                    callback(0, event, 0)
            if name not in REPORTS:
                raise KeyboardInterrupt
            now["told"] = True

        perf_buffer_poll = ring_buffer_poll = poll

    # What is no memory of the kernel's but an Event has the members already.
    real_cast = ctypes.cast
    ctypes.cast = lambda data, to: Event(contents=data) if isinstance(data, Event) else real_cast(data, to)
    sys.modules["elftools.elf.elffile"] = ctypes_like("elffile")
    for m in "elftools", "elftools.elf":
        sys.modules[m] = types.ModuleType(m)
    importlib.import_module("bcc.syscall").syscall_name = lambda n: text(rows[n]["syscall"])
    bcc.BPF, bcc.ArgString, bcc.StrcmpRewrite, bcc.printb = BPF, ArgString, StrcmpRewrite, printb
    bcc.USDT = bcc.PerfType = bcc.PerfSWConfig = bcc.PerfHWConfig = Anything()


main()
