// SPDX-License-Identifier: BSD-2-Clause
#include "output/percentiles.h"
#include "output/out.h"
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PERCENTILES 64

/* The percentiles that the user asked for, in this order. */
static struct percentile {
	const char *text; /* as the user wrote it */
	double value;     /* from 0 to 100 */
} percentiles[MAX_PERCENTILES];
static int n_percentiles;

static void add(const char *word)
{
	struct percentile *p = &percentiles[n_percentiles];
	char *end;

	if (n_percentiles++ == MAX_PERCENTILES)
		usage_error("more than %d percentiles", MAX_PERCENTILES);
	p->text = strdup(word);
	if (!p->text)
		err(1, NULL);
	p->value = strtod(word, &end);
	if (end == word || *end || !(p->value >= 0 && p->value <= 100))
		usage_error("'%s' is not a percentile from 0 to 100", word);
}

void percentiles_only(const char *arg)
{
	n_percentiles = 0;
	parse_words(arg, add);
}

void percentiles_parsed(void)
{
	if (!n_percentiles)
		percentiles_only("1,5,10,16,25,50,75,84,90,95,99,100");
}

/* The smallest value that a slot counts.  Also works for the slot after the last. */
static u64 fine_low(u32 slot)
{
	return slot < 32 ? slot : (32ull + slot % 32) << (slot / 32 - 1);
}

u64 fine_count(const u64 counts[FINE_SLOTS])
{
	u64 n = 0;

	for (u32 slot = 0; slot < FINE_SLOTS; slot++)
		n += counts[slot];
	return n;
}

bool percentile(const u64 counts[FINE_SLOTS], double pct, u64 *ns)
{
	u64 total = fine_count(counts), sum = 0;
	u32 slot = 0;

	while (slot < FINE_SLOTS && (!counts[slot] || (sum + counts[slot]) * 100.0 < pct * total))
		sum += counts[slot++];
	if (slot < FINE_SLOTS)
		*ns = (fine_low(slot) + fine_low(slot + 1) - 1) / 2;
	return slot < FINE_SLOTS;
}

struct value percentiles_value(const u64 counts[FINE_SLOTS])
{
	static struct member members[MAX_PERCENTILES + 1];

	for (int i = 0; i < n_percentiles; i++) {
		bool any;
		u64 ns;

		any = percentile(counts, percentiles[i].value, &ns);
		members[i].key = percentiles[i].text;
		members[i].v = any ? value_as(&kind_seconds9, ns) : value_none("-");
	}
	return value_object(members);
}

static void duration_short(char *to, size_t size, u64 ns)
{
	if (ns >= 1000000000)
		snprintf(to, size, "%.1fs", ns / 1e9);
	else if (ns > 10000000)
		snprintf(to, size, "%.0fms", ns / 1e6);
	else if (ns > 1000000)
		snprintf(to, size, "%.1fms", ns / 1e6);
	else
		snprintf(to, size, "%.0fus", ns / 1e3);
}

void percentiles_head(const char *title)
{
	text("%-7s", title);
	for (int i = 0; i < n_percentiles; i++)
		text(" %5s", percentiles[i].text);
	text("\n");
}

void percentiles_row(const char *name, struct value v)
{
	text("%-7s", name);
	for (const struct member *m = v.members; m->key; m++) {
		int width = strlen(m->key);
		char duration[24] = "-";

		if (m->v.kind != &kind_none)
			duration_short(duration, sizeof(duration), m->v.number);
		text(" %*s", width > 5 ? width : 5, duration);
	}
	text("\n");
}

void fine_text(const char *name, const u64 counts[FINE_SLOTS])
{
	for (u32 slot = 0; slot < FINE_SLOTS; slot++)
		if (counts[slot])
			text("%s: %llu ns to %llu ns: %llu\n", name, fine_low(slot),
			     fine_low(slot + 1) - 1, counts[slot]);
}
