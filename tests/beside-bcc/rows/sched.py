# SPDX-License-Identifier: BSD-2-Clause
"""Scheduler, interrupts and what waits."""
import collections
import errno
import sys

from .common import *

# A row as the events of BCC's tool of this name.

def runqslower(r):
    yield Event(task=text(r["comm"]), pid=r["tid"], delta_us=r["lat_ns"] // 1000, prev_task=text(r["prev_comm"]),
                prev_pid=r["prev_tid"])


SOFTIRQS = "hi timer net_tx net_rx block irq_poll tasklet sched hrtimer rcu".split()
STAGES = ["raise softirq", "irq(hard) to softirq", "softirq runtime"]


def softirqslower(r):
    if r["softirq"] in SOFTIRQS:
        yield Event(stage=STAGES.index(r["stage"]), vec=SOFTIRQS.index(r["softirq"]), delta_ns=r["lat_ns"],
                    cpu=r["cpu"], task=text(r["comm"]))


def numasched(r):
    yield Event(pid=r["pid"], tid=r["tid"], old_nid=r["src_nid"], new_nid=r["dst_nid"], comm=text(r["comm"]))


def criticalstat(r):
    yield Event(comm=text(r["comm"]), id=r["pid"] << 32 | r["tid"], time=r["ns"],
                addrs=[symbol(r[f].encode()) for f in ("start", "start_caller", "end", "end_caller")],
                stack_id=stack(r["stack"] or None))


def cpuunclaimed(r):
    """One sample of each processor.  BCC counts a sample when the next one begins, so that comes now, too."""
    cpus = r["samples"]
    running = round(cpus * r["cpu_percent"] / 100)
    queued = round(cpus * r["unclaimed_percent"] / 100)
    lengths = [1] * running + [0] * (cpus - running)
    lengths[running - 1] += queued
    at = r["number"] * 1000000000
    for cpu in range(1, cpus) if r["number"] else range(cpus):
        yield Event(ts=at + cpu + 1, cpu=cpu, len=lengths[cpu])
    # The first processor is always busy.
    yield Event(ts=at + 1000000001, cpu=0, len=1)


# A row as an entry of a table: (name of the table, key, value).

def runqlat(r):
    yield from hist("dist", None, r.get("usecs") or r["msecs"])


def runqlen(r):
    for s in r["runqlen"]:
        yield "dist", Event(bucket=r.get("cpu"), cpu=r.get("cpu"), slot=s["lo"]), value(s["count"])


def cpudist(r):
    yield from hist("dist", Number(r["tid"]), r.get("usecs") or r["msecs"])


def pidpersec(r):
    yield "stats", 1, value(r["pids"])


def hardirqs(r):
    name = Name(text(r["hardirq"]))
    if "usecs" in r or "nsecs" in r:
        yield from hist("dist", name, r.get("usecs") or r["nsecs"])
    else:
        yield "dist", Event(name=name), value(r["count"] if "-C" in sys.argv else r["total_ns"])


def softirqs(r):
    if r["softirq"] in SOFTIRQS:
        vec = SOFTIRQS.index(r["softirq"])
        if "usecs" in r or "nsecs" in r:
            yield from hist("dist", vec, r.get("usecs") or r["nsecs"])
        else:
            yield "dist", Event(vec=vec), value(r["count"] if "-C" in sys.argv else r["total_ns"])


def wqlat(r):
    yield from hist("dist", Name(text(r["wqname"])) if "wqname" in r else None, r.get("usecs") or r["nsecs"])


def llcstat(r):
    key = dict(pid=r["pid"], tid=r.get("tid"), cpu=r["cpu"], name=text(r["comm"]))
    yield "miss_count", Event(**key), value(r["misses"])
    if r["references"]:
        yield "ref_count", Event(**key), value(r["references"])


exits = {}


def kvmexit(r):
    number = {name: n for n, name in of_program("exit_reasons").items()}.get(r["reason"])
    if number is not None:
        # A thread's entry has all its reasons, counted on one processor.
        key = r.get("pid", 0) << 32 | r["tid"]
        if key not in exits:
            exits[key] = collections.Counter()
            yield "pcpu_kvm_stat", value(key), [Event(exit_ct=exits[key])]
        exits[key][number] += r["count"]
        yield "pcpu_cache", 0, [Event(cache_pid_tgid=None)]


def ppchcalls(r):
    number = {name: n for n, name in of_program("hcall_table").items()}.get(r.get("hcall"), 0)
    key = value(r["pid"] if "pid" in r else number)
    if "min_ns" in r:
        yield "ppc_data", key, Event(count=r["count"], min=r["min_ns"], max=r["max_ns"], total_ns=r["total_ns"])
    else:
        yield "ppc_data", key, value(r["count"])


def offcputime(r):
    yield "counts", Event(pid=r["tid"], tgid=r["pid"], name=text(r["comm"]), kernel_stack_id=stack(r.get("kernel")),
                          user_stack_id=stack(r.get("user"))), value(r["off_ns"] // 1000)


def wakeuptime(r):
    # BCC leaves out rows whose stack found no memory.
    yield "counts", Event(target=text(r["target"]), waker=text(r["waker"]),
                          w_k_stack_id=stack(r["kernel"], -errno.EEXIST)), value(r["blocked_ns"] // 1000)


def offwaketime(r):
    yield "counts", Event(t_pid=r["tid"], t_tgid=r["pid"], target=text(r["comm"]), t_k_stack_id=stack(r.get("kernel")),
                          t_u_stack_id=stack(r.get("user")), w_pid=r["waker_tid"] or 0, w_tgid=r["waker_pid"],
                          waker=text(r["waker"]), w_k_stack_id=stack(r.get("waker_kernel")),
                          w_u_stack_id=stack(r.get("waker_user"))), value(r["off_ns"] // 1000)


def klockstat(r):
    table = {"spin": "aq", "hold": "hl"}[r["table"]]
    frame = r["caller"] or "0x1"
    key = value(stack([frame, frame]))
    for what, field in ("max", "max_ns"), ("total", "total_ns"), ("count", "count"):
        yield "%s_report_%s" % (table, what), key, value(r[field])


def deadlock(r):
    yield "edges", Event(mutex1=int(r["held"], 16), mutex2=int(r["taken"], 16)), \
        Event(thread_pid=r["tid"], comm=text(r["comm"]), mutex1_stack_id=stack(r["held_stack"]),
              mutex2_stack_id=stack(r["taken_stack"]))
    yield "thread_to_parent", value(r["tid"]), Event(parent_pid=r["maker"], stack_id=stack(r["made_stack"]),
                                                    comm=text(r["comm"]))


EVENTS = {f.__name__: f for f in (runqslower, softirqslower, numasched, criticalstat, cpuunclaimed)}
TABLES = {f.__name__: f for f in (runqlat, runqlen, cpudist, pidpersec, hardirqs, softirqs, wqlat, llcstat, kvmexit,
                                  ppchcalls, offcputime, wakeuptime, offwaketime, klockstat, deadlock)}
REPORTS = {"pidpersec": 0, "cpuunclaimed": 1}
CPUS = {"cpuunclaimed": 10}
