// SPDX-License-Identifier: BSD-2-Clause
/* memleak: memory that was allocated and not freed, by stack.  After BCC's, by Sasha Goldshtein. */
#include "memleak.h"
#include "lib/user_walk.h"
#include "main/cmd.h"
#include "main/program.h"
#include "main/tool.h"
#include "memleak.skel.h"
#include "output/loss.h"
#include "output/print.h"
#include "symbols/stack.h"
#include "symbols/usym.h"
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* A row: a stack, a block, or the allocation or release of one. */
struct heap {
	struct stack_key key;
	struct {
		u64 bytes, allocs, sampled;
		u64 addr, op, ts; /* 0 for a stack; enum heap_op */
	} v;
};

static struct conf conf;
static u32 older_ms = 500, top = 10, most_blocks = 1000000, sort;
static bool user, combined, show_blocks, percpu, missing_free;
static const char *object, *prefix = "", *command;
static const char *const sorts[] = { "size", "count", NULL };
enum { BY_SIZE, BY_COUNT };

/* ---- what is probed ---- */

/* The program first, which may have an allocator of its own. */
static struct user_file allocators = { NULL, &object, .alternatives = true };
static struct user_file cxx = { "stdc++ c++", &object, .alternatives = true };

#define C_ALLOCATORS "ld-musl-x86_64.so.1 ld-musl-aarch64.so.1 jemalloc tcmalloc tcmalloc_minimal c"
#define NEW                                                                         \
	"_Znwm _Znam _ZnwmRKSt9nothrow_t _ZnamRKSt9nothrow_t _ZnwmSt11align_val_t " \
	"_ZnamSt11align_val_t _ZnwmSt11align_val_tRKSt9nothrow_t "                  \
	"_ZnamSt11align_val_tRKSt9nothrow_t"
#define DELETE                                                                     \
	"_ZdlPv _ZdaPv _ZdlPvm _ZdaPvm _ZdlPvRKSt9nothrow_t _ZdaPvRKSt9nothrow_t " \
	"_ZdlPvSt11align_val_t _ZdaPvSt11align_val_t _ZdlPvmSt11align_val_t "      \
	"_ZdaPvmSt11align_val_t _ZdlPvSt11align_val_tRKSt9nothrow_t "              \
	"_ZdaPvSt11align_val_tRKSt9nothrow_t"

/* The functions' names get the prefix that the user chose, those of C++ operators don't: see name_functions(). */
#define PROBE(p, f, symbols) \
	.program = p, .file = &(f), .symbol = symbols, .each = true, .wanted = &user
static struct user_probe user_probes[] = {
	/* Those of libstdc++ call malloc(), but there the caller's frame would be missing. */
	{ PROBE("allocating", cxx, "|" NEW), .optional = true },
	{ PROBE("allocated", cxx, "|" NEW), .optional = true },
	{ PROBE("allocating", allocators, "malloc valloc pvalloc mallocx|" NEW) },
	{ PROBE("allocating_second", allocators, "memalign aligned_alloc mmap"), .optional = true },
	{ PROBE("allocating_array", allocators, "calloc"), .optional = true },
	{ PROBE("allocating_to", allocators, "posix_memalign"), .optional = true },
	{ PROBE("reallocating", allocators, "realloc rallocx"), .optional = true },
	{ PROBE("remapping", allocators, "mremap"), .optional = true },
	{ PROBE("allocated", allocators,
		"malloc valloc pvalloc mallocx memalign aligned_alloc mmap calloc posix_memalign "
		"realloc rallocx mremap|" NEW) },
	{ PROBE("freeing", allocators, "free cfree munmap dallocx sdallocx|" DELETE) },
	{ 0 },
};

static bool kernel_slabs, kernel_percpu;
static const struct probe probes[] = {
	{ "allocations from slabs",
	  { "kmalloc kmalloc_node kmem_cache_alloc kmem_cache_alloc_node",
	    "kmalloc kmem_cache_alloc" },
	  .wanted = &kernel_slabs },
	{ "what is freed to slabs", { "kfree kmem_cache_free" }, .wanted = &kernel_slabs },
	{ "pages", { "mm_page_alloc mm_page_free" }, .wanted = &kernel_slabs },
	{ "memory for each CPU",
	  { "percpu_alloc_percpu percpu_free_percpu" },
	  .wanted = &kernel_percpu },
	{ 0 },
};

