// SPDX-License-Identifier: BSD-2-Clause
/* What fuzz targets share. */
#include "fuzz.h"
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static jmp_buf caught;
static bool catching;
static FILE *real_stderr;

struct __jmp_buf_tag *fuzz_catch_begin(void)
{
	static FILE *null;

	if (!null)
		null = fopen("/dev/null", "w");
	real_stderr = stderr;
	stderr = null;
	catching = true;
	return caught;
}

void fuzz_catch_end(void)
{
	catching = false;
	stderr = real_stderr;
}

/* These replace the C library's. */
void exit(int status)
{
	if (catching)
		longjmp(caught, 1);
	fflush(NULL);
	_exit(status);
}

int fuzz_file(const void *data, size_t size)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))
		abort();
	return fd;
}

const char *fuzz_path(int fd)
{
	static char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

char *fuzz_string(const uint8_t *data, size_t size, size_t most)
{
	char *s = malloc(size + 1);

	if (size > most)
		size = most;
	memcpy(s, data, size);
	s[size] = 0;
	return s;
}
