// SPDX-License-Identifier: BSD-2-Clause
/*
 * flame [FOLDED]: reads folded lines, and writes the picture that profile --flamegraph would have written, with FOLDED
 * as the earlier run.  A frame can end in " [MODULE]", and then in "_[k]" if it is the kernel's; jit is the module of
 * generated code.
 */
#include "output/flame.h"
#include <err.h>
#include <stdlib.h>
#include <string.h>

#define MOST 1024 /* frames */

static struct flame_frame frame_of(char *s, bool first)
{
	size_t len = strlen(s);
	struct flame_frame f = { .name = s, .kind = first ? FLAME_NAME : FLAME_USER };
	char *module;

	if (len > 4 && !strcmp(s + len - 4, "_[k]")) {
		f.kind = FLAME_KERNEL;
		s[len -= 4] = 0;
	}
	module = strstr(s, " [");
	if (module && s[len - 1] == ']') {
		*module = s[len - 1] = 0;
		f.module = module + 2;
	}
	if (f.module && !strcmp(f.module, "jit"))
		f = (struct flame_frame){ .name = s, .kind = FLAME_JIT };
	return f;
}

static void read_from(FILE *in, struct flame *f,
		      void (*add)(struct flame *, const struct flame_frame *, size_t, u64))
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, in) > 0) {
		char *count = strrchr(line, ' '), *rest = line;
		struct flame_frame frames[MOST];
		size_t n = 0;

		if (!count)
			errx(1, "not a folded stack: %s", line);
		*count++ = 0;
		for (; rest && n < MOST; n++)
			frames[n] = frame_of(strsep(&rest, ";"), !n);
		add(f, frames, n, strtoull(count, NULL, 10));
	}
	free(line);
}

int main(int argc, char **argv)
{
	struct flame *f = flame_new();
	FILE *earlier = argc > 1 ? fopen(argv[1], "re") : NULL;

	if (argc > 1 && !earlier)
		err(1, "%s", argv[1]);
	if (earlier)
		read_from(earlier, f, flame_add_before);
	read_from(stdin, f, flame_add);
	if (flame_write(f, stdout, "profile", "samples", argc > 1 ? argv[1] : NULL))
		err(1, "cannot write the picture");
	flame_free(f);
	return 0;
}
