# SPDX-License-Identifier: BSD-2-Clause
"""Sockets, TCP, and devices of the network."""
import socket

from .common import *

STATES = ["?", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE",
          "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV"]


def stamp(r):
    """Time stamps of a row, in every unit that a tool may read; it counts from the first one."""
    ns = FIRST * 1000 + int(str(r.get("time_s", 0)).replace(".", ""))
    return {"ts_us": ns // 1000, "ts_ns": ns}


def ends(r, one="laddr", other="raddr"):
    """The two ends of a connection, under all names by which BCC's tools know them."""
    local, remote = address(r[one]), address(r[other])
    ports = {p: r[p] for p in ("lport", "sport", "dport") if p in r}
    if "rport" in r:
        ports.update(dport=r["rport"], sport=r["lport"], ports=r["lport"] << 32 | r["rport"])
    return dict(ports, ip=r["family"], saddr=local, daddr=remote)


def packed(s):
    return socket.inet_pton(socket.AF_INET6 if ":" in s else socket.AF_INET, s)


def row(r, **more):
    comm = text("?" if r["comm"] is None else r["comm"])
    return Event(**stamp(r), pid=r["pid"] or 0, task=comm, comm=comm, uid=r.get("uid", 0), netns=r.get("netns", 0),
                 **more)


def tcpconnect(r):
    yield "ipv%d_events" % r["family"], row(r, **ends(r))


tcpaccept = tcpconnect


def tcplife(r):
    # BCC prints whole numbers of what it divides by 1024.
    yield "ipv%d_events" % r["family"], row(r, tx_b=r["tx_bytes"], rx_b=r["rx_bytes"], span_us=r["ns"] / 1000,
                                            **ends(r))


def tcpstates(r):
    yield "ipv%d_events" % r["family"], row(r, skaddr=int(r["skaddr"], 16), oldstate=STATES.index(r["oldstate"]),
                                            newstate=STATES.index(r["newstate"]), span_us=r["ns"] / 1000,
                                            **dict(ends(r), saddr=packed(r["laddr"]), daddr=packed(r["raddr"])))


def tcptracer(r):
    yield "tcp_ipv%d_event" % r["family"], row(
        r, type=("connect", "accept", "close").index(r["type"]) + 1, **ends(r))


def tcpconnlat(r):
    yield "ipv%d_events" % r["family"], row(r, delta_us=r["lat_ns"] / 1000, **ends(r))


def solisten(r):
    protocol = {"TCP": 1, "UDP": 2}.get(r["protocol"], 3) | {4: 2, 6: 10}[r["family"]] << 16
    where = address(r["laddr"])
    yield row(r, proto=protocol, backlog=r["backlog"], lport=r["lport"], laddr=where if r["family"] == 6 else [where])


def bindsnoop(r):
    options = sum(1 << n for n, o in enumerate(r["opts"]) if o != ".")
    yield "ipv%d_bind_events" % r["family"], row(
        r, return_code=-r["errno"], protocol=getattr(socket, "IPPROTO_" + r["protocol"], 999), saddr=address(r["laddr"]),
        sport=r["lport"], socket_options=options, bound_dev_if=r["ifindex"])


def tcpretrans(r):
    if r["state"] == "?":  # BCC shows the number of a state that no kernel has
        return
    yield "ipv%d_events" % r["family"], row(r, type=" RL".index(r["type"]), state=STATES.index(r["state"]),
                                            seq=r.get("seq", 0), **ends(r))


FLAGS = "FIN SYN RST PSH ACK URG ECE CWR".split()


def tcpdrop(r):
    """The stack that its rows end with is not compared."""
    if r["reason"] != "SOCKET_FILTER":  # the others' numbers depend on the kernel
        return
    r = dict(r, pid=r["running_pid"])
    flags = sum(1 << FLAGS.index(f) for f in (r["flags"] or "").split("|") if f)
    yield "ipv%d_events" % r["family"], row(
        r, state=STATES.index(r["state"]), tcpflags=flags, drop_reason=r["code"], stack_id=0,
        **ends(r, "saddr", "daddr"))


def tcpsynbl(r):
    yield from hist("dist", r["backlog_max"], r["backlog"])


CONGESTION = "open disorder recovery cwr loss".split()


def tcpcong(r):
    if r["laddr"] == "?" or r["changes"] >> 63:
        return
    times = {{"recovery": "recover"}.get(s, s) + "_dura": r[s + "_ns"] / 1000 for s in CONGESTION}
    yield "ipv%d_stat" % r["family"], Event(saddr=address(r["laddr"]), daddr=address(r["raddr"]), lport=r["lport"],
                                            dport=r["rport"]), Event(total_changes=r["changes"], **times)


def tcprtt(r):
    for name in ("laddr", "raddr"):
        if name in r:
            return
    yield from hist("hist_srtt", 0, r.get("usecs") or r["msecs"])


def virtiostat(r):
    yield "stats", 0, Event(driver=r["driver"], dev=r["device"], vqname=r["queue"], in_sgs=r["in_sgs"],
                            out_sgs=r["out_sgs"], in_bw=r["in_bytes"], out_bw=r["out_bytes"])


EVENTS = {f.__name__: f for f in (tcpconnect, tcplife, tcpstates, tcptracer, tcpconnlat, solisten, bindsnoop,
                                  tcpretrans, tcpdrop)}
EVENTS["tcpaccept"] = tcpaccept
FLOATS_AS_TEXT = set(EVENTS)
TABLES = {f.__name__: f for f in (tcpsynbl, tcpcong, tcprtt, virtiostat)}
