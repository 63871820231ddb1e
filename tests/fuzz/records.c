// SPDX-License-Identifier: BSD-2-Clause
/*
 * Damaged records: --replay of each tool's golden records, changed here and there.
 *	fuzz_records			fifteen changes for each tool, always the same; TAP
 *	fuzz_records SECONDS [TOOL...]	random changes, for this long
 * Whatever is in them, a tool must end by itself, with status 0, or with 1 and a sentence. What it prints
 * must be UTF-8 without control bytes, and JSON if that was asked for.  Files in
 * tests/fuzz/corpus/records/TOOL-*.rec are tried as they are.
 */
#include "../unit/test.h"
#include "clean.h"
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_FILE  (1 << 20)
#define MAX_WORDS 32
#define ROUNDS    15 /* for each tool, in a test */

struct bytes {
	unsigned char *p;
	size_t len;
};

static char build[4096]; /* where the tools are */
static char dir[] = "/tmp/fuzz-records.XXXXXX";

/* ---- running a tool ---- */

static struct bytes slurp(const char *path)
{
	struct bytes b = { malloc(MAX_FILE + 1), 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	while (fd >= 0 && (n = read(fd, b.p + b.len, MAX_FILE - b.len)) > 0)
		b.len += n;
	if (fd >= 0)
		close(fd);
	b.p[b.len] = 0;
	return b;
}

static void spill(const char *path, struct bytes b)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, b.p, b.len) != (ssize_t)b.len || close(fd))
		err(1, "%s", path);
}

static pid_t start(const char *tool, char *const *options, const char *rec, int out, int error)
{
	char path[sizeof(build) + 64], *words[MAX_WORDS + 4];
	pid_t pid = fork();
	int n = 0;

	if (pid)
		return pid;
	snprintf(path, sizeof(path), "%s/%s", build, tool);
	words[n++] = (char *)tool;
	while (*options && n < MAX_WORDS)
		words[n++] = *options++;
	words[n++] = "--replay";
	words[n++] = (char *)rec;
	words[n] = NULL;
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(error, STDERR_FILENO);
	setenv("ASAN_OPTIONS", "exitcode=86:detect_leaks=0", 1);
	setenv("UBSAN_OPTIONS", "exitcode=86:halt_on_error=1", 1);
	setenv("TZ", "UTC", 1);
	alarm(20);
	execv(path, words);
	_exit(87);
}

