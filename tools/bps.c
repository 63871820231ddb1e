// SPDX-License-Identifier: BSD-2-Clause
/* bps: the BPF programs and maps that there are.  After BCC's, by Martin KaFai Lau. */
#include "bps.h"
#include "base/priv.h"
#include "bps.skel.h"
#include "domain/bpf_fds.h"
#include "main/tool.h"
#include "output/print.h"
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static u32 only; /* this program and its maps; 0: all programs */
static bool maps;
static struct tool *me;

static const struct opt opts[] = {
	OPT_FLAG('m', "maps", &maps, "Also list the maps"),
	{ 0 },
};

/* ---- columns ---- */

/* BCC has spaces in the names of the older types, up to this one. */
enum {
	LAST_PROG_WITH_SPACES = BPF_PROG_TYPE_SK_SKB,
	LAST_MAP_WITH_SPACES = BPF_MAP_TYPE_HASH_OF_MAPS
};

static struct value type_value(const char *name, u32 type, u32 last_with_spaces)
{
	static char s[32];

	if (!name)
		return value_fmt("<%u>", type);
	snprintf(s, sizeof(s), "%s", name);
	for (char *c = s; !run.json && type <= last_with_spaces && *c; c++)
		if (*c == '_')
			*c = ' ';
	return value_str(s);
}

static struct value map_type(u32 type)
{
	if (type == BPF_MAP_TYPE_PERF_EVENT_ARRAY && !run.json)
		return value_str("perf-ev array");
	return type_value(libbpf_bpf_map_type_str(type), type, LAST_MAP_WITH_SPACES);
}

static struct value when(u64 ns, const char *format)
{
	static char s[40];
	time_t t = ns / 1000000000;
	struct tm tm;

	if (!ns || !localtime_r(&t, &tm) || !strftime(s, sizeof(s), format, &tm))
		return value_none("?");
	return value_str(s);
}

CELL(prog_type, bpf_thing,
     type_value(libbpf_bpf_prog_type_str(e->v.type), e->v.type, LAST_PROG_WITH_SPACES))
CELL(shown_map_type, bpf_thing, map_type(e->v.type))
/* A dash marks one that is interpreted. */
CELL(bid, bpf_thing, value_fmt(e->v.bytes ? "%u" : "%u-", e->k.id))
CELL(month_day, bpf_thing, when(e->v.loaded, "%b%d/%H:%M"))
CELL(load_time, bpf_thing, when(e->v.loaded, "%Y-%m-%dT%H:%M:%S%z"))

static const struct col cols[] = {
	{ COLF("BID", 9, bid), TEXT_ONLY,
	  HELP("ID of the program, with a dash if it is not compiled to machine code (JSON: id)") },
	{ COL("id", 0, bpf_thing, k.id), HELP("ID of the program or map"), JSON_ONLY },
	{ COLF("TYPE", -15, prog_type), KEY("prog_type"), HELP("Type of the program") },
	{ COL("UID", 8, bpf_thing, v.uid), HELP("The user who loaded it") },
	{ COL("#MAPS", 6, bpf_thing, v.maps), KEY("maps"), .flags = COL_GAUGE,
	  HELP("How many maps it uses") },
	{ COLF("LoadTime", -12, month_day), TEXT_ONLY,
	  HELP("When it was loaded (JSON: load_time)") },
	{ COLF("load_time", 0, load_time), HELP("When it was loaded"), JSON_ONLY },
	{ COL("NAME", 0, bpf_thing, v.name), NONE(""),
	  HELP("Its name, cut by the kernel to 15 bytes") },
	{ COL("code_bytes", 0, bpf_thing, v.bytes), HELP("Size of its machine code, or 0"),
	  .flags = COL_GAUGE | COL_JSON_ONLY },
	{ 0 },
};

static const struct col map_cols[] = {
	{ COL("MID", 8, bpf_thing, k.id), KEY("id"), HELP("ID of the map") },
	{ COLF("TYPE", -15, shown_map_type), KEY("map_type"), HELP("Type of the map") },
	{ COL_AS(kind_address, "FLAGS", -10, bpf_thing, v.flags), TEXT_ONLY,
	  HELP("Its flags (BPF_F_...)") },
	{ COL("flags", 0, bpf_thing, v.flags), HELP("Its flags (BPF_F_...)"),
	  .flags = COL_GAUGE | COL_JSON_ONLY },
	{ COL("KeySz", 8, bpf_thing, v.key_size), KEY("key_size"), .flags = COL_GAUGE,
	  HELP("Size of a key, in bytes") },
	{ COL("ValueSz", 8, bpf_thing, v.value_size), KEY("value_size"), .flags = COL_GAUGE,
	  HELP("Size of a value, in bytes") },
	{ COL("MaxEnts", 8, bpf_thing, v.max_entries), KEY("max_entries"), .flags = COL_GAUGE,
	  HELP("How many entries it has room for") },
	{ COL("NAME", 0, bpf_thing, v.name), NONE(""),
	  HELP("Its name, cut by the kernel to 15 bytes") },
	{ COL("memory_bytes", 0, bpf_thing, v.bytes), HELP("The memory that it takes"),
	  .flags = COL_GAUGE | COL_JSON_ONLY },
	{ 0 },
};

