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
static void age(struct out *o, const void *rec)
{
	const struct life_event *e = rec;

	if (out_is_json(o))
		out_fixed(o, e->age, 9);
	else
		out_fixed(o, (e->age + 5000000) / 10000000, 2);
}

static void file(struct out *o, const void *rec)
{
	const struct life_event *e = rec;
	char path[sizeof(e->names) + PATH_MARK_LEN];

	if (conf.full_path)
		out_strn(o, path, path_join(path, e->names, e->len));
	else
		out_str(o, e->len ? e->names : "");
}

CELL(replaced, life_event, out_bool, e->replaced)

static const struct col cols[] = {
	{ COL_TIME(-8, life_event), HELP("Time of day of the deletion") },
	{ COL("PID", -7, life_event, pid), HELP("Process that deleted it") },
	{ COL("tid", 0, life_event, tid), HELP("Thread that deleted it"), JSON_ONLY },
	{ COL("COMM", -16, life_event, comm), HELP("Name of the thread that deleted it") },
	{ COLF("AGE(s)", -7, age), KEY("age_s"), FIELD(life_event, age),
	  HELP("Age of the file when deleted, in seconds") },
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
     EVENTS_TO(life_event, names, TAIL_LEN(life_event, len)))
