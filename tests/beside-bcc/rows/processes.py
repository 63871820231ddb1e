# SPDX-License-Identifier: BSD-2-Clause
"""Processes, signals, capabilities, memory, system calls, and what uprobes see."""
import signal

from .common import *


def row(r, **more):
    ns = FIRST * 1000 + int(str(r.get("time_s", 0)).replace(".", ""))
    return Event(ts=ns // 1000, pid=r["pid"], tgid=r["pid"], comm=text(r["comm"]), name=text(r["comm"]),
                 id=r["pid"] << 32 | r.get("tid", 0), uid=r.get("uid", 0), **more)


def killsnoop(r):
    yield row(r, sig=r["sig"], tpid=r["tpid"], ret=r["result"])


def exitsnoop(r):
    killed = r["signal"]
    if killed and "+" in killed:  # BCC has no name for these
        return
    killed = signal.Signals["SIG" + killed] if killed else 0
    yield row(dict(r, comm=r["pcomm"]), task=text(r["pcomm"]), ppid=r["ppid"], tid=r["tid"], start_time=0,
              exit_time=r["age_ns"], exit_code=r["exit_code"] or 0,
              sig_info=killed | (0x80 if r["core_dumped"] else 0))


def capable(r):
    if r["audit"] is not None:
        yield row(r, cap=r["cap"], audit=int(r["audit"]), insetid=-1)


def drsnoop(r):
    yield row(r, delta=r["lat_ns"], nr_reclaimed=r["pages"])


COMPACTED = ("not_suitable_zone skipped deferred no_suitable_page continue complete partial_skipped contended "
             "success").split()
ZONES = ["ZONE_DMA", "ZONE_DMA32", "ZONE_NORMAL", "ZONE_MOVABLE"]


def compactsnoop(r):
    if r["zone"] in ZONES and r["status"] in COMPACTED:
        yield row(r, nid=r["node"], idx=ZONES.index(r["zone"]), order=r["order"], sync=r["mode"] == "SYNC",
                  delta=r["lat_ns"], status=COMPACTED.index(r["status"]))


SHM_CALLS = ["SHMGET", "SHMAT", "SHMDT", "SHMCTL"]


def shmsnoop(r):
    if r["sys"] not in SHM_CALLS:
        return
    if r["cmd"]:
        r["cmd"] = ["IPC_RMID", "IPC_SET", "IPC_STAT", "IPC_INFO"].index(r["cmd"]) if "IPC" in r["cmd"] else 99
    yield row(r, sys=SHM_CALLS.index(r["sys"]), ret=r["ret"] & (1 << 64) - 1,
              **{k: r[k] or 0 for k in ("key", "size", "shmid", "shmaddr", "shmflg", "cmd", "buf")})


def bashreadline(r):
    yield row(r, str=text(r["command"]))


def gethostlatency(r):
    yield row(r, delta=r["lat_ns"], host=text(r["host"]))


# A row as an entry of a table.

def syscount(r):
    yield "data", value(r["number"]), Event(value=r["count"], count=r["count"], total_ns=r.get("total_ns", 0))


def slabratetop(r):
    yield "counts", Event(name=text(r["cache"])), Event(count=r["allocs"], size=r["bytes"])


EVENTS = {f.__name__: f for f in (killsnoop, exitsnoop, capable, drsnoop, compactsnoop, shmsnoop, bashreadline,
                                  gethostlatency)}
TABLES = {f.__name__: f for f in (syscount, slabratetop)}
FLOATS_AS_TEXT = {"drsnoop", "compactsnoop", "shmsnoop"}
