/* SPDX-License-Identifier: BSD-2-Clause */
/* What runs: all that a tool says of itself, and all that the command line says of it. */
#pragma once
#include "base/opt.h"
#include <bpf/libbpf.h>

struct col;
struct probe;
struct table_ops;

/* What --check tries where a tool needs arguments; see main/trial.h. */
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
	bool checking;                       /* --check */
} run;
