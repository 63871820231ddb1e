#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compare our text with BCC's, line by line, but for what tests/beside-bcc/differences lists; as TAP.

compare.py records		our kept records, printed by both
compare.py guest DIRECTORY	what both printed in a guest: DIRECTORY/NAME.ours, DIRECTORY/NAME.bcc
"""
import difflib
import os
import re
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.realpath(__file__))
top = os.path.dirname(os.path.dirname(here))
tree = os.environ.get("BCC_TREE") or top + "/build/vm/beside-bcc/tree"
build = os.environ.get("SNOOPKIT_BUILD") or "build"


def table(name):
    with open("%s/%s" % (here, name)) as f:
        for n, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if line and not line.startswith("#"):
                yield n, line.split("\t")


class Difference:
    """A line of tests/beside-bcc/differences."""

    def __init__(self, number, fields):
        if len(fields) != 6:
            sys.exit("differences, line %d: six fields, separated by tabs, not %d" % (number, len(fields)))
        self.number, self.used = number, False
        self.tool, self.half, self.side, pattern, self.by, self.why = fields
        self.pattern = re.compile(pattern, re.M)

    def wanted(self, tool, side):
        return side == self.side and tool in self.tool.split("|") + [tool if self.tool == "*" else ""]

    def apply(self, text):
        text, n = self.pattern.subn(self.by, text)
        self.used |= n > 0
        return text


class Comparison:
    def __init__(self, half):
        self.half, self.n, self.failed = half, 0, 0
        self.differences = [d for d in (Difference(*line) for line in table("differences"))
                            if d.half in (half, "both")]
        self.tools = set()

    def result(self, ok, what, lines=()):
        self.n += 1
        self.failed += not ok
        print("%sok %d %s" % ("" if ok else "not ", self.n, what))
        for line in lines if not ok else ():
            print("# " + line)

    def names(self):
        return [d for d in self.differences if d.side == "names"]

    def same(self, tool, what, ours, bcc, options=()):
        self.tools.add(tool)
        for d in self.differences:
            if d.wanted(tool, "bcc"):
                bcc = d.apply(bcc)
            if d.wanted(tool, "ours"):
                ours = d.apply(ours)
        sides = [ours.splitlines(), bcc.splitlines()]
        for option in options:
            if option == "set":
                sides = [sorted(s) for s in sides]
            elif option == "plain":
                sides = [[line for line in s if line.isascii() and "\\" not in line] for s in sides]
            elif option.startswith("only="):
                sides = [[line for line in s if re.search(option[5:], line)] for s in sides]
        lines = list(difflib.unified_diff(*sides, "ours", "BCC", lineterm="", n=0))
        if len(sides[0]) < 2:
            lines.append("nothing to compare")
        self.result(not lines, what, lines)

    def end(self):
        # What both halves need counts where its tools are compared.
        stale = ["%d: %s: %s" % (d.number, d.tool, d.why) for d in self.differences if not d.used
                 and ((d.half, self.half) == ("records", "records") or self.tools & set(d.tool.split("|")))]
        self.result(not stale, "every line of tests/beside-bcc/differences is needed", stale)
        print("1..%d" % self.n)
        return self.failed > 0


def run(command, **kw):
    p = subprocess.run(command, capture_output=True, env=kw.pop("env", None), **kw)
    return p.stdout.decode("utf-8", "replace") + p.stderr.decode("utf-8", "replace")


def plain_env():
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    env.update(TZ="UTC", LC_ALL="C.UTF-8")
    return env


def records():
    c = Comparison("records")
    names = c.names()[0] if c.names() else None
    used = tempfile.mktemp()
    for _, fields in table("cases"):
        tool, text_options, json_options, program, bcc_options, *options = fields
        split = [[] if o == "-" else o.split() for o in (text_options, json_options, bcc_options)]
        replay = ["--replay", "tests/golden/%s.rec" % re.sub("^.*(slower|dist)$", r"fs\1", tool)
                  if not os.path.exists("tests/golden/%s.rec" % tool) else "tests/golden/%s.rec" % tool]
        ours = run(["%s/%s" % (build, tool)] + split[0] + replay, env=plain_env())
        rows = subprocess.run(["%s/%s" % (build, tool)] + split[1] + ["--json"] + replay,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=plain_env()).stdout
        env = plain_env()
        env.update(BCC_TREE=tree, BCC_MODULES=tree + "/usr/lib/python3/dist-packages/bcc", PYTHONUTF8="1",
                   PYTHONUNBUFFERED="1",
                   NAMES=names.pattern.pattern if names else "", NAMES_USED=used)
        bcc = run([here + "/python", here + "/feed.py", "%s/usr/sbin/%s-bpfcc" % (tree, program)] + split[2],
                  env=env, input=rows)
        c.same(tool, "%s %s: BCC prints our records as we do" % (program, bcc_options.replace("-", "", 1)
                                                               if bcc_options == "-" else bcc_options),
               ours, bcc, options)
    if names and os.path.exists(used):
        names.used = True
        os.unlink(used)
    return c.end()


def guest(directory):
    c = Comparison("guest")
    for name in sorted(f[:-5] for f in os.listdir(directory) if f.endswith(".ours")):
        with open("%s/%s.ours" % (directory, name), errors="replace") as f:
            ours = f.read()
        with open("%s/%s.bcc" % (directory, name), errors="replace") as f:
            bcc = f.read()
        c.same(name.split("-")[0], "%s: both print the same of one workload" % name.replace("-", " "), ours, bcc)
    return c.end()


os.chdir(top)
sys.exit(records() if sys.argv[1] == "records" else guest(sys.argv[2]))
