// SPDX-License-Identifier: BSD-2-Clause
/* Mistakes in a tool's tables, and tables that a tool's other names change. */
#include "base/opt.h"
#include "domain/fs.h"
#include "kernel/probe.h"
#include "main/tool.h"
#include "test.h"
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct bpf_object *obj;
static char said[4096];

/* What probe_select() says of a table with this way; its status. */
static int select_way(const char *way)
{
	const struct probe probes[] = { { "opens", { "open_enter", way }, .optional = true },
					{ 0 } };
	int ends[2], status = 0;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	if (pipe(ends) || (pid = fork()) < 0)
		return -1;
	if (!pid) {
		dup2(ends[1], STDERR_FILENO);
		probe_select(obj, probes, PROBE_FENTRY);
		_exit(0);
	}
	close(ends[1]);
	while (len < sizeof(said) - 1 &&
	       (n = read(ends[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += n;
	said[len] = 0;
	close(ends[0]);
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void test_ways(void)
{
	char path[4096];
	struct bpf_program *p;

	snprintf(path, sizeof(path), "%s/bpf/opensnoop.bpf.o", getenv("SNOOPKIT_BUILD") ?: "build");
	if (access(path, R_OK) || !(obj = bpf_object__open(path))) {
		skip("words of .ways", "there is no BPF object here");
		return;
	}
	ok((p = bpf_object__next_program(obj, NULL)), "the BPF object has programs");
	is_num(select_way("no_such_program"), 1, "a word that names no program is an error");
	ok(strstr(said, "no BPF program is called 'no_such_program' (opens)"), "that says so");
	select_way("do_handle_open io_kiocb.cqe");
	ok(!strstr(said, "no BPF program"), "functions and members are none");
	bpf_object__close(obj);
}

static void test_alias(void)
{
	static bool first, last;
	struct opt opts[] = {
		OPT_FLAG('a', "first", &first, ""), OPT_FS, OPT_FLAG('z', "last", &last, ""), { 0 }
	};
	struct tool me = { 0 };

	ok(fs_called_as(&me, "ext4dist", opts), "an alias names the file system");
	is_str(opts[0].name, "first", "options before -t stay");
	is_str(opts[1].name, "last", "... and those after it");
	is_str(opts[2].name, NULL, "and the end is the end");
}

int main(void)
{
	test_ways();
	test_alias();
	return done();
}