static bool is_map(struct rec r)
{
	return ((const struct bpf_thing *)r.p)->k.is_map;
}

/* ---- what there is ---- */

static struct bpf_thing *found;
static size_t n_found, n_maps;

/* Room for one more is what a report wants. */
static struct bpf_thing *another(void)
{
	found = reallocarray(found, n_found + 2, sizeof(*found));
	if (!found)
		err(1, NULL);
	return memset(found + n_found, 0, sizeof(*found));
}

/* How far the clock of load times, which goes on while the machine sleeps, is behind the wall clock. */
static u64 boot_ns(void)
{
	struct timespec now, boot;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (now.tv_sec - boot.tv_sec) * 1000000000ull + now.tv_nsec - boot.tv_nsec;
}

static void add_map(u32 id)
{
	struct bpf_map_info info = {};
	u32 len = sizeof(info);
	struct bpf_fd at = { .pid = getpid() };
	struct bpf_thing *t = another();
	int fd = bpf_map_get_fd_by_id(id);

	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len)) {
		at.fd = fd;
		t->k.id = id;
		t->k.is_map = true;
		t->v.type = info.type;
		t->v.flags = info.map_flags;
		t->v.key_size = info.key_size;
		t->v.value_size = info.value_size;
		t->v.max_entries = info.max_entries;
		t->v.bytes = bpf_fd_number(&at, "memlock");
		memcpy(t->v.name, info.name, sizeof(t->v.name));
		n_found++;
		n_maps++;
	}
	close(fd);
}

/* With its maps, if it is the only one.  False: there is no such program. */
static bool add_prog(u32 id)
{
	struct bpf_prog_info info = {};
	u32 len = sizeof(info), n;
	struct bpf_thing *t = another();
	int fd = bpf_prog_get_fd_by_id(id);
	u32 *ids;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len)) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	t->k.id = id;
	t->v.type = info.type;
	t->v.uid = info.created_by_uid;
	t->v.maps = n = info.nr_map_ids;
	t->v.bytes = info.jited_prog_len;
	t->v.loaded = boot_ns() + info.load_time;
	memcpy(t->v.name, info.name, sizeof(t->v.name));
	n_found++;
	if (only && n) {
		ids = calloc(n, sizeof(*ids));
		if (!ids)
			err(1, NULL);
		info = (struct bpf_prog_info){ .map_ids = (unsigned long)ids, .nr_map_ids = n };
		len = sizeof(info);
		if (!bpf_obj_get_info_by_fd(fd, &info, &len))
			for (u32 i = 0; i < n && i < info.nr_map_ids; i++)
				add_map(ids[i]);
		free(ids);
	}
	close(fd);
	return true;
}

static char *collect(size_t *n)
{
	u32 id = 0;

	another();
	if (only) {
		if (!add_prog(only) && errno == EPERM)
			bpf_not_listed();
		if (!n_found)
			errx(1, "there is no BPF program with the ID %u", only);
	} else {
		while (!bpf_prog_get_next_id(id, &id))
			add_prog(id);
		if (errno != ENOENT)
			bpf_not_listed();
	}
	id = 0;
	while (maps && !only && !bpf_map_get_next_id(id, &id))
		add_map(id);
	*n = n_found;
	return (char *)found;
}

static int compare(const void *a, const void *b)
{
	const struct bpf_thing *x = a, *y = b;

	return x->k.is_map != y->k.is_map ? (int)x->k.is_map - (int)y->k.is_map
					  : (x->k.id > y->k.id) - (x->k.id < y->k.id);
}

/* BCC's has the header also if the program has no maps. */
static void report_end(void)
{
	if (me->alt_cols && !n_maps) {
		text("\n");
		records_head(true);
	}
}

static void called_as(struct tool *tool, const char *name)
{
	(void)name;
	me = tool;
}

static int positional(unsigned int n, const char *arg)
{
	if (!n)
		only = parse_u64(arg, "ID", 1, UINT32_MAX);
	return !n;
}

static void parsed(void)
{
	/* So that the header comes also if there is no program. */
	if (!only && !maps && !run.json)
		me->alt_cols = NULL;
	priv_keep(CAP_SYS_ADMIN);
	priv_keep(CAP_DAC_READ_SEARCH); /* /proc/self of who was root is root's */
}

TOOL(bps, .summary = "List the BPF programs and maps that there are.", .args = "[ID]",
     .examples = "Examples:\n"
		 "  bps    # programs\n"
		 "  bps -m # also maps\n"
		 "  bps 52 # this program and its maps",
     .opts = opts, .cols = cols, .alt_cols = map_cols, .is_alt = is_map,
     COLLECTED(collect, bpf_thing), .no_interval = true, .compare = compare, .called_as = called_as,
     .positional = positional, .parsed = parsed, .report_end = report_end)
