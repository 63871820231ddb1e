/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tool is a BPF skeleton, a table of options and a table of columns; TOOL()
 * is all of main().  The library does the rest: parse, choose probes,
 * load, attach, collect, print, account for losses.  See common/README.md.
 */
#pragma once
#include "filter.h"
#include "opt.h"
#include "out.h"
#include "probe.h"
#include "table.h"
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* What every skeleton begins with. */
struct skel {
	struct bpf_object_skeleton *skeleton;
	struct bpf_object *obj;
};

/* What --check tries for a tool that needs arguments; see check.h. */
struct trial {
	const char *sees, *args;        /* "tracepoints", "t:sched:sched_switch" */
	const char *(*find_args)(void); /* if they depend on the machine */
};

/*
 * The strings at an event's end.  Lengths are u32 fields of the event, given by their offsets; 0
 * means that there is no such field.
 */
struct rec_tail {
	u16 len;    /* of all strings; 0: they end where the event does */
	u16 part;   /* of the first strings, at least one */
	bool bytes; /* the last string may lack its NUL */
};

struct tool {
	const char *name;
	const char *summary; /* one sentence, as in "Trace files being opened." */
	const char *args;    /* positional arguments, for the synopsis */
	const char *examples;
	/* Opens the skeleton, a struct skel. */
	void *(*open)(const struct bpf_object_open_opts *);
	void *conf; /* struct conf, copied to BPF before load */
	size_t conf_size;
	const struct probe *probes; /* NULL: every program, none of them optional */
	/* Sums must include every call: use kprobes, which cost more, on kernels where
	 * preemption makes fentry/fexit miss some. */
	bool exact;
	const struct trial *trials; /* NULL: the tool works without arguments */

	const struct opt *opts;
	const struct col *cols;
	const struct col *alt_cols; /* a second table, for records with is_alt() */
	bool (*is_alt)(const void *rec);

	/* Records come from the ring buffer (rec_size is their minimum size, and u64 ts
	 * their first field), or are entries of this map: the key, then the value. */
	const char *map;
	const struct table_ops *table; /* with a map */
	size_t rec_size, key_size;
	/* Strings follow the fields of an event, up to REC_MAX bytes in total. */
	size_t rec_max;
	struct rec_tail tail;
	/* A second map with smaller keys: unfold() makes a record from one of its entries. */
	const char *also_map;
	size_t also_rec_size, also_key_size;
	void (*unfold)(void *rec, const void *entry);

	/* Reports of a map's entries. */
	enum {
		REPORT_PLAIN, /* rows below a header */
		REPORT_ROWS,  /* rows of all reports below one header, like vmstat(8) */
		REPORT_TOP,   /* the same, redrawn each interval, like top(1) */
		REPORT_HIST,  /* a histogram for each entry */
	} report;
	u32 interval;        /* seconds between reports; 0: a single one, at the end */
	bool no_interval;    /* this tool takes no arguments [interval [count]] */
	const char *banner;  /* printed once, after the probes are attached */
	const char *goodbye; /* printed at the end */
	bool gaps;           /* a blank line before each histogram, and not two before the first */
	bool one_record;     /* a report is one record of what keep() has gathered */
	/* Orders a report's records, as for qsort(3). */
	int (*compare)(const void *, const void *);

	/*
	 * Other names of the tool, NULL-terminated.  Each has a page man/NAME.8 with
	 * just the line ".so man8/TOOL.8".
	 */
	const char *const *aliases;
	/* Before the options are parsed: the tool was called by this name, its own or an alias,
	 * and can change ME, its copy of this struct. */
	void (*called_as)(struct tool *me, const char *name);

