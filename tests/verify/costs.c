// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the kernel's verifier spends on each BPF program of the tools, as they load them.
 *
 * Reads command lines from stdin, one per line: FLAVOUR TOOL [OPTION...].  The flavour is
 * "fentry", "kprobe", or "no-btf" if a file is to stand in for the kernel's types.  A line that would
 * only load what an earlier line has loaded is skipped.  For each program that is loaded, writes these
 * fields, separated by tabs: tool, program, instructions, instructions verified, states, most states
 * at a time, stack in bytes, microseconds, the command line.  If a program is refused, the number
 * verified is "refused"; if the tool does not get that far, the program is "-".  The message follows
 * as one more field.
 *
 * It is linked with the tools' own code, except main(), and with --wrap, which makes them call our
 * function to load programs.  So it measures the programs that they choose, with what their options
 * set.  Nothing is attached.
 */
#include "kernel/kbtf.h"
#include "main/tool.h"
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS  120 /* a load that takes longer hangs */
#define LOG_SIZE 65536

extern const struct tool *const __start_tools[], *const __stop_tools[];

static const char *const flavours[] = { "fentry", "kprobe", "no-btf" };
static const char *tool_name, *with; /* of the current command line */

/*
 * For each line, what a flavour other than fentry would load differently; shared with the children.
 * Without trampolines, kprobes make no difference, and without typed tracepoints, a file of types
 * makes none.
 */
enum { LOADED = 1, TRAMPOLINES = 2, TYPED = 4 };
static unsigned char *loaded, *loaded_now;

/* ---- in the child that loads one tool's programs ---- */

#define MAX_SUBPROGS 64

/* The functions of a program: where each begins, and how much stack the verifier says it uses. */
struct subprogs {
	const struct bpf_insn *insns;
	size_t n_insns;
	int starts[MAX_SUBPROGS], stacks[MAX_SUBPROGS];
	int n;
};

/* Where the function begins that an instruction calls or passes to a helper, or -1. */
static int callee(const struct bpf_insn *insn, size_t at)
{
	bool call = insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL;
	bool func = insn->code == (BPF_LD | BPF_IMM | BPF_DW) && insn->src_reg == BPF_PSEUDO_FUNC;

	return call || func ? (int)at + insn->imm + 1 : -1;
}

static void add_subprog(struct subprogs *s, int start)
{
	int i = 0;

	while (i < s->n && s->starts[i] < start)
		i++;
	if (i < s->n && s->starts[i] == start)
		return;
	if (s->n == MAX_SUBPROGS)
		errx(1, "%s: a program of more than %d functions", tool_name, MAX_SUBPROGS);
	memmove(s->starts + i + 1, s->starts + i, (s->n++ - i) * sizeof(*s->starts));
	s->starts[i] = start;
}

/* The deepest stack from this function on.  The oldest kernels round each frame up to 32 bytes. */
static int deepest(const struct subprogs *s, int subprog)
{
	size_t end = subprog + 1 < s->n ? (size_t)s->starts[subprog + 1] : s->n_insns;
	int most = 0;

	for (size_t at = s->starts[subprog]; at < end; at++) {
		int start = callee(s->insns + at, at);

		for (int i = 0; start >= 0 && i < s->n; i++)
			if (s->starts[i] == start && i != subprog) {
				int depth = deepest(s, i);

				most = depth > most ? depth : most;
			}
		if (s->insns[at].code == (BPF_LD | BPF_IMM | BPF_DW))
			at++;
	}
	return most + ((s->stacks[subprog] ?: 1) + 31) / 32 * 32;
}

/*
 * DEPTHS are the verifier's, such as "16+0+128", one for each function in the order in which they
 * begin.
 */
static int stack_of(const struct bpf_program *p, const char *depths)
{
	struct subprogs s = { .insns = bpf_program__insns(p), .n_insns = bpf_program__insn_cnt(p) };

	add_subprog(&s, 0);
	for (size_t at = 0; at < s.n_insns; at++) {
		int start = callee(s.insns + at, at);

		if (start >= 0)
			add_subprog(&s, start);
		if (s.insns[at].code == (BPF_LD | BPF_IMM | BPF_DW))
			at++;
	}
	for (int i = 0; i < s.n && depths; i++) {
		s.stacks[i] = atoi(depths);
		depths = strchr(depths, '+');
		depths = depths ? depths + 1 : NULL;
	}
	return deepest(&s, 0);
}

static u64 number_after(const char *log, const char *what)
{
	const char *at = strstr(log, what);

	return at ? strtoull(at + strlen(what), NULL, 10) : 0;
}

