// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/syscalls.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* All calls in one string, to be searched by name: " read 0 write 1". */
#define TEXT(x)            #x
#define CALL(name, number) " " #name " " TEXT(number)

/* The calls in <sys/syscall.h> when snoopkit is built. */
const char syscalls_known[] =
#include "syscall_names.h"
	;

/* Calls whose kernel function has another name. */
static const char other_names[] =
#ifdef __x86_64__
	" newstat 4 newfstat 5 newlstat 6 sendfile64 40 newuname 63 umount 166";
#else
	" umount 39 sendfile64 71 newfstatat 79 newfstat 80 newuname 160";
#endif

/* Calls newer than Debian 12's headers. */
const char syscalls_newer[] =
#ifdef __x86_64__
	" uretprobe 335 uprobe 336"
#endif
	" cachestat 451 fchmodat2 452 map_shadow_stack 453 futex_wake 454 futex_wait 455"
	" futex_requeue 456 statmount 457 listmount 458 lsm_get_self_attr 459"
	" lsm_set_self_attr 460 lsm_list_modules 461 mseal 462 setxattrat 463 getxattrat 464"
	" listxattrat 465 removexattrat 466 open_tree_attr 467 file_getattr 468"
	" file_setattr 469";

/* Names from the C library that must not be found: the kernel function of that name is an older call. */
static const char replaced[] = " stat 0 fstat 0 lstat 0 sendfile 0 uname 0";

static const char *find(const char *text, const char *name)
{
	char word[64];
	int n = snprintf(word, sizeof(word), " %s ", name);
	const char *found = n < (int)sizeof(word) ? strstr(text, word) : NULL;

	return found ? found + n : NULL;
}

int syscall_number(const char *name)
{
	const char *number = find(other_names, name);

	if (!number)
		number = find(syscalls_newer, name);
	if (!number && !find(replaced, name))
		number = find(syscalls_known, name);
	return number && *number >= '0' && *number <= '9' ? atoi(number) : -1;
}
