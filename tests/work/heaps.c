// SPDX-License-Identifier: BSD-2-Clause
/*
 * heaps EXPECTED leak N	leaks N blocks in each of several functions, and frees many others
 * heaps EXPECTED wait N FIFO	leaks N blocks before it reads the FIFO, and frees them and leaks N others after that
 * heaps EXPECTED random N	N times of malloc() and free(), of which each fourth leaks; sizes from 16 to 4095
 * heaps EXPECTED exec N COMMAND...	leaks N blocks, and executes the command
 * heaps EXPECTED pipes N	opens N pipes, and closes half of them
 *
 * Writes [function,bytes,blocks] for each function that leaks, without what the function calls.
 */
#include "work.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define THREADS 4

static void *volatile sink; /* no compiler may leave out an allocation */
static long n;

static void *kept(void *p)
{
	if (!p)
		err(1, "no memory");
	sink = p;
	return p;
}

/* Not a tail call, so that the function has a frame. */
#define LEAKS __attribute__((noinline, noclone)) static

LEAKS void leak_malloc(void)
{
	for (long i = 0; i < n; i++) {
		kept(malloc(1000));
		free(kept(malloc(700)));
	}
	free(NULL);
	expect("[\"leak_malloc\",%ld,%ld]", n * 1000, n);
}

LEAKS void leak_calloc(void)
{
	for (long i = 0; i < n; i++) {
		kept(calloc(3, 50));
		free(kept(calloc(7, 10)));
	}
	expect("[\"leak_calloc\",%ld,%ld]", n * 150, n);
}

/* Moves its block, or keeps it because it fails, or frees it. */
LEAKS void leak_realloc(void)
{
	volatile size_t too_much = PTRDIFF_MAX, nothing = 0;
	long empty = 0; /* blocks of no bytes, which some allocators give for realloc(p, 0) */

	for (long i = 0; i < n; i++) {
		void *p = kept(malloc(10)), *between = kept(malloc(20)), *q;

		p = kept(realloc(p, 5000 + i));
		free(between);
		q = realloc(p, too_much);
		if (q)
			errx(1, "so much memory?");
		free(kept(realloc(kept(malloc(30)), 60)));
		sink = realloc(kept(malloc(40)), nothing);
		empty += !!sink;
		free(kept(realloc(NULL, 50)));
	}
	expect("[\"leak_realloc\",%ld,%ld]", n * 5000 + n * (n - 1) / 2, n + empty);
}

LEAKS void leak_aligned(void)
{
	for (long i = 0; i < n; i++) {
		void *p;

		kept(aligned_alloc(64, 640));
		free(kept(aligned_alloc(4096, 4096)));
		kept(memalign(128, 300));
		if (posix_memalign(&p, 256, 501))
			errx(1, "posix_memalign");
		sink = p;
		if (posix_memalign(&p, 256, 502))
			errx(1, "posix_memalign");
		sink = p;
		free(p);
		if (posix_memalign(&p, 3, 503) != EINVAL)
			errx(1, "posix_memalign with an alignment of 3");
	}
	expect("[\"leak_aligned\",%ld,%ld]", n * (640 + 300 + 501), 3 * n);
}

LEAKS void leak_mmap(void)
{
	for (long i = 0; i < n; i++) {
		int prot = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
		void *p = mmap(NULL, 8192, prot, flags, -1, 0);
		void *q = mmap(NULL, 12288, prot, flags, -1, 0);

		if (p == MAP_FAILED || q == MAP_FAILED || munmap(q, 12288))
			err(1, "mmap");
		p = mremap(p, 8192, 65536, MREMAP_MAYMOVE);
		if (p == MAP_FAILED || mmap(NULL, 0, prot, flags, -1, 0) != MAP_FAILED)
			err(1, "mremap");
	}
	expect("[\"leak_mmap\",%ld,%ld]", n * 65536, n);
}

/* C++'s operators, if there is such a library: new calls malloc(), and new[] calls new. */
LEAKS void leak_new(void *cxx)
{
	void *(*new)(size_t) = dlsym(cxx, "_Znwm"), *(*new_array)(size_t) = dlsym(cxx, "_Znam");
	void (*delete)(void *) = dlsym(cxx, "_ZdlPv");

	if (!new || !new_array || !delete)
		errx(1, "no operator new");
	for (long i = 0; i < n; i++) {
		kept(new (80));
		kept(new_array(800));
		delete (kept(new (90)));
	}
	expect("[\"leak_new\",%ld,%ld]", n * 880, 2 * n);
}

