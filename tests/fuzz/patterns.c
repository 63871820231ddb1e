// SPDX-License-Identifier: BSD-2-Clause
/* Probe patterns of funccount: c:mem*, t:sched:*, u:pthread:*, 'vfs_[rw]*'. */
#include "../../common/kernel/pattern.c"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "", "vfs_read", "sched:sched_switch", "a]b[c*d" };
	/* The C library matches wildcards, and takes long for many of them. */
	char *text = fuzz_string(data, size, 24);
	struct pattern p = {};

	CATCH_EXIT({
		pattern_parse(&p, text, false);
		if (!*p.name || !p.provider || (p.kind == USDT && !*p.library))
			abort();
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
			on_user_func(names[i], 4096 * i, i & 1, &p);
			on_usdt(&(struct objfile_usdt){ "provider", names[i], "", i }, &p);
		}
		if (n_found)
			put_in_order(&p);
		if (p.n_names > p.n_places)
			abort();
	});
	for (size_t i = 0; i < p.n_names; i++)
		if (!p.names[i])
			abort();
	free(p.names);
	free(p.places);
	free(text);
	return 0;
}
