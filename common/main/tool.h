/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tool is a BPF skeleton, a table of options and a table of columns; TOOL()
 * is the whole of main().  The library does the rest: parse, choose probes,
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

/* What --check tries where a tool needs arguments; see check.h. */
struct trial {
	const char *sees, *args;        /* "tracepoints", "t:sched:sched_switch" */
	const char *(*find_args)(void); /* where these depend on the machine */
};

/*
 * The strings at an event's end.  Lengths are u32 fields of the event, known by their offsets; 0:
 * there is no such field.
 */
struct rec_tail {
	u16 len;    /* of all strings; without it they end with the event */
	u16 part;   /* of those that come first, one at least */
	bool bytes; /* the last string may have no NUL behind it */
};

struct tool {
	const char *name;
	const char *summary; /* one sentence, as in "Trace files being opened." */
	const char *args;    /* positional arguments, for the synopsis */
	const char *examples;
	/* What the kernel is asked to say: makes the skeleton, a struct skel. */
	void *(*open)(const struct bpf_object_open_opts *);
	void *conf; /* struct conf, copied to BPF before load */
	size_t conf_size;
	const struct probe *probes; /* NULL: every program, none of them optional */
	/* Sums must be right to the last call: kprobes, which cost more, on kernels where
	 * preemption makes fentry/fexit miss some. */
	bool exact;
	const struct trial *trials; /* NULL: it works without arguments */

	const struct opt *opts;
	const struct col *cols;
	const struct col *alt_cols; /* a second table, for records of which is_alt() */
	bool (*is_alt)(const void *rec);

	/* Records come from the ring buffer (rec_size is their least size, and u64 ts
	 * their first field), or are entries of this map: the key, then the value. */
	const char *map;
	const struct table_ops *table; /* with a map */
	size_t rec_size, key_size;
	/* What follows the fields of an event, up to REC_MAX bytes in all: strings. */
	size_t rec_max;
	struct rec_tail tail;
	/* Or of a second map, with smaller keys: unfold() makes a record of such an entry. */
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
	u32 interval;        /* seconds between reports; 0: one, at the end */
	bool no_interval;    /* [interval [count]] are no arguments of this tool */
	const char *banner;  /* printed once, after the probes are attached */
	const char *goodbye; /* printed at the end */
	bool gaps;           /* a blank line before each histogram, and not two before the first */
	bool one_record;     /* a report is one record, of what keep() has gathered */
	/* Order of a report's records, as for qsort(3). */
	int (*compare)(const void *, const void *);

	/*
	 * Other names that the tool can be called by: each has a page man/NAME.8 of
	 * the line ".so man8/TOOL.8".  NULL-terminated.
	 */
	const char *const *aliases;
	/* Called by this name, its own or an alias: before the options are parsed the tool may
	 * change ME, its copy of this struct. */
	void (*called_as)(struct tool *me, const char *name);

	/* Hooks, all optional.  SKEL is the struct NAME_bpf that the skeleton declares. */
	int (*positional)(unsigned int n, const char *arg); /* false: one too many */
	void (*parsed)(void);                               /* all options are known: check them */
	void (*targets)(void);       /* before probes are chosen: probe_target() */
	void (*prepare)(void *skel); /* opened, nothing is loaded: set programs, maps */
	void (*loaded)(void *skel);  /* nothing is attached yet */
	void (*attach)(void *skel);  /* instead of attaching every loaded program */
	void (*begin)(void);         /* attached: a banner that needs words of its own */
	/* Of a map: takes a report's records, *n of them, over and gives those to report. */
	char *(*merge)(char *recs, size_t *n);
	bool (*keep)(const void *rec); /* show this record? */
	/* Text that columns can't express, instead of a row or a histogram. */
	void (*row)(const void *rec);
	const bool *row_if;         /* only with this option; NULL: always */
	void (*report_begin)(void); /* before each report's text */
	void (*report_end)(void);
	/* A file that becomes readable with side information for this tool, or -1. */
	int (*side_open)(void);
	void (*side_read)(void);
	void (*end)(void); /* after the last report, before messages about losses */
};

