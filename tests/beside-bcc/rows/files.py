# SPDX-License-Identifier: BSD-2-Clause
"""Files, file systems, block devices, and what is older than the other families."""
import calendar
import os
import re
import time

from .common import *

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
    yield "counts", Event(ip=symbol(r["func"])), value(r["count"])


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
FLOATS_AS_TEXT = {"opensnoop", "biosnoop", "statsnoop", "syncsnoop", "sofdsnoop"}
