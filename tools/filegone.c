// SPDX-License-Identifier: BSD-2-Clause
/* filegone: trace why files are gone.  After BCC's, by Curu Wong. */
#include "filegone.h"
#include "filegone.skel.h"
#include "kernel/kbtf.h"
#include "main/tool.h"
#include <stdio.h>
#include <unistd.h>

static bool has_btrfs; /* in the kernel, or loaded */

static const struct probe probes[] = {
	{ "files that are deleted", { "vfs_unlink" } },
	{ "directories that are deleted", { "vfs_rmdir" } },
	{ "files that are renamed", { "vfs_rename" } },
	{ "subvolumes of btrfs that are deleted",
	  { "btrfs_delete_subvolume" },
	  .optional = true,
	  .wanted = &has_btrfs },
	{ 0 },
};

/*
 * Some compilers inline the beginning of vfs_rmdir() into its caller in the same file, which then
 * calls the rest (Debian's 5.10).
 */
static void targets(void)
{
	has_btrfs = !access("/sys/fs/btrfs", F_OK);
	if (has_btrfs)
		kbtf_use_module("btrfs");
	if (probe_has_symbol("vfs_rmdir.part.0"))
		probe_target("vfs_rmdir", "vfs_rmdir.part.0");
}

CELL(action, gone_event, value_str(e->action == GONE_RENAME ? "RENAME" : "DELETE"))

static const char *new_name(struct rec r)
{
	const struct gone_event *e = r.p;
	struct strings all = REC_STRINGS(r, gone_event, names);

	return e->names + e->old_len < all.end ? e->names + e->old_len : "";
}

/* BCC has both names in one column. */
CELL(names, gone_event,
     e->action == GONE_RENAME ? value_fmt("%s > %s", e->names, new_name(r)) : value_str(e->names))

CELL(renamed, gone_event, value_maybe(e->action == GONE_RENAME ? new_name(r) : NULL))
CELL(directory, gone_event, value_bool(e->action == GONE_RMDIR, NULL))

static const struct col cols[] = {
	{ COL_TIME(-8, gone_event), HELP("Time of day") },
	{ COL("PID", -7, gone_event, pid), HELP("Process ID") },
	{ COL("tid", 0, gone_event, tid), HELP("Thread ID"), JSON_ONLY },
	{ COL("COMM", -16, gone_event, comm), HELP("Name of the thread") },
	{ COLF("ACTION", 6, action), HELP("DELETE or RENAME") },
	{ COLF("FILE", 0, names),
	  HELP("Name of the file or directory, without its path; for a rename, \"old > new\""),
	  TEXT_ONLY },
	{ COL("file", 0, gone_event, names), HELP("Name of the file; for a rename, the old one"),
	  JSON_ONLY },
	{ COLF("new", 0, renamed), HELP("New name, for a rename"), JSON_ONLY },
	{ COLF("rmdir", 0, directory), HELP("Whether it was a directory that was deleted"),
	  JSON_ONLY },
	{ 0 },
};

TOOL(filegone, .summary = "Trace files being deleted or renamed.",
     .examples = "Examples:\n"
		 "  filegone            # every file that is deleted or renamed\n"
		 "  filegone -p 181     # by process 181\n"
		 "  filegone -- make clean",
     .probes = probes, .targets = targets, .opts = filter_opts, .cols = cols,
     EVENTS_TO(gone_event, names, TAIL_PART(gone_event, old_len)))
