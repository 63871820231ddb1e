/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory cgroups, for workloads. */
#pragma once
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[128]; /* where they are mounted */
static bool unified;   /* cgroup v2 */

/* Where memory cgroups are: in cgroup v1, if the controller is there, else in v2. */
__attribute__((unused)) static void find_cgroups(void)
{
	FILE *f = setmntent("/proc/mounts", "re");
	struct mntent *m;
	char file[256];

	while (f && (m = getmntent(f))) {
		bool v1 = !strcmp(m->mnt_type, "cgroup") && hasmntopt(m, "memory");

		snprintf(file, sizeof(file), "%s/cgroup.controllers", m->mnt_dir);
		if (!v1 && (strcmp(m->mnt_type, "cgroup2") || access(file, F_OK)))
			continue;
		snprintf(root, sizeof(root), "%s", m->mnt_dir);
		unified = !v1;
		if (v1)
			break;
	}
	if (f)
		endmntent(f);
}

/* Write a number, as FMT says, to a file of the cgroup DIR ("/name", or "" for the root). */
__attribute__((unused)) static bool put(const char *dir, const char *file, const char *fmt, long n)
{
	char path[512], text[64];
	int len = snprintf(text, sizeof(text), fmt, n), fd;
	bool ok;

	snprintf(path, sizeof(path), "%s%s/%s", root, dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ok = fd >= 0 && write(fd, text, len) == len;
	if (fd >= 0)
		close(fd);
	return ok;
}

__attribute__((unused)) static void make_cgroup(const char *dir)
{
	char path[512];

	snprintf(path, sizeof(path), "%s%s", root, dir);
	if (mkdir(path, 0755))
		err(1, "%s", path);
}

/* It may be busy for a while after its last process. */
__attribute__((unused)) static void remove_cgroup(const char *dir)
{
	char path[512];

	snprintf(path, sizeof(path), "%s%s", root, dir);
	for (int tries = 0; rmdir(path) && errno == EBUSY && tries < 500; tries++)
		usleep(10000);
}
