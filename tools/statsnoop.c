// SPDX-License-Identifier: BSD-2-Clause
/* statsnoop: trace calls of stat(2) and its kin.  After BCC's, by Brendan Gregg. */
#include "statsnoop.h"
#include "main/tool.h"
#include "statsnoop.skel.h"

static struct conf conf;

static const struct probe probes[] = {
	{ "stats",
	  { SYSCALLS(SYSCALL_WAY_X64, newstat, newlstat, newfstatat, statx, statfs),
	    SYSCALLS(SYSCALL_WAY_ARM64, newfstatat, statx, statfs),
	    SYSCALLS(SYSCALL_WAY_TP, newstat, newlstat, newfstatat, statx, statfs),
	    SYSCALLS(SYSCALL_WAY_TP, newfstatat, statx, statfs) } },
#ifdef __x86_64__
	{ "stats of 32-bit programs",
	  { "__ia32_compat_sys_newstat __ia32_compat_sys_newlstat __ia32_compat_sys_ia32_stat64 "
	    "__ia32_compat_sys_ia32_lstat64 __ia32_compat_sys_ia32_fstatat64 __ia32_sys_statx "
	    "__ia32_compat_sys_statfs __ia32_compat_sys_statfs64" },
	  .optional = true },
#else
	{ "stats of 32-bit programs",
	  { "__arm64_compat_sys_newstat __arm64_compat_sys_newlstat __arm64_sys_stat64 "
	    "__arm64_sys_lstat64 __arm64_sys_fstatat64 __arm64_compat_sys_statfs "
	    "__arm64_compat_sys_aarch32_statfs64" },
	  .optional = true },
#endif
	{ "stats by io_uring", { "do_statx" }, .optional = true },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_FLAG('x', "failed", &conf.failed, "Show only failed calls"),
	{ 0 },
};

static const char *const syscalls[CALLS] = {
	[CALL_NEWSTAT] = "newstat",       [CALL_NEWLSTAT] = "newlstat",
	[CALL_STAT64] = "stat64",         [CALL_LSTAT64] = "lstat64",
	[CALL_STATFS] = "statfs",         [CALL_STATFS64] = "statfs64",
	[CALL_NEWFSTATAT] = "newfstatat", [CALL_FSTATAT64] = "fstatat64",
	[CALL_STATX] = "statx",           [CALL_URING_STATX] = "io_uring",
};
CELL(syscall_name, stat_event, value_str(NAME_OF(syscalls, e->call)))

static const struct col cols[] = {
	{ COL_TIME_S(-13, stat_event), HELP("Seconds since the first event"),
	  SHOW('t', "timestamp", "Show the time of the call") },
	{ COL("PID", -7, stat_event, pid), HELP("Process ID") },
	{ COL("tid", 0, stat_event, tid), HELP("Thread ID"), JSON_ONLY },
	{ COL("COMM", -16, stat_event, comm), HELP("Name of the thread") },
	{ COL_FD(4, stat_event), HELP("0, or -1 if the call failed") },
	{ COL_ERR(3, stat_event), HELP("Error number, or 0; see errno(3)") },
	{ COLF("SYSCALL", -12, syscall_name), HELP("System call by the kernel's name, or io_uring"),
	  SHOW('s', "sysname", "Show the name of the system call") },
	{ COL("PATH", 0, stat_event, path), HELP("Path as the caller gave it") },
	{ 0 },
};

TOOL(statsnoop, .summary = "Trace stat(2) and related system calls.",
     .examples = "Examples:\n"
		 "  statsnoop             # every stat\n"
		 "  statsnoop -x          # only calls that fail\n"
		 "  statsnoop -tsp 181    # by process 181, with the time and the system call\n"
		 "  statsnoop -- make     # as long as make runs",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, EVENTS_TO(stat_event, path))
