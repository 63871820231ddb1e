// SPDX-License-Identifier: BSD-2-Clause
/*
 * changes EXPECTED exec|library: a second of CPU time in library_one(), and then as long in
 * library_two(), which is in another file at the same address. In between, that file is mapped over
 * the first, or the program executes itself again. Writes ["one",ms] and ["two",ms].
 */
#include "work.h"
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

#define PAGE 65536 /* the largest size of a page */
#define AT   ((void *)0x200000000000)

/* Both are the same but for their names, and the compiler must not merge them. */
#define LOOP(n)                                                              \
	__attribute__((noinline, noclone, aligned(PAGE))) void n(long turns) \
	{                                                                    \
		while (turns--)                                              \
			__asm__ volatile("" : "+r"(turns) : : "memory");     \
	}
LOOP(library_one)
LOOP(library_two)

/* The offset of our code in its file. */
static long file_offset(void *code)
{
	unsigned long start, end, off, at = (unsigned long)code;
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %*s %lx", &start, &end, &off) == 3 && at >= start &&
		    at < end) {
			fclose(f);
			return at - start + off;
		}
	errx(1, "no mapping holds the code");
}

/* Copy this program to a file, and map the page with this code from there. */
static void map(const char *base, const char *name, void *code)
{
	char path[512];
	int from, to;

	snprintf(path, sizeof(path), "%s.%s", base, name);
	from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	to = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	while (sendfile(to, from, NULL, 1 << 20) > 0)
		;
	close(to);
	close(from);
	to = open(path, O_RDONLY | O_CLOEXEC);
	if (mmap(AT, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, to, file_offset(code)) !=
	    AT)
		err(1, "mmap");
	close(to);
}

static void run(const char *name)
{
	clock_t begin = clock();

	while (clock() - begin < CLOCKS_PER_SEC)
		((void (*)(long))AT)(1000000);
	expect("[\"%s\",%ld]", name, (long)(clock() - begin) / (CLOCKS_PER_SEC / 1000));
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "usage: changes EXPECTED exec|library|two");
	expected = fopen(argv[1], strcmp(argv[2], "two") ? "we" : "ae");
	if (!expected)
		err(1, "%s", argv[1]);
	if (strcmp(argv[2], "two")) {
		map(argv[1], "one", library_one);
		run("one");
	}
	if (!strcmp(argv[2], "exec")) {
		execl("/proc/self/exe", "changes", argv[1], "two", NULL);
		err(1, "exec");
	}
	munmap(AT, PAGE);
	map(argv[1], "two", library_two);
	run("two");
	return 0;
}