#define CONF(c) .conf = &(c), .conf_size = sizeof(c)
/* Events: struct TYPE, u64 ts first. */
#define EVENTS(type) .rec_size = sizeof(struct type), .rec_max = sizeof(struct type)
/*
 * Events that are as long as their last field TEXT: strings, each with a NUL behind it.  Which
 * fields are lengths is said behind it, and checked with each event (record.c):
 * TAIL_LEN(type, field), TAIL_PART(type, field), TAIL_BYTES.
 */
#define EVENTS_TO(type, text, ...)                                               \
	.rec_size = offsetof(struct type, text), .rec_max = sizeof(struct type), \
	.tail = { __VA_ARGS__ }
#define TAIL_LEN(type, field)  .len = offsetof(struct type, field)
#define TAIL_PART(type, field) .part = offsetof(struct type, field)
#define TAIL_BYTES             .bytes = true
/* Entries of map M: struct TYPE is the key followed by the value v. */
#define ENTRIES(m, type)                                                \
	.map = m, .table = &table_ops, .rec_size = sizeof(struct type), \
	.key_size = offsetof(struct type, v)
#define ALSO_ENTRIES(m, type)                                \
	.also_map = m, .also_rec_size = sizeof(struct type), \
	.also_key_size = offsetof(struct type, v)

/*
 * Defines main().  The file must have included "NAME.skel.h".  It is weak, and the tool stands in a
 * section, for common/multi.c: all tools in one program.
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

/* What the command line says about every tool. */
extern struct run {
	const struct tool *tool;
	bool json, verbose;
	bool once;                           /* one report, at the end */
	u32 duration, interval, count, rows; /* 0: without end */
	u64 buffer;                          /* bytes; at first 0: by the number of CPUs */
	bool no_clear, no_summary;           /* REPORT_TOP */
	const char *btf;                     /* a file with the kernel's types, or NULL */
	bool time_line;                      /* HH:MM:SS before each report */
	pid_t command;                       /* the process after "--", or 0 */
	u64 began;                           /* tracing, in CLOCK_MONOTONIC; 0: replayed */
	u64 report_ns;                       /* what the report being printed covers; likewise */
} run;

/* N, counted in the time that this report covers, as a rate. */
u64 per_second(u64 n);

/* Was this option letter (or the column with it) given? */
bool given(int opt);

/* Rows for the tables of tools that share an option. */
#define OPT_DURATION(k) \
	OPT_U32(k, "duration", "SECONDS", &run.duration, 1, 99999999, "Stop after this long")
#define OPT_BUFFER_PAGES(k) \
	OPT_CALL(k, "buffer-pages", "N", set_buffer_pages, "Size of the event buffer in pages")
#define OPT_INTERVAL(k)                                               \
	OPT_U32(k, "interval", "SECONDS", &run.interval, 0, 99999999, \
		"Report this often (0: once, at the end)")
#define OPT_TIMESTAMP(k) OPT_FLAG(k, "timestamp", &run.time_line, "Print the time with each report")
#define OPT_TOP                                                            \
	OPT_FLAG('C', "noclear", &run.no_clear, "Don't clear the screen"), \
		OPT_FLAG('S', "nosummary", &run.no_summary,                \
			 "Leave out the line of load averages"),           \
		OPT_ROWS('r', "rows", "Show at most this many rows")
/* 0 is one row, as in BCC; in run.rows it would mean all. */
#define OPT_ROWS(k, n, h)                                                    \
	{                                                                    \
		.key = k, .name = n, .arg = "N", .help = h, .set = opt_rows, \
		.to = (u32 *){ &run.rows }, .max = 1 << 20                   \
	}

void set_buffer_pages(const char *arg);
void opt_rows(const struct opt *, const char *arg);

/* For .positional: [duration], in seconds. */
int positional_duration(unsigned int n, const char *arg);

/* A map of the loaded skeleton by name; its file descriptor, or negative. */
int map_fd(const char *name);
/* A global variable of the BPF program before it is loaded; NULL if it has none. */
void *bpf_rodata(const struct bpf_object *, const char *name, size_t size);
/* A variable of the loaded program that both can change, NULL if it has none of that name. */
void *bpf_variable(const char *name, size_t size);