	/* Hooks, all optional.  SKEL is the struct NAME_bpf that the skeleton declares. */
	int (*positional)(unsigned int n, const char *arg); /* false: too many */
	void (*parsed)(void);                               /* all options are known: check them */
	void (*targets)(void);       /* before probes are chosen: call probe_target() */
	void (*prepare)(void *skel); /* opened, but not loaded: set up programs, maps */
	void (*loaded)(void *skel);  /* loaded, but not attached */
	void (*attach)(void *skel);  /* instead of attaching every loaded program */
	void (*begin)(void);         /* attached: print a banner that is not constant */
	/* With a map: takes over the *n records of a report, and returns those to print. */
	char *(*merge)(char *recs, size_t *n);
	bool (*keep)(const void *rec); /* should this record be shown? */
	/* Prints text that columns can't express, instead of a row or a histogram. */
	void (*row)(const void *rec);
	const bool *row_if;         /* use row() only if this is true; NULL: always */
	void (*report_begin)(void); /* before each report's text */
	void (*report_end)(void);
	/* Returns a file that becomes readable when there is side information, or -1. */
	int (*side_open)(void);
	void (*side_read)(void);
	void (*end)(void); /* after the last report, before messages about losses */
};

#define CONF(c) .conf = &(c), .conf_size = sizeof(c)
/* Events: struct TYPE, u64 ts first. */
#define EVENTS(type) .rec_size = sizeof(struct type), .rec_max = sizeof(struct type)
/*
 * Events of variable length, whose last field TEXT has strings, each with a NUL.  List the fields
 * that are lengths after it, so that they are checked in each event (record.c):
 * TAIL_LEN(type, field), TAIL_PART(type, field), TAIL_BYTES.
 */
#define EVENTS_TO(type, text, ...)                                               \
	.rec_size = offsetof(struct type, text), .rec_max = sizeof(struct type), \
	.tail = { __VA_ARGS__ }
#define TAIL_LEN(type, field)  .len = offsetof(struct type, field)
#define TAIL_PART(type, field) .part = offsetof(struct type, field)
#define TAIL_BYTES             .bytes = true
/* Entries of map M.  struct TYPE is the key, followed by the value v. */
#define ENTRIES(m, type)                                                \
	.map = m, .table = &table_ops, .rec_size = sizeof(struct type), \
	.key_size = offsetof(struct type, v)
#define ALSO_ENTRIES(m, type)                                \
	.also_map = m, .also_rec_size = sizeof(struct type), \
	.also_key_size = offsetof(struct type, v)

/*
 * Defines main().  The file must include "NAME.skel.h".  For common/multi.c, which has all tools in
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

#define NEVER 99999999 /* seconds */

/* The tool, and its settings from the command line. */
extern struct run {
	const struct tool *tool;
	bool json, verbose;
	bool once;                           /* one report, at the end */
	u32 duration, interval, count, rows; /* 0: no limit */
	u64 buffer;                          /* bytes; initially 0: by the number of CPUs */
	bool no_clear, no_summary;           /* REPORT_TOP */
	const char *btf;                     /* a file with the kernel's types, or NULL */
	bool time_line;                      /* HH:MM:SS before each report */
	pid_t command;                       /* the command's process, or 0 */
	u64 began;                           /* when tracing began, CLOCK_MONOTONIC; 0: replay */
	u64 report_ns;                       /* time covered by the current report; 0: replay */
} run;

/* N, counted in the time that this report covers, as a rate per second. */
u64 per_second(u64 n);

/* Was the option with this letter given? */
bool given(int opt);

/* Rows for options that several tools share. */
#define OPT_DURATION(k) \
	OPT_U32(k, "duration", "SECONDS", &run.duration, 1, 99999999, "Stop after this long")
#define OPT_BUFFER_PAGES(k) \
	OPT_CALL(k, "buffer-pages", "N", set_buffer_pages, "Size of the event buffer, in pages")
#define OPT_INTERVAL(k)                                               \
	OPT_U32(k, "interval", "SECONDS", &run.interval, 0, 99999999, \
		"Seconds between reports (0: a single one, at the end)")
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

/* For .positional: [duration], in seconds. */
int positional_duration(unsigned int n, const char *arg);

/* The file descriptor of a map of the loaded skeleton, by name, or a negative number. */
int map_fd(const char *name);
/* A global variable of the BPF program, before loading; NULL if there is none of that name. */
void *bpf_rodata(const struct bpf_object *, const char *name, size_t size);
/* A variable of the loaded program that both sides can change; NULL if there is none of that name. */
void *bpf_variable(const char *name, size_t size);
