// SPDX-License-Identifier: BSD-2-Clause
/* vfscount: count calls of the kernel's vfs_ functions.  After BCC's, by Brendan Gregg. */
#include "vfscount.h"
#include "attach.h"
#include "loss.h"
#include "tool.h"
#include "vfscount.skel.h"

static struct conf conf = { .cpu = -1 };
static struct pattern pattern;

static const struct opt opts[] = { OPT_PID, OPT_UID, OPT_CONTAINER(0), { 0 } };

static void addr(struct out *o, const void *rec)
{
	u32 id = ((const struct hits *)rec)->id;

	for (size_t i = 0; i < pattern.n_places; i++)
		if (pattern.places[i].id == id && pattern.places[i].at) {
			out_fmt(o, "%llx", pattern.places[i].at);
			return;
		}
	out_null(o, "-");
}

static void func(struct out *o, const void *rec)
{
	u32 id = ((const struct hits *)rec)->id;

	if (id < pattern.n_names)
		out_str(o, pattern.names[id]);
	else
		out_fmt(o, "[%u]", id);
}

static const struct col cols[] = {
	{ COLF("ADDR", -16, addr), HELP("Address of the function, in hexadecimal") },
	{ COLF("FUNC", -26, func), HELP("Function") },
	{ COL("COUNT", 8, hits, v), HELP("How often it was called") },
	{ 0 },
};

static int compare(const void *a, const void *b)
{
	const struct hits *x = a, *y = b;

	return x->v != y->v ? (x->v > y->v) - (x->v < y->v) : (x->id > y->id) - (x->id < y->id);
}

static void prepare(void *skel)
{
	struct vfscount_bpf *s = skel;
	bool multi;

	if (!pattern.n_names) {
		pattern_parse(&pattern, "vfs_*", false);
		pattern_expand(&pattern, 0);
	}
	multi = attach_can_multi(&pattern);
	bpf_program__set_autoload(s->progs.multi, multi);
	bpf_program__set_autoload(s->progs.single, !multi);
	bpf_map__set_max_entries(s->maps.counts, pattern.n_names);
}

static void attach(void *skel)
{
	struct vfscount_bpf *s = skel;
	bool multi = bpf_program__autoload(s->progs.multi);

	loss_side("calls: the CPU was already inside a probe", attach_missed);
	attach_pattern(&pattern, multi ? s->progs.multi : s->progs.single, 0, false);
}

/* BCC's, between the banner and the report. */
static void report_begin(void)
{
	text("\n");
}

TOOL(vfscount, .summary = "Count calls of the kernel's vfs_ functions.", .args = "[DURATION]",
     .examples = "Examples:\n"
		 "  vfscount            # until Ctrl-C\n"
		 "  vfscount 5          # for 5 seconds\n"
		 "  vfscount -- ls -lR  # as long as ls runs",
     CONF(conf), ENTRIES("counts", hits), .opts = opts, .cols = cols,
     .positional = positional_duration, .no_interval = true, .prepare = prepare, .attach = attach,
     .report_begin = report_begin, .compare = compare, .banner = "Tracing... Ctrl-C to end.")
