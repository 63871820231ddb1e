// SPDX-License-Identifier: BSD-2-Clause
/* Starts each tool that is installed beside this program with --check, and reads what it can see. */
#include "check.h"
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The names of all tools, without aliases, from the Makefile. */
static const char *const names[] = { TOOL_NAMES NULL };

bool installed_known(const char *name)
{
	for (size_t i = 0; names[i]; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

const char *const probe_kinds[PROBE_KINDS] = { "fentry",      "kprobes", "kprobe.multi",
					       "tracepoints", "uprobes", "perf events",
					       "BPF LSM",     "others" };

/* By the beginning of the section's name. */
static u32 probe_kind(const char *section)
{
	static const struct {
		const char *begin;
		int kind;
	} kinds[] = {
		{ "fentry", 0 },         { "fexit", 0 },      { "kprobe.multi", 2 },
		{ "kprobe.session", 2 }, { "kretprobe", 1 },  { "kprobe", 1 },
		{ "tp_btf/", 3 },        { "raw_tp", 3 },     { "tp/", 3 },
		{ "tracepoint", 3 },     { "uprobe", 4 },     { "uretprobe", 4 },
		{ "usdt", 4 },           { "perf_event", 5 }, { "lsm", 6 },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strncmp(section, kinds[i].begin, strlen(kinds[i].begin)))
			return 1 << kinds[i].kind;
	return 1 << (PROBE_KINDS - 1);
}

/* The path of a tool: beside us, with the same prefix and suffix as our own name. */
static char *path_of(const char *name)
{
	static const char own_name[] = "snoopkit-check";
	static char own[4096];
	char *path, *file, *at;

	if (!*own && readlink("/proc/self/exe", own, sizeof(own) - 1) < 0)
		err(1, "/proc/self/exe");
	file = strrchr(own, '/') + 1;
	at = strstr(file, own_name);
	if (asprintf(&path, "%.*s%s%s", (int)((at ?: file) - own), own, name,
		     at ? at + strlen(own_name) : "") < 0)
		err(1, NULL);
	return path;
}

/* Start a program.  The result is a descriptor from which to read its stdout and stderr. */
static FILE *start(const char *path, const char *option, pid_t *pid)
{
	int out[2];

	if (pipe2(out, O_CLOEXEC) || (*pid = fork()) < 0)
		err(1, "cannot start %s", path);
	if (!*pid) {
		dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		execl(path, path, option, NULL);
		_exit(127);
	}
	close(out[1]);
	return fdopen(out[0], "r");
}

/* A program of that name can belong to another project. */
static bool is_ours(const char *path)
{
	char line[256] = "";
	FILE *said;
	pid_t pid;

	if (access(path, X_OK))
		return false;
	said = start(path, "--version", &pid);
	if (!fgets(line, sizeof(line), said))
		*line = 0;
	fclose(said);
	waitpid(pid, NULL, 0);
	return strstr(line, " (snoopkit) ");
}

struct running {
	const char *name;
	char *path;
	pid_t pid; /* 0: it is not installed */
	FILE *said;
};

static void begin(struct running *r, const char *name)
{
	r->name = name;
	r->path = path_of(name);
	r->pid = 0;
	if (is_ours(r->path))
		r->said = start(r->path, "--check", &r->pid);
}

static const char *copy(const char *s)
{
	char *c = strdup(s);

	if (!c)
		err(1, NULL);
	return c;
}

/* One line of the tool's output: a probe, or a message after its name. */
static void hear(struct checked *c, const struct running *r, char *line)
{
	static const char unseen[] = "not seen on this kernel: ";
	const char *program = strrchr(r->path, '/') + 1;
	size_t n = strlen(program);
	char *detail;

	line[strcspn(line, "\n")] = 0;
	if (!strncmp(line, "probe ", 6)) {
		c->probes |= probe_kind(line + 6);
		return;
	}
	if (strncmp(line, program, n) || strncmp(line + n, ": ", 2))
		return;
	line += n + 2;
	if (strncmp(line, unseen, strlen(unseen))) {
		c->why = copy(line);
		return;
	}
	line += strlen(unseen);
	/* Cut off " (it has none of: ...)", which is only for those who know the kernel's functions. */
	if ((detail = strstr(line, " (")))
		*detail = 0;
	c->missing = reallocarray(c->missing, c->n_missing + 1, sizeof(*c->missing));
	if (!c->missing)
		err(1, NULL);
	c->missing[c->n_missing++] = copy(line);
}

static void end(struct running *r, void (*each)(const struct checked *))
{
	struct checked c = { .name = r->name };
	char line[4096];
	int status;

	while (fgets(line, sizeof(line), r->said))
		hear(&c, r, line);
	fclose(r->said);
	waitpid(r->pid, &status, 0);
	c.works = !status;
	if (c.works) {
		c.why = NULL;
	} else if (WIFSIGNALED(status)) {
		snprintf(line, sizeof(line), "ended by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
		c.why = copy(line);
	} else if (!c.why) {
		c.why = "it ended without a message";
	}
	each(&c);
}

static bool wanted(char **only, const char *name)
{
	bool found = !*only;

	for (; *only; only++)
		found |= !strcmp(*only, name);
	return found;
}

void installed_check(char **only, void (*each)(const struct checked *))
{
	/* Run as many at once as there are CPUs: on slow ones, each takes a second. */
	long n = sysconf(_SC_NPROCESSORS_ONLN), first = 0, last = 0;
	struct running *queue = calloc(sizeof(names) / sizeof(*names), sizeof(*queue));

	if (!queue)
		err(1, NULL);
	for (size_t i = 0; names[i] || first < last;) {
		if (names[i] && last - first < n) {
			if (wanted(only, names[i]))
				begin(&queue[last++], names[i]);
			i++;
			continue;
		}
		if (queue[first].pid)
			end(&queue[first], each);
		else if (*only)
			each(&(struct checked){
				.name = queue[first].name,
				.why = "it is not installed beside snoopkit-check" });
		first++;
	}
	free(queue);
}