/* The first thing that is wrong with a run, or NULL. */
static const char *run_tool(const char *tool, char *const *options, const char *rec)
{
	char out_path[64], error_path[64];
	bool as_json = false;
	struct bytes out, error;
	const char *bad = NULL;
	int status, o, e;

	snprintf(out_path, sizeof(out_path), "%s/out", dir);
	snprintf(error_path, sizeof(error_path), "%s/error", dir);
	o = open(out_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	e = open(error_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (waitpid(start(tool, options, rec, o, e), &status, 0) < 0)
		err(1, NULL);
	close(o);
	close(e);
	out = slurp(out_path);
	error = slurp(error_path);
	for (; *options; options++)
		as_json |= !strcmp(*options, "--json");
	if (WIFSIGNALED(status))
		bad = WTERMSIG(status) == SIGALRM ? "it goes on for ever" : "a signal ends it";
	else if (WEXITSTATUS(status) > 1)
		bad = WEXITSTATUS(status) == 87   ? "it is not there"
		      : WEXITSTATUS(status) == 86 ? "a sanitizer's report"
						  : "a usage error";
	else if (WEXITSTATUS(status) == 1 && strncmp((char *)error.p, tool, strlen(tool)))
		bad = "a failure without a sentence";
	if (!bad && (bad = bad_text(error.p, error.len)))
		printf("# on stderr:\n");
	if (!bad && !is_raw(tool, as_json))
		bad = bad_text(out.p, out.len);
	if (!bad && as_json && strlen((char *)out.p) == out.len)
		bad = bad_json((char *)out.p);
	free(out.p);
	free(error.p);
	return bad;
}

/* ---- damage ---- */

static uint64_t seed;

static uint32_t any(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 16) % below;
}

static void put_number(unsigned char *p, size_t room, uint32_t len)
{
	const uint64_t numbers[] = { 0,         1,          2,          7,       255,
				     256,       len - 1,    len,        len + 1, 4096,
				     INT32_MAX, 1ull << 31, UINT32_MAX, -2ull,   -2147483647ull,
				     INT64_MAX, 1ull << 63, UINT64_MAX };
	uint64_t n = numbers[any(sizeof(numbers) / sizeof(*numbers))];
	size_t size = any(2) ? 4 : 8;

	memcpy(p, &n, size < room ? size : room);
}

/* What names can contain: parts of characters, terminal escapes, what JSON must quote. */
static void put_text(unsigned char *p, size_t room)
{
	static const char *const words[] = { "\x80",         "\xc3",     "\xff",
					     "\xc3\xa9",     "\x1b[31m", "\"",
					     "\\",           "\n",       "\xe2\x82\xac",
					     "\xf0\x9f\x98", "a",        "\x7f",
					     "\xc2\x9b",     "\xed\xa0", "\xf4\x90\x80\x80" };
	const char *word = words[any(sizeof(words) / sizeof(*words))];
	size_t n = 1 + any(any(4) ? 20 : 300), len = strlen(word);

	for (size_t i = 0; i < n && i < room; i++)
		p[i] = word[i % len];
}

/* Make one change to a recording, in which a u32 with its length precedes each record. */
static void damage(struct bytes *b)
{
	size_t at = 0, chosen = 0, n = 0, off;
	uint32_t len = 0, its;

	/* Each record is equally likely. */
	for (; at + 4 <= b->len; at += 4 + its) {
		memcpy(&its, b->p + at, 4);
		if (its > b->len - at - 4)
			break;
		if (!any(++n)) {
			chosen = at;
			len = its;
		}
	}
	if (!n || !len)
		return;
	off = any(len);
	switch (any(10)) {
	case 0: /* shorter */
		memmove(b->p + chosen + 4 + off, b->p + chosen + 4 + len,
			b->len - chosen - 4 - len);
		b->len -= len - off;
		its = off;
		memcpy(b->p + chosen, &its, 4);
		break;
	case 1: /* the file ends within it */
		if (!any(4))
			b->len = chosen + 4 + off;
		break;
	case 2: /* its length is wrong */
		its = any(2) ? any(1 << 17) : UINT32_MAX - any(16);
		if (!any(4))
			memcpy(b->p + chosen, &its, 4);
		break;
	case 3:
		b->p[chosen + 4 + off] ^= 1 << any(8);
		break;
	case 4:
	case 5:
	case 6:
		put_text(b->p + chosen + 4 + off, len - off);
		break;
	default:
		off &= ~3u;
		put_number(b->p + chosen + 4 + off, len - off, len);
	}
}

/* ---- tests ---- */

/* The options of a tool's golden test, one line for each rendering. */
struct renderings {
	char *text, *line[MAX_WORDS];
	int n;
};

static struct renderings renderings_of(const char *tool)
{
	struct renderings r = {};
	char path[256], *rest, *line;

	snprintf(path, sizeof(path), "tests/golden/%s.options", tool);
	rest = r.text = (char *)slurp(path).p;
	/* A damaged file to compare with is refused whatever the record has. */
	while ((line = strsep(&rest, "\n")) && (rest || *line) && r.n < MAX_WORDS)
		if (!strstr(line, ".damaged"))
			r.line[r.n++] = line;
	return r;
}

static const char *run_rendering(const char *tool, const char *options, const char *rec)
{
	char *text = strdup(options), *rest = text, *words[MAX_WORDS + 1], *word;
	const char *bad;
	int n = 0;

	while ((word = strsep(&rest, " ")) && n < MAX_WORDS)
		if (*word)
			words[n++] = word;
	words[n] = NULL;
	bad = run_tool(tool, words, rec);
	if (bad)
		printf("# %s: %s %s\n", bad, tool, options);
	free(text);
	return bad;
}

/* Keep what a test has found, for people to look at. */
static void keep(const char *tool, uint64_t first_seed, struct bytes b)
{
	char path[sizeof(build) + 128];

	snprintf(path, sizeof(path), "%s/fuzz", build);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/fuzz/%s-%llx.rec", build, tool,
		 (unsigned long long)first_seed);
	spill(path, b);
	printf("# kept as %s\n", path);
}

