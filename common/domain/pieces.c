// SPDX-License-Identifier: BSD-2-Clause
#include "domain/pieces.h"
#include "base/str.h"
#include "output/print.h"

#define MAX_CPUS 8192

const char *pieces_gather(const struct pieces *p, struct rec r, size_t *len)
{
	/* A CPU sends the pieces of one slot in a row.  Memory is used only for CPUs that send. */
	static struct str slots[MAX_CPUS][PIECES_SLOTS];
	struct str *s = &slots[p->cpu % MAX_CPUS][p->slot % PIECES_SLOTS];
	size_t n = (const char *)r.p + r.len - p->text;

	*len = n;
	/* The first piece contains the whole head. */
	if (p->first && (p->head_len > n || (p->head_len && p->text[p->head_len - 1])))
		record_damaged();
	if (p->first && p->last)
		return p->text;
	if (p->first)
		s->len = 0;
	str_put(s, p->text, n);
	*len = s->len;
	if (p->last && p->head_len > s->len)
		record_damaged();
	return p->last ? s->p : NULL;
}
