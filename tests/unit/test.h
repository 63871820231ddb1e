/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_H
#define TEST_H

/* Tests in TAP: call ok() and its kin as often as needed, then return done() from main(). */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int test_n, test_failed;

/* One test. Returns cond, so that the caller can skip what depends on it. */
#define ok(cond, name) test_ok(!!(cond), name, __FILE__, __LINE__)

/* got and want are the same string, or both NULL. */
#define is_str(got, want, name) test_str(got, want, name, __FILE__, __LINE__)

/* Two integers are equal. */
#define is_num(got, want, name) test_num(got, want, name, __FILE__, __LINE__)

__attribute__((unused)) static bool test_ok(bool cond, const char *name, const char *file, int line)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++test_n, name);
	if (!cond) {
		test_failed++;
		printf("# failed at %s:%d\n", file, line);
	}
	fflush(stdout);
	return cond;
}

__attribute__((unused)) static bool test_str(const char *got, const char *want, const char *name,
					     const char *file, int line)
{
	bool same = got && want ? !strcmp(got, want) : got == want;

	if (!test_ok(same, name, file, line))
		printf("# got:  %s\n# want: %s\n", got ?: "NULL", want ?: "NULL");
	return same;
}

__attribute__((unused)) static bool test_num(long long got, long long want, const char *name,
					     const char *file, int line)
{
	if (!test_ok(got == want, name, file, line))
		printf("# got:  %lld\n# want: %lld\n", got, want);
	return got == want;
}

/* One test that can't be run here, and why. */
__attribute__((unused)) static void skip(const char *name, const char *reason)
{
	printf("ok %d - %s # SKIP %s\n", ++test_n, name, reason);
	fflush(stdout);
}

/* What F() writes to stderr. */
__attribute__((unused)) static const char *stderr_of(void (*f)(void))
{
	static char text[4096];
	FILE *to = tmpfile();
	int old = dup(2);
	size_t n;

	dup2(fileno(to), 2);
	f();
	dup2(old, 2);
	close(old);
	rewind(to);
	n = fread(text, 1, sizeof(text) - 1, to);
	text[n] = 0;
	fclose(to);
	return text;
}

/* The plan, and main()'s exit status. */
static inline int done(void)
{
	printf("1..%d\n", test_n);
	return test_failed || !test_n;
}

#endif
