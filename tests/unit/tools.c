// SPDX-License-Identifier: BSD-2-Clause
/* Mistakes in the tables of the tools that this is linked with: those that make knows as TOOLS. */
#include "main/tool.h"
#include "test.h"
#include <dirent.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern const struct tool *const __start_tools[], *const __stop_tools[];

static char said[512];

/* Has the tool an option of this letter? */
static bool has_letter(const struct tool *tool, char letter)
{
	for (const struct opt *o = tool->opts; o && o->name; o++)
		if (o->key == letter)
			return true;
	for (const struct col *c = tool->cols; c->name; c++)
		if (c->optname && c->opt == letter)
			return true;
	return false;
}

/* Does the text have no column after this one, which could be shifted? */
static bool is_last(const struct col *c)
{
	while ((++c)->name)
		if (!(c->flags & COL_JSON_ONLY))
			return false;
	return true;
}

/* What is wrong with a table of columns, or NULL. */
static const char *col_mistake(const struct tool *tool, const struct col *cols)
{
	for (const struct col *c = cols; c && c->name; c++) {
		int width = abs(c->width);

		if (width && !(c->flags & COL_JSON_ONLY) && (int)strlen(c->name) > width &&
		    !is_last(c)) {
			snprintf(said, sizeof(said),
				 "column %s is %d wide, narrower than its header", c->name, width);
			return said;
		}
		/* Those below ' ' are implied by other options; see opt_imply(). */
		if (c->opt >= ' ' && !has_letter(tool, c->opt)) {
			snprintf(said, sizeof(said),
				 "column %s goes with option -%c, which there is not", c->name,
				 c->opt);
			return said;
		}
	}
	return NULL;
}

/* The same, of what the columns are under another name of the tool: in a process, as names change tables. */
static const char *alias_col_mistake(const struct tool *tool, const char *alias)
{
	int ends[2], n;
	pid_t pid;

	if (!tool->called_as || pipe(ends) || (pid = fork()) < 0)
		return NULL;
	if (!pid) {
		struct tool me = *tool;
		const char *mistake;

		me.called_as(&me, alias);
		mistake = col_mistake(&me, me.cols);
		if (mistake && write(ends[1], mistake, strlen(mistake)) < 0)
			perror(alias);
		_exit(0);
	}
	close(ends[1]);
	n = read(ends[0], said, sizeof(said) - 1);
	close(ends[0]);
	waitpid(pid, NULL, 0);
	said[n > 0 ? n : 0] = 0;
	return n > 0 ? said : NULL;
}

/* The tool that a page of man/ leads to, as in ".so man8/fsdist.8"; an empty string if the page has text. */
static void led_to(const char *page, char *tool, size_t size)
{
	char path[512], line[256], name[200];
	FILE *f;

	*tool = 0;
	snprintf(path, sizeof(path), "man/%.255s", page);
	f = fopen(path, "r");
	if (f && fgets(line, sizeof(line), f) && sscanf(line, ".so man8/%199[^.].8", name) == 1)
		snprintf(tool, size, "%s", name);
	if (f)
		fclose(f);
}

static bool is_alias(const struct tool *tool, const char *page)
{
	for (const char *const *a = tool->aliases; a && *a; a++)
		if (!strncmp(page, *a, strlen(*a)) && !strcmp(page + strlen(*a), ".8"))
			return true;
	return false;
}

/* make finds the other names of a tool in man/, and the tool finds them in its table. */
static const char *alias_mistake(const struct tool *tool, DIR *man)
{
	char name[200];

	for (const char *const *a = tool->aliases; a && *a; a++) {
		char page[64];

		snprintf(page, sizeof(page), "%s.8", *a);
		led_to(page, name, sizeof(name));
		if (strcmp(name, tool->name)) {
			snprintf(said, sizeof(said), "man/%s is not the line '.so man8/%s.8'", page,
				 tool->name);
			return said;
		}
	}
	rewinddir(man);
	for (struct dirent *d; (d = readdir(man));) {
		led_to(d->d_name, name, sizeof(name));
		if (!strcmp(name, tool->name) && !is_alias(tool, d->d_name)) {
			snprintf(said, sizeof(said), "man/%s is not among .aliases", d->d_name);
			return said;
		}
	}
	return NULL;
}

static void no_mistake(const struct tool *tool, const char *where, const char *mistake)
{
	char name[128];

	snprintf(name, sizeof(name), "%s: %s", tool->name, where);
	if (!ok(!mistake, name))
		printf("# %s: %s\n", tool->name, mistake);
}

static void test_tool(const struct tool *tool, DIR *man)
{
	const struct skel *skel = tool->open(NULL);

	if (!ok(skel, tool->name))
		return;
	no_mistake(tool, "its ways to see events name what there is",
		   tool->probes ? probe_mistake(skel->obj, tool->probes) : NULL);
	no_mistake(tool, "its columns are as wide as their headers, and go with its options",
		   col_mistake(tool, tool->cols) ?: col_mistake(tool, tool->alt_cols));
	for (const char *const *a = tool->aliases; a && *a; a++)
		no_mistake(tool, *a, alias_col_mistake(tool, *a));
	no_mistake(tool, "its other names are those in man/", alias_mistake(tool, man));
}

/* That each mistake is found, with the names in it; tables.c has those in .ways. */
static void test_mistakes(DIR *man)
{
	static const struct opt opts[] = { { .key = 'a', .name = "all" }, { 0 } };
	static const struct col good[] = {
		{ .name = "PID", .width = -3 },
		{ .name = "COMM", .opt = 'a' },
		{ .name = "number", .width = 1, JSON_ONLY },
		{ .name = "USER", .width = 4, .opt = 'u', .optname = "user" },
		{ 0 },
	};
	static const struct col narrow[] = { { .name = "PID", .width = -2 },
					     { .name = "COMM", .width = 2 },
					     { 0 } };
	static const struct col lost[] = { { .name = "PID", .opt = 'b' }, { 0 } };
	static const char *const none[] = { NULL }, *const unknown[] = { "no-such-page", NULL };
	struct tool tool = { .name = "fsdist", .opts = opts, .cols = good, .aliases = none };

	is_str(col_mistake(&tool, good), NULL, "a table without mistakes");
	is_str(col_mistake(&tool, narrow), "column PID is 2 wide, narrower than its header",
	       "a narrow column");
	is_str(col_mistake(&tool, lost), "column PID goes with option -b, which there is not",
	       "a column of no option");
	ok(strstr(alias_mistake(&tool, man) ?: "", "is not among .aliases"),
	   "a page of a name that the tool does not have");
	tool.aliases = unknown;
	is_str(alias_mistake(&tool, man), "man/no-such-page.8 is not the line '.so man8/fsdist.8'",
	       "a name without a page");
}

int main(void)
{
	DIR *man = opendir("man");

	if (!man) {
		perror("man");
		return 1;
	}
	libbpf_set_print(NULL);
	test_mistakes(man);
	for (const struct tool *const *t = __start_tools; t < __stop_tools; t++)
		test_tool(*t, man);
	return done();
}
