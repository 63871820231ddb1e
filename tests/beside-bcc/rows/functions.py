# SPDX-License-Identifier: BSD-2-Clause
"""Functions, samples and allocations."""
import errno

from .common import *


def funcslower(r):
    functions = [f.split(":")[-1] for f in of_program("args").functions]
    yield Event(comm=text(r["comm"]), tgid_pid=r["pid"] << 32 | r["tid"], duration_ns=r["lat_ns"],
                start_ns=since(r, 1), retval=r["rval"], id=functions.index(r["func"]), args=r.get("args", []),
                user_stack_id=stack(r.get("user_stack")), kernel_stack_id=stack(r.get("kernel_stack")))


def funclatency(r):
    slots = next(r[f] for f in ("nsecs", "usecs", "msecs") if f in r)
    yield from hist("dist", Event(ip=symbol(r["func"].encode()), pid=r.get("pid")), slots)
    yield "avg", 0, value(r["total_ns"])
    yield "avg", 1, value(r["count"])


def funcinterval(r):
    yield from hist("dist", None, next(r[f] for f in ("nsecs", "usecs", "msecs") if f in r))


def stackcount(r):
    yield "counts", Event(tgid=r.get("pid", 0xffffffff), name=text(r.get("comm")), user_stack_id=stack(r.get("user")),
                          kernel_stack_id=stack(r.get("kernel"))), value(r["count"])


def profile(r):
    yield "counts", Event(pid=r["pid"], name=text(r["comm"]), kernel_ip=0,
                          kernel_stack_id=stack(r.get("kernel"), -errno.EEXIST),
                          user_stack_id=stack(r.get("user"), -errno.EEXIST)), value(r["count"])


def memleak(r):
    if "allocations" in r:
        # A stack that is lost is one that BCC doesn't find.
        n = stack(r["stack"]) if r["stack"] else -r["number"]
        yield "combined_allocs", value(n), Event(total_size=r["bytes"], number_of_allocs=r["allocations"])


class __string_t:
    def __init__(self, s):
        self.s = text(s)


specifiers = []


def argdist(r):
    if r["specifier"] not in specifiers:
        specifiers.append(r["specifier"])
    function = r["specifier"].split(":")[2].split("(")[0]
    table = "%s_hash%d" % (function, specifiers.index(r["specifier"]))
    if "hist" in r:
        yield from hist(table, None, r["hist"])
    else:
        yield table, Event(**{"v%d" % n: __string_t(v) if isinstance(v, str) else v
                              for n, v in enumerate(r["values"])}), value(r["count"])


EVENTS = {"funcslower": funcslower}
TABLES = {f.__name__: f for f in (funclatency, funcinterval, stackcount, profile, memleak, argdist)}
FLOATS_AS_TEXT = {"funcslower"}
REPORTS = {"memleak": ALL, "argdist": ALL}
