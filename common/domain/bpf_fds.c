// SPDX-License-Identifier: BSD-2-Clause
#include "domain/bpf_fds.h"
#include "base/priv.h"
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void bpf_fds_prepare(void)
{
	priv_keep(CAP_SYS_PTRACE);
	priv_keep(CAP_DAC_READ_SEARCH);
}

/* "anon_inode:bpf-prog", "anon_inode:bpf_link", "anon_inode:btf", "anon_inode:[perf_event]"; NULL for other files. */
static const char *type_of(const char *target)
{
	static const char anon[] = "anon_inode:";

	if (strncmp(target, anon, strlen(anon)))
		return NULL;
	target += strlen(anon);
	if (!strcmp(target, "[perf_event]"))
		return "perf_event";
	if (!strcmp(target, "btf"))
		return target;
	return !strncmp(target, "bpf", 3) && (target[3] == '-' || target[3] == '_') ? target + 4
										    : NULL;
}

static bool is_number(const char *s)
{
	return isdigit((unsigned char)*s);
}

/* False if it may not look at one of them. */
static bool each_of(u32 pid, DIR *fds, void (*f)(const struct bpf_fd *))
{
	bool seen = true;
	struct dirent *d;
	char target[64];

	while ((d = readdir(fds))) {
		struct bpf_fd at = { .pid = pid };
		ssize_t n = is_number(d->d_name)
				    ? readlinkat(dirfd(fds), d->d_name, target, sizeof(target) - 1)
				    : -1;

		if (n < 0) {
			seen &= errno != EACCES || !is_number(d->d_name);
			continue;
		}
		target[n] = 0;
		at.fd = strtoul(d->d_name, NULL, 10);
		at.type = type_of(target);
		if (at.type)
			f(&at);
	}
	return seen;
}

u32 bpf_fds_each(void (*f)(const struct bpf_fd *))
{
	DIR *processes = opendir("/proc"), *fds;
	struct dirent *d;
	u32 hidden = 0;
	char path[64];

	if (!processes)
		err(1, "cannot read /proc");
	while ((d = readdir(processes))) {
		u32 pid = is_number(d->d_name) ? strtoul(d->d_name, NULL, 10) : 0;

		if (!pid || pid == (u32)getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/%u/fd", pid);
		fds = opendir(path);
		if (!fds) {
			hidden += errno == EACCES || errno == EPERM;
			continue;
		}
		hidden += !each_of(pid, fds, f);
		closedir(fds);
	}
	closedir(processes);
	return hidden;
}

u32 bpf_fd_number(const struct bpf_fd *at, const char *name)
{
	char path[64], line[256];
	u32 number = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/fdinfo/%u", at->pid, at->fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			number = strtoul(line + strlen(name) + 1, NULL, 10);
	if (f)
		fclose(f);
	return number;
}

void bpf_not_listed(void)
{
	if (errno == EPERM)
		errx(1, "the kernel tells about the BPF of others only to root, or with "
			"CAP_SYS_ADMIN, which is missing");
	err(1, "cannot list the BPF programs");
}

void process_name(u32 pid, char name[COMM_LEN])
{
	char path[64];
	ssize_t n;
	int fd;

	memset(name, 0, COMM_LEN);
	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, name, COMM_LEN);
	if (fd >= 0)
		close(fd);
	/* The file's last byte is a newline. */
	if (n > 0)
		name[n - 1] = 0;
}