static bool try_changed(const char *tool, const struct renderings *r, struct bytes golden,
			uint64_t its_seed)
{
	struct bytes b = { malloc(MAX_FILE), golden.len };
	char path[64];
	bool fine;

	memcpy(b.p, golden.p, golden.len);
	seed = its_seed * 0x9e3779b97f4a7c15 + 1;
	for (uint32_t i = 0, n = 1 + any(5); i < n; i++)
		damage(&b);
	snprintf(path, sizeof(path), "%s/rec", dir);
	spill(path, b);
	fine = !run_rendering(tool, r->line[its_seed % r->n], path);
	if (!fine)
		keep(tool, its_seed, b);
	free(b.p);
	return fine;
}

static bool try_kept(const char *tool, const struct renderings *r)
{
	char pattern[256];
	bool fine = true;
	glob_t g;

	snprintf(pattern, sizeof(pattern), "tests/fuzz/corpus/records/%s-*.rec", tool);
	if (glob(pattern, 0, NULL, &g))
		return true;
	for (size_t i = 0; i < g.gl_pathc; i++)
		for (int j = 0; j < r->n; j++)
			if (run_rendering(tool, r->line[j], g.gl_pathv[i])) {
				printf("# with %s\n", g.gl_pathv[i]);
				fine = false;
			}
	globfree(&g);
	return fine;
}

static void tool_test(const char *tool, uint64_t first_seed, int rounds)
{
	struct renderings r = renderings_of(tool);
	char path[256], name[128];
	struct bytes golden;
	bool fine = r.n > 0;

	snprintf(path, sizeof(path), "tests/golden/%s.rec", tool);
	golden = slurp(path);
	for (int i = 0; i < rounds && r.n; i++)
		fine &= try_changed(tool, &r, golden, first_seed + i);
	fine &= try_kept(tool, &r);
	snprintf(name, sizeof(name), "%s: damaged records print cleanly, or are refused", tool);
	ok(fine, name);
	free(golden.p);
	free(r.text);
}

static void find_build(const char *me)
{
	ssize_t n = readlink("/proc/self/exe", build, sizeof(build) - 1);

	if (n < 0)
		err(1, "%s", me);
	build[n] = 0;
	for (int i = 0; i < 3; i++) /* build/tests/unit/fuzz_records */
		*strrchr(build, '/') = 0;
}

int main(int argc, char **argv)
{
	time_t end = argc > 1 ? time(NULL) + atoi(argv[1]) : 0;
	uint64_t first = argc > 1 ? (uint64_t)time(NULL) << 20 : 0;
	glob_t g;

	find_build(argv[0]);
	if (!mkdtemp(dir) || glob("tests/golden/*.rec", 0, NULL, &g))
		err(1, "%s: to be run in the project's folder", argv[0]);
	do {
		for (size_t i = 0; i < g.gl_pathc; i++) {
			char *tool = strrchr(g.gl_pathv[i], '/') + 1;
			char program[sizeof(build) + 256], *name = strndup(tool, strlen(tool) - 4);
			bool wanted = argc < 3;

			for (int j = 2; j < argc; j++)
				wanted |= !strcmp(argv[j], name);
			snprintf(program, sizeof(program), "%s/%s", build, name);
			/* With TOOLS=, not all tools are built. */
			if (wanted && !access(program, X_OK))
				tool_test(name, first, ROUNDS);
			free(name);
		}
		first += ROUNDS;
	} while (time(NULL) < end);
	globfree(&g);
	for (int i = 0; i < 3; i++) {
		static const char *const files[] = { "rec", "out", "error" };
		char path[64];

		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	rmdir(dir);
	if (!test_n)
		skip("damaged records", "none of these tools is built");
	return done();
}