/* Functions that only jemalloc has. */
LEAKS void leak_extended(void)
{
	void *(*mallocx)(size_t, int) = dlsym(RTLD_DEFAULT, "mallocx");
	void *(*rallocx)(void *, size_t, int) = dlsym(RTLD_DEFAULT, "rallocx");
	void (*dallocx)(void *, int) = dlsym(RTLD_DEFAULT, "dallocx");
	void (*sdallocx)(void *, size_t, int) = dlsym(RTLD_DEFAULT, "sdallocx");

	if (!mallocx || !rallocx || !dallocx || !sdallocx)
		return;
	for (long i = 0; i < n; i++) {
		kept(rallocx(kept(mallocx(100, 0)), 9000, 0));
		dallocx(kept(mallocx(50, 0)), 0);
		sdallocx(kept(mallocx(60, 0)), 60, 0);
	}
	expect("[\"leak_extended\",%ld,%ld]", n * 9000, n);
}

/* Each thread gives its blocks to the next, which frees all but the last N. */
static struct {
	int in, out;
} pipes[THREADS];

LEAKS void *leak_threads(void *arg)
{
	long me = (long)arg, many = 20 * n;

	for (long i = 0; i < many; i++) {
		void *p = kept(malloc(33)), *q;

		free(kept(malloc(33)));
		if (write(pipes[(me + 1) % THREADS].in, &p, sizeof(p)) != sizeof(p) ||
		    read(pipes[me].out, &q, sizeof(q)) != sizeof(q))
			err(1, "pipe");
		if (i < many - n)
			free(q);
	}
	return NULL;
}

static void across_threads(void)
{
	pthread_t threads[THREADS];

	for (long i = 0; i < THREADS; i++) {
		int fds[2];

		if (pipe(fds))
			err(1, "pipe");
		pipes[i].out = fds[0];
		pipes[i].in = fds[1];
	}
	for (long i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, leak_threads, (void *)i))
			err(1, "thread");
	for (long i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	expect("[\"leak_threads\",%ld,%ld]", THREADS * n * 33, THREADS * n);
}

static void *blocks[1 << 20];

LEAKS void leak_before(void)
{
	for (long i = 0; i < n; i++)
		blocks[i] = kept(malloc(2000));
}

LEAKS void leak_after(void)
{
	for (long i = 0; i < n; i++) {
		free(blocks[i]);
		kept(malloc(3000));
	}
	expect("[\"leak_after\",%ld,%ld]", n * 3000, n);
}

LEAKS void leak_random(void)
{
	unsigned long x = 1, bytes = 0;

	for (long i = 0; i < n; i++) {
		size_t size;

		x = x * 6364136223846793005 + 1442695040888963407;
		size = 16 + (x >> 33) % 4080;
		sink = kept(malloc(size));
		if (i % 4)
			free(sink);
		else
			bytes += size;
	}
	expect("[\"leak_random\",%lu,%ld]", bytes, (n + 3) / 4);
}

int main(int argc, char **argv)
{
	const char *what = argc > 3 ? argv[2] : "";
	void *cxx;

	if (argc < 4)
		errx(2, "usage: heaps EXPECTED leak|wait|random|exec|pipes N [ARG]...");
	expect_to(argv[1]);
	n = atol(argv[3]);
	if (!strcmp(what, "leak")) {
		cxx = dlopen("libstdc++.so.6", RTLD_NOW);
		leak_malloc();
		leak_calloc();
		leak_realloc();
		leak_aligned();
		leak_mmap();
		across_threads();
		if (cxx)
			leak_new(cxx);
		leak_extended();
	} else if (!strcmp(what, "wait")) {
		char byte;
		int fd;

		leak_before();
		expect("[\"ready\",%d,0]", getpid());
		fd = open(argv[4], O_RDONLY);
		if (fd < 0 || read(fd, &byte, 1) < 0)
			err(1, "%s", argv[4]);
		leak_after();
		if (read(fd, &byte, 1) < 0)
			err(1, "%s", argv[4]);
	} else if (!strcmp(what, "random")) {
		leak_random();
	} else if (!strcmp(what, "exec")) {
		leak_before();
		execvp(argv[4], argv + 4);
		err(1, "%s", argv[4]);
	} else if (!strcmp(what, "pipes")) {
		for (long i = 0; i < n; i++) {
			int a[2], b[2];

			if (pipe(a) || pipe(b) || close(b[0]) || close(b[1]))
				err(1, "pipe");
		}
		expect("[\"alloc_pipe_info\",%d,%ld]", getpid(), n);
		pause();
	}
	return 0;
}
