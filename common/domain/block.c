// SPDX-License-Identifier: BSD-2-Clause
#include "domain/block.h"
#include "base/object.h"
#include "kernel/kbtf.h"
#include "kernel/probe.h"
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const char *only_disk;

void disk_only(const char *name)
{
	only_disk = name;
}

const char *some_disk(void)
{
	static char name[64];
	glob_t found;

	/* A disk with queues, unlike, for example, a loop device without a file. */
	if (!glob("/sys/block/*/mq", 0, NULL, &found))
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(found.gl_pathv[0] + 11, "/"),
			 found.gl_pathv[0] + 11);
	globfree(&found);
	return name;
}

/* A numeric property of a block device, or 0 if it doesn't have it. */
static u64 sysfs_number(const char *name)
{
	unsigned long long n = 0;
	char path[384];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/dev/block/%s", name);
	f = fopen(path, "re");
	if (f && fscanf(f, "%llu", &n) != 1)
		n = 0;
	if (f)
		fclose(f);
	return n;
}

/* The same for a partition; 0 for a whole disk. */
static u64 partition(dev_t dev, const char *what)
{
	char name[64];

	snprintf(name, sizeof(name), "%u:%u/%s", major(dev), minor(dev), what);
	return sysfs_number(name);
}

/* Requests only have a disk and a sector, so a partition is a range of sectors on its disk. */
static void find_disk(struct block_conf *block)
{
	unsigned int maj, min;
	char path[256], more;
	struct stat st;
	bool no_disk;
	dev_t dev;
	FILE *f;

	if (sscanf(only_disk, "%u:%u%c", &maj, &min, &more) == 2) {
		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", maj, min);
		no_disk = access(path, F_OK);
		dev = makedev(maj, min);
	} else {
		snprintf(path, sizeof(path), "%s%s", *only_disk == '/' ? "" : "/dev/", only_disk);
		no_disk = stat(path, &st) || !S_ISBLK(st.st_mode);
		dev = st.st_rdev;
	}
	if (no_disk)
		errx(1, "there is no disk %s; see lsblk(8)", only_disk);
	maj = major(dev);
	min = minor(dev);
	if (partition(dev, "partition")) {
		block->first = partition(dev, "start");
		block->last = block->first + partition(dev, "size") - 1;
		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", maj, min);
		f = fopen(path, "re");
		if (!f || fscanf(f, "%u:%u", &maj, &min) != 2)
			errx(1, "cannot find the disk of partition %s", only_disk);
		fclose(f);
	}
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/mq", maj, min);
	if (access(path, F_OK))
		errx(1,
		     "%s passes I/O on without making requests, as dm, md and zram devices do; "
		     "trace the disks below it, see lsblk(8)",
		     only_disk);
	block->dev = maj << 20 | min;
}

/* The partitions of the disks we were asked about, as of then. */
static struct part {
	u32 dev;
	u64 first, last;
	char *name; /* NULL: marks the disk as read */
} * parts;
static size_t n_parts;

static void add_part(struct part p)
{
	parts = reallocarray(parts, n_parts + 1, sizeof(*parts));
	if (!parts)
		err(1, NULL);
	parts[n_parts++] = p;
}

static void read_partitions(u32 dev)
{
	unsigned int maj = dev >> 20, min = dev & ((1 << 20) - 1);
	struct dirent *d;
	char path[320];
	DIR *dir;

	add_part((struct part){ .dev = dev });
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", maj, min);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		u64 size;

		snprintf(path, sizeof(path), "%u:%u/%s/partition", maj, min, d->d_name);
		if (*d->d_name == '.' || !sysfs_number(path))
			continue;
		snprintf(path, sizeof(path), "%u:%u/%s/size", maj, min, d->d_name);
		size = sysfs_number(path);
		snprintf(path, sizeof(path), "%u:%u/%s/start", maj, min, d->d_name);
		add_part((struct part){ dev, sysfs_number(path), sysfs_number(path) + size - 1,
					strdup(d->d_name) });
	}
	if (dir)
		closedir(dir);
}

const char *partition_name(u32 dev, u64 sector)
{
	bool known = false;
	size_t i = 0;

	while (i < n_parts || !known) {
		if (i == n_parts)
			read_partitions(dev);
		known |= parts[i].dev == dev;
		if (parts[i].dev == dev && parts[i].name && sector >= parts[i].first &&
		    sector <= parts[i].last)
			return parts[i].name;
		i++;
	}
	return NULL;
}

/*
 * The names of the bits of a request's cmd_flags, in BCC's order.  The numbers here are
 * those of the mainline kernel.  Some distributions have others, and 5.10.y renumbered the
 * operations on zones, so we look up the running kernel's.
 */
