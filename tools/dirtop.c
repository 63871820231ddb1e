// SPDX-License-Identifier: BSD-2-Clause
/* dirtop: reads and writes by directory.  After BCC's. */
/* LIBS: ncursesw */
#include "dirtop.h"
#include "dirtop.skel.h"
#include "domain/dirs.h"
#include "domain/rw.h"
#include "main/tool.h"
#include "output/screen.h"
#include <err.h>
#include <glob.h>
#include <string.h>

static struct conf conf;
static const char *patterns;
#define DIRS_MAX (sizeof(conf.inos) / sizeof(*conf.inos))
static const char *paths[DIRS_MAX];
static struct dir_id dirs[DIRS_MAX];

static const struct probe probes[] = { RW_PROBES, { 0 } };

static const struct opt opts[] = {
	OPT_STR('d', "root-directories", "GLOBS", &patterns,
		"Directories to show, including everything below them: /home/*,/var"),
	OPT_RW_TOP,
	OPT_PID,
	OPT_CONTAINER(0),
	{ 0 },
};

static struct value path(struct rec r)
{
	u32 dir = ((const struct dir_use *)r.p)->dir;

	return value_named(dir < conf.n ? paths[dir] : NULL, "[%u]", dir);
}

static const struct col cols[] = {
	RW_COLS(dir_use, v, -8),
	{ COLF("PATH", 0, path), HELP("Directory, including everything below it") },
	{ 0 },
};

static int compare(const void *a, const void *b)
{
	return rw_compare(&((const struct dir_use *)a)->v, &((const struct dir_use *)b)->v);
}

static void add_dir(const char *dir)
{
	struct dir_id id = {};

	if (!dir_identify(dir, &id))
		return;
	for (u32 i = 0; i < conf.n; i++)
		if (dirs[i].ino == id.ino && dirs[i].dev == id.dev)
			return;
	if (conf.n == DIRS_MAX)
		usage_error("--root-directories: at most %zu directories can be shown", DIRS_MAX);
	dirs[conf.n] = id;
	conf.inos[conf.n] = id.ino;
	paths[conf.n] = strdup(dir);
	if (!paths[conf.n++])
		err(1, NULL);
}

static void add_glob(const char *pattern)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		add_dir(found.gl_pathv[i]);
	globfree(&found);
}

static void parsed(void)
{
	if (!patterns)
		usage_error("which directories should be shown? -d is missing");
	parse_words(patterns, add_glob);
	if (!conf.n)
		usage_error("--root-directories: there is no directory '%s'", patterns);
	rw_parsed();
	screen_sorted_by(rw_sorted_by(), false);
}

static void prepare(void *skel)
{
	struct dirtop_bpf *s = skel;

	bpf_map__set_max_entries(s->maps.counts, conf.n);
	dirs_prepare(s->obj);
}

static void loaded(void *skel)
{
	for (u32 i = 0; i < conf.n; i++)
		dir_find(((struct dirtop_bpf *)skel)->obj, paths[i], i);
}

static void begin(void)
{
	for (u32 i = 0; i < conf.n; i++) {
		text("Considering ");
		text_str(paths[i], strlen(paths[i]));
		text(" with inode_id %llu\n", conf.inos[i]);
	}
	table_begin();
}

static const struct trial trials[] = { { "directories", "-d /" }, { 0 } };

TOOL(dirtop, .summary = "Show reads and writes by directory.",
     .args = "-d GLOBS [INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  dirtop -d '/home/*,/var'       # every second\n"
		 "  dirtop -d /var/lib -C 5 3      # three 5-second reports\n"
		 "  dirtop -d '/var/*' -s wbytes   # most written first",
     CONF(conf), .probes = probes, .trials = trials, .opts = opts, .cols = cols,
     ENTRIES("counts", dir_use), TOP_SCREEN, .interval = 1, .compare = compare, .parsed = parsed,
     .prepare = prepare, .loaded = loaded, .begin = begin, .goodbye = "Detaching...")
