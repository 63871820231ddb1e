// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/ksym.h"

#include <inttypes.h>
#include <stdlib.h>

#include "test.h"

/* The truth, found the slow way: by reading kallsyms line by line. */
static char *line_of(FILE *f, uint64_t *addr, char *type, char *mod)
{
	static char name[512];
	char line[1024];

	while (fgets(line, sizeof(line), f)) {
		*mod = '\0';
		if (sscanf(line, "%" SCNx64 " %c %511s [%63[^]]", addr, type, name, mod) >= 3)
			return name;
	}
	return NULL;
}

static void test_all(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char type, mod[64] = "", *name, last[512] = "";
	size_t n = 0, wrong = 0, unknown = 0, wrong_mod = 0;
	uint64_t addr, prev = 0;
	struct ksym s;

	if (!f || ksym_hidden()) {
		skip("every text symbol is found by its address", "kallsyms hides addresses");
		if (f)
			fclose(f);
		return;
	}
	while ((name = line_of(f, &addr, &type, mod))) {
		if (!strchr("tTwW", type) || !strncmp(name, "__pfx_", 6) ||
		    !strncmp(name, "__cfi_", 6))
			continue;
		n++;
		if (addr == prev) /* an alias */
			continue;
		prev = addr;
		strcpy(last, name);
		/* an end marker is not a function: none need be found there */
		if (!ksym_find(addr, &s)) {
			unknown++;
			continue;
		}
		wrong += strcmp(s.name, name) || s.offset;
		wrong_mod += strcmp(s.module ?: "", mod) != 0;
	}
	fclose(f);
	ok(n > 1000, "kallsyms has functions");
	ok(wrong <= n / 1000,
	   "each text symbol is found by its address"); /* modules overlap end markers */
	is_num(wrong_mod, 0, "each with its module");
	ok(unknown <= 8, "none is unknown");
	printf("# %zu symbols, %zu not equal, %zu unknown\n", n, wrong, unknown);
}

static uint64_t addr_of(const char *want)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	uint64_t addr, found = 0;
	char type, mod[64], *name;

	while (f && !found && (name = line_of(f, &addr, &type, mod)))
		if (!strcmp(name, want))
			found = addr;
	if (f)
		fclose(f);
	return found;
}

static void test_one(void)
{
	struct ksym s = { .name = "untouched" };
	uint64_t a = addr_of("vfs_read"), etext = addr_of("_etext");

	ok(!ksym_find(0, &s) && !ksym_find(4096, &s), "low addresses are unknown");
	ok(!ksym_find(UINT64_MAX, &s), "the highest address is unknown");
	is_str(s.name, "untouched", "a failed lookup writes nothing");
	if (!a || ksym_hidden()) {
		skip("vfs_read+5", "kallsyms hides addresses");
		return;
	}
	if (ok(ksym_find(a + 5, &s), "vfs_read+5")) {
		is_str(s.name, "vfs_read", "its name");
		is_num(s.offset, 5, "its offset");
		is_str(s.module, NULL, "in no module");
	}
	if (etext)
		ok(!ksym_find(etext + 64, &s) || s.offset < 64, "data is no function");
}

struct seen {
	size_t n, vfs_read, bad;
};

static void see(const char *name, const char *module, void *ctx)
{
	struct seen *s = ctx;

	s->n++;
	s->vfs_read += !strcmp(name, "vfs_read");
	s->bad += !*name || strchr(name, ' ') || strchr(name, '\t') || strstr(name, ".cold") ||
		  !strncmp(name, "__pfx_", 6) || !strncmp(name, "__ftrace_invalid", 16) ||
		  (module && (!*module || strpbrk(module, "[] ")));
}

static void test_kfuncs(void)
{
	struct seen s = { 0 };
	size_t n = kfunc_each(see, &s);

	is_num(n, s.n, "kfunc_each counts its calls");
	if (!n) {
		skip("functions to probe", "neither tracefs nor kallsyms can be read");
		return;
	}
	ok(n > 1000, "functions to probe");
	is_num(s.vfs_read, 1, "vfs_read is one of them");
	is_num(s.bad, 0, "no name or module is malformed or unwanted");
	printf("# %zu functions\n", n);
}

int main(void)
{
	test_one();
	test_all();
	test_kfuncs();
	return done();
}
