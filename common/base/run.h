/* SPDX-License-Identifier: BSD-2-Clause */
/* The tool that runs: its description, and its settings from the command line. */
#pragma once
#include "base/opt.h"
#include "base/rec.h"
#include <bpf/libbpf.h>

struct col;
struct probe;
struct table_ops;
struct screen_ops;
struct user_probe;
struct user_probe_ops;
struct hook;

/*
 * What --check tries for a tool that needs arguments; see main/trial.h.  The last trial is the one most
 * likely to work: its message is the reason given if none does, and the tests run the tool with its arguments.
 */
struct trial {
	const char *sees, *args;        /* "tracepoints", "t:sched:sched_switch" */
	const char *(*find_args)(void); /* if they depend on the machine */
};

/* The strings at an event's end. */
struct rec_tail {
	u16 part; /* offset of a u32: the length of the first strings, at least one; 0: there is none */
	bool bytes; /* the last string may lack its NUL, and what is before it is for the tool to check */
	bool none; /* there may be no string */
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
	const struct probe *probes;           /* NULL: every program, none of them optional */
	const struct user_probe *user_probes; /* see USER_PROBES() */
	const struct user_probe_ops *user_probe_ops;
	/* A tool that changes what the kernel does, "makes TCP sockets MPTCP sockets": kernel/hook.h. */
	const char *acts;
	const struct hook *hooks;
	void (*hook_select)(struct bpf_object *, const struct hook *);
	const struct trial *trials; /* NULL: the tool works without arguments */

	const struct opt *opts;
	const struct col *cols;
	const struct col *alt_cols; /* a second table, for records with is_alt() */
	bool (*is_alt)(struct rec);

	/* Records come from the ring buffer (rec_size is their minimum size, and u64 ts
	 * their first field), or are entries of this map: the key, then the value. */
	const char *map;
	const struct table_ops *table; /* with a map, or collect() */
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
		REPORT_TOP, /* rows below a header, on a terminal redrawn each interval, like top(1) */
		REPORT_HIST, /* a histogram for each entry */
	} report;
	const struct screen_ops *screen; /* with REPORT_TOP: TOP_SCREEN of output/screen.h */
	u32 interval;                    /* seconds between reports; 0: a single one, at the end */
	bool no_interval;                /* this tool takes no arguments [interval [count]] */
	const char *banner;              /* printed once, after the probes are attached */
	const char *goodbye;             /* printed at the end */
	bool lead;       /* a blank line before the report also if it is the only one */
	bool gaps;       /* a blank line before each histogram, and not two before the first */
	bool own_gaps;   /* report_begin() and report_end() print the blank lines */
	bool one_record; /* a report is one record of what keep() has gathered */
	/*
	 * Instead of a map, see COLLECTED(): what the tool finds when a report is due, as *n records, with room
	 * for one more; the library frees them.  Without an interval, a duration or a command, the report is
	 * made at once, and the tool ends.  A tool with a map as well has programs that fill it.
	 */
	char *(*collect)(size_t *n);
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
	void (*attach)(void *skel);  /* instead of attaching the loaded programs, if any */
	void (*begin)(void);         /* attached: print a banner that is not constant */
	/* With a map: takes over the *n records of a report, and returns those to print. */
	char *(*merge)(char *recs, size_t *n);
	bool (*keep)(struct rec); /* should this record be shown? */
	/* Prints text that columns can't express, instead of a row or a histogram. */
	void (*row)(struct rec);
	const bool *row_if;         /* use row() only if this is true; NULL: always */
	void (*report_begin)(void); /* before each report's text */
	void (*report_end)(void);
	void (*began)(void); /* tracing begins now, at run.began: what came before does not count */
	/* Returns a file that becomes readable when there is side information, or -1. */
	int (*side_open)(void);
	void (*side_read)(void);
	void (*end)(void); /* after the last report, before messages about losses */
};

#define NEVER 99999999 /* seconds */

/* The tool, and its settings from the command line. */
extern struct run {
	const struct tool *tool;
	bool json, csv, verbose;
	bool once;                           /* one report, at the end */
	u32 duration, interval, count, rows; /* 0: no limit */
	u32 interval_ms;                     /* below 1000, in addition */
	u64 buffer;                          /* bytes; initially 0: by the number of CPUs */
	bool no_clear, no_summary;           /* REPORT_TOP */
	const char *btf;                     /* a file with the kernel's types, or NULL */
	bool time_line;                      /* HH:MM:SS before each report */
	pid_t command;                       /* the command's process, or 0 */
	u64 began;                           /* when tracing began, CLOCK_MONOTONIC; 0: replay */
	bool last;                           /* the current report is the last one */
	bool from_start; /* each report has what was counted since tracing began */
	u64 report_ns;   /* time covered by the current report; 0: replay */
	bool checking;   /* --check */
	bool enforce;    /* .acts: not only say what would be done */
} run;
