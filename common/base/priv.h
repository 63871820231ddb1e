/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Privileges.  Once its probes are attached, a tool reads what others have written (names, paths,
 * symbol files), so it drops its privileges first.  (Only the files of -p and --btf are read before.)
 *
 * - Root becomes a user that nobody else is.  Not with --openmetrics, because the new file must be root's and
 *   the folder can be one that only root may write to.  Not if a capability that is needed is missing (as in
 *   some containers), because then root's number may be all that opens other processes' files.
 * - All capabilities go but those that priv_keep() names, and none can come back (no_new_privs).
 * - A seccomp filter denies executing programs, making connections, reaching into other processes, and changing
 *   files.  It lists what is denied: an attacker who can run code here may still read what the tool may, and
 *   use its open maps and perf events; a list of what is allowed would have to allow open, mmap, bpf and ioctl.
 * - Landlock (5.13) allows changes of files only where priv_writes() says.  Not for tools that name functions of
 *   programs: it also hides /proc/PID/root and the like of all processes, whatever the capabilities.
 */
#pragma once
#include "lib/types.h"
#include <linux/capability.h>

/* Is this capability (CAP_BPF, ...) in effect? */
bool priv_has(int cap);

/* Before priv_drop(): keep this capability, if the tool has it. */
void priv_keep(int cap);
/* The same for one that root's user ID would make unnecessary: not kept if the tool stays root. */
void priv_keep_unless_root(int cap);
/* Before priv_drop(), at most twice: files are opened, made and replaced in this folder, as who runs the tool. */
void priv_writes(const char *dir);

/*
 * Give up all privileges but those kept, for good.  MAP_FD is one of the tool's maps, or -1.
 * Before 5.19, the kernel lets nobody read it without CAP_BPF, so there we keep CAP_BPF.
 */
void priv_drop(int map_fd);

/*
 * Until it is called with false: no task of ordinary priority preempts us.  While a task is inside a system call for
 * the elements of a map, the kernel runs no program at a kprobe or a tracepoint of perf's on its processor
 * (bpf_disable_instrumentation), so if it is preempted there, hits of the tasks that run instead are missed.
 * Where that is not allowed, nothing changes.
 */
void priv_unpreempted(bool on);

/*
 * For a process of the tool's own that does none of its work: give up all capabilities, for good.  It may change files
 * in this folder only (NULL: nowhere), where the kernel has Landlock.
 */
void priv_drop_all(const char *dir);