static unsigned char kind_of(const struct bpf_program *p)
{
	const char *section = bpf_program__section_name(p);

	section += *section == '?';
	if (!strncmp(section, "fentry/", 7) || !strncmp(section, "fexit/", 6))
		return TRAMPOLINES;
	return strncmp(section, "tp_btf/", 7) ? 0 : TYPED;
}

static void report(const struct bpf_program *p, const char *log)
{
	const char *stack = strstr(log, "stack depth ");

	if (!strstr(log, "processed "))
		errx(1, "%s: no statistics of %s", tool_name, bpf_program__name(p));
	printf("%s\t%s\t%zu\t%llu\t%llu\t%llu\t%d\t%llu\t%s\n", tool_name, bpf_program__name(p),
	       bpf_program__insn_cnt(p), number_after(log, "processed "),
	       number_after(log, "total_states "), number_after(log, "peak_states "),
	       stack_of(p, stack ? stack + strlen("stack depth ") : NULL),
	       number_after(log, "verification time "), with);
}

/* Report the last line of the log that is not statistics, or else the error. */
static void refused(const struct bpf_program *p, char *log, int error)
{
	static const char *const statistics[] = { "processed ", "verification time ",
						  "stack depth ", "subprog " };
	char *said = NULL;

	for (char *line; log && (line = strsep(&log, "\n"));) {
		bool statistic = !*line;

		for (int i = 0; i < 4; i++)
			statistic |= !strncmp(line, statistics[i], strlen(statistics[i]));
		if (!statistic)
			said = line;
	}
	for (char *tab = said; tab && (tab = strchr(tab, '\t'));)
		*tab = ' ';
	printf("%s\t%s\t%zu\trefused\t0\t0\t0\t0\t%s\t%s\n", tool_name,
	       p ? bpf_program__name(p) : "-", p ? bpf_program__insn_cnt(p) : 0, with,
	       said ?: strerror(error));
}

/*
 * To allocate thousands of entries takes longer than the verifier does, which does not care how
 * many there are in these kinds of map.
 */
static void shrink(struct bpf_map *map)
{
	switch (bpf_map__type(map)) {
	case BPF_MAP_TYPE_RINGBUF:
		bpf_map__set_max_entries(map, sysconf(_SC_PAGESIZE));
		break;
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_STACK_TRACE:
		bpf_map__set_max_entries(map, 256);
		break;
	default:
		break;
	}
}

int __real_bpf_object__load_skeleton(struct bpf_object_skeleton *);
int __wrap_bpf_object__load_skeleton(struct bpf_object_skeleton *s);

int __wrap_bpf_object__load_skeleton(struct bpf_object_skeleton *s)
{
	struct bpf_program *p, *last = NULL;
	char *logs[64] = {}, *last_log = NULL;
	struct bpf_map *map;
	int n = 0, error = 0;

	bpf_object__for_each_map (map, *s->obj)
		shrink(map);
	bpf_object__for_each_program (p, *s->obj) {
		if (!bpf_program__autoload(p))
			continue;
		if (n == 64)
			errx(1, "%s: more than 64 programs", tool_name);
		logs[n] = calloc(1, LOG_SIZE);
		if (!logs[n])
			err(1, NULL);
		bpf_program__set_log_level(p, 4);
		bpf_program__set_log_buf(p, logs[n++], LOG_SIZE);
	}
	if (__real_bpf_object__load_skeleton(s))
		error = errno;
	n = 0;
	*loaded_now |= LOADED;
	bpf_object__for_each_program (p, *s->obj) {
		if (!bpf_program__autoload(p))
			continue;
		*loaded_now |= kind_of(p);
		if (!error)
			report(p, logs[n]);
		else if (*logs[n])
			last = p, last_log = logs[n]; /* programs are loaded one after the other */
		n++;
	}
	if (error)
		refused(last, last_log, error);
	fflush(stdout);
	_exit(0);
}

/* ---- the command lines ---- */

static const struct tool *tool_named(const char *name)
{
	for (const struct tool *const *t = __start_tools; t < __stop_tools; t++)
		if (!strcmp(name, (*t)->name))
			return *t;
	errx(2, "there is no tool '%s'", name);
}

#define MAX_ARGS 31

static int add_words(char **argv, int argc, const char *words)
{
	char *rest = strdup(words), *word;

	while (rest && argc < MAX_ARGS && (word = strsep(&rest, " ")))
		argv[argc++] = word;
	return argc;
}

/* Some tools don't run without arguments: "@" stands for those of their trial, see main/trial.h. */
static int add_trial(char **argv, int argc, const struct trial *t)
{
	if (!t)
		errx(2, "%s has no trials for '@' to stand for", tool_name);
	return add_words(argv, argc, t->args ?: t->find_args());
}

