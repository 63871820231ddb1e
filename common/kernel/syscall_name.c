// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/syscalls.h"
#include "lib/syscall_ids.h"
#include <err.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(x)            #x
#define CALL(name, number) " " #name " " TEXT(number)

/* The calls of 32-bit programs.  On x86 those newer than the headers have the 64-bit numbers. */
static const char calls32[] =
#include "syscall_names32.h"
	"";

static const char *names[2][SYSCALL_NUMBERS]; /* of 64-bit and of 32-bit programs */

/* Enter the calls of a TEXT into a table, but those that it has already. */
static void enter(const char **table, const char *text)
{
	char *copy = strdup(text), *name, *number, *next;

	if (!copy)
		err(1, NULL);
	for (name = strtok_r(copy, " ", &next); name; name = strtok_r(NULL, " ", &next)) {
		number = strtok_r(NULL, " ", &next);
		/* Some are no numbers, but other names. */
		if (number && *number >= '0' && *number <= '9' && atoi(number) < SYSCALL_NUMBERS &&
		    !table[atoi(number)])
			table[atoi(number)] = name;
	}
}

const char *syscall_name(unsigned int number, bool compat)
{
	static bool known;

	if (!known) {
		enter(names[0], syscalls_known);
		enter(names[0], syscalls_newer);
		enter(names[1], calls32);
#ifdef __x86_64__
		enter(names[1], strstr(syscalls_newer, " cachestat"));
#endif
		known = true;
	}
	return number < SYSCALL_NUMBERS ? names[compat][number] : NULL;
}
