// SPDX-License-Identifier: BSD-2-Clause
#include "domain/ctext.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

static const char *const bits[32] = { "ONE", "TWO", [31] = "LAST" };
static const char *const names[] = { "ZERO", "FIRST" };

static const char *flags(u64 value)
{
	ctext_begin();
	ctext_flags(value, bits);
	return ctext();
}

static const char *result(s64 ret)
{
	ctext_begin();
	ctext_result(ret);
	return ctext();
}

int main(void)
{
	static char huge[1 << 17];

	ctext_begin();
	is_str(ctext(), "", "nothing was put");
	ctext_put("open(");
	ctext_string("a\"b\\c\n\x7f\xc3");
	ctext_put(", ");
	ctext_dfd(AT_FDCWD);
	ctext_put(", ");
	ctext_dfd(-1);
	is_str(ctext(), "open(\"a\\\"b\\\\c\\n\\x7f\\xc3\", AT_FDCWD, -1", "strings, descriptors");

	is_str(flags(0), "0x0", "no flag");
	is_str(flags(3), "ONE|TWO", "flags by name, from the lowest");
	is_str(flags(1u << 31), "LAST", "the last that can have a name");
	is_str(flags(0x100000005), "ONE|0x100000004", "what has no name is a number");

	ctext_begin();
	ctext_name(1, names, 2);
	ctext_name(2, names, 2);
	is_str(ctext(), "FIRST0x2", "a name, and a number that has none");

	is_str(result(-ENOENT), "-ENOENT", "an error by name");
	is_str(result(-4000), "-4000", "an error without a name");
	is_str(result(7), "7", "no error");

	memset(huge, 1, sizeof(huge) - 1);
	ctext_begin();
	ctext_string(huge);
	ctext_put("more");
	is_num(strlen(ctext()), sizeof(huge) - 1, "what does not fit is cut");
	return done();
}
