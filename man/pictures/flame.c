// SPDX-License-Identifier: BSD-2-Clause
/* Reads what `profile -af` printed, and writes the picture that --flamegraph would have written. */
#include "output/flame.h"
#include <err.h>
#include <stdlib.h>
#include <string.h>

#define MOST 256 /* frames */

int main(void)
{
	struct flame *f = flame_new();
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stdin) > 0) {
		char *count = strrchr(line, ' '), *rest = line;
		const char *frames[MOST];
		size_t n = 0;

		if (!count)
			errx(1, "not a folded stack: %s", line);
		*count++ = 0;
		while (rest && n < MOST)
			frames[n++] = strsep(&rest, ";");
		flame_add(f, frames, n, strtoull(count, NULL, 10));
	}
	if (flame_write(f, stdout, "profile", "samples"))
		err(1, "cannot write the picture");
	flame_free(f);
	return 0;
}
