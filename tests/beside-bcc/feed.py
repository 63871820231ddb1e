#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""feed.py PROGRAM [OPTION...] <ROWS: run a program of BCC without a kernel.

Instead of what the kernel says it is fed with ROWS, our JSON of the same tool, so what it prints is
BCC's text of our records.  The package's directory of Python modules is in BCC_MODULES; all of it
that speaks with the kernel is replaced here.
"""
import builtins
import calendar
import ctypes
import io
import json
import os
import re
import runpy
import socket
import sys
import time
import types
from types import SimpleNamespace as Event

FIRST = 1 << 30  # time stamp of the first event, in any unit: to BCC, 0 means that there was none yet


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

    def decode(self, *args):
        return "__x64_sys_"


def ctypes_like(name):
    """The stand-in of a module that is one with libbcc."""
    module = types.ModuleType(name)
    module.__getattr__ = lambda attribute: Anything()
    return module


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


# A row as the events of BCC's tool of this name, with what its print_event() reads.

def opensnoop(r):
    yield Event(ts=since(r, 1000), ret=-r["err"] if r["err"] else r["fd"], id=r["pid"] << 32 | r["tid"],
                uid=r.get("uid", 0), comm=text(r["comm"]), name=text(r["path"]), path_depth=0,
                flags=int(r.get("flags") or "0", 8), mode=int(r.get("mode") or "0", 8))


def execsnoop(r):
    for arg in r["args"] + (["..."] if r["cut"] else []):
        # BCC writes line feeds as \\n, as we do.
        yield Event(type=0, pid=r["pid"], argv=b"\n".join(text(line) for line in arg.split("\n")))
    yield Event(type=1, pid=r["pid"], retval=r["ret"], comm=text(r["comm"]), pcomm=text(r.get("pcomm")),
                uid=r.get("uid", 0), ppid=r["ppid"], cpu=r.get("cpu", 0))


def biosnoop(r):
    yield Event(ts=since(r, 1000), rwflag=int(r["t"] == "W"), dev=disk_number(r["disk"]),
                name=text(r["comm"]), pid=r["pid"], sector=r["sector"], len=r["bytes"],
                pattern={"S": 1, "R": 2}.get(r.get("p"), 0), qdelta=r.get("que_ns", 0), delta=r["lat_ns"])


def filelife(r):
    yield Event(pid=r["pid"], comm=text(r["comm"]), delta=ns(r["age_s"]) / 1e6, fname=text(r["file"]))


def filegone(r):
    yield Event(pid=r["pid"], comm=text(r["comm"]), action=ord(r["action"][0]),
                fname=text(r["file"]), fname2=text(r["new"]))


SYS_STAT = "N/A stat statx statfs newstat newlstat fstatat64 newfstatat".split()


def statsnoop(r):
    if r["syscall"] in SYS_STAT:
        yield Event(ts_ns=since(r, 1), ret=-r["err"] if r["err"] else r["fd"], pid=r["pid"],
                    comm=text(r["comm"]), type=SYS_STAT.index(r["syscall"]), fname=text(r["path"]))


SYNCS = "N/A sync fsync fdatasync msync sync_file_range syncfs".split()


def syncsnoop(r):
    yield Event(ts=int(str(r["time_s"]).replace(".", "")) // 1000, comm=text(r["comm"]),
                sys=SYNCS.index(r["call"]))


def sofdsnoop(r):
    yield Event(ts=since(r, 1000), fd_cnt=1, comm=text(r["comm"]), id=r["pid"] << 32 | r["tid"],
                action=int(r["action"] == "RECV"), sock_fd=int((r["socket"] or "-1").split(":")[0]),
                fd=[r["fd"]])


def slower(r):
    when = re.match(r"(.*)T(.*)\.(\d+)", r["time"])
    seconds = calendar.timegm(time.strptime(when[1] + when[2], "%Y-%m-%d%H:%M:%S"))
    if r["t"] in "RWOS":
        yield Event(ts_us=seconds * 1000000 + int(when[3]) // 1000, task=text(r["comm"]), pid=r["pid"],
                    type="RWOS".index(r["t"]), size=r["bytes"], offset=r["offset"], delta_us=r["ns"] / 1000,
                    file=text(r["filename"]))


def fileslower(r):
    yield Event(delta_us=r["lat_ns"] / 1000, name=text(r["filename"]), name_len=0, comm=text(r["comm"]),
                pid=r["tid"], mode=int(r["d"] == "W"), sz=r["bytes"])


def mdflush(r):
    yield Event(pid=r["pid"], comm=text(r["comm"]), disk=text(r["device"]))


def dcsnoop(r):
    yield Event(pid=r["pid"], comm=text(r["comm"]), type={"M": 0, "R": 1}[r["t"]], filename=text(r["file"]))


def mountsnoop(r):
    """Its events are read by ctypes, so they are made of its own class, by feed_mountsnoop()."""
    head = ("enter", {"mnt_ns": r["mnt_ns"], "comm": text(r["comm"]), "flags": r["flags"],
                      "ppid": r.get("ppid", 0), "pcomm": text(r.get("pcomm"))})
    strings, first = {"mount": (("source", "target", "fs", "data"), 0), "umount": (("target",), 18)}.get(
        r["op"], ((), None))
    if first is None or any(len(r[f]) > 400 for f in strings):
        return
    for n, (member, v) in enumerate([head] + [("str", r[f].encode()) for f in strings] + [("retval", r["ret"])]):
        yield {"type": first + n, "pid": r["tid"], "tgid": r["pid"], "union": (member, v)}


def as_struct(cls, event):
    e = cls(**{k: v for k, v in event.items() if k != "union"})
    member, v = event["union"]
    if isinstance(v, dict):
        for name in v:
            setattr(getattr(e.union, member), name, v[name])
    else:
        setattr(e.union, member, v)
    return ctypes.pointer(e)


# A row as an entry of a table: (name of the table, key, value).

def biotop(r):
    yield "counts", Event(pid=r["pid"], name=text(r["comm"]), rwflag=int(r["d"] == "W"), major=r["maj"],
                          minor=r["min"]), Event(io=r["io"], bytes=r["bytes"], us=r["total_ns"] // 1000)


def filetop(r):
    yield "counts", Event(pid=r["tid"], comm=text(r["comm"]), name=text(r["file"]), name_len=0,
                          type=text(r["type"])), \
        Event(**{k: r[k] for k in ("reads", "writes", "rbytes", "wbytes")})


def dirtop(r):
    if os.path.isdir(r["path"]):
        yield "counts", Event(inode_id=os.lstat(r["path"]).st_ino), \
            Event(**{k: r[k] for k in ("reads", "writes", "rbytes", "wbytes")})


def biopattern(r):
    n = disk_number(r["disk"])
    yield "counters", value((n >> 20 & 0xfff) << 20 | n & 0xfffff), \
        Event(random=r["random"], sequential=r["sequential"], bytes=r["bytes"])


def funccount(r):
    yield "counts", value(r["number"]), value(r["count"])


def tcptop(r):
    n = r["family"]
    key = Event(pid=r["pid"], name=text(r["comm"]), saddr=address(r["lip"]), lport=r["lport"],
                daddr=address(r["rip"]), dport=r["rport"])
    key = Key(key)
    yield "ipv%d_send_bytes" % n, key, value(r["tx_bytes"])
    yield "ipv%d_recv_bytes" % n, key, value(r["rx_bytes"])


def address(s):
    if ":" in s:
        return socket.inet_pton(socket.AF_INET6, s)
    return int.from_bytes(socket.inet_pton(socket.AF_INET, s), "little")


def hist(table, bucket, slots):
    for s in slots:
        yield table, Event(bucket=bucket, slot=s["hi"].bit_length()), value(s["count"])


def biolatency(r):
    if "flags" in r and "disk" not in r:
        bucket = flags_number(r["flags"])
    else:
        bucket = disk_number(r["disk"]) if "disk" in r else None
    yield from hist("dist", bucket, r.get("usecs") or r["msecs"])


BIO_FLAGS = [("Sync", 11), ("Metadata", 12), ("ForcedUnitAccess", 17), ("Priority", 13), ("NoMerge", 14),
             ("Idle", 15), ("ReadAhead", 19), ("Background", 20), ("NoWait", 21)]
BIO_OPS = {"Read": 0, "Write": 1, "Flush": 2, "Discard": 3, "Unknown": 255}


def flags_number(name):
    *flags, op = name.split("-")
    return BIO_OPS[op] | sum(1 << dict(BIO_FLAGS)[f] for f in flags)


def bitesize(r):
    yield from hist("dist", text(r["comm"]), r["kbytes"])


def fsdist(r):
    yield from hist("dist", text(r["operation"]), r.get("usecs") or r["msecs"])


def readahead(r):
    yield "pages", 0, value(r["unused"])
    yield from hist("dist", None, r["age_ms"])


def vfscount(r):
    yield "counts", Event(ip=r["number"]), value(r["count"])


def cachestat(r):
    """Its four counters, such that what it computes of them is what we counted."""
    now["meminfo"] = "Cached: %d kB\nBuffers: %d kB\n" % (r["cached_bytes"] // 1024, r["buffers_bytes"] // 1024)
    for n, v in enumerate((r["misses"], r["hits"] + r["misses"] + r["dirties"], r["dirties"], 0)):
        yield "counts", Event(nf=n), value(v)


def counters(names):
    def of(r):
        for n, name in enumerate(names):
            yield "stats", n + 1, value(r[name])
    return of


EVENTS = {f.__name__: f for f in (opensnoop, execsnoop, biosnoop, filelife, filegone, statsnoop, syncsnoop,
                                  sofdsnoop, fileslower, mdflush, dcsnoop, mountsnoop)}
EVENTS.update({fs + "slower": slower for fs in "btrfs ext4 f2fs nfs xfs zfs".split()})
TABLES = {f.__name__: f for f in (biotop, filetop, dirtop, biopattern, funccount, tcptop, biolatency, bitesize,
                                  readahead, vfscount, cachestat)}
TABLES.update({fs + "dist": fsdist for fs in "btrfs ext4 nfs xfs zfs".split()})
# For these, each row is a report, and the last one comes before Ctrl-C, or at it.
REPORTS = {"vfsstat": 1, "cachestat": 1, "dcstat": 0}
TABLES["vfsstat"] = counters("reads writes fsyncs opens creates unlinks mkdirs rmdirs".split())
TABLES["dcstat"] = counters("refs slow miss".split())

# The current row, and what goes with it.
now = {"row": None, "at": 0.0, "tables": {}}
disks = {}


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
        now["tables"] = tabulate(name, [now["row"]])
        if REPORTS[name] == 1 and not reports:
            raise KeyboardInterrupt

    def readlink(path):
        row = now["row"]
        if path.endswith("/%d" % row["fd"]):
            link = row["name"]
        else:
            link = row["socket"] and row["socket"].split(":", 1)[1]
        if link is None:
            raise FileNotFoundError
        return text(link).decode()

    reports = list(rows)
    os.readlink = readlink
    time.strftime, time.sleep = strftime, sleep
    time.time = lambda: now["at"]

    for r in rows:
        if "maj" in r:
            disks[r["disk"]] = r["maj"] << 20 | r["min"]
        elif "disk" in r:
            disk_number(r["disk"])
    make_modules(name, rows)
    fake_files()
    sys.argv = [program] + options
    try:
        runpy.run_path(program, run_name="__main__")
    except KeyboardInterrupt:
        pass


FLOATS_AS_TEXT = {"opensnoop", "biosnoop", "statsnoop", "syncsnoop", "sofdsnoop"}


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
            return io.StringIO("".join("ffff T %s_file_operations\n" % fs
                                       for fs in "ext4 xfs btrfs btrfs f2fs".split()))
        if path == "/proc/loadavg":
            return io.StringIO("0.00 0.00 0.00 1/100 100\n")
        return real(path, *args, **kw)

    builtins.open = fake


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
    from bcc.utils import ArgString, printb

    class Table(table.TableBase):
        def __init__(self, entries):
            self.entries = entries
            bucket = next((k.bucket for k, _ in entries if hasattr(k, "bucket")), None)
            if bucket is None:
                self.Key = ctypes.c_int
            else:
                self.Key = type("key", (ctypes.Structure,), {"_fields_": [
                    ("bucket", ctypes.c_ulong), ("slot", ctypes.c_ulong)]})

        def items(self):
            return [(value(k.slot) if getattr(k, "bucket", self) is None else k, v) for k, v in self.entries]

        def items_lookup_and_delete_batch(self):
            return self.items()

        def __getitem__(self, key):
            return next(v for k, v in self.entries if k == key.value)

        Leaf = Anything

        def __setitem__(self, key, v):
            pass

        def __len__(self):
            return len(self.entries)

        def clear(self):
            pass

    class Buffer:
        """A ring or perf buffer: of a tool that prints events."""

        def event(self, data):
            return data

        def open_perf_buffer(self, callback, **kw):
            now["callback"] = callback

        open_ring_buffer = open_perf_buffer

    if name in TABLES and name not in REPORTS:
        now["tables"] = tabulate(name, rows)

    class Static(type):
        def __getattr__(cls, attribute):
            if attribute in ("get_kprobe_functions", "get_tracepoints"):
                return lambda *args: [text(r.get("func")) for r in rows]
            if attribute == "get_probe_limit":
                return lambda: 1000
            return lambda *args, **kw: Anything()

    class BPF(metaclass=Static):
        def __init__(self, *args, **kw):
            pass

        def __getattr__(self, attribute):
            return Anything()

        def __getitem__(self, of):
            of = of.decode() if isinstance(of, bytes) else of
            if name in EVENTS:
                return Buffer()
            return Table(now["tables"].get(of, []))

        get_table = __getitem__

        def ksym(self, ip):
            return rows[ip]["func"]

        def poll(self, *args, **kw):
            for r in rows:
                now["row"] = r
                if "time_s" in r:
                    now["at"] = float(r["time_s"])
                for event in EVENTS[name](r):
                    if name == "mountsnoop":
                        event = as_struct(now["callback"].func.__globals__["Event"], event)
                    now["callback"](0, event, 0)
            raise KeyboardInterrupt

        perf_buffer_poll = ring_buffer_poll = poll

    bcc.BPF, bcc.ArgString, bcc.printb = BPF, ArgString, printb
    bcc.USDT = bcc.PerfType = bcc.PerfSWConfig = bcc.PerfHWConfig = Anything()


main()
