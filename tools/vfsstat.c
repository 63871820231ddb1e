// SPDX-License-Identifier: BSD-2-Clause
/* vfsstat: count calls of the virtual file system.  After BCC's, by Brendan Gregg. */
#include "vfsstat.h"
#include "main/tool.h"
#include "vfsstat.skel.h"

static const struct probe probes[] = {
	{ "reads", { "vfs_read" } },
	{ "readv(2)", { "vfs_readv" }, .optional = true },
	{ "writes", { "vfs_write" } },
	{ "writev(2)", { "vfs_writev" }, .optional = true },
	{ "fsync(2)", { "__x64_sys_fsync", "__arm64_sys_fsync" }, .optional = true },
	{ "fdatasync(2)", { "__x64_sys_fdatasync", "__arm64_sys_fdatasync" }, .optional = true },
	{ "syncs", { "vfs_fsync_range" } },
	{ "opens", { "vfs_open" } },
	{ "files created", { "security_inode_create" }, .optional = true },
	{ "files removed", { "security_inode_unlink" }, .optional = true },
	{ "directories created", { "security_inode_mkdir" }, .optional = true },
	{ "directories removed", { "security_inode_rmdir" }, .optional = true },
	{ 0 },
};

CELL(report_ms, vfs_calls, value_uint(run.report_ns / 1000000))

#define RATE(name, json, field, help)                                                 \
	{                                                                             \
		COL_AS(kind_rate, name, 8, vfs_calls, v.field), KEY(json), HELP(help) \
	}

static const struct col cols[] = {
	{ COL_TIME_NOW_COLON(-10), HELP("Time when the interval ended") },
	RATE("READ/s", "reads", reads, "Calls of read(2) and its relatives"),
	RATE("WRITE/s", "writes", writes, "Calls of write(2) and its relatives"),
	RATE("FSYNC/s", "fsyncs", fsyncs, "Calls of fsync(2), fdatasync(2) and the like"),
	RATE("OPEN/s", "opens", opens, "Files opened"),
	RATE("CREATE/s", "creates", creates, "Files created"),
	RATE("UNLINK/s", "unlinks", unlinks, "Names of files removed"),
	RATE("MKDIR/s", "mkdirs", mkdirs, "Directories created"),
	RATE("RMDIR/s", "rmdirs", rmdirs, "Directories removed"),
	{ COLF("interval_ms", 0, report_ms), HELP("Length of the interval, in milliseconds"),
	  JSON_ONLY },
	{ 0 },
};

TOOL(vfsstat, .summary = "Count calls of the virtual file system (VFS) per second.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  vfsstat               # a row each second\n"
		 "  vfsstat -p 181 5 12   # process 181, 12 rows of 5 seconds each\n"
		 "  vfsstat 1000 -- make  # the average rates while make runs",
     .probes = probes, .opts = filter_opts, .cols = cols, ENTRIES("counts", vfs_calls),
     .report = REPORT_ROWS, .interval = 1)
