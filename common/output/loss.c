// SPDX-License-Identifier: BSD-2-Clause
#include "output/loss.h"
#include "base/run.h"
#include "output/fields.h"
#include "output/out.h"
#include <bpf/bpf.h>
#include <err.h>
#include <stdio.h>
#include <string.h>

static const struct loss *counters;
static const struct bpf_object *object;

static u64 count_events(void)
{
	return counters ? counters->events : 0;
}

static u64 count_entries(void)
{
	return counters ? counters->entries : 0;
}

/* The kernel does not run a program on a CPU that is already inside it. */
static u64 count_nested(void)
{
	struct bpf_program *p;
	u64 sum = 0;

	if (!object)
		return 0;
	bpf_object__for_each_program (p, object) {
		struct bpf_prog_info info = {};
		u32 len = sizeof(info);
		int fd = bpf_program__fd(p);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
			sum += info.recursion_misses; /* 0 before 5.12 */
	}
	return sum;
}

static u64 count_returns(void)
{
	/* We don't use kprobe_profile's count of misses: before 5.14 page faults increase it, too. */
	return counters ? counters->returns : 0;
}

static u64 count_stacks(void)
{
	return counters ? counters->stacks : 0;
}

static u64 count_cut(void)
{
	return counters ? counters->cut : 0;
}

static struct kind {
	const char *key, *what, *remedy;
	u64 (*count)(void);
	u64 said;
	u64 (*also)(void); /* more of these, which a room above knows of */
} kinds[12] = {
	{ "events", "events: the buffer was full", "; a larger --buffer may help", count_events, 0,
	  NULL },
	{ "entries", "updates: a table was full", "", count_entries, 0, NULL },
	{ "nested", "probe hits: the CPU was already inside the probe", "", count_nested, 0, NULL },
	{ "returns", "function returns: too many calls in flight", "", count_returns, 0, NULL },
	{ "stacks", "stacks: other stacks had taken their slots in the table",
	  "; see --stack-storage-size", count_stacks, 0, NULL },
	{ "cut", "strings cut short: too long", "", count_cut, 0, NULL },
};

void loss_init(const struct bpf_object *obj, const struct loss *loss)
{
	object = obj;
	counters = loss;
}

static u64 sum(const struct kind *k)
{
	return k->count() + (k->also ? k->also() : 0);
}

void loss_also(const char *key, u64 (*count)(void))
{
	for (struct kind *k = kinds; k->key; k++)
		if (!strcmp(k->key, key))
			k->also = count;
}

void loss_says(const char *key, const char *what, const char *remedy)
{
	for (struct kind *k = kinds; k->key; k++)
		if (!strcmp(k->key, key)) {
			k->what = what ?: k->what;
			k->remedy = remedy ?: k->remedy;
		}
}

void loss_side(const char *key, const char *what, u64 (*count)(void))
{
	struct kind *k = kinds, *end = k + sizeof(kinds) / sizeof(*kinds) - 1;

	for (; k->key; k++) {
		if (strcmp(k->key, key))
			continue;
		if (k->count == count) /* said by a first attempt to load or attach */
			return;
		errx(1, "two kinds of losses are called %s", key);
	}
	if (k == end)
		errx(1, "there are too many kinds of losses");
	*k = (struct kind){ key, what, "", count, 0, NULL };
}

u64 loss_total(void)
{
	u64 n = 0;

	for (struct kind *k = kinds; object && k->key; k++)
		n += sum(k);
	return n;
}

void loss_report(bool last)
{
	const char *sep = "{\"lost\":{";

	for (struct kind *k = kinds; k->key; k++) {
		u64 n = sum(k), new = n - k->said;

		/* In a burst, report again only when the count has doubled. */
		if (!new || (!last && n < 2 * k->said))
			continue;
		warnx("lost %llu %s%s", new, k->what, k->said ? "" : k->remedy);
		if (last && k->said)
			warnx("in total, lost %llu %s", n, k->what);
		k->said = n;
		if (run.json) {
			text("%s\"%s\":%llu", sep, k->key, n);
			sep = ",";
		}
	}
	if (*sep == ',') {
		text("}");
		fields_put_host();
		text("}\n");
	}
}
