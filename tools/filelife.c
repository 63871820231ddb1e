// SPDX-License-Identifier: BSD-2-Clause
/* filelife: trace the lifespan of short-lived files.  After BCC's, by Brendan Gregg. */
#include "filelife.h"
#include "domain/path.h"
#include "filelife.skel.h"
#include "main/tool.h"

static struct conf conf;

static const struct probe probes[] = {
	{ "files that are created", { "do_dentry_open" } },
	{ "files that are created by mknod", { "vfs_create" }, .optional = true },
	{ "files that are deleted", { "vfs_unlink" } },
	{ "files that are replaced", { "vfs_rename" }, .optional = true },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_FLAG('F', "full-path", &conf.full_path, "Show the full path of the file"),
	{ 0 },
};

/* Hundredths of a second are enough for people. */
CELL(age, life_event, value_as(&kind_seconds2, e->age))

static struct value file(struct rec r)
{
	struct strings names = REC_STRINGS(r, life_event, names);

	if (conf.full_path && names.p < names.end)
		return path_value(names.p, names.end - names.p, "", 0);
	return value_chars(names.p, names.end - names.p);
}

CELL(replaced, life_event, value_bool(e->replaced, NULL))

static const struct col cols[] = {
	{ COL_TIME(-8, life_event), HELP("Time of day of the deletion") },
	{ COL("PID", -7, life_event, pid), HELP("Process that deleted it") },
	{ COL("tid", 0, life_event, tid), HELP("Thread that deleted it"), JSON_ONLY },
	{ COL("COMM", -16, life_event, comm), HELP("Name of the thread that deleted it") },
	{ COLF("AGE(s)", -7, age), KEY("age_s"), HELP("Age of the file when deleted, in seconds") },
	{ COLF("FILE", 0, file),
	  HELP("Name of the file, without its path; the full path with -F") },
	{ COLF("replaced", 0, replaced),
	  HELP("Whether the file is gone because another was renamed over it"), JSON_ONLY },
	{ 0 },
};

TOOL(filelife, .summary = "Trace the lifespan of short-lived files.",
     .examples = "Examples:\n"
		 "  filelife            # every file that is created and then deleted\n"
		 "  filelife -F         # with its path\n"
		 "  filelife -p 181     # files that process 181 both creates and deletes\n"
		 "  filelife -- make",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols,
     EVENTS_TO(life_event, names, TAIL_NONE))
