// SPDX-License-Identifier: BSD-2-Clause
/*
 * compacts EXPECTED all N	have the kernel compact all of its memory, N times: only for guests
 * compacts EXPECTED huge	ask for more huge pages than there can be, so that it compacts memory to make some
 *
 * Writes the kernel's own trace of it, that of this process: [pid,node,"zone",order,"mode","status"] of each compaction.
 */
#include "vmstat.h"
#include "work.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define INSTANCE "/sys/kernel/tracing/instances/compacts"

static void put(const char *file, const char *s)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), INSTANCE "/%s", file);
	f = fopen(path, "we");
	if (!f || fputs(s, f) < 0 || fclose(f))
		err(1, "%s", path);
}

static void trace_begin(void)
{
	static const char *const events[] = { "begin", "finished", "end" };
	char s[96];

	if (mkdir(INSTANCE, 0755))
		err(1, INSTANCE);
	put("buffer_size_kb", "2048");
	snprintf(s, sizeof(s), "%d", getpid());
	put("set_event_pid", s);
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		snprintf(s, sizeof(s), "events/compaction/mm_compaction_%s/enable", events[i]);
		put(s, "1");
	}
}

/* What follows KEY in LINE, up to a blank. */
static char *word(const char *line, const char *key)
{
	const char *at = strstr(line, key);
	char *s = NULL;

	if (!at || sscanf(at + strlen(key), "%m[^ ,\n]", &s) != 1)
		errx(1, "no %s in: %s", key, line);
	return s;
}

static void trace_end(void)
{
	FILE *f = fopen(INSTANCE "/trace", "re");
	char line[512], *node = NULL, *zone = NULL, *order = NULL;

	if (!f)
		err(1, INSTANCE);
	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, "mm_compaction_begin:")) {
			node = NULL;
		} else if (strstr(line, "mm_compaction_finished:") && !node) {
			node = word(line, "node=");
			zone = word(line, "zone=");
			order = word(line, "order=");
		} else if (strstr(line, "mm_compaction_end:")) {
			expect("[%d,%s,\"ZONE_%s\",%s,\"%s\",\"%s\"]", getpid(), node, zone, order,
			       strstr(line, "mode=async") ? "ASYNC" : "SYNC",
			       word(line, "status="));
		}
	}
	fclose(f);
	if (rmdir(INSTANCE))
		err(1, INSTANCE);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "usage: compacts EXPECTED all N|huge");
	alarm(120);
	expect_to(argv[1]);
	prctl(PR_SET_NAME, "a compact one");
	trace_begin();
	if (!strcmp(argv[2], "all"))
		for (int i = atoi(argv[3]); i > 0; i--)
			sysctl_vm("compact_memory", 1);
	else
		sysctl_vm("nr_hugepages", sysctl_vm("nr_hugepages", 100000));
	trace_end();
	return 0;
}
