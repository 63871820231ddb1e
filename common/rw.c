// SPDX-License-Identifier: BSD-2-Clause
#include "rw.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool rw_reads = true, rw_writes = true;
u32 rw_sort;
const char *const rw_sorts[] = { "all", "reads", "writes", "rbytes", "wbytes", NULL };

static u64 weight(const struct rw_counts *c)
{
	const u64 by[] = { c->reads + c->writes + c->rbytes + c->wbytes, c->reads, c->writes,
			   c->rbytes, c->wbytes };

	return by[rw_sort];
}

int rw_compare(const struct rw_counts *a, const struct rw_counts *b)
{
	u64 x = weight(a), y = weight(b);

	return (x < y) - (x > y);
}

void rw_parsed(void)
{
	if (!run.rows && !run.json)
		run.rows = 20;
}

/* stat(2) tells the device of a btrfs subvolume, mountinfo that of the super block. */
static bool mount_dev(u64 id, u32 *dev)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	unsigned long long mount;
	u32 major, minor;
	char line[4096];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%llu %*u %u:%u", &mount, &major, &minor) == 3 && mount == id;
	if (f)
		fclose(f);
	if (found)
		*dev = major << 20 | minor;
	return found;
}

bool dir_identify(const char *path, struct dir_id *id)
{
	struct statx st;

	if (statx(AT_FDCWD, path, 0, STATX_TYPE | STATX_INO | STATX_MNT_ID, &st) ||
	    !S_ISDIR(st.stx_mode))
		return false;
	id->ino = st.stx_ino;
	if (!(st.stx_mask & STATX_MNT_ID) || !mount_dev(st.stx_mnt_id, &id->dev))
		id->dev = st.stx_dev_major << 20 | st.stx_dev_minor;
	return true;
}
