// SPDX-License-Identifier: BSD-2-Clause
#include "domain/dirs.h"
#include <bpf/bpf.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

bool dir_identify(const char *path, struct dir_id *id)
{
	struct stat st;

	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return false;
	id->ino = st.st_ino;
	id->dev = major(st.st_dev) << 20 | minor(st.st_dev);
	return true;
}

void dirs_prepare(struct bpf_object *obj)
{
	struct bpf_program *p = bpf_object__find_program_by_name(obj, "find_dir");

	bpf_program__set_autoload(p, true);
	bpf_program__set_autoattach(p, false);
}

/*
 * A watch keeps the directory's inode in memory, so that its address stays valid.  Unlike a
 * descriptor, it doesn't prevent the file system from being unmounted.
 */
static bool keep_in_memory(int fd)
{
	static int watches = -1;
	char path[32];

	if (watches < 0)
		watches = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return watches >= 0 && inotify_add_watch(watches, path, IN_DELETE_SELF) >= 0;
}

void dir_find(struct bpf_object *obj, const char *path, u32 n)
{
	struct bpf_program *p = bpf_object__find_program_by_name(obj, "find_dir");
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	u64 args[2] = { fd, n };
	LIBBPF_OPTS(bpf_test_run_opts, o, .ctx_in = args, .ctx_size_in = sizeof(args));

	if (fd < 0)
		err(1, "%s", path);
	if (bpf_prog_test_run_opts(bpf_program__fd(p), &o))
		err(1, "cannot identify the directory %s", path);
	if (keep_in_memory(fd))
		close(fd);
}
