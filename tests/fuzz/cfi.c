// SPDX-License-Identifier: BSD-2-Clause
/* Call frame information of ELF files that processes have mapped. */
#include "symbols/cfi.h"
#include "fuzz.h"
#include <stdlib.h>

#define MOST 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unwind_rules *rules = unwind_rules_new();
	u8 *copy = malloc(size + !size); /* which ends where its bytes end */
	struct cfi_table t;

	for (size_t i = 0; i < size; i++)
		copy[i] = data[i];
	cfi_read((struct src){ .fd = -1, .mem = copy, .size = size }, rules, MOST, &t);
	if (t.count > MOST || t.count == 1 || (t.count && t.rows[0].pc) || rules->v[0].cfa_from ||
	    rules->count > UNWIND_RULES)
		abort();
	for (u32 i = 0; i < t.count; i++)
		if ((i && t.rows[i].pc <= t.rows[i - 1].pc) || t.rows[i].rule >= rules->count)
			abort();
	for (u32 i = 1; i < rules->count; i++) {
		const struct unwind_rule *r = &rules->v[i];

		if (!r->cfa_from || r->cfa_from > UNWIND_SIGNAL || r->fp_from > UNWIND_AT_FP ||
		    r->ra_from > UNWIND_AT_CFA)
			abort();
	}
	if (t.count && t.rows[t.count - 1].rule)
		abort();
	cfi_free(&t);
	free(rules);
	free(copy);
	return 0;
}
