// SPDX-License-Identifier: BSD-2-Clause
/* Perf maps: what a just-in-time compiler writes, read while it grows. */
#include "../../common/symbols/perfmap.c"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct perfmap *j = calloc(1, sizeof(*j));
	size_t names = 0;

	for (int whole = 0; whole < 2; whole++) {
		size_t now = whole ? size : size / 2;

		j->size = now;
		read_lines(j, fuzz_file(data, now));
	}
	if (!merge(j))
		abort();
	for (size_t i = 0; i < j->npieces; i++) {
		const struct piece *p = &j->pieces[i];
		const struct entry *e = &j->entries[p->entry];

		if (p->start >= p->end || (i && p->start < p[-1].end) || p->entry >= j->n ||
		    e->chunk >= j->nchunks)
			abort();
		names += strlen(j->chunks[e->chunk] + e->at);
	}
	perfmap_drop(&j);
	perfmap_free_unused();
	return names == SIZE_MAX;
}
