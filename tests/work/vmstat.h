/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's counters of its memory, for workloads in guests that put it under pressure. */
#pragma once
#include <err.h>
#include <fnmatch.h>
#include <stdio.h>

/* The sum of those in /proc/vmstat whose name matches this pattern. */
__attribute__((unused)) static long vmstat(const char *pattern)
{
	FILE *f = fopen("/proc/vmstat", "re");
	long n, sum = 0;
	char name[64];

	if (!f)
		err(1, "/proc/vmstat");
	while (fscanf(f, "%63s %ld", name, &n) == 2)
		if (!fnmatch(pattern, name, 0))
			sum += n;
	fclose(f);
	return sum;
}

/* Write a number to a file of /proc/sys/vm, and return what it was; some can't be read, and were -1. */
__attribute__((unused)) static long sysctl_vm(const char *name, long n)
{
	char path[64];
	long before = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/vm/%s", name);
	f = fopen(path, "re");
	if (f) {
		if (fscanf(f, "%ld", &before) != 1)
			before = -1;
		fclose(f);
	}
	f = fopen(path, "we");
	if (!f || fprintf(f, "%ld", n) < 0 || fclose(f))
		err(1, "%s", path);
	return before;
}
