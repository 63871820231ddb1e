// SPDX-License-Identifier: BSD-2-Clause
/* Perf maps: what a just-in-time compiler writes, read while it grows. */
#include "../../common/perfmap.c"
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
	for (size_t i = 0; i < j->nsyms; i++) {
		const struct sym *s = &j->syms[i];

		names += strlen(j->chunks[s->name / CHUNK] + s->name % CHUNK);
		if (!s->size || !sym_find(j->syms, j->nsyms, s->addr, true))
			abort();
	}
	perfmap_drop(&j);
	perfmap_free_unused();
	return names == SIZE_MAX;
}