static struct flag {
	const char *name, *member;
	u32 bit;
} flags[] = {
	{ "NoWait-", "__REQ_NOWAIT", 21 },
	{ "Background-", "__REQ_BACKGROUND", 20 },
	{ "ReadAhead-", "__REQ_RAHEAD", 19 },
	{ "Idle-", "__REQ_IDLE", 15 },
	{ "NoMerge-", "__REQ_NOMERGE", 14 },
	{ "Priority-", "__REQ_PRIO", 13 },
	{ "ForcedUnitAccess-", "__REQ_FUA", 17 },
	{ "Metadata-", "__REQ_META", 12 },
	{ "Sync-", "__REQ_SYNC", 11 },
};
#define N_FLAGS (sizeof(flags) / sizeof(*flags))
#define OP_MASK 255

static char ops[OP_MASK + 1][20] = { "Read", "Write", "Flush", "Discard" };

static void see_flag(const char *name, u32 value)
{
	for (size_t i = 0; i < N_FLAGS; i++)
		if (!strcmp(name, flags[i].member))
			flags[i].bit = value;
}

/* REQ_OP_ZONE_RESET is ZoneReset. */
static void see_op(const char *name, u32 value)
{
	static const char prefix[] = "REQ_OP_";
	size_t n = 0;
	char *op;

	if (value > OP_MASK || strncmp(name, prefix, strlen(prefix)) ||
	    !strcmp(name, "REQ_OP_LAST"))
		return;
	op = memset(ops[value], 0, sizeof(ops[value]));
	for (const char *s = name + strlen(prefix); *s && n < sizeof(ops[value]) - 1; s++)
		if (*s != '_')
			op[n++] = s[-1] == '_' ? *s : tolower((unsigned char)*s);
	if (!strcmp(op, "WriteZeroes"))
		strcpy(op, "WriteZeros"); /* as BCC spells it */
}

void request_kinds_init(void)
{
	/* Flags that this kernel lacks get no bit. */
	for (size_t i = 0; i < N_FLAGS; i++)
		flags[i].bit = 0;
	kbtf_enum(KBTF_REQ_FLAGS, see_flag);
	kbtf_enum(KBTF_REQ_OPS, see_op);
}

u32 request_kind_mask(void)
{
	u32 mask = OP_MASK;

	for (size_t i = 0; i < N_FLAGS; i++)
		mask |= 1u << flags[i].bit;
	return mask;
}

const char *request_kind(u32 cmd_flags)
{
	static char kind[160];
	const char *op = ops[cmd_flags & OP_MASK];

	*kind = 0;
	for (size_t i = 0; i < N_FLAGS; i++)
		if (flags[i].bit && cmd_flags & 1u << flags[i].bit)
			strcat(kind, flags[i].name);
	return strcat(kind, *op ? op : "Unknown");
}

int request_kind_compare(u32 a, u32 b)
{
	char first[160];

	strcpy(first, request_kind(a)); /* the next call overwrites it */
	return strcmp(first, request_kind(b));
}

struct value request_kind_value(const void *cmd_flags)
{
	return value_str(request_kind(*(const u32 *)cmd_flags));
}

char request_letter(u32 op)
{
	const char *name = ops[op & OP_MASK];

	if (!strcmp(name, "SecureErase"))
		return 'E';
	if (!strncmp(name, "Drv", 3))
		return 'N'; /* no discard */
	return *name && strchr("RWDFZ", *name) ? *name : 'N';
}

struct value request_letter_value(const void *op)
{
	static char letter;

	letter = request_letter(*(const u32 *)op);
	return value_strn(&letter, 1);
}

void block_prepare(void *skel)
{
	const struct bpf_object *obj = ((struct skel *)skel)->obj;
	struct block_conf *block = bpf_rodata(obj, "block", sizeof(*block));
	const struct bpf_program *by_bio = bpf_object__find_program_by_name(obj, "queued_bio");

	if (only_disk)
		find_disk(block);
	block->by_bio = by_bio && probe_chosen(by_bio);
	block->rq_second = kbtf_tracepoint_args("block_rq_issue") == 2;
}

static u32 flush_sequence = 1 << 4; /* a macro in 6.1, an enum member in 6.12 */

static void see_sequence(const char *name, u32 value)
{
	if (!strcmp(name, "__RQF_FLUSH_SEQ"))
		flush_sequence = 1u << value;
}

void block_prepare_flushes(void *skel)
{
	struct block_conf *block = bpf_rodata(((struct skel *)skel)->obj, "block", sizeof(*block));

	block_prepare(skel);
	kbtf_enum(KBTF_RQ_FLAGS, see_sequence);
	block->flush_sequence = flush_sequence;
}

void request_kinds_prepare(void *skel)
{
	block_prepare_flushes(skel);
	request_kinds_init();
}
