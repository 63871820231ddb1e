/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tool is a BPF skeleton, a table of options and a table of columns; TOOL()
 * is all of main().  The library does the rest: parse, choose probes,
 * load, attach, collect, print, account for losses.  See common/README.md, and base/run.h for the
 * members of struct tool.
 */
#pragma once
#include "base/object.h"
#include "base/run.h"
#include "kernel/probe.h"
#include "kernel/user_probe.h"
#include "main/filter.h"
#include "output/out.h"
#include "output/table.h"

#define CONF(c) .conf = &(c), .conf_size = sizeof(c)
/* Probes in programs and libraries: an array of struct user_probe. */
#define USER_PROBES(p) .user_probes = p, .user_probe_ops = &user_probe_ops
/* Events: struct TYPE, u64 ts first. */
#define EVENTS(type) .rec_size = sizeof(struct type), .rec_max = sizeof(struct type)
/*
 * Events of variable length: the field TEXT, the last that is sent, has strings up to the event's end, each with
 * a NUL.  print.c checks that in each event, with what comes after it here: see struct rec_tail.
 */
#define EVENTS_TO(type, text, ...)                                                    \
	.rec_size = offsetof(struct type, text),                                      \
	.rec_max = offsetof(struct type, text) + sizeof(((struct type *)NULL)->text), \
	.tail = { __VA_ARGS__ }
#define TAIL_PART(type, field) .part = offsetof(struct type, field)
#define TAIL_BYTES             .bytes = true
#define TAIL_NONE              .none = true
/* Entries of map M.  struct TYPE is the key, followed by the value v. */
#define ENTRIES(m, type)                                                \
	.map = m, .table = &table_ops, .rec_size = sizeof(struct type), \
	.key_size = offsetof(struct type, v)
#define ALSO_ENTRIES(m, type)                                \
	.also_map = m, .also_rec_size = sizeof(struct type), \
	.also_key_size = offsetof(struct type, v)

/* What the function F finds out, instead of BPF programs: struct TYPE, the same. */
#define COLLECTED(f, type)                                                  \
	.collect = f, .table = &table_ops, .rec_size = sizeof(struct type), \
	.key_size = offsetof(struct type, v)

/*
 * Defines main().  The file must include "NAME.skel.h".  For common/main/multi.c, which has all tools in
 * one program, main() is weak, and a section lists the tools.
 */
#define TOOL(tool_name, ...)                                                    \
	static void *tool_name##_open(const struct bpf_object_open_opts *o)     \
	{                                                                       \
		return tool_name##_bpf__open_opts(o);                           \
	}                                                                       \
	static const struct tool tool_name##_tool = { .name = #tool_name,       \
						      .open = tool_name##_open, \
						      __VA_ARGS__ };            \
	static const struct tool *const tool_name##_entry                       \
		__attribute__((section("tools"), used)) = &tool_name##_tool;    \
	__attribute__((weak)) int main(int argc, char **argv)                   \
	{                                                                       \
		return tool_main(&tool_name##_tool, argc, argv);                \
	}

int tool_main(const struct tool *, int argc, char **argv);

/* Rows for options that several tools share. */
#define OPT_DURATION(k) \
	OPT_U32(k, "duration", "SECONDS", &run.duration, 1, 99999999, "Stop after this long")
#define OPT_BUFFER_PAGES(k) \
	OPT_CALL(k, "buffer-pages", "N", set_buffer_pages, "Size of the event buffer, in pages")
#define OPT_INTERVAL(k)                                               \
	OPT_U32(k, "interval", "SECONDS", &run.interval, 0, 99999999, \
		"Seconds between reports (0: a single one, at the end)")
/* Text becomes comma-separated values, of the same columns. */
#define OPT_CSV(k)       OPT_FLAG(k, "csv", &run.csv, "Print comma-separated values")
#define OPT_TIMESTAMP(k) OPT_FLAG(k, "timestamp", &run.time_line, "Print the time with each report")
#define OPT_TOP                                                                               \
	OPT_FLAG('C', "noclear", &run.no_clear, "Don't clear the screen"),                    \
		OPT_FLAG('S', "nosummary", &run.no_summary, "Don't print the load averages"), \
		OPT_ROWS('r', "rows", "Show at most this many rows")
/* An argument of 0 means one row, as in BCC, because 0 in run.rows means all. */
#define OPT_ROWS(k, n, h)                                                    \
	{                                                                    \
		.key = k, .name = n, .arg = "N", .help = h, .set = opt_rows, \
		.to = (u32 *){ &run.rows }, .max = 1 << 20                   \
	}

void set_buffer_pages(const char *arg);
void opt_rows(const struct opt *, const char *arg);

/* For .parsed of a tool with OPT_INTERVAL and OPT_DURATION: as in BCC, whole intervals, of which the last can end after the duration. */
void whole_intervals(void);

/* For .positional: [duration], in seconds. */
int positional_duration(unsigned int n, const char *arg);
