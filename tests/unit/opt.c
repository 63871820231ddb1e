// SPDX-License-Identifier: BSD-2-Clause
/* Numbers, sizes and lists on the command line are parsed to their end, or are usage errors. */
#include "base/opt.h"
#include "test.h"
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static u64 sum;
static regex_t regex;

static void add(u64 v)
{
	sum += v;
}

enum { NUMBER, SIZE, LIST, REGEX, MS };

static u64 parse(int how, const char *arg)
{
	sum = 0;
	if (how == NUMBER)
		return parse_u64(arg, "number", 1, 1000000);
	if (how == SIZE)
		return parse_size(arg, "size", 1, 1ull << 40);
	if (how == MS)
		return parse_ms(arg, "ms");
	if (how == REGEX)
		parse_regex(&regex, arg, REG_NOSUB);
	else
		parse_list(arg, "list", 1, 1000, add);
	return sum;
}

/* The exit status of a child that parses this, and says on stderr what is wrong. */
static int status(int how, const char *arg)
{
	int s;
	pid_t pid = fork();

	if (!pid) {
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		parse(how, arg);
		_exit(0);
	}
	waitpid(pid, &s, 0);
	return WIFEXITED(s) ? WEXITSTATUS(s) : -1;
}

int main(void)
{
	static const char *const bad_numbers[] = {
		"",
		" 1",
		"1 ",
		"+1",
		"-1",
		"0",
		"12x",
		"0x",
		"1e3",
		"1000001",
		"99999999999999999999",
		"0x10000000000000000",
		"1,2",
		"1k",
		"\t1",
		"nan",
	};
	static const char *const bad_sizes[] = {
		"",    "k",     "1kk", "1kb", "-1k", "0", "17179869184G", "99999999999999999999",
		"1 k", "2048G",
	};
	static const char *const bad_regexes[] = { "(a", "a)b(", "[a", "a{2,1}", "*\\" };
	static const char *const bad_ms[] = { "",         ".5",    "-1",
					      "1s",       "1.2.3", "1e3",
					      "86400001", "1 ",    "99999999999999999999" };
	static const char *const bad_lists[] = {
		"", ",", "1,", ",1", "1,,2", "1,x", "1001", "1, 2"
	};

	for (size_t i = 0; i < sizeof(bad_numbers) / sizeof(*bad_numbers); i++)
		is_num(status(NUMBER, bad_numbers[i]), 2, bad_numbers[i]);
	for (size_t i = 0; i < sizeof(bad_sizes) / sizeof(*bad_sizes); i++)
		is_num(status(SIZE, bad_sizes[i]), 2, bad_sizes[i]);
	for (size_t i = 0; i < sizeof(bad_ms) / sizeof(*bad_ms); i++)
		is_num(status(MS, bad_ms[i]), 2, bad_ms[i]);
	for (size_t i = 0; i < sizeof(bad_lists) / sizeof(*bad_lists); i++)
		is_num(status(LIST, bad_lists[i]), 2, bad_lists[i]);
	for (size_t i = 0; i < sizeof(bad_regexes) / sizeof(*bad_regexes); i++)
		is_num(status(REGEX, bad_regexes[i]), 2, bad_regexes[i]);
	parse(REGEX, "^b+|d$");
	ok(regex_matches(&regex, "bcd") && regex_matches(&regex, "ad"), "matches anywhere");
	ok(!regex_matches(&regex, "ab"), "does not match");
	ok(regex_matches(NULL, ""), "not given: everything matches");
	is_num(parse(NUMBER, "1"), 1, "1");
	is_num(parse(NUMBER, "1000000"), 1000000, "1000000");
	is_num(parse(NUMBER, "0x1f"), 31, "0x1f");
	is_num(parse(NUMBER, "010"), 10, "no octal: 010");
	is_num(parse(SIZE, "4096"), 4096, "4096");
	is_num(parse(SIZE, "8M"), 8 << 20, "8M");
	is_num(parse(SIZE, "1g"), 1 << 30, "1g");
	is_num(parse(SIZE, "3K"), 3072, "3K");
	is_num(parse(LIST, "12,34"), 46, "12,34");
	is_num(parse(LIST, "7"), 7, "7");
	is_num(parse(MS, "0"), 0, "0 ms");
	is_num(parse(MS, "10"), 10000000, "10 ms");
	is_num(parse(MS, "0.5"), 500000, "half a ms");
	is_num(parse(MS, "1.0000019"), 1000001, "no more than nanoseconds");
	return done();
}
