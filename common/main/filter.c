// SPDX-License-Identifier: BSD-2-Clause
#include "main/filter.h"
#include "base/user.h"
#include "main/tool.h"
#include "output/fields.h"
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

const struct opt filter_opts[] = { OPT_PID, OPT_UID, OPT_CONTAINER(0), { 0 } };

static struct task_filter filter;
static u32 *ids; /* processes or threads, if there is more than one */
static size_t n_ids;
static const char *cgroup_path, *cgroupmap_path, *mntnsmap_path;
static int cgroup_fd = -1;

static void add_id(u64 id)
{
	ids = reallocarray(ids, n_ids + 1, sizeof(*ids));
	if (!ids)
		err(1, NULL);
	ids[n_ids++] = id;
}

static void set_ids(const char *arg, const char *what, bool threads)
{
	if (n_ids)
		usage_error("give --pid or --tid only once; it takes a list: 12,34");
	parse_list(arg, what, 1, 1 << 22, add_id);
	if (n_ids > 1)
		*(threads ? &filter.tids : &filter.pids) = true;
	else
		*(threads ? &filter.tid : &filter.pid) = ids[0];
}

void filter_pid(const char *arg)
{
	set_ids(arg, "pid", false);
}

void filter_tid(const char *arg)
{
	set_ids(arg, "tid", true);
}

void filter_set_pid(u32 pid)
{
	filter.pid = pid;
	filter.pids = false;
}

bool filter_is_set(void)
{
	const struct task_filter *f = &filter;

	return f->pid || f->tid || f->pids || f->tids || f->has_uid || f->comm_len || f->ppid ||
	       f->cgroup || f->cgroupmap || f->mntnsmap;
}

/* The processes or threads that -p and the like chose, with SEPARATOR between them; NULL: all. */
static char *id_list(const char *separator)
{
	u32 one = filter.tid ?: filter.pid;
	const u32 *list = one ? &one : ids;
	size_t size, n = one ? 1 : n_ids;
	char *text;
	FILE *f;

	if (!n)
		return NULL;
	f = open_memstream(&text, &size);
	if (!f)
		err(1, NULL);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s%u", i ? separator : "", list[i]);
	fclose(f);
	return text;
}

static const char *context(const char *format, const char *separator)
{
	static char *text;
	char *list = id_list(separator);

	if (!list)
		return "all threads";
	free(text);
	if (asprintf(&text, format, filter.tid || filter.tids ? "TID" : "PID", list) < 0)
		err(1, NULL);
	free(list);
	return text;
}

const char *filter_context(void)
{
	return context("%s [%s]", ", ");
}

const char *filter_context_plural(void)
{
	return context("%ss %s", ",");
}

u32 filter_only_pid(void)
{
	return filter.pid;
}

const u32 *filter_pids(size_t *n)
{
	bool exec = run.command && filter.pid == (u32)run.command;

	*n = filter.pids ? n_ids : filter.pid && !exec;
	return filter.pids ? ids : &filter.pid;
}

void filter_ppid(const char *arg)
{
	filter.ppid = parse_u64(arg, "ppid", 1, 1 << 22);
}

void filter_uid(const char *arg)
{
	const struct passwd *pw = user_named(arg);

	if (!pw && (*arg < '0' || *arg > '9'))
		usage_error("there is no user '%s'", arg);
	filter.uid = pw ? pw->pw_uid : parse_u64(arg, "uid", 0, UINT32_MAX - 1);
	filter.has_uid = true;
}

void filter_comm(const char *part)
{
	if (strlen(part) >= COMM_LEN)
		usage_error("'%s' is too long; the kernel keeps only %d characters", part,
			    COMM_LEN - 1);
	strcpy(filter.comm, part);
	filter.comm_len = strlen(part);
}

void filter_cgroup(const char *path)
{
	cgroup_path = path;
	filter.cgroup = true;
}

void filter_cgroupmap(const char *path)
{
	cgroupmap_path = path;
	filter.cgroupmap = true;
}

void filter_mntnsmap(const char *path)
{
	mntnsmap_path = path;
	filter.mntnsmap = true;
}

