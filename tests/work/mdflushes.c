// SPDX-License-Identifier: BSD-2-Clause
/*
 * mdflushes EXPECTED ARRAY DISK DISK [NAME N]...
 *
 * Makes a RAID 1 called ARRAY (md_something) of the disks, without writing to them.  Then, for each NAME, a
 * child of this name flushes it N times.  Writes a line for each: [PID,NAME,ARRAY].
 */
#include "md.h"
#include "work.h"
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void flush(int fd, const char *array, const char *name, int n)
{
	if (!fork()) {
		prctl(PR_SET_NAME, name);
		while (n--) {
			if (fsync(fd))
				err(1, "fsync");
			expect("[%d,\"%s\",\"%s\"]", getpid(), name, array);
		}
		exit(0);
	}
	wait(NULL);
}

int main(int argc, char **argv)
{
	char node[256];
	int fd;

	if (argc < 5)
		errx(2, "usage: mdflushes EXPECTED ARRAY DISK DISK [NAME N]...");
	expect_to(argv[1]);
	snprintf(node, sizeof(node), "%s.node", argv[1]);
	fd = md_open(argv[2], node);
	md_run(fd, argv + 3, 2);
	for (int i = 5; i + 1 < argc; i += 2)
		flush(fd, argv[2], argv[i], atoi(argv[i + 1]));
	md_stop(fd);
	return 0;
}
