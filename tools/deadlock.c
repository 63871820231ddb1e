// SPDX-License-Identifier: BSD-2-Clause
/* deadlock: mutexes that threads take in orders that can deadlock.  After BCC's, by Kenny Yu. */
#include "deadlock.h"
#include "base/message.h"
#include "deadlock.skel.h"
#include "main/program.h"
#include "main/tool.h"
#include "output/loss.h"
#include "output/print.h"
#include "symbols/stack.h"
#include <err.h>
#include <search.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *binary, *graph_path;
static u32 most_threads = 65536, most_orders = 65536, most_stacks = 65536;

/* ---- what is probed ---- */

/* The functions are in libpthread before glibc 2.34, and in musl's only library, which is also its loader. */
#define C_LIBRARIES "pthread ld-musl-x86_64.so.1 ld-musl-aarch64.so.1 c"
static struct user_file files = { NULL, &binary, .alternatives = true };
static bool usual_symbols = true;

enum { LOCK, UNLOCK };
static struct user_probe user_probes[] = {
	[LOCK] = { "locking", &files, .symbol = "pthread_mutex_lock", .each = true },
	[UNLOCK] = { "unlocking", &files, .symbol = "pthread_mutex_unlock", .each = true },
	{ "trying", &files,
	  .symbol = "pthread_mutex_trylock pthread_mutex_timedlock pthread_mutex_clocklock",
	  .each = true, .optional = true, .wanted = &usual_symbols },
	{ "making", &files, .symbol = "pthread_create", .optional = true },
	{ 0 },
};

static const struct probe probes[] = {
	{ "new threads", { "new_thread" } },
	{ "threads that end", { "end_of_thread" } },
	{ 0 },
};

/* "a,b" becomes "a b". */
static const char *symbols(const char *arg)
{
	char *names = strdup(arg);

	if (!names)
		err(1, NULL);
	for (char *c = names; *c; c++)
		if (*c == ',')
			*c = ' ';
	usual_symbols = false;
	return names;
}

static void set_lock(const char *arg)
{
	user_probes[LOCK].symbol = symbols(arg);
}

static void set_unlock(const char *arg)
{
	user_probes[UNLOCK].symbol = symbols(arg);
}

static void name_files(void)
{
	files.names = program_and(C_LIBRARIES);
}

/* A process that stays: the first of our session, which shells and their children have come from, or of all. */
static const char *some_process(void)
{
	static char pid[16];
	pid_t first = getsid(0);

	snprintf(pid, sizeof(pid), "%d", first > 0 && !kill(first, 0) ? first : 1);
	return pid;
}

static const struct trial trials[] = { { "mutexes", .find_args = some_process }, { 0 } };

static const struct opt opts[] = {
	OPT_STR(0, "binary", "FILE", &binary,
		"The library or program that has the functions (default: the program itself, and "
		"the C library)"),
	OPT_STR(0, "dump-graph", "FILE", &graph_path,
		"When the tool ends, write all orders that were seen to this file, as JSON"),
	OPT_CALL(0, "lock-symbols", "LIST", set_lock,
		 "Functions that take the lock that is their first argument "
		 "(default: pthread_mutex_lock)"),
	OPT_CALL(0, "unlock-symbols", "LIST", set_unlock,
		 "Functions that release it (default: pthread_mutex_unlock)"),
	OPT_U32('t', "threads", "N", &most_threads, 1, 1 << 22,
		"How many threads there can be at a time (default: 65536)"),
	OPT_U32('e', "edges", "N", &most_orders, 1, 1 << 22,
		"How many pairs of locks there can be (default: 65536)"),
	OPT_USER_FRAMES,
	OPT_U32('s', "stacktraces", "N", &most_stacks, 1, 1 << 22,
		"How many distinct stacks there can be (default: 65536)"),
	{ 0 },
};

static int positional(unsigned int n, const char *arg)
{
	if (!n)
		filter_pid(arg);
	return !n;
}

static void parsed(void)
{
	if (!filter_is_set() && run.command)
		filter_set_pid(run.command);
	if (!filter_is_set())
		usage_error("which process should be traced? Give its ID, or a command after --");
}

static FILE *graph_file;

static u64 count_held(void)
{
	return *(u64 *)bpf_variable("held_too_many", sizeof(u64));
}

static void prepare(void *skel)
{
	struct deadlock_bpf *s = skel;

	bpf_map__set_max_entries(s->maps.threads, most_threads);
	bpf_map__set_max_entries(s->maps.orders, most_orders);
	stack_walks(s->obj, most_stacks);
	loss_side("held", "mutexes: their thread held 16 others", count_held);
	loss_says("entries", NULL, "; see --threads and --edges");
	loss_says("stacks", NULL, "; see --stacktraces");
	if (graph_path && !(graph_file = fopen(graph_path, "we")))
		err(1, "%s", graph_path);
}

