// SPDX-License-Identifier: BSD-2-Clause
#include "output/hist.h"
#include "output/out.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

/* capture() and captured() catch what is written to stdout between them. */
static int saved;
static char shown[8192];

static void capture(void)
{
	char path[] = "/tmp/histXXXXXX";
	int fd = mkstemp(path);

	if (fd < 0)
		err(1, "%s", path);
	unlink(path);
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	dup2(fd, STDOUT_FILENO);
	close(fd);
}

static const char *captured(void)
{
	ssize_t n;

	out_flush();
	n = pread(STDOUT_FILENO, shown, sizeof(shown) - 1, 0);
	shown[n < 0 ? 0 : n] = 0;
	dup2(saved, STDOUT_FILENO);
	close(saved);
	return shown;
}

/* The N-th line of what was captured, from 1; NULL after the last. */
static const char *line(int n)
{
	static char text[512];
	const char *s = shown;

	while (--n && (s = strchr(s, '\n')))
		s++;
	if (!s || !*s)
		return NULL;
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(s, "\n"), s);
	return text;
}

#define STARS_40 "****************************************"
#define BLANK_40 "                                        "

static void test_narrow(void)
{
	struct hist h = { .slots = { 1, 0, 40, 20, 3 } };

	capture();
	hist_text(&h, "usecs");
	captured();
	is_str(line(1), "     usecs               : count     distribution", "header");
	is_str(line(2),
	       "         0 -> 1          : 1        |*                                       |",
	       "0 and 1 share the first row");
	is_str(line(3), "         2 -> 3          : 0        |" BLANK_40 "|",
	       "an empty row between");
	is_str(line(4), "         4 -> 7          : 40       |" STARS_40 "|",
	       "the most has all stars");
	is_str(line(5),
	       "         8 -> 15         : 20       |********************                    |",
	       "half of it half");
	is_str(line(6),
	       "        16 -> 31         : 3        |***                                     |",
	       "the last row that is not empty");
	is_str(line(7), NULL, "is the last");
	is_num(hist_count(&h), 64, "hist_count");
}

/* Stars are rounded down, as BCC does. */
static void test_stars(void)
{
	struct hist h = { .slots = { 1000, 24, 25, 999 } };

	capture();
	hist_text(&h, "msecs");
	captured();
	is_str(line(3), "         2 -> 3          : 24       |" BLANK_40 "|",
	       "less than a star is none");
	is_str(line(4),
	       "         4 -> 7          : 25       |*                                       |",
	       "exactly one");
	is_str(line(5),
	       "         8 -> 15         : 999      |*************************************** |",
	       "nearly all is one less than all");
}

/* 32 rows are narrow, 33 wide. */
static void test_wide(void)
{
	struct hist h = { .slots = { [31] = 1 } };

	capture();
	hist_text(&h, "nsecs");
	captured();
	is_str(line(33), "2147483648 -> 4294967295 : 1        |" STARS_40 "|",
	       "the last narrow row");
	h.slots[32] = 2;
	h.slots[0] = 1;
	capture();
	hist_text(&h, "nsecs");
	captured();
	is_str(line(1), "               nsecs                         : count     distribution",
	       "wide header");
	is_str(line(2),
	       "                   0 -> 1                    : 1        |**********          |",
	       "wide row");
	is_str(line(34),
	       "          4294967296 -> 8589934591           : 2        |********************|",
	       "last wide row");
	h.slots[63] = 1;
	capture();
	hist_text(&h, "nsecs");
	captured();
	is_str(line(65),
	       " 9223372036854775808 -> 18446744073709551615 : 1        |**********          |",
	       "the highest bucket of all");
	capture();
	hist_text(&(struct hist){ 0 }, "usecs");
	is_str(captured(), "", "an empty histogram is nothing");
}

static void test_linear(void)
{
	u64 counts[] = { 3, 0, 6, 0, 0 };

	capture();
	hist_linear_text(&(struct hist_linear){ counts, 5 }, "runqlen");
	captured();
	is_str(line(1), "     runqlen       : count     distribution", "linear header");
	is_str(line(2), "        0          : 3        |********************                    |",
	       "linear row");
	is_str(line(3), "        1          : 0        |" BLANK_40 "|", "rows of zero are shown");
	is_str(line(4), "        2          : 6        |" STARS_40 "|",
	       "up to the last value seen");
	is_str(line(5), NULL, "no further");
	capture();
	hist_linear_text(&(struct hist_linear){ counts + 3, 2 }, "runqlen");
	is_str(captured(), "", "nothing counted is nothing");
	capture();
	hist_linear_text(&(struct hist_linear){ counts, 3, 100, true }, "bytes");
	captured();
	is_str(line(3), "        100        : 0        |" BLANK_40 "|", "wider buckets");
	is_str(line(4), "      >=200        : 6        |" STARS_40 "|", "a bucket without an end");
}

static void test_python(void)
{
	struct hist h = { .slots = { 0, 5 } };

	capture();
	hist_python_begin(&h, "msecs");
	hist_python_key("disk", "sda", strlen("sda"));
	captured();
	is_num(strspn(shown + 8, "0123456789-: "), 19, "a Python dictionary begins with the time");
	is_str(shown + 8 + 19,
	       "', 'val_type': 'msecs', 'data': ["
	       "{'interval-start': 0, 'interval-end': 1, 'count': 0}, "
	       "{'interval-start': 2, 'interval-end': 3, 'count': 5}], 'disk': 'sda'",
	       "and has the empty buckets, too");
}

int main(void)
{
	test_narrow();
	test_stars();
	test_wide();
	test_linear();
	test_python();
	return done();
}