/* *ID: a cgroup's ID is the inode number of its directory. */
static int open_cgroup(const char *path, u64 *id)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;
	struct stat st;

	if (fd < 0 || fstatfs(fd, &fs) || fstat(fd, &st))
		err(1, "--cgroup: '%s'", path);
	*id = st.st_ino;
	if (fs.f_type == CGROUP_SUPER_MAGIC)
		errx(1,
		     "--cgroup: '%s' is a cgroup v1 directory, which is not supported; give a "
		     "cgroup v2 directory, such as %s",
		     path,
		     access("/sys/fs/cgroup/unified", F_OK) ? "/sys/fs/cgroup/NAME"
							    : "/sys/fs/cgroup/unified/NAME");
	if (fs.f_type != CGROUP2_SUPER_MAGIC)
		errx(1, "--cgroup: '%s' is not a cgroup v2 directory, such as /sys/fs/cgroup/NAME",
		     path);
	return fd;
}

static int open_pinned_map(const char *path, u32 key_size, u32 value_size)
{
	struct bpf_map_info info = {};
	u32 len = sizeof(info);
	int fd = bpf_obj_get(path);

	if (fd < 0)
		err(1, "cannot open the pinned BPF map '%s'", path);
	if (bpf_obj_get_info_by_fd(fd, &info, &len) || info.type != BPF_MAP_TYPE_HASH ||
	    info.key_size != key_size || info.value_size != value_size)
		errx(1, "'%s' is not a BPF hash of %u-byte keys and %u-byte values", path, key_size,
		     value_size);
	return fd;
}

static struct bpf_map *wanted_map(struct bpf_object *obj, const char *name, bool wanted)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, name);

	if (map)
		bpf_map__set_autocreate(map, wanted);
	return wanted ? map : NULL;
}

/* The process of a thread; the thread itself if /proc does not say. */
static u32 process_of(u32 tid)
{
	char path[32], line[128];
	u32 pid = tid;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/status", tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f) && sscanf(line, "Tgid: %u", &pid) != 1)
		;
	if (f)
		fclose(f);
	return pid;
}

void filter_check(u32 id, bool may_be_thread)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%u", id);
	if (access(path, F_OK))
		errx(1, "there is no process or thread %u", id);
	if (!may_be_thread && process_of(id) != id)
		errx(1, "%u is a thread of process %u", id, process_of(id));
}

void filter_prepare(struct bpf_object *obj)
{
	struct task_filter *f = bpf_rodata(obj, "task_filter", sizeof(*f));
	struct bpf_map *map;

	if (!f)
		return;
	for (size_t i = 0; i < n_ids; i++)
		filter_check(ids[i], filter.tid || filter.tids);
	*f = filter;
	f->set = filter_is_set();
	f->note_cgroup = fields_cgroup();
	map = wanted_map(obj, "filter_ids", filter.pids || filter.tids);
	if (map)
		bpf_map__set_max_entries(map, n_ids);
	if (wanted_map(obj, "filter_cgroup", filter.cgroup))
		cgroup_fd = open_cgroup(cgroup_path, &f->cgroup_id);
	wanted_map(obj, "task_cgroups", fields_cgroup());
	map = wanted_map(obj, "cgroupmap", filter.cgroupmap);
	if (map)
		bpf_map__reuse_fd(map, open_pinned_map(cgroupmap_path, 8, 8));
	map = wanted_map(obj, "mntnsmap", filter.mntnsmap);
	if (map)
		bpf_map__reuse_fd(map, open_pinned_map(mntnsmap_path, 8, 4));
}

static void put(struct bpf_object *obj, const char *name, const void *key, const void *value)
{
	int fd = bpf_object__find_map_fd_by_name(obj, name);

	if (fd >= 0 && bpf_map_update_elem(fd, key, value, BPF_ANY))
		err(1, "cannot fill the BPF map %s", name);
}

void filter_loaded(struct bpf_object *obj)
{
	u32 zero = 0;
	u8 one = 1;

	for (size_t i = 0; filter.pids + filter.tids && i < n_ids; i++)
		put(obj, "filter_ids", &ids[i], &one);
	if (filter.cgroup)
		put(obj, "filter_cgroup", &zero, &cgroup_fd);
}
