// SPDX-License-Identifier: BSD-2-Clause
/* threadsnoop: trace the threads that programs make.  After BCC's, by Brendan Gregg. */
#include "threadsnoop.h"
#include "main/tool.h"
#include "symbols/stack.h"
#include "threadsnoop.skel.h"
#include <stdio.h>

static const char *library;

/* The function is in libpthread before glibc 2.34, and in musl's only library, which is also its loader. */
static const struct user_file libc = {
	"pthread ld-musl-x86_64.so.1 ld-musl-aarch64.so.1 c",
	&library,
	.everywhere = true,
	.alternatives = true,
};

static const struct user_probe probes[] = {
	{ "creating", &libc, .symbol = "pthread_create" },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_STR('l', "library", "PATH", &library,
		"Trace only this library, or this program if it is linked statically (default: all "
		"copies of the C library)"),
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_DEMANGLE,
	{ 0 },
};

static const struct frame *start_of(struct rec r)
{
	const struct thread_event *e = r.p;

	return stack_frame_at(e->pid, e->start, e->ts);
}

static struct value func(struct rec r)
{
	const struct frame *f = start_of(r);

	return f->name ? value_str(f->name) : value_none(frame_unnamed(f).s);
}

/* The address can be another in each process. */
static struct value offset(struct rec r)
{
	const struct frame *f = start_of(r);

	return f->module && !f->name ? value_uint(f->offset) : value_none("");
}

CELL(module, thread_event, value_maybe(start_of(r)->module))
CELL(time_ms, thread_event, value_uint(time_began(&e->ts).number / 1000000))

static const struct col cols[] = {
	{ COLF("TIME(ms)", -10, time_ms), HELP("Milliseconds since tracing began"), TEXT_ONLY },
	{ COL("PID", -7, thread_event, pid), HELP("Process ID") },
	{ COL("tid", 0, thread_event, tid), HELP("The thread that makes the new one"), JSON_ONLY },
	{ COL("uid", 0, thread_event, uid), HELP("User ID of the process"), JSON_ONLY },
	{ COL("COMM", -16, thread_event, comm), HELP("Name of the thread that makes the new one") },
	{ COLF("FUNC", 0, func), HELP("The function that the new thread runs; its place in the "
				      "file or its address if that has no name (JSON: null)") },
	{ COLF("module", 0, module), HELP("The program or library that the function is in"),
	  JSON_ONLY },
	{ COLF("offset", 0, offset), HELP("Its place in that if it has no name, else null"),
	  JSON_ONLY },
	{ COL("address", 0, thread_event, start), HELP("The function's address"), JSON_ONLY },
	{ 0 },
};

TOOL(threadsnoop, .summary = "Trace the threads that programs make.",
     .examples = "Examples:\n"
		 "  threadsnoop            # all threads, also in containers\n"
		 "  threadsnoop -p 181     # those of process 181\n"
		 "  threadsnoop -l ./prog  # of a static program",
     USER_PROBES(probes), .opts = opts, .cols = cols, EVENTS(thread_event),
     .side_open = stack_watch, .side_read = stack_watched)
