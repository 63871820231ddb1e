// SPDX-License-Identifier: BSD-2-Clause
#include "output/fields.h"
#include "base/object.h"
#include "base/priv.h"
#include "base/run.h"
#include "output/out.h"
#include <err.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char *host;
static bool cgroup;

static void add(const char *word)
{
	static struct utsname machine;

	if (!strcmp(word, "host") && !uname(&machine)) {
		host = machine.nodename;
	} else if (!strncmp(word, "host=", 5)) {
		host = strdup(word + 5);
	} else if (!strcmp(word, "cgroup")) {
		cgroup = true;
	} else {
		usage_error("unknown field '%s'; the fields are host and cgroup", word);
	}
}

void fields_set(const char *list)
{
	parse_words(list, add);
}

bool fields_cgroup(void)
{
	return cgroup;
}

void fields_put_host(void)
{
	if (!host)
		return;
	text(",\"host\":");
	json_str(host, strlen(host));
}

/* ---- cgroups by ID; the kernel does not reuse IDs ---- */

static struct known {
	struct known *next;
	u64 id;
	char *path; /* NULL: it was removed before we saw it */
} * known[1024];

const char *cgroup_root(void)
{
	static char *root;
	static bool tried;
	struct mntent *m;
	FILE *f;

	if (tried)
		return root;
	tried = true;
	f = setmntent("/proc/self/mounts", "re");
	while (f && !root && (m = getmntent(f)))
		if (!strcmp(m->mnt_type, "cgroup2"))
			root = strdup(m->mnt_dir);
	if (f)
		endmntent(f);
	return root;
}

/* The ID is a file handle of the cgroup's directory.  The caller frees the path; NULL: unknown. */
static char *path_of_id(u64 id)
{
	static int mount_fd = -1;
	struct {
		struct file_handle head;
		u64 id;
	} h = { { .handle_bytes = sizeof(id), .handle_type = 0xfe /* FILEID_KERNFS */ }, 0 };
	const char *root = cgroup_root();
	char link[32], path[4096];
	size_t root_len = root ? strlen(root) : 0;
	ssize_t n;
	int fd;

	if (mount_fd < 0 && root)
		mount_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	memcpy(h.head.f_handle, &id, sizeof(id));
	fd = mount_fd < 0 ? -1 : open_by_handle_at(mount_fd, &h.head, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	close(fd);
	if (n < (ssize_t)root_len || memcmp(path, root, root_len))
		return NULL;
	path[n] = 0;
	return strdup(path[root_len] ? path + root_len : "/");
}

const char *fields_cgroup_path(u64 id)
{
	static size_t n;
	struct known **slot = &known[id % 1024], *k;

	for (k = *slot; k; k = k->next)
		if (k->id == id)
			return k->path;
	/* The tool can run for months, while containers come and go. */
	for (size_t i = 0; n > 10000 && i < 1024; i++)
		while ((k = known[i])) {
			known[i] = k->next;
			free(k->path);
			free(k);
		}
	n = n > 10000 ? 1 : n + 1;
	k = malloc(sizeof(*k));
	if (!k)
		err(1, NULL);
	*k = (struct known){ *slot, id, path_of_id(id) };
	*slot = k;
	return k->path;
}

/* The line "0::PATH" of /proc/PID/cgroup. */
static const char *path_of_process(u32 pid)
{
	static char line[4200];
	const char *path = NULL;
	FILE *f;

	snprintf(line, sizeof(line), "/proc/%u/cgroup", pid);
	f = fopen(line, "re");
	while (f && !path && fgets(line, sizeof(line), f))
		if (!strncmp(line, "0::", 3)) {
			line[strcspn(line, "\n")] = 0;
			path = line + 3;
		}
	if (f)
		fclose(f);
	return path;
}

/* ---- rows ---- */

/* The last run of 64 hexadecimal digits, as in the cgroup names of container runtimes; or NULL. */
static const char *container(const char *path)
{
	const char *id = NULL;
	size_t n;

	for (; *path; path += n ?: 1) {
		n = strspn(path, "0123456789abcdef");
		if (n == 64)
			id = path;
	}
	return id;
}

static void put_fields(u32 pid)
{
	static int notes = -1;
	const char *path = NULL, *id;
	u64 cgroup_id;

	fields_put_host();
	if (!cgroup)
		return;
	if (notes < 0)
		notes = map_fd("task_cgroups");
	if (pid && notes >= 0 && !bpf_map_lookup_elem(notes, &pid, &cgroup_id))
		path = fields_cgroup_path(cgroup_id);
	if (pid && run.began && !path) /* a recorded PID belongs to another process now */
		path = path_of_process(pid);
	id = path ? container(path) : NULL;
	text(",\"cgroup\":");
	if (path)
		json_str(path, strlen(path));
	else
		text("null");
	text(id ? ",\"container\":\"%.64s\"" : ",\"container\":null", id);
}

void fields_cgroup_paths(void)
{
	priv_keep(CAP_DAC_READ_SEARCH); /* to open a cgroup by its ID */
}

void fields_init(void)
{
	if (!host && !cgroup)
		return;
	if (!run.json)
		usage_error("--fields needs --json");
	if (cgroup)
		fields_cgroup_paths();
	out_json_also(put_fields);
}