static char *formatted(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *formatted(const char *fmt, ...)
{
	char *s;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		err(1, NULL);
	va_end(ap);
	return s;
}

/* "malloc free|_Znwm" becomes "je_malloc je_free _Znwm". */
static char *prefixed(const char *symbols)
{
	char *copy = strdup(symbols), *rest = copy, *plain, *name, *all = strdup("");

	if (!copy || !all)
		err(1, NULL);
	strsep(&rest, "|");
	plain = rest;
	rest = copy;
	while ((name = strsep(&rest, " ")))
		if (*name) {
			char *longer = formatted("%s%s%s ", all, prefix, name);

			free(all);
			all = longer;
		}
	name = formatted("%s%s", all, plain ?: "");
	free(all);
	free(copy);
	if (!plain)
		name[strlen(name) - 1] = 0;
	return name;
}

static void name_functions(void)
{
	allocators.names = program_and(C_ALLOCATORS);
	for (struct user_probe *p = user_probes; p->program; p++)
		p->symbol = prefixed(p->symbol);
}

/* ---- options ---- */

static void set_min(const char *arg)
{
	conf.min_size = parse_size(arg, "min-size", 0, 1ull << 47);
}

static void set_max(const char *arg)
{
	conf.max_size = parse_size(arg, "max-size", 1, 1ull << 47);
}

static void set_sample(const char *arg)
{
	conf.sample_bytes = parse_size(arg, "sample-bytes", 1, 1ull << 40);
}

static void set_command(const char *arg)
{
	char *words = strdup(arg), **argv = NULL, *word;
	size_t n = 0;

	if (run.command)
		usage_error("-c and a command after -- exclude each other");
	do {
		while ((word = strsep(&words, " \t")) && !*word)
			;
		argv = reallocarray(argv, n + 1, sizeof(*argv));
		if (!argv)
			err(1, NULL);
		argv[n++] = word;
	} while (word);
	if (n == 1)
		usage_error("there is no command");
	command = arg;
	run.command = cmd_prepare(argv);
}

static const struct opt opts[] = {
	OPT_CALL('p', "pid", "PID", filter_pid,
		 "Trace the memory of this process, or of several: 12,34 (default: the kernel's)"),
	OPT_CALL('c', "command", "COMMAND", set_command,
		 "Run this command, words separated by blanks, and trace its memory"),
	OPT_FLAG('t', "trace", &conf.trace,
		 "Print each allocation and release, instead of reports"),
	OPT_FLAG('a', "show-allocs", &show_blocks, "Also list each block"),
	OPT_U32('o', "older", "MS", &older_ms, 0, 99999999,
		"Leave out blocks that are younger than this, milliseconds (default: 500)"),
	OPT_FLAG('C', "combined-only", &combined,
		 "Show all blocks, whatever their age, and no addresses"),
	OPT_FLAG('F', "wa-missing-free", &missing_free,
		 "Does nothing: an address that is allocated again always counts as freed before"),
	OPT_U32('s', "sample-rate", "N", &conf.one_in, 1, 1 << 30,
		"Trace one of N allocations, at random; sums are estimates for all of them"),
	OPT_CALL(0, "sample-bytes", "SIZE", set_sample,
		 "Trace allocations at random, one per so many bytes on average, such as 512K; "
		 "sums are estimates for all of them"),
	OPT_U32('T', "top", "N", &top, 1, 1 << 20, "Show at most N stacks (default: 10)"),
	OPT_CALL('z', "min-size", "SIZE", set_min, "Trace only allocations of at least this size"),
	OPT_CALL('Z', "max-size", "SIZE", set_max, "Trace only allocations of at most this size"),
	OPT_STR('O', "obj", "FILE", &object,
		"Library or program with the allocator (default: the program itself, the C "
		"library, "
		"jemalloc and tcmalloc)"),
	OPT_FLAG('P', "percpu", &percpu, "Trace the kernel's memory for each CPU instead"),
	OPT_CHOICE(0, "sort", "FIELD", &sort, sorts, "Sort by size (the default) or count"),
	OPT_STR('S', "symbols-prefix", "PREFIX", &prefix,
		"What the names of the allocator's functions begin with, such as je_"),
	OPT_U32(0, "blocks", "N", &most_blocks, 1, 1 << 28,
		"How many blocks can be in use at a time (default: 1000000)"),
	OPT_STACK_FORMATS,
	OPT_COMPARE,
	OPT_USER_FRAMES,
	OPT_STACK_STORAGE,
	{ 0 },
};

static void parsed(void)
{
	if (command && filter_only_pid())
		usage_error("-c excludes --pid and --exec");
	if (command)
		filter_set_pid(run.command);
	user = filter_is_set();
	if (user && percpu)
		usage_error("--percpu is about the kernel's memory, not that of a process");
	if (conf.one_in > 1 && conf.sample_bytes)
		usage_error("--sample-rate and --sample-bytes exclude each other");
	if (conf.max_size && conf.max_size < conf.min_size)
		usage_error("--max-size is smaller than --min-size");
	if (conf.one_in == 1)
		conf.one_in = 0;
	kernel_percpu = percpu;
	kernel_slabs = !user && !percpu;
	if (combined)
		older_ms = 0;
	if (conf.trace)
		run.interval = NEVER;
	stack_show.unit = "bytes";
	stack_show.counted = "bytes";
	stack_show.from_probe = true;
	stack_show.keep_ids = true;
	*(user ? &stack_show.user_only : &stack_show.kernel_only) = true;
}

static void prepare(void *skel)
{
	struct memleak_bpf *s = skel;
	u64 *page_size = bpf_rodata(s->obj, "page_size", sizeof(*page_size));

	*page_size = sysconf(_SC_PAGESIZE);
	bpf_map__set_max_entries(s->maps.blocks, most_blocks);
	/* The kernel can't allocate while it does. */
	if (!user)
		bpf_map__set_map_flags(s->maps.blocks, 0);
	bpf_map__set_autocreate(s->maps.events, conf.trace);
	conf.depth = stack_depth_chosen();
	if (!user) {
		bpf_map__set_max_entries(s->maps.walks, 1);
		return;
	}
	if (conf.depth > WALK_FRAMES)
		errx(1, "user stacks have at most %d frames", WALK_FRAMES);
	stack_walks(s->obj, stack_storage_chosen());
}

/* ---- blocks ---- */

struct read_block {
	struct block_key key;
	struct block b;
};

#define BATCH 4096

/* All that are in the table. */
static struct read_block *blocks_read(size_t *count)
{
	int fd = map_fd("blocks"), e;
	u32 batch, got, room = BATCH;
	struct block_key *keys = NULL;
	struct block *values = NULL;
	struct read_block *all = NULL;
	size_t n = 0;
	bool first = true;

	do {
		keys = reallocarray(keys, room, sizeof(*keys));
		values = reallocarray(values, room, sizeof(*values));
		if (!keys || !values)
			err(1, NULL);
		got = room;
		e = bpf_map_lookup_batch(fd, first ? NULL : &batch, &batch, keys, values, &got,
					 NULL)
			    ? errno
			    : 0;
		if (e == ENOSPC) { /* a bucket has more */
			room *= 2;
			continue;
		}
		if (e && e != ENOENT)
			err(1, "cannot read the BPF map");
		first = false;
		all = reallocarray(all, n + got + 1, sizeof(*all));
		if (!all)
			err(1, NULL);
		for (u32 i = 0; i < got; i++)
			all[n++] = (struct read_block){ keys[i], values[i] };
	} while (e != ENOENT);
	free(keys);
	free(values);
	*count = n;
	return all;
}

static int compare_u64(u64 a, u64 b)
{
	return (a > b) - (a < b);
}

static int by_stack(const void *a, const void *b)
{
	const struct read_block *x = a, *y = b;

	return compare_u64(x->key.pid, y->key.pid) ?: compare_u64(x->b.program, y->b.program)
		       ?: compare_u64(x->b.stack, y->b.stack);
}

/* After an exec, what the process had before is gone: leave those of the program that has the youngest block. */
static size_t of_last_programs(struct read_block *all, size_t n)
{
	size_t kept = 0, end;

	for (size_t i = 0; i < n; i = end) {
		const struct read_block *last = &all[i];
		u32 program;

		for (end = i; end < n && all[end].key.pid == all[i].key.pid; end++)
			if (all[end].b.ts > last->b.ts)
				last = &all[end];
		program = last->b.program;
		for (; i < end; i++)
			if (all[i].b.program == program)
				all[kept++] = all[i];
	}
	return kept;
}

static size_t of_age(struct read_block *all, size_t n)
{
	u64 now = time_mono(), age = older_ms * 1000000ull;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (all[i].b.ts + age <= now)
			all[kept++] = all[i];
	return kept;
}

/* 1 - e^-x, without libm. */
static double one_minus_exp(double x)
{
	double p, term;
	int halved = 0;

	if (x > 40)
		return 1;
	for (; x > 0.01; x /= 2)
		halved++;
	p = term = x;
	for (int i = 2; i < 8; i++)
		p += term *= -x / i;
	while (halved--)
		p = p * (2 - p); /* 1 - (1 - p)^2 */
	return p;
}

/* For how many blocks of its size one that was sampled stands. */
static double weight(u64 size)
{
	if (conf.sample_bytes)
		return size ? 1 / one_minus_exp((double)size / conf.sample_bytes) : 1;
	return conf.one_in ?: 1;
}

/* The name of the process, for the root of a flame graph. */
static void name_process(u32 pid, char comm[COMM_LEN])
{
	static char known[COMM_LEN];
	static u32 of;
	const char *program = cmd_program(), *slash = program ? strrchr(program, '/') : NULL;
	char path[32];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	if (pid != of)
		*known = 0;
	of = pid;
	f = pid ? fopen(path, "re") : NULL;
	if (f && fgets(known, sizeof(known), f))
		known[strcspn(known, "\n")] = 0;
	if (f)
		fclose(f);
	if (!*known && program)
		snprintf(known, sizeof(known), "%s", slash ? slash + 1 : program);
	strncpy(comm, pid ? known : "kernel", COMM_LEN);
}

/* Those that the report is about, for -a. */
static struct read_block *listed;
static size_t n_listed;

/* The record's stack, for stack_merge(). */
static void read_stack(struct stack_key *key, u64 stack)
{
	struct user_walk w;

	key->stack.user = key->stack.kernel = -EFAULT;
	if (!user)
		key->stack.kernel = stack;
	else if (!stack || bpf_map_lookup_elem(map_fd("walks"), &stack, &w) || !w.n ||
		 w.n > WALK_FRAMES)
		key->stack.user = -EEXIST;
	else
		key->stack.user = stack_gather(w.addrs, w.n, key->pid, key->program);
}

static char *collect(size_t *n)
{
	struct read_block *all;
	struct heap *recs;
	size_t kept = 0, n_all = 0;
	double bytes = 0, allocs = 0;

	free(listed);
	listed = NULL;
	*n = n_listed = 0;
	all = conf.trace ? NULL : blocks_read(&n_all);
	if (n_all)
		qsort(all, n_all, sizeof(*all), by_stack);
	n_all = of_age(all, of_last_programs(all, n_all));
	recs = calloc(n_all + 1, sizeof(*recs));
	if (!recs)
		err(1, NULL);
	for (size_t i = 0; i < n_all; i++) {
		const struct read_block *b = &all[i];
		struct heap *h = &recs[kept];
		double w = weight(b->b.size);

		bytes += w * b->b.size;
		allocs += w;
		h->v.sampled++;
		if (i + 1 < n_all && !by_stack(b, b + 1))
			continue;
		h->key.pid = b->key.pid;
		h->key.program = b->b.program;
		read_stack(&h->key, b->b.stack);
		name_process(b->key.pid, h->key.comm);
		h->v.bytes = bytes + 0.5;
		h->v.allocs = allocs + 0.5;
		bytes = allocs = 0;
		kept++;
	}
	listed = all;
	n_listed = n_all;
	*n = kept;
	return (char *)recs;
}

static int by_size(const void *a, const void *b)
{
	const struct heap *x = a, *y = b;
	u64 i = sort == BY_COUNT ? x->v.allocs : x->v.bytes;
	u64 j = sort == BY_COUNT ? y->v.allocs : y->v.bytes;

	return (i > j) - (i < j) ?: memcmp(&x->key, &y->key, sizeof(x->key));
}

/* The stacks with the most, smallest first; with -a, their blocks follow. */
static char *merge(char *merged, size_t *n)
{
	size_t first, n_blocks = show_blocks ? n_listed : 0;
	struct heap *recs;

	recs = (void *)stack_merge(merged, n);
	qsort(recs, *n, sizeof(*recs), by_size);
	first = *n > top ? *n - top : 0;
	*n -= first;
	memmove(recs, recs + first, *n * sizeof(*recs));
	recs = reallocarray(recs, *n + n_blocks + 1, sizeof(*recs));
	if (!recs)
		err(1, NULL);
	for (size_t i = 0; i < n_blocks; i++) {
		struct heap *h = &recs[(*n)++];

		memset(h, 0, sizeof(*h));
		h->key.pid = listed[i].key.pid;
		h->v.bytes = listed[i].b.size;
		h->v.addr = listed[i].key.addr;
		h->v.ts = listed[i].b.ts;
		h->v.op = HEAP_BLOCK;
	}
	return (char *)recs;
}

/* ---- output ---- */

static const char *const op_names[] = {
	[HEAP_BLOCK] = "in use",
	[HEAP_ALLOC] = "alloc",
	[HEAP_FREE] = "free",
};

CELL(stack, heap,
     stack_value(e->key.stack.user == -EFAULT ? STACK_KERNEL(e->key.stack.kernel)
					      : STACK_USER(e->key.stack.user, e->key.pid),
		 ""))
CELL(op, heap, value_str(NAME_OF(op_names, e->v.op)))
CELL(block_pid, heap, e->key.pid ? value_uint(e->key.pid) : value_none(""))

static const struct col cols[] = {
	{ COLF("pid", 0, block_pid), HELP("Process ID; null for the kernel's memory"), JSON_ONLY },
	{ COL("BYTES", 0, heap, v.bytes), HELP("Size of the blocks in use, in total"), KEY("bytes"),
	  .flags = COL_GAUGE },
	{ COL("ALLOCATIONS", 0, heap, v.allocs), HELP("Number of these blocks"), KEY("allocations"),
	  .flags = COL_GAUGE },
	{ COL("sampled", 0, heap, v.sampled),
	  HELP("How many were traced; fewer than there are with -s and --sample-bytes"),
	  .flags = COL_JSON_ONLY | COL_GAUGE },
	{ COLF("STACK", 0, stack), HELP("The functions that led to the allocation"), KEY("stack") },
	{ 0 },
};

static const struct col block_cols[] = {
	{ COLF("event", 0, op), HELP("With -t alloc or free; a block that -a lists is in use"),
	  JSON_ONLY },
	{ COLF("pid", 0, block_pid), HELP("Process ID; null for the kernel's memory"), JSON_ONLY },
	{ COL("tid", 0, heap, key.tid), HELP("With -t: thread ID"), JSON_ONLY },
	{ COL("comm", 0, heap, key.comm), HELP("With -t: name of the thread"), JSON_ONLY },
	{ COL("addr", 0, heap, v.addr), HELP("Address of the block"), JSON_ONLY },
	{ COL("size", 0, heap, v.bytes), HELP("Its size"), JSON_ONLY },
	{ 0 },
};

static bool is_block(struct rec r)
{
	return ((const struct heap *)r.p)->v.op != HEAP_STACK;
}

static void begin(void)
{
	if (command) {
		text("Executing '");
		text_str(command, strlen(command));
		text("' and tracing the resulting process.\n");
	}
	if (stack_show.folded)
		return;
	if (user && filter_only_pid())
		text("Attaching to pid %u, Ctrl+C to quit.\n", filter_only_pid());
	else if (user)
		text("Attaching to %s, Ctrl+C to quit.\n", filter_context_plural());
	else
		text("Attaching to kernel allocators, Ctrl+C to quit.\n");
}

static void report_begin(void)
{
	if (conf.trace || stack_show.folded)
		return;
	text("[%s] Top %u stacks with outstanding allocations:\n", time_hms(time_mono()), top);
	for (size_t i = 0; show_blocks && i < n_listed; i++)
		text("\taddr = %llx size = %llu\n", listed[i].key.addr, listed[i].b.size);
}

static bool keep(struct rec r)
{
	const struct heap *h = r.p;

	/* The flame graph is of the last report. */
	return is_block(r) || !run.last || stack_keep(&h->key, h->v.bytes);
}

static void heap_stack_lines(const struct heap *h)
{
	static struct frame frames[STACK_MAX];
	s32 id = user ? h->key.stack.user : h->key.stack.kernel;
	size_t n = stack_frames(user ? STACK_USER(id, h->key.pid) : STACK_KERNEL(id), frames);

	if (!n)
		text("\t\tstack information lost\n");
	for (size_t i = 0; i < n; i++) {
		text("\t\t");
		if (frames[i].addr && !combined)
			text("0x%016llx\t", frames[i].addr);
		frame_text(&frames[i], FRAME_OFFSET | FRAME_MODULE);
		text("\n");
	}
}

static void row(struct rec r)
{
	const struct heap *h = r.p;

	switch (h->v.op) {
	case HEAP_STACK:
		if (stack_show.folded) {
			stack_row(&h->key, h->v.bytes);
			return;
		}
		text("\t%llu bytes in %llu allocations from stack\n", h->v.bytes, h->v.allocs);
		heap_stack_lines(h);
		return;
	case HEAP_ALLOC:
	case HEAP_FREE:
		text_name(h->key.comm, COMM_LEN, 16, SIZE_MAX);
		text(" %-7u %-5s address = %llx size = %llu\n", h->key.tid,
		     NAME_OF(op_names, h->v.op), h->v.addr, h->v.bytes);
	}
}

/* ---- events ---- */

static struct ring_buffer *events;

static int on_event(void *ctx, void *data, size_t size)
{
	const struct heap_event *e = data;
	struct heap h = { .v = { .bytes = e->size, .addr = e->addr, .op = e->op, .ts = e->ts } };

	(void)ctx;
	if (size < sizeof(*e))
		return 0;
	h.key.pid = user ? e->pid : 0;
	h.key.tid = e->tid;
	memcpy(h.key.comm, e->comm, COMM_LEN);
	record_row((struct rec){ &h, sizeof(h) });
	out_flush_batch();
	return 0;
}

static int side_open(void)
{
	int both = stack_watch();
	struct epoll_event ev = { .events = EPOLLIN };

	if (!conf.trace)
		return both;
	events = ring_buffer__new(map_fd("events"), on_event, NULL, NULL);
	if (!events || both < 0 ||
	    epoll_ctl(both, EPOLL_CTL_ADD, ring_buffer__epoll_fd(events), &ev))
		err(1, "cannot read the ring buffer");
	return both;
}

static void side_read(void)
{
	stack_watched();
	if (events)
		ring_buffer__consume(events);
}

static void report_end(void)
{
	if (events)
		ring_buffer__consume(events);
}

TOOL(memleak, .summary = "Show memory that was allocated and not freed, by stack.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  memleak -p 181             # of process 181, every 5 seconds\n"
		 "  memleak                    # of the kernel\n"
		 "  memleak -p 181 -o 60000 10 # blocks older than a minute, every 10 seconds\n"
		 "  memleak -c './prog -x'     # of a command, from its start\n"
		 "  memleak -p 181 --sample-bytes 512K\n"
		 "  memleak -p 181 -O jemalloc -T 3",
     CONF(conf), .probes = probes, USER_PROBES(user_probes), .opts = opts, .cols = cols,
     .alt_cols = block_cols, .is_alt = is_block, COLLECTED(collect, heap), .map = "blocks",
     .interval = 5, .own_gaps = true, .parsed = parsed, .targets = name_functions,
     .prepare = prepare, .begin = begin, .merge = merge, .keep = keep, .row = row,
     .report_begin = report_begin, .report_end = report_end, .side_open = side_open,
     .side_read = side_read)