/* Never returns.  LINE begins with the tool's name. */
static void run_line(const char *line, int said)
{
	char *words[MAX_ARGS + 1], *argv[MAX_ARGS + 1];
	const struct tool *tool;
	int argc = 0, n;

	dup2(said, 2);
	n = add_words(words, 0, line);
	tool = tool_named(words[0]);
	for (int i = 0; i < n; i++)
		if (!strcmp(words[i], "@"))
			argc = add_trial(argv, argc, tool->trials);
		else if (argc < MAX_ARGS)
			argv[argc++] = words[i];
	argv[argc] = NULL;
	program_invocation_name = program_invocation_short_name = argv[0];
	alarm(SECONDS);
	exit(tool_main(tool, argc, argv));
}

/* Report why a tool did not load: the last line that it wrote. */
static void not_loaded(int said, int status)
{
	char text[2048] = "", *last, *tab;
	ssize_t n = pread(said, text, sizeof(text) - 1, 0);

	while (n > 0 && text[n - 1] == '\n')
		text[--n] = 0;
	last = strrchr(text, '\n');
	last = last ? last + 1 : text;
	while ((tab = strchr(last, '\t')))
		*tab = ' ';
	if (!*last)
		snprintf(text, sizeof(text), "ended with status %#x", status), last = text;
	printf("%s\t-\t0\t0\t0\t0\t0\t0\t%s\t%s\n", tool_name, with, last);
}

static void measure(const char *line)
{
	char name[64] = "";
	FILE *said = tmpfile();
	int status = 0;
	pid_t pid;

	sscanf(line, "%*s %63s", name);
	tool_name = name;
	with = line;
	if (!said)
		err(1, "a file for messages");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		err(1, "cannot start a process");
	if (!pid)
		run_line(strchr(line, ' ') + 1, fileno(said));
	if (waitpid(pid, &status, 0) != pid || status)
		not_loaded(fileno(said), status);
	fclose(said);
}

static bool is_flavour(const char *line, const char *flavour)
{
	size_t len = strlen(flavour);

	return !strncmp(line, flavour, len) && line[len] == ' ';
}

/* Has the same command line with fentry loaded all that it would load with this flavour? */
static bool same_again(char **lines, size_t i)
{
	unsigned char difference = is_flavour(lines[i], "no-btf") ? TYPED : TRAMPOLINES;

	if (is_flavour(lines[i], "fentry"))
		return false;
	for (size_t j = 0; j < i; j++)
		if (is_flavour(lines[j], "fentry") &&
		    !strcmp(strchr(lines[j], ' '), strchr(lines[i], ' ')))
			return loaded[j] & LOADED && !(loaded[j] & difference);
	return false;
}

/*
 * Measure the lines of one flavour, in a process that has read the kernel's types before it forks.
 */
static void measure_flavour(const char *flavour, char **lines, size_t n)
{
	setenv("SNOOPKIT_PROBES", strcmp(flavour, "no-btf") ? flavour : "", 1);
	if (!strcmp(flavour, "no-btf"))
		setenv("SNOOPKIT_BTF", "/sys/kernel/btf/vmlinux", 1);
	kbtf_find("task_struct", BTF_KIND_STRUCT);
	for (size_t i = 0; i < n; i++) {
		loaded_now = &loaded[i];
		if (is_flavour(lines[i], flavour) && !same_again(lines, i))
			measure(lines[i]);
	}
}

static bool known(const char *line)
{
	for (size_t i = 0; i < sizeof(flavours) / sizeof(*flavours); i++)
		if (is_flavour(line, flavours[i]))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	char **lines = NULL, *line = NULL;
	size_t n = 0, room = 0;

	if (argc == 2 && !strcmp(argv[1], "--clang")) {
		puts(CLANG_VERSION);
		return 0;
	}
	if (argc != 1)
		errx(2, "usage: %s [--clang] <LINES; a line is: FLAVOUR TOOL [OPTION...]", argv[0]);
	while (getline(&line, &room, stdin) > 0) {
		line[strcspn(line, "\n")] = 0;
		if (!known(line))
			errx(2, "not a line of FLAVOUR TOOL [OPTION...]: '%s'", line);
		lines = reallocarray(lines, n + 1, sizeof(*lines));
		if (!lines || !(lines[n++] = strdup(line)))
			err(1, NULL);
	}
	loaded = mmap(NULL, n + 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (loaded == MAP_FAILED)
		err(1, NULL);
	for (size_t i = 0; i < sizeof(flavours) / sizeof(*flavours); i++) {
		int status = 0;
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid < 0)
			err(1, "cannot start a process");
		if (!pid) {
			measure_flavour(flavours[i], lines, n);
			fflush(stdout);
			_exit(0);
		}
		if (waitpid(pid, &status, 0) != pid || status)
			return 1;
	}
	return 0;
}
