// SPDX-License-Identifier: BSD-2-Clause
/* filetop: reads and writes by file and thread.  After BCC's, by Brendan Gregg. */
/* LIBS: ncursesw */
#include "filetop.h"
#include "domain/dirs.h"
#include "domain/filename.h"
#include "domain/rw.h"
#include "filetop.skel.h"
#include "main/tool.h"
#include "output/screen.h"
#include <string.h>
#include <sys/stat.h>

static struct conf conf;
static bool read_only, write_only;
static const char *directory;

static const struct probe probes[] = { RW_PROBES, { 0 } };

static const struct opt opts[] = {
	OPT_RW_TOP,
	OPT_PID,
	OPT_CONTAINER(0),
	OPT_FLAG('a', "all-files", &conf.all, "Include sockets, pipes, devices and so on"),
	OPT_FLAG(0, "all", &conf.all, "The same as --all-files"),
	OPT_FLAG(0, "read-only", &read_only, "Show only reads"),
	OPT_FLAG(0, "write-only", &write_only, "Show only writes"),
	OPT_STR('d', "directory", "DIRECTORY", &directory,
		"Show only files directly in this directory"),
	{ 0 },
};

CELL(type, file_use, value_str(S_ISREG(e->v.mode) ? "R" : S_ISSOCK(e->v.mode) ? "S" : "O"))

CELL(name, file_use, filename_value(e->v.name, sizeof(e->v.name), e->v.mode, e->k.ino))
CELL(dev, file_use, value_fmt("%u:%u", e->k.dev >> 20, e->k.dev & 0xfffff))

static const struct col cols[] = {
	{ COL("TID", -7, file_use, k.tid), HELP("Thread ID") },
	{ COL("COMM", -16, file_use, v.comm),
	  HELP("Name of the thread when it first used the file") },
	RW_COLS(file_use, v.n, -7),
	{ COLF("T", 1, type), KEY("type"), HELP("R: a regular file, S: a socket, O: other") },
	{ COLF("FILE", 0, name), HELP("Name of the file, without its directory") },
	{ COL("pid", 0, file_use, v.pid), HELP("Process ID"), JSON_ONLY },
	{ COL("ino", 0, file_use, k.ino), HELP("Inode number"), JSON_ONLY },
	{ COLF("dev", 0, dev), HELP("Major and minor numbers of the file system's device"),
	  JSON_ONLY },
	{ 0 },
};

static int compare(const void *a, const void *b)
{
	return rw_compare(&((const struct file_use *)a)->v.n, &((const struct file_use *)b)->v.n);
}

static void parsed(void)
{
	struct dir_id dir = {};

	if (read_only && write_only)
		usage_error("--read-only and --write-only exclude each other");
	if (directory && !dir_identify(directory, &dir))
		usage_error("--directory: there is no directory '%s'", directory);
	conf.dir_ino = dir.ino;
	rw_reads = !write_only;
	rw_writes = !read_only;
	rw_parsed();
	screen_sorted_by(rw_sorted_by(), false);
}

static void begin(void)
{
	if (directory) {
		text("Tracing directory: ");
		text_str(directory, strlen(directory));
		text(" (Inode: %llu)\n", conf.dir_ino);
	}
	table_begin();
}

static void prepare(void *skel)
{
	if (directory)
		dirs_prepare(((struct filetop_bpf *)skel)->obj);
}

static void loaded(void *skel)
{
	if (directory)
		dir_find(((struct filetop_bpf *)skel)->obj, directory, 0);
}

TOOL(filetop, .summary = "Show reads and writes by file and thread.", .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  filetop             # every second\n"
		 "  filetop -C 5 3      # three 5-second reports, without clearing the screen\n"
		 "  filetop -s wbytes -p 181\n"
		 "  filetop -d /var/log --write-only",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, ENTRIES("files", file_use),
     TOP_SCREEN, .interval = 1, .compare = compare, .parsed = parsed, .prepare = prepare,
     .loaded = loaded, .begin = begin, .goodbye = "Detaching...")
