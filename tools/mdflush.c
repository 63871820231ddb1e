// SPDX-License-Identifier: BSD-2-Clause
/* mdflush: trace flushes of md arrays.  After BCC's, by Brendan Gregg. */
#include "mdflush.h"
#include "kernel/kbtf.h"
#include "main/tool.h"
#include "mdflush.skel.h"

/* It is in the module md_mod, which is loaded with the first array. */
static const struct probe probes[] = { { "flushes of md", { "md_flush" } }, { 0 } };

static const struct opt opts[] = { OPT_PID, OPT_CONTAINER(0), { 0 } };

static const struct col cols[] = {
	{ COL_TIME(-8, flush_event), HELP("Time of the flush") },
	{ COL("PID", -7, flush_event, pid), HELP("Process ID") },
	{ COL("COMM", -16, flush_event, comm), HELP("Name of the thread that requests the flush") },
	{ COL("DEVICE", 0, flush_event, disk), HELP("Name of the array") },
	{ 0 },
};

static void targets(void)
{
	kbtf_use_module("md_mod");
	probe_target("md_flush", "md_flush_request");
}

TOOL(mdflush, .summary = "Trace flushes of md arrays (software RAID).",
     .examples = "Examples:\n"
		 "  mdflush           # every flush\n"
		 "  mdflush -- sync   # while sync runs",
     .probes = probes, .opts = opts, .cols = cols, EVENTS(flush_event), .targets = targets,
     .banner = "Tracing md flush requests... Hit Ctrl-C to end.")
