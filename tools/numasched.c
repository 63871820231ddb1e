// SPDX-License-Identifier: BSD-2-Clause
/* numasched: threads that move from one NUMA node to another.  After BCC's, by Rong Tao. */
#include "numasched.h"
#include "main/tool.h"
#include "numasched.skel.h"
#include <err.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct conf conf;
static const char *only_comm;

static const struct opt opts[] = {
	OPT_PID,
	OPT_TID('t'),
	OPT_STR('c', "comm", "NAME", &only_comm, "Trace only threads of this name"),
	OPT_CONTAINER(0),
	{ 0 },
};

static struct value arrow(struct rec r)
{
	(void)r;
	return value_str("->");
}

static const struct col cols[] = {
	{ COL_TIME(-8, node_change), HELP("Time of day") },
	{ COL("PID", -8, node_change, pid), HELP("Process ID") },
	{ COL("TID", -8, node_change, tid), HELP("Thread ID") },
	{ COL("SRC_NID", -8, node_change, src_node), HELP("The node that the thread was on") },
	{ COLF("", -2, arrow), TEXT_ONLY },
	{ COL("DST_NID", -8, node_change, dst_node), HELP("The node that it is on from now on") },
	{ COL("COMM", -8, node_change, comm), HELP("Name of the thread") },
	{ COL("src_cpu", 0, node_change, src_cpu), HELP("The CPU that it was on"), JSON_ONLY },
	{ COL("dst_cpu", 0, node_change, dst_cpu), HELP("The CPU that it is on from now on"),
	  JSON_ONLY },
	{ 0 },
};

/* "0-3,8-11": these CPUs are on the node. */
static void node_cpus(char *list, u16 node)
{
	char *part;

	while ((part = strsep(&list, ","))) {
		unsigned int first, last;
		int n = sscanf(part, "%u-%u", &first, &last);

		if (n == 1)
			last = first;
		for (; n > 0 && first <= last && first < CPUS_MOST; first++)
			conf.nodes[first] = node;
	}
}

#define NODES "/sys/devices/system/node/node"

static void prepare(void *skel)
{
	static char list[65536];
	glob_t g;

	(void)skel;
	if (glob(NODES "[0-9]*/cpulist", 0, NULL, &g))
		return; /* the kernel knows of no nodes: all is one */
	for (size_t i = 0; i < g.gl_pathc; i++) {
		FILE *f = fopen(g.gl_pathv[i], "re");

		if (!f)
			err(1, "%s", g.gl_pathv[i]);
		if (fgets(list, sizeof(list), f))
			node_cpus(list, atoi(g.gl_pathv[i] + strlen(NODES)));
		fclose(f);
	}
	globfree(&g);
}

static bool keep(struct rec r)
{
	const struct node_change *e = r.p;

	return !only_comm || !strncmp(e->comm, only_comm, COMM_LEN);
}

TOOL(numasched, .summary = "Trace threads that move from one NUMA node to another.",
     .examples = "Examples:\n"
		 "  numasched          # all threads\n"
		 "  numasched -p 181   # those of process 181\n"
		 "  numasched -t 185   # one thread\n"
		 "  numasched -c java  # threads of this name",
     CONF(conf), .opts = opts, .cols = cols, EVENTS(node_change), .prepare = prepare, .keep = keep,
     .banner = "Tracing task NUMA switch...")
