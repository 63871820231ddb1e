// SPDX-License-Identifier: BSD-2-Clause
/*
 * bios EXPECTED DEVICE OP...	requests to the device, one after the other, none of which can be merged
 *
 * OP is one of
 *	partition:SECTOR:SECTORS	make this partition 1 of the device
 *	read:SECTOR:BYTES, write:SECTOR:BYTES, dsync:SECTOR:BYTES, discard:SECTOR:BYTES, flush
 *	as:NAME		have a child of that name do the rest
 *	names:N		N children of different names read 4 KB each, one after the other
 *	all:N		N children read 4 KB each at the same time, from sectors 64 apart
 * Writes a line for each request: [PID,COMM,TYPE,SECTOR,BYTES].
 */
#include "work.h"
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *device;
static char data[1 << 20] __attribute__((aligned(4096)));

static void did(char type, unsigned long sector, unsigned long bytes)
{
	char comm[16] = "";

	prctl(PR_GET_NAME, comm);
	expect("[%d,\"%s\",\"%c\",%lu,%lu]", getpid(), comm, type, sector, bytes);
}

static int device_open(int flags)
{
	int fd = open(device, flags | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", device);
	return fd;
}

static void io(const char *op, unsigned long sector, unsigned long bytes)
{
	uint64_t range[2] = { sector * 512, bytes };
	int sync = !strcmp(op, "dsync") ? O_DSYNC : 0;
	int fd = device_open(O_RDWR | O_DIRECT | sync);
	ssize_t n = bytes;

	if (!strcmp(op, "read"))
		n = pread(fd, data, bytes, range[0]);
	else if (!strcmp(op, "write") || sync)
		n = pwrite(fd, data, bytes, range[0]);
	else if (!strcmp(op, "discard") && ioctl(fd, BLKDISCARD, range))
		n = -1;
	if (n != (ssize_t)bytes)
		err(1, "%s: %s at %lu", device, op, sector);
	did(*op == 'r' ? 'R' : op[1] == 'i' ? 'D' : 'W', sector, bytes);
	if (sync)
		did('F', 0, 0);
	close(fd);
}

static void partition(unsigned long start, unsigned long sectors)
{
	struct blkpg_partition p = { .start = start * 512, .length = sectors * 512, .pno = 1 };
	struct blkpg_ioctl_arg arg = { BLKPG_ADD_PARTITION, 0, sizeof(p), &p };
	int fd = device_open(O_RDWR);

	if (ioctl(fd, BLKPG, &arg))
		err(1, "%s: no partition", device);
	close(fd);
}

static void flush(void)
{
	int fd = device_open(O_RDWR);

	if (fsync(fd))
		err(1, "%s: fsync", device);
	did('F', 0, 0);
	close(fd);
}

static void child(const char *name)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		err(1, "fork");
	if (pid) {
		waitpid(pid, &status, 0);
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
	prctl(PR_SET_NAME, name);
}

/* They wait for each other: on a busy machine, starting them takes longer than a read. */
static void all(int n)
{
	int gate[2];

	if (pipe2(gate, O_CLOEXEC))
		err(1, "pipe");
	for (int i = 0; i < n; i++)
		if (!fork()) {
			char name[24];

			snprintf(name, sizeof(name), "reader-%d", i);
			prctl(PR_SET_NAME, name);
			close(gate[1]);
			if (read(gate[0], name, 1))
				errx(1, "there is nothing to read");
			io("read", i * 64, 4096);
			exit(0);
		}
	close(gate[1]);
	while (wait(NULL) > 0)
		;
}

/* One after the other. */
static void names(int n)
{
	for (int i = 0; i < n; i++) {
		if (!fork()) {
			char name[24];

			snprintf(name, sizeof(name), "name-%d", i);
			prctl(PR_SET_NAME, name);
			io("read", i % 16 * 64, 4096);
			exit(0);
		}
		wait(NULL);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "usage: bios EXPECTED DEVICE OP...");
	expect_to(argv[1]);
	device = argv[2];
	for (int i = 3; i < argc; i++) {
		unsigned long sector, bytes;
		char op[16];

		if (sscanf(argv[i], "partition:%lu:%lu", &sector, &bytes) == 2)
			partition(sector, bytes);
		else if (sscanf(argv[i], "%15[a-z]:%lu:%lu", op, &sector, &bytes) == 3)
			io(op, sector, bytes);
		else if (!strcmp(argv[i], "flush"))
			flush();
		else if (!strncmp(argv[i], "as:", 3))
			child(argv[i] + 3);
		else if (!strncmp(argv[i], "all:", 4))
			all(atoi(argv[i] + 4));
		else if (!strncmp(argv[i], "names:", 6))
			names(atoi(argv[i] + 6));
		else
			errx(2, "%s?", argv[i]);
	}
	return 0;
}
