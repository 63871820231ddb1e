// SPDX-License-Identifier: BSD-2-Clause
/* mdflush: trace flushes of md arrays.  After BCC's, by Brendan Gregg. */
#include "mdflush.h"
#include "mdflush.skel.h"
#include "tool.h"
#include <err.h>

static const char function[] = "md_flush_request";

static const struct opt opts[] = { OPT_PID, OPT_CONTAINER(0), { 0 } };

static const struct col cols[] = {
	{ COL_TIME(-8, flush_event), HELP("Time of the flush") },
	{ COL("PID", -7, flush_event, pid), HELP("Process ID") },
	{ COL("COMM", -16, flush_event, comm), HELP("Name of the thread that asks for it") },
	{ COL("DEVICE", 0, flush_event, disk), HELP("Name of the array") },
	{ 0 },
};

static void prepare(void *skel)
{
	(void)skel;
	if (!probe_has_kprobe(function))
		errx(1,
		     "cannot trace flushes of md: this kernel has no function %s that can be "
		     "probed. The module md_mod comes with the first array",
		     function);
}

static void attach(void *skel)
{
	struct mdflush_bpf *s = skel;
	struct bpf_link *link = bpf_program__attach_kprobe(s->progs.flushed, false, function);

	if (!link)
		err(1, "cannot probe %s", function);
	probe_hold(link);
}

TOOL(mdflush, .summary = "Trace flushes of md arrays (software RAID).",
     .examples = "Examples:\n"
		 "  mdflush           # every flush\n"
		 "  mdflush -- sync   # those of a command",
     .opts = opts, .cols = cols, EVENTS(flush_event), .prepare = prepare, .attach = attach,
     .banner = "Tracing md flush requests... Hit Ctrl-C to end.")
