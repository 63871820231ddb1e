// SPDX-License-Identifier: BSD-2-Clause
#include "output/hist.h"
#include "output/out.h"
#include <string.h>
#include <time.h>

#define STARS "****************************************"

u64 hist_count(const struct hist *h)
{
	u64 n = 0;

	for (int i = 0; i < HIST_SLOTS; i++)
		n += h->slots[i];
	return n;
}

void hist_total_text(u64 total, u64 count, const char *unit)
{
	if (count)
		text("\navg = %llu %s, total: %llu %s, count: %llu\n\n", total / count, unit, total,
		     unit, count);
}

struct value hist_values(const void *hist)
{
	return value_uint(hist_count(hist));
}

/* The number of buckets up to the last non-empty one. */
static int buckets(const struct hist *h)
{
	int top = HIST_SLOTS;

	while (top && !h->slots[top - 1])
		top--;
	return top;
}

static int stars(u64 n, u64 max, int width)
{
	return (double)width * n / max;
}

void hist_text(const struct hist *h, const char *unit)
{
	int top = buckets(h), digits, width;
	u64 max = 0;

	if (!top)
		return;
	for (int i = 0; i < top; i++)
		if (h->slots[i] > max)
			max = h->slots[i];
	digits = top > 32 ? 20 : 10;
	width = top > 32 ? 20 : 40;
	text("%*s%-*s : count     distribution\n", top > 32 ? 15 : 5, "", top > 32 ? 29 : 19, unit);
	for (int i = 0; i < top; i++)
		text("%*llu -> %-*llu : %-8llu |%-*.*s|\n", digits, hist_lo(i), digits, hist_hi(i),
		     h->slots[i], width, stars(h->slots[i], max, width), STARS);
}

static u64 linear_lo(const struct hist_linear *h, u32 i)
{
	return (u64)i * (h->step ?: 1);
}

static bool linear_has_end(const struct hist_linear *h, u32 i)
{
	return !h->is_open || i + 1 < h->n;
}

void hist_linear_text(const struct hist_linear *h, const char *unit)
{
	u32 n = h->n;
	u64 max = 0;

	while (n && !h->counts[n - 1])
		n--;
	for (u32 i = 0; i < n; i++)
		if (h->counts[i] > max)
			max = h->counts[i];
	if (!n)
		return;
	text("     ");
	text_str(unit, strlen(unit));
	text("%*s : count     distribution\n", strlen(unit) < 13 ? 13 - (int)strlen(unit) : 0, "");
	for (u32 i = 0; i < n; i++)
		text("%8s%-10llu : %-8llu |%-40.*s|\n",
		     linear_has_end(h, i) ? "" : ">=", linear_lo(h, i), h->counts[i],
		     stars(h->counts[i], max, 40), STARS);
}

static void no_text(struct out *o, struct value v, struct rec r)
{
	(void)o, (void)v, (void)r;
}

static void linear_json(struct out *o, struct value v, struct rec r)
{
	const struct hist_linear *h = v.p;
	const char *sep = "";

	(void)o, (void)r;
	text("[");
	for (u32 i = 0; i < h->n; i++)
		if (h->counts[i]) {
			text("%s{\"lo\":%llu,\"hi\":%llu,\"count\":%llu}", sep, linear_lo(h, i),
			     linear_has_end(h, i) ? linear_lo(h, i + 1) - 1 : ~0ull, h->counts[i]);
			sep = ",";
		}
	text("]");
}

struct value hist_linear_value(const struct hist_linear *h)
{
	static const struct value_kind kind = { CLASS_OTHER, .text = no_text, .json = linear_json };

	return (struct value){ .p = h, .kind = &kind };
}

void hist_python_begin(const struct hist *h, const char *unit)
{
	time_t t = time(NULL);
	char now[32];

	strftime(now, sizeof(now), "%F %T", localtime_r(&t, &(struct tm){ 0 }));
	text("{'ts': '%s', 'val_type': '%s', 'data': [", now, unit);
	for (int i = 0, top = buckets(h); i < top; i++)
		text("%s{'interval-start': %llu, 'interval-end': %llu, 'count': %llu}",
		     i ? ", " : "", hist_lo(i), hist_hi(i), h->slots[i]);
	text("]");
}

void hist_python_key(const char *key, const char *value, size_t len)
{
	text(", '%s': '", key);
	text_str(value, len);
	text("'");
}
