// SPDX-License-Identifier: BSD-2-Clause
/* syncsnoop: trace sync(2) and its kin.  After BCC's, by Brendan Gregg. */
#include "syncsnoop.h"
#include "main/tool.h"
#include "syncsnoop.skel.h"

static const struct probe probes[] = {
	{ "sync", { "ksys_sync", "sync" } },
	{ "syncs of files",
	  { SYSCALLS(SYSCALL_WAY_X64, fsync, fdatasync, msync, sync_file_range, syncfs),
	    SYSCALLS(SYSCALL_WAY_ARM64, fsync, fdatasync, msync, sync_file_range, syncfs),
	    "fsync fdatasync msync sync_file_range syncfs" } },
#ifdef __x86_64__
	{ "syncs of files by 32-bit programs",
	  { "__ia32_sys_fsync __ia32_sys_fdatasync __ia32_sys_msync "
	    "__ia32_sys_ia32_sync_file_range __ia32_sys_syncfs" },
	  .optional = true },
#else
	{ "sync_file_range by 32-bit programs",
	  { "__arm64_compat_sys_aarch32_sync_file_range2" },
	  .optional = true },
#endif
	{ "syncs by io_uring", { "io_fsync io_sync_file_range" }, .optional = true },
	{ 0 },
};

CELL(seconds, sync_event, value_as(&kind_fixed9, e->ts))

static const char *const calls[CALLS] = {
	[CALL_SYNC] = "sync",
	[CALL_FSYNC] = "fsync",
	[CALL_FDATASYNC] = "fdatasync",
	[CALL_MSYNC] = "msync",
	[CALL_SYNC_FILE_RANGE] = "sync_file_range",
	[CALL_SYNCFS] = "syncfs",
	[CALL_URING_FSYNC] = "io_uring fsync",
	[CALL_URING_RANGE] = "io_uring sync_file_range",
};
CELL(call_name, sync_event, value_str(NAME_OF(calls, e->call)))

static const struct col cols[] = {
	{ COLF("TIME(s)", -18, seconds), KEY("time_s"),
	  HELP("Seconds since boot, not counting time suspended") },
	{ COL("pid", 0, sync_event, pid), HELP("Process ID"), JSON_ONLY },
	{ COL("tid", 0, sync_event, tid), HELP("Thread ID"), JSON_ONLY },
	{ COL("COMM", -16, sync_event, comm), HELP("Name of the thread") },
	{ COLF("CALL", -16, call_name), HELP("System call") },
	{ 0 },
};

TOOL(syncsnoop, .summary = "Trace sync(2) and related system calls.",
     .examples = "Examples:\n"
		 "  syncsnoop                 # every sync\n"
		 "  syncsnoop -p 181          # by process 181\n"
		 "  syncsnoop --json -- dpkg -i some.deb",
     .probes = probes, .opts = filter_opts, .cols = cols, EVENTS(sync_event))
