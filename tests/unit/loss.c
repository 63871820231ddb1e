// SPDX-License-Identifier: BSD-2-Clause
/*
 * common/output/loss.c: two kinds of losses that only some tools count, next to those that every
 * tool counts.
 */
#include "output/loss.h"
#include "main/tool.h"
#include "output/out.h"
#include "test.h"
#include <sys/wait.h>
#include <unistd.h>

static u64 three(void)
{
	return 3;
}

static u64 four(void)
{
	return 4;
}

/* Does F end the process with status 1? */
static bool refused(void (*f)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		close(STDERR_FILENO);
		f();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

static void same_key(void)
{
	loss_side("threes", "threes again", four);
}

static void too_many(void)
{
	static char keys[100][4];

	for (int i = 0; i < 100; i++) {
		sprintf(keys[i], "k%d", i);
		loss_side(keys[i], "more", three);
	}
}

static void report(void)
{
	loss_report(true);
}

int main(void)
{
	static const struct loss loss = { .events = 2, .returns = 1 };
	const char *want =
		"{\"lost\":{\"events\":2,\"nested\":3,\"returns\":5,\"threes\":3,\"fours\":4}";
	const char *json;
	const char *text;
	size_t len;

	loss_init(NULL, &loss);
	loss_side("threes", "threes", three);
	loss_side("fours", "fours", four);
	loss_side("fours", "fours", four); /* at a second attempt to attach */
	loss_also("nested", three);
	loss_also("returns", four);
	loss_says("threes", NULL, "; see --threes");
	loss_says("fours", "quartets", NULL);
	run.json = true;
	text = stderr_of(report);
	json = out_take(&len);
	ok(len > strlen(want) && !memcmp(json, want, strlen(want)),
	   "each has its key, nothing is left out, and what others count is added");
	ok(strstr(text, "lost 3 threes; see --threes\n") && strstr(text, "lost 4 quartets\n"),
	   "a tool can say what it is, and what helps");
	ok(refused(same_key), "a key is given once");
	ok(refused(too_many), "the table is not overrun");
	return done();
}
