// SPDX-License-Identifier: BSD-2-Clause
/* A line of the file that --compare names: anybody can have written it. */
#include "../../common/symbols/earlier.c"
#include "fuzz.h"

static const struct col cols[] = {
	{ .name = "pid" },        { .name = "comm" },  { .name = "kernel" },
	{ .name = "user" },       { .name = "waker" }, { .name = "waker_kernel" },
	{ .name = "waker_user" }, { .name = "count" }, { 0 },
};
static const struct tool tool = { .name = "fuzz", .cols = cols };

static size_t look(const char *s)
{
	return s ? strlen(s) : 0;
}

static size_t look_at(const struct earlier_stack *s)
{
	size_t n = 0;

	if (s->n > STACK_MAX)
		abort();
	for (size_t i = 0; i < s->n; i++)
		n += look(s->frames[i].name) + look(s->frames[i].module);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct earlier e;
	const char *when;
	static char *copy;
	static bool is_row;

	free(copy);
	copy = malloc(size + !size); /* which ends where its bytes end */
	for (size_t i = 0; i < size; i++)
		copy[i] = data[i];
	run.tool = &tool;
	file = "file";
	line = 1;
	is_row = false;
	counted = "count";
	name_fields = size & 1 ? "comm waker" : NULL;
	CATCH_EXIT(is_row = read_row(copy, size, &e, &when););
	if (!is_row)
		return 0;
	for (size_t i = 0; i < e.n_names; i++)
		if (look(e.names[i]) > size)
			abort();
	return look(e.comm) + look(e.waker) + look_at(&e.kernel) + look_at(&e.user) +
		       look_at(&e.waker_kernel) + look_at(&e.waker_user) ==
	       SIZE_MAX;
}
