// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/kaddr.h"
#include "test.h"

/* The truth, read the slow way.  Symbols at 0 are hidden, or offsets in the memory of each CPU. */
static bool next_symbol(FILE *f, u64 *addr, char *name)
{
	char line[1024];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx %*c %511s", addr, name) == 2 && *addr)
			return true;
	return false;
}

/* A name that several symbols have stands for one of them. */
static void test_all(FILE *f)
{
	char name[512], twin[512] = "";
	size_t asked = 0, other = 0, unknown = 0, line = 0;
	u64 addr;

	while (next_symbol(f, &addr, name)) {
		u64 found;

		if (line++ % 100) /* a few thousand will do */
			continue;
		found = kaddr(name);
		asked++;
		unknown += !found;
		if (found && found != addr) {
			other++;
			snprintf(twin, sizeof(twin), "%s", name);
		}
	}
	printf("# %zu symbols asked for, %zu unknown, %zu at another place, such as %s\n", asked,
	       unknown, other, twin);
	ok(asked > 500, "kallsyms has symbols");
	ok(unknown <= asked / 100, "the kernel finds them"); /* BPF programs come and go */
	ok(other <= asked / 20, "where kallsyms has them");
}

int main(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char name[512], long_name[600];
	u64 addr;
	bool shown = next_symbol(f, &addr, name);

	if (!kaddr_works()) {
		skip("symbols are found by their names", "this kernel doesn't tell addresses");
		is_num(kaddr("vfs_read"), 0, "then there is none");
	} else {
		ok(shown, "no addresses where kallsyms hides them");
		ok(kaddr("vfs_read"), "a function has an address");
		is_num(kaddr("no_such_symbol"), 0, "a symbol that doesn't exist has none");
		is_num(kaddr(""), 0, "nor has an empty name");
		memset(long_name, 'x', sizeof(long_name));
		long_name[sizeof(long_name) - 1] = 0;
		is_num(kaddr(long_name), 0, "nor a name longer than any symbol's");
		test_all(f);
	}
	if (f)
		fclose(f);
	return done();
}