/* ---- the graph: locks, and which was taken while which was held ---- */

struct edge;
struct node {
	u64 lock;
	u32 pid, program;
	struct edge *first; /* of those that begin here */
	size_t met;         /* by search NUMBER */
	struct edge *by;    /* which edge led here */
	struct node *next;  /* in the queue of the search */
};

struct edge {
	struct lock_order *e;
	struct node *from, *to;
	struct edge *next;      /* of the same node */
	struct edge *next_seen; /* of all */
};

static void *nodes;
static struct edge *edges, **edges_end = &edges;
static size_t n_nodes, n_edges;

static void *allocated(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		err(1, NULL);
	return p;
}

static int compare_nodes(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	if (x->lock != y->lock)
		return x->lock < y->lock ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->program > y->program) - (x->program < y->program);
}

static struct node *node_of(const struct lock_order *e, u64 lock)
{
	struct node key = { .lock = lock, .pid = e->pid, .program = e->program }, **found, *n;

	found = tfind(&key, &nodes, compare_nodes);
	if (found)
		return *found;
	n = allocated(sizeof(*n));
	*n = key;
	n_nodes++;
	if (!tsearch(n, &nodes, compare_nodes))
		err(1, NULL);
	return n;
}

static struct edge *edge_add(const struct lock_order *e)
{
	struct edge *new = allocated(sizeof(*new));

	new->e = allocated(sizeof(*e));
	*new->e = *e;
	new->from = node_of(e, e->held);
	new->to = node_of(e, e->taken);
	new->next = new->from->first;
	new->from->first = new;
	*edges_end = new;
	edges_end = &new->next_seen;
	n_edges++;
	return new;
}

/* Is there a way from FROM to TO?  The shortest is then that of the edges that lead to each node. */
static bool path_find(struct node *from, struct node *to)
{
	static size_t searches;
	struct node *queue = from, **end = &from->next;

	from->met = ++searches;
	from->next = NULL;
	for (; queue; queue = queue->next) {
		if (queue == to)
			return true;
		for (struct edge *e = queue->first; e; e = e->next) {
			if (e->to->met == searches)
				continue;
			e->to->met = searches;
			e->to->by = e;
			e->to->next = NULL;
			*end = e->to;
			end = &e->to->next;
		}
	}
	return false;
}

/* ---- output ---- */

/* The cycle that is printed: its edges, each of which begins where the one before ends. */
static struct {
	u64 number;
	const struct edge **edges;
	size_t n, at;
} cycle;

static struct stack stack_at(const struct lock_order *e, const struct order_stack *s)
{
	return stack_in_room(s->addrs, s->n * sizeof(u64), e->pid, e->ts);
}

static struct value stack_or_null(const struct lock_order *e, const struct order_stack *s)
{
	return s->n ? stack_value(stack_at(e, s), "") : value_none("");
}

CELL(number, lock_order, value_uint(cycle.number))
CELL(held_stack, lock_order, stack_or_null(e, &e->held_at))
CELL(taken_stack, lock_order, stack_or_null(e, &e->taken_at))
CELL(made_stack, lock_order, stack_or_null(e, &e->made_at))
CELL(maker, lock_order, e->maker ? value_uint(e->maker) : value_none(""))

static const struct col cols[] = {
	{ COLF("cycle", 0, number), HELP("Which cycle this row is a part of, from 1") },
	{ COL("pid", 0, lock_order, pid), HELP("Process ID") },
	{ COL("tid", 0, lock_order, tid),
	  HELP("The thread that took a mutex while it held another") },
	{ COL("comm", 0, lock_order, comm), HELP("Its name") },
	{ COL_AS(kind_address, "held", 0, lock_order, held),
	  HELP("Address of the mutex that it held") },
	{ COL_AS(kind_address, "taken", 0, lock_order, taken),
	  HELP("Address of the one that it took, which is held in the cycle's next row") },
	{ COLF("held_stack", 0, held_stack),
	  HELP("Where it had taken the first one: functions, innermost first") },
	{ COLF("taken_stack", 0, taken_stack), HELP("Where it took the second one") },
	{ COLF("maker", 0, maker),
	  HELP("The thread that made this one; null if that was not seen") },
	{ COLF("made_stack", 0, made_stack), HELP("Where it did so") },
	{ 0 },
};

static void mutex_text(size_t i)
{
	text("Mutex M%zu (0x%016llx)", i % cycle.n, cycle.edges[i % cycle.n]->e->held);
}

static void thread_text(u32 tid, const char *comm)
{
	text("Thread %u (", tid);
	text_name(comm, COMM_LEN, 0, COMM_LEN);
	text(")");
}

static void frames_text(struct stack s)
{
	static struct frame frames[STACK_MAX];
	size_t n = stack_frames(s, frames);

	for (size_t i = 0; i < n; i++) {
		text("@ %016llx ", frames[i].addr);
		frame_text(&frames[i], 0);
		text("\n");
	}
	text("\n");
}

