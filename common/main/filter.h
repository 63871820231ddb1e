/* SPDX-License-Identifier: BSD-2-Clause */
/* Options that choose tasks, for tools whose BPF program calls task_wanted(). */
#pragma once
#include "base/opt.h"
#include <bpf/libbpf.h>

#define OPT_PID \
	OPT_CALL('p', "pid", "PID", filter_pid, "Trace only this process, or several: 12,34")
#define OPT_TID(k) \
	OPT_CALL(k, "tid", "TID", filter_tid, "Trace only this thread, or several: 12,34")
#define OPT_UID     OPT_CALL('u', "uid", "USER", filter_uid, "Trace only this user, by name or number")
#define OPT_PPID(k) OPT_CALL(k, "ppid", "PID", filter_ppid, "Trace only children of this process")
#define OPT_COMM(k, n) \
	OPT_CALL(k, n, "NAME", filter_comm, "Trace only threads whose name contains this")
/* K is a letter for --cgroup, or 0 where BCC's tool uses -c for something else. */
#define OPT_CONTAINER(k)                                                   \
	OPT_CALL(k, "cgroup", "PATH", filter_cgroup,                       \
		 "Trace only this cgroup v2 directory and below"),         \
		OPT_CALL(0, "cgroupmap", "PATH", filter_cgroupmap,         \
			 "Trace only the cgroups in this pinned BPF map"), \
		OPT_CALL(0, "mntnsmap", "PATH", filter_mntnsmap,           \
			 "Trace only the mount namespaces in this pinned BPF map")

/* .opts of a tool with no others: -p, -u and the container options. */
extern const struct opt filter_opts[];

void filter_pid(const char *arg);
void filter_tid(const char *arg);
void filter_uid(const char *arg);
void filter_ppid(const char *arg);
void filter_comm(const char *part);
void filter_cgroup(const char *path);
void filter_cgroupmap(const char *path);
void filter_mntnsmap(const char *path);

/* What -p and the like chose, in the words of BCC's banners: "all threads", "PID [12, 34]". */
const char *filter_context(void);
/* The same as "all threads", "PIDs 12,34". */
const char *filter_context_plural(void);
/* Did the user restrict tracing to some tasks? */
bool filter_is_set(void);
/* The process that the user asked for, if it is only one; else 0. */
u32 filter_only_pid(void);
/* The processes that -p chose, and their number in *n; none for --exec, whose process is not there yet. */
const u32 *filter_pids(size_t *n);
/* Trace this process instead of those on the command line. */
void filter_set_pid(u32 pid);

/* Exits, with a sentence, if there is no such process, or no such thread either. */
void filter_check(u32 id, bool may_be_thread);

/* For the library: before loading, and once the maps exist. */
void filter_prepare(struct bpf_object *);
void filter_loaded(struct bpf_object *);
