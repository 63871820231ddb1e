// SPDX-License-Identifier: BSD-2-Clause
/*
 * Feeds a fuzz target the inputs that we keep: fuzz_NAME reads all files in tests/fuzz/corpus/NAME.
 */
#include "../unit/test.h"
#include "fuzz.h"
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool feed(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *data;
	bool whole;

	if (fd < 0 || fstat(fd, &st))
		return false;
	data = malloc(st.st_size);
	whole = read(fd, data, st.st_size) == st.st_size;
	close(fd);
	if (whole)
		LLVMFuzzerTestOneInput(data, st.st_size);
	free(data);
	return whole;
}

int main(int argc, char **argv)
{
	const char *name = strstr(argv[0], "fuzz_") ?: argv[0];
	char pattern[256];
	glob_t g;

	(void)argc;
	snprintf(pattern, sizeof(pattern), "tests/fuzz/corpus/%s/*", name + strlen("fuzz_"));
	if (glob(pattern, 0, NULL, &g)) {
		printf("Bail out! no %s: to be run in the project's folder\n", pattern);
		return 1;
	}
	for (size_t i = 0; i < g.gl_pathc; i++)
		ok(feed(g.gl_pathv[i]), strrchr(g.gl_pathv[i], '/') + 1);
	globfree(&g);
	return done();
}
