// SPDX-License-Identifier: BSD-2-Clause
/*
 * jit EXPECTED [PART]...: half a second of CPU time in code without a file, which
 * /tmp/perf-PID.map calls the_hot_function.
 *	lines=N		the file begins with N other lines
 *	stubs=N		then come N lines that name small parts of the code, and one that names most of it
 *	user=UID	the code runs as that user
 *	owner=UID	the file belongs to that user
 *	live		its process lives on when this program ends
 *	ended		the file is written only once that process has ended
 * Writes [pid].
 */
#include "work.h"
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __aarch64__
static const unsigned int code[] = { 0xa9bf7bfd, 0x910003fd, 0xd2a10000, 0xf1000400,
				     0x54ffffe1, 0xa8c17bfd, 0xd65f03c0 };
#else
static const unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5, 0x48, 0xc7, 0xc0, 0,    0,
				      0,    8,    0x48, 0xff, 0xc8, 0x75, 0xfb, 0x5d, 0xc3 };
#endif
#define AREA 16384
#define AT   8000

static long lines, stubs, owner = -1, user = -1;
static bool ended, live;

static void write_map(pid_t pid, char *area)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", pid);
	f = fopen(path, "we");
	if (!f)
		err(1, "%s", path);
	for (long i = 0; i < lines; i++)
		fprintf(f, "%lx 40 LazyCompile:*another_function_%ld /srv/app/lib/file.js:%ld\n",
			0x100000000000 + i * 64, i, i);
	for (long i = 0; i < stubs; i++)
		fprintf(f, "%lx 20 stale_stub_%ld\n", (long)area + 64 + i * 64, i);
	if (stubs)
		fprintf(f, "%lx 100 stale_most\n", (long)area + AT - 50);
	fprintf(f, "%lx %x the_hot_function\n", (long)area, AREA);
	if (owner >= 0 && fchown(fileno(f), owner, -1))
		err(1, "%s", path);
	fclose(f);
}

static void run(char *area, int done)
{
	clock_t begin;

	if (!ended)
		write_map(getpid(), area);
	if (user >= 0 && setuid(user))
		err(1, "setuid");
	begin = clock();
	while (clock() - begin < CLOCKS_PER_SEC / 2)
		((void (*)(void))(area + AT))();
	close(done);
	if (live)
		sleep(3);
	_exit(0);
}

int main(int argc, char **argv)
{
	char *area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int done[2];
	pid_t pid;
	char c;

	if (argc < 2 || pipe(done))
		errx(2, "usage: jit EXPECTED [PART]...");
	expect_to(argv[1]);
	for (int i = 2; i < argc; i++) {
		sscanf(argv[i], "lines=%ld", &lines);
		sscanf(argv[i], "stubs=%ld", &stubs);
		sscanf(argv[i], "user=%ld", &user);
		sscanf(argv[i], "owner=%ld", &owner);
		ended |= !strcmp(argv[i], "ended");
		live |= !strcmp(argv[i], "live");
	}
	memcpy(area + AT, code, sizeof(code));
	mprotect(area, AREA, PROT_READ | PROT_EXEC);
	__builtin___clear_cache(area, area + AREA);
	pid = fork();
	if (!pid) {
		close(done[0]);
		run(area, done[1]);
	}
	expect("[%d]", pid);
	close(done[1]);
	if (read(done[0], &c, 1) < 0)
		err(1, "pipe");
	if (!live)
		waitpid(pid, NULL, 0);
	if (ended)
		write_map(pid, area);
	return 0;
}
