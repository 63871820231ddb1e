// SPDX-License-Identifier: BSD-2-Clause
/* Finding mistakes in a tool's tables (tools.c finds those that there are), and what other names change in them. */
#include "base/opt.h"
#include "domain/fs.h"
#include "kernel/probe.h"
#include "main/tool.h"
#include "test.h"
#include <stdlib.h>
#include <unistd.h>

static struct bpf_object *obj;

/* What is wrong with a table of opensnoop that has all of its programs, and this way. */
static const char *mistake(const char *way)
{
	const struct probe probes[] = {
		{ "opens",
		  { "do_sys_openat2 do_handle_open io_openat2 uring_complete",
		    "open_enter open_exit creat_enter creat_exit openat_enter openat_exit "
		    "openat2_enter openat2_exit" } },
		{ "opens by io_uring", { "io_openat2", way } },
		{ 0 },
	};

	return probe_mistake(obj, probes);
}

static void test_ways(void)
{
	const struct probe few[] = { { "opens", { "do_sys_openat2" } }, { 0 } };
	char path[4096], way[1024] = "open_enter";

	snprintf(path, sizeof(path), "%s/bpf/opensnoop.bpf.o", getenv("SNOOPKIT_BUILD") ?: "build");
	if (access(path, R_OK) || !(obj = bpf_object__open(path))) {
		skip("words of .ways", "there is no BPF object here");
		return;
	}
	is_str(mistake(NULL), NULL, "a table without mistakes");
	is_str(mistake("io_openat2 io_kiocb.cqe"), NULL, "functions, and members of structs");
	is_str(mistake("do_sys_openat2 no_such_program"),
	       "opens by io_uring: no BPF program is called 'no_such_program'",
	       "a word that names no program");
	is_str(mistake("do_sys_openat"),
	       "opens by io_uring: no BPF program is called 'do_sys_openat'",
	       "a word that names the beginning of one");
	is_str(mistake("io_openat2 "), "opens by io_uring: no BPF program is called ''",
	       "a blank too many");
	is_str(mistake("io_openat2 io_kiocb.cqx"),
	       "opens by io_uring: the BPF programs know no struct.member 'io_kiocb.cqx'",
	       "a member that the struct does not have");
	is_str(mistake("io_openat2 io_kioc.cqe"),
	       "opens by io_uring: the BPF programs know no struct.member 'io_kioc.cqe'",
	       "a struct that there is not");
	while (strlen(way) + 11 < 256)
		strcat(way, " open_enter");
	is_str(mistake(way),
	       "opens by io_uring: a way is 23 programs, more than 16: "
	       "'open_enter open_enter open_enter open_en...'",
	       "a way of more programs than there is room for");
	strcat(way, " open_enter");
	is_str(mistake(way),
	       "opens by io_uring: a way is longer than 255 characters: "
	       "'open_enter open_enter open_enter open_en...'",
	       "a way that is longer than there is room for");
	ok(strstr(probe_mistake(obj, few) ?: "", "no row is seen by the BPF program '"),
	   "a program that no row names");
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

/* Each file system of the list has a row of functions. */
static void test_file_systems(void)
{
	for (int i = 0; fs_names[i]; i++) {
		struct opt opts[] = { { 0 } };
		struct tool me = { 0 };
		char alias[64];

		snprintf(alias, sizeof(alias), "%sdist", fs_names[i]);
		fs_called_as(&me, alias, opts);
		is_num(fs_type, i, alias);
		ok(fs_title(), "... has functions to trace");
		ok(fs_trials[i].args && strstr(fs_trials[i].args, fs_trials[i].sees),
		   "... and a trial");
	}
	is_str(fs_trials[FILE_SYSTEMS - 1].args, "-t ext4", "ext4 is tried last");
	is_str(fs_trials[FILE_SYSTEMS].sees, NULL, "nothing comes after it");
}

int main(void)
{
	test_ways();
	test_alias();
	test_file_systems();
	return done();
}
