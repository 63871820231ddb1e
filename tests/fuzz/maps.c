// SPDX-License-Identifier: BSD-2-Clause
/*
 * Lines of /proc/PID/maps, with paths that processes choose, and the mappings that they describe.
 */
#include "../../common/symbols/usym.c"
#include "fuzz.h"
#include <stdlib.h>

static void over_it(void *ctx, const struct map *m)
{
	(void)ctx;
	if (m->start >= m->end)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size, SIZE_MAX), *rest = text, *line, *path;
	u64 dev, ino, last = 0;
	struct maps *maps = NULL, *other = NULL;
	const struct map *found;
	struct map m = {};
	bool fresh;

	while ((line = strsep(&rest, "\n"))) {
		if (!parse_map(line, &m, &dev, &ino, &path))
			continue;
		m.dso = dso_get(path, dev, ino, 0, &fresh);
		if (!m.dso)
			continue;
		last = m.start;
		maps_insert(&maps, m, over_it, NULL);
		if (!other) /* a child: it gets its own copy once one of them changes */
			other = maps_share(maps);
	}
	found = maps_find(maps, last);
	if (found && (found->start > last || found->end <= last || !found->dso->path[0]))
		abort();
	maps_find(other, UINT64_MAX);
	maps_put(maps);
	maps_put(other);
	dso_free_unused();
	free(text);
	return 0;
}
