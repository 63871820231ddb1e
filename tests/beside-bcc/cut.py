#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""cut.py DIRECTORY <TYPES: kernel headers of no more than BCC's programs name.

BCC compiles its programs with the kernel's headers, which takes minutes where a processor is emulated.
TYPES is all types of the running kernel in C (`bpftool btf dump file ... format c`); headers below
DIRECTORY that pull in the most are replaced by one that has only the wanted ones of these, and what they
consist of.
"""
import os
import re
import sys

STRUCTS = """task_struct nsproxy pid_namespace file file_operations inode dentry path qstr vfsmount mount fs_struct
    super_block renamedata request request_queue gendisk block_device bio pt_regs cred kiocb iov_iter""".split()
TYPEDEFS = """bool u8 u16 u32 u64 s8 s16 s32 s64 __u8 __u16 __u32 __u64 __s8 __s16 __s32 __s64 __be16 __be32 __be64
    __le16 __le32 __le64 size_t ssize_t loff_t pid_t uid_t gid_t dev_t umode_t sector_t blk_opf_t fmode_t
    uintptr_t""".split()
CONSTANTS = "TASK_COMM_LEN DNAME_INLINE_LEN REQ_OP_WRITE".split()
# For a macro, take the line that defines it, from the first of these headers that does.
MACROS = "TASK_COMM_LEN REQ_OP_BITS REQ_OP_MASK FMODE_CREATED FMODE_OPENED".split()
MACROS_IN = "linux/sched.h linux/blk_types.h linux/fs.h linux/dcache.h".split()
HEADERS = """linux/types.h linux/sched.h linux/fs.h linux/dcache.h linux/fs_struct.h linux/mount.h linux/blk-mq.h
    linux/blkdev.h linux/fcntl.h linux/stat.h linux/log2.h linux/container_of.h linux/nsproxy.h linux/ns_common.h linux/ptrace.h uapi/linux/ptrace.h asm/page.h
    asm/ptrace.h""".split()
BESIDE = """
#include <uapi/linux/types.h>
#include <uapi/linux/fcntl.h>
#include <uapi/linux/limits.h>
#include <uapi/linux/stat.h>
#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define NULL ((void *)0)
#define __force
#define container_of(p, type, member) ((type *)((void *)(p) - __builtin_offsetof(type, member)))
"""

NAMED = re.compile(r"(struct|union|enum) (\w+) \{")
TYPEDEF = re.compile(r"typedef .*?(?:\(\*?(\w+)\)\(|(\w+)(?=\()|(\w+)(?:\[\d+\])*;\s*$)", re.S)
PART = re.compile(r"\b(struct|union|enum) (\w+)(?= [\w:;(]|;)")
POINTED = re.compile(r"\b(struct|union) (\w+)(?= \*|\)|,)")
WORD = re.compile(r"\b[A-Za-z_]\w*\b")


def macros(blocks):
    text = ""
    headers = "".join(open("%s/include/%s" % (sys.argv[1], h)).read() for h in MACROS_IN
                      if os.path.exists("%s/include/%s" % (sys.argv[1], h)))
    for name in MACROS:
        m = re.search(r"^#define\s+%s\s.*\n" % name, headers, re.M)
        text += m[0] if m else ""
    # Short names of dentries are arrays of this many bytes.
    if not any(re.match("enum", b) and "DNAME_INLINE_LEN" in b for b in blocks):
        m = next(filter(None, (re.search(r"d_iname\[(\d+)\]|union shortname_store \{\n.*\[(\d+)\]", b)
                               for b in blocks)), None)
        text += "#define DNAME_INLINE_LEN %s\n" % (m[1] or m[2]) if m else ""
    return text


def main():
    blocks, names = [], {}
    for block in sys.stdin.read().split("\n\n"):
        block = block.strip()
        if m := NAMED.match(block):
            names[m[2] if m[1] != "enum" else "enum " + m[2]] = len(blocks)
        elif m := TYPEDEF.match(block):
            names["typedef " + (m[1] or m[2] or m[3])] = len(blocks)
        elif not block.startswith("enum {"):
            continue
        blocks.append(block)
    wanted = set()
    todo = [names[s] for s in STRUCTS if s in names] + [names["typedef " + t] for t in TYPEDEFS
                                                       if "typedef " + t in names]
    # The user-space headers, which stay, have these.
    theirs = {n for name, n in names.items() if name.startswith("typedef __kernel_") and "{" in blocks[n]}
    todo += [n for n, block in enumerate(blocks) if any(re.search(r"\b%s\b" % c, block) for c in CONSTANTS)
             and re.match(r"enum", block)]
    pointed = set()
    while todo:
        n = todo.pop()
        if n in wanted or n in theirs:
            continue
        wanted.add(n)
        pointed |= {(m[1], m[2]) for m in POINTED.finditer(blocks[n])}
        todo += [names[k] for m in PART.finditer(blocks[n])
                 for k in [m[2] if m[1] != "enum" else "enum " + m[2]] if k in names]
        todo += [names["typedef " + w] for w in WORD.findall(blocks[n]) if "typedef " + w in names]
    print("%d of %d types" % (len(wanted), len(blocks)))
    text = "#pragma once\n" + BESIDE + macros(blocks) + "".join("%s %s;\n" % p for p in sorted(pointed)) + \
        "\n".join(blocks[n] + "\n" for n in sorted(wanted))
    for h in HEADERS:
        path = "%s/%s%s" % (sys.argv[1], "arch/x86/include/" if h.startswith("asm/") else "include/", h)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.exists(path):
            os.unlink(path)
        with open(path, "w") as f:
            f.write("#include <linux/cut.h>\n")
    with open(sys.argv[1] + "/include/linux/cut.h", "w") as f:
        f.write(text)


main()