/* Is there no earlier edge of the same thread? */
static bool is_first_of_thread(size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (cycle.edges[i]->e->tid == cycle.edges[at]->e->tid)
			return false;
	return true;
}

static void threads_text(void)
{
	for (size_t i = 0; i < cycle.n; i++) {
		const struct lock_order *e = cycle.edges[i]->e;

		if (!is_first_of_thread(i))
			continue;
		if (!e->maker) {
			text("Could not find stack trace where Thread %u was created\n\n", e->tid);
			continue;
		}
		text("Thread %u created by ", e->tid);
		thread_text(e->maker, e->maker_comm);
		text(" here: \n");
		frames_text(stack_at(e, &e->made_at));
	}
}

static void row(struct rec r)
{
	const struct lock_order *e = r.p;

	if (!cycle.at) {
		text("----------------\nPotential Deadlock Detected!\n\nCycle in lock order "
		     "graph: ");
		for (size_t i = 0; i <= cycle.n; i++) {
			mutex_text(i);
			text(i < cycle.n ? " => " : "\n\n");
		}
	}
	mutex_text(cycle.at + 1);
	text(" acquired here while holding ");
	mutex_text(cycle.at);
	text(" in ");
	thread_text(e->tid, e->comm);
	text(":\n");
	frames_text(stack_at(e, &e->taken_at));
	mutex_text(cycle.at);
	text(" previously acquired by the same ");
	thread_text(e->tid, e->comm);
	text(" here:\n");
	frames_text(stack_at(e, &e->held_at));
	if (cycle.at + 1 == cycle.n)
		threads_text();
}

/* The new edge closes a cycle if there is a way back from its end. */
static void cycle_print(const struct edge *new)
{
	size_t n = 1;

	for (struct node *at = new->from; at != new->to; at = at->by->from)
		n++;
	cycle.edges = allocated(n * sizeof(*cycle.edges));
	cycle.n = n;
	cycle.number++;
	cycle.edges[0] = new;
	for (struct node *at = new->from; at != new->to; at = at->by->from)
		cycle.edges[--n] = at->by;
	for (cycle.at = 0; cycle.at < cycle.n; cycle.at++)
		record_row_at((struct rec){ cycle.edges[cycle.at]->e, sizeof(struct lock_order) },
			      new->e->ts);
	free(cycle.edges);
}

static bool keep(struct rec r)
{
	const struct lock_order *e = r.p;
	const struct edge *new;

	if (e->held_at.n > ORDER_FRAMES || e->taken_at.n > ORDER_FRAMES ||
	    e->made_at.n > ORDER_FRAMES || e->held == e->taken)
		record_damaged();
	new = edge_add(e);
	if (path_find(new->to, new->from))
		cycle_print(new);
	return false;
}

/* As networkx's node_link_graph() reads it. */
static void node_write(const void *node, VISIT visit, void *to)
{
	const struct node *n = *(const struct node *const *)node;
	static const char *comma = "";

	if (visit != leaf && visit != postorder)
		return;
	fprintf(to, "%s{\"id\":%llu}", comma, n->lock);
	comma = ",";
}

static void graph_write(FILE *f)
{
	const char *comma = "";

	fprintf(f, "{\"directed\":true,\"multigraph\":false,\"graph\":{},\"nodes\":[");
	twalk_r(nodes, node_write, f);
	fprintf(f, "],\"links\":[");
	for (const struct edge *e = edges; e; e = e->next_seen) {
		fprintf(f, "%s{\"source\":%llu,\"target\":%llu,\"pid\":%u,\"thread_pid\":%u}",
			comma, e->from->lock, e->to->lock, e->e->pid, e->e->tid);
		comma = ",";
	}
	fprintf(f, "]}\n");
}

static void end(void)
{
	if (run.verbose)
		message("Mutexes: %zu, Edges: %zu", n_nodes, n_edges);
	if (graph_file) {
		graph_write(graph_file);
		if (fclose(graph_file))
			err(1, "%s", graph_path);
	}
}

TOOL(deadlock, .summary = "Find mutexes that threads take in orders that can deadlock.",
     .args = "[PID]",
     .examples = "Examples:\n"
		 "  deadlock 181                     # until Ctrl-C\n"
		 "  deadlock -- ./prog               # a command, from its start\n"
		 "  deadlock --binary ./lib.so 181   # mutexes of that library's functions\n"
		 "  deadlock --dump-graph g.json 181 # also all orders that were seen",

     .trials = trials, .probes = probes, USER_PROBES(user_probes), .opts = opts, .cols = cols,
     EVENTS(lock_order), .positional = positional, .parsed = parsed, .targets = name_files,
     .prepare = prepare, .keep = keep, .row = row, .end = end, .side_open = stack_watch,
     .side_read = stack_watched, .banner = "Tracing... Hit Ctrl-C to end.")
