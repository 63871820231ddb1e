// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/stack.h"
#include "base/message.h"
#include "base/object.h"
#include "base/run.h"
#include "base/stop.h"
#include "base/str.h"
#include "lib/unwind.h"
#include "output/graph.h"
#include "output/out.h"
#include "output/table.h"
#include "symbols/debuginfod.h"
#include "symbols/demangle.h"
#include "symbols/earlier.h"
#include "symbols/ksym.h"
#include "symbols/unwind.h"
#include "symbols/usym.h"
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct stack_show stack_show;

static u32 storage = 16384, depth;  /* depth 0: the default, or as deep as the kernel can */
static size_t stored_depth = 127;   /* frames in an entry of the map */
static const struct graph *graph;   /* NULL: none, and flame.c is not linked */
static const char *compared;        /* the file of an earlier run; NULL: none */
static bool nameless;               /* threads have no names there */
static void (*read_compared)(void); /* not linked without that option, either */
static const char *const map_names[] = { "stacks",  "stacks2", "stacks3",
					 "stacks4", "stacks5", "stacks6" };
#define MAPS (int)(sizeof(map_names) / sizeof(*map_names))
static const char *const unwound_names[] = { "unwound", "unwound2" };
#define UNWOUND  (2 * STACK_MAPS)
#define GATHERED (1 << 30) /* in an ID: the stack has already been read */
static struct stack_window *window;
static struct ring_buffer *met;
static void stack_met_read(void);
static u64 missed;   /* stacks in the report that BPF could not store */
static bool crowded; /* because others had their slots */
static u64 cut;      /* stacks shown without their outermost frames */
static const char cut_mark[] = "[cut]";
/*
 * User stacks: a tool that shows none links nothing of this.  stack_watch() brings in what names their frames, and
 * OPT_USER_FRAMES the rest.
 */
#pragma weak usym_drain
#pragma weak usym_expect
#pragma weak usym_met
#pragma weak usym_name
#pragma weak usym_place
#pragma weak usym_place_put
#pragma weak debuginfod_fd
#pragma weak debuginfod_open
#pragma weak demangled
#pragma weak demangle_trim
#pragma weak unwind_crowded
#pragma weak unwind_cut
#pragma weak unwind_met
#pragma weak unwind_open
#pragma weak unwind_prepare
#pragma weak unwind_refresh

static const char missed_kernel[] = "[Missed Kernel Stack]", missed_user[] = "[Missed User Stack]";

/* ---- naming ---- */

/* Warn once that kernel functions have no names, and why. */
static void say_hidden(void)
{
	static bool said;

	if (!said && ksym_hidden())
		warnx("kernel functions have no names: the kernel hides its addresses "
		      "(CAP_SYSLOG is missing, or sysctl kernel.kptr_restrict forbids it)");
	said = true;
}

static struct frame frame_kernel(u64 addr, u64 back)
{
	struct frame f = { .addr = addr, .kernel = true };
	struct ksym k;

	if (ksym_find(addr - back, &k)) {
		f.name = k.name;
		f.module = k.module ?: "kernel";
		f.offset = k.offset + back;
	} else {
		say_hidden();
	}
	return f;
}

/* AT: NULL if unknown. */
static struct frame frame_user(u64 addr, u64 back, const struct usym_place *at)
{
	struct frame f = { .addr = addr };
	struct usym u;

	if (at) {
		usym_name(at, &u);
		f.name = demangled && u.name ? demangled(u.name) : u.name;
		f.module = u.module;
		f.jit = u.jit;
		f.offset = (u.name ? u.offset : u.module_offset) + back;
	}
	return f;
}

/* Is it a frame between the code that is shown and bpf_get_stackid()?  Kernels differ in these. */
static bool is_tracing(const struct frame *f)
{
	static const char *const begins[] = { "bpf_prog_", "bpf_trace_run", "bpf_trampoline_",
					      "__traceiter_", "__bpf_trace_" };

	for (size_t i = 0; f->name && i < sizeof(begins) / sizeof(*begins); i++)
		if (!strncmp(f->name, begins[i], strlen(begins[i])))
			return true;
	for (const char *const *p = stack_show.probed; f->name && p && *p; p++)
		if (!strcmp(f->name, *p))
			return true;
	return false;
}

/* Not a frame: marks that there was no room for more frames. */
static bool is_mark(const struct frame *f)
{
	return f->name == cut_mark;
}

/* ---- stacks read from the kernel's tables ---- */

/* Numbers things, and finds a thing's number by its content. */
struct index {
	u32 *slots; /* numbers + 1, 0: free */
	size_t room, n;
};

static u64 hash_of(const void *p, size_t n, u64 h)
{
	for (const unsigned char *c = p; n--; c++)
		h = (h ^ *c) * 1099511628211ull;
	return h ^ h >> 29;
}

/* The slot where it is, or the free one where it belongs; there always is one. */
static u32 *index_find(struct index *x, u64 hash, bool (*same)(u32 number, const void *what),
		       const void *what)
{
	size_t i = hash & (x->room - 1);

	while (x->slots[i] && !same(x->slots[i] - 1, what))
		i = (i + 1) & (x->room - 1);
	return &x->slots[i];
}

/* Make room for one more. hash_at() is the hash of the thing with a number. */
static void index_grow(struct index *x, u64 (*hash_at)(u32 number))
{
	size_t room = x->room * 2 ?: 256;
	u32 *old = x->slots;

	if (x->n * 2 < x->room)
		return;
	x->slots = calloc(room, sizeof(*x->slots));
	if (!x->slots)
		err(1, NULL);
	for (size_t k = 0; k < x->room; k++) {
		size_t i = old[k] ? hash_at(old[k] - 1) & (room - 1) : 0;

		while (old[k] && x->slots[i])
			i = (i + 1) & (room - 1);
		if (old[k])
			x->slots[i] = old[k];
	}
	x->room = room;
	free(old);
}

static void index_free(struct index *x)
{
	free(x->slots);
	*x = (struct index){ 0 };
}

/* A mapping that contains frames. */
static struct usym_place *places;
static struct index place_index;

static u64 place_hash(const struct usym_place *p)
{
	u64 v[] = { p->pid, (u64)(uintptr_t)p->dso, p->start, p->since };

	return hash_of(v, sizeof(v), 1);
}

static u64 place_hash_at(u32 i)
{
	return place_hash(&places[i]);
}

static bool place_same(u32 i, const void *what)
{
	const struct usym_place *a = &places[i], *b = what;

	return a->pid == b->pid && a->dso == b->dso && a->start == b->start && a->end == b->end &&
	       a->off == b->off && a->since == b->since && a->program == b->program;
}

/* Takes over the place's reference. */
static u32 place_number(const struct usym_place *p)
{
	u32 *slot, n = place_index.n;

	index_grow(&place_index, place_hash_at);
	slot = index_find(&place_index, place_hash(p), place_same, p);
	if (*slot) {
		usym_place_put(p);
		return *slot - 1;
	}
	if (!(n & (n - 1)))
		places = reallocarray(places, n ? 2 * n : 1, sizeof(*places));
	if (!places)
		err(1, NULL);
	places[n] = *p;
	place_index.n++;
	*slot = n + 1;
	return n;
}

struct gathered {
	size_t n;
	bool user;
	u32 skipped; /* frames of BPF: the innermost of the others has the address after a call, too */
	struct {
		u64 addr;
		u64 place; /* its number + 1; 0: unknown, or in the kernel */
	} at[];
};
static struct gathered **gathered;
static struct index gathered_index;

static u64 gathered_hash(const struct gathered *g)
{
	return hash_of(g->at, g->n * sizeof(g->at[0]), g->user);
}

static u64 gathered_hash_at(u32 i)
{
	return gathered_hash(gathered[i]);
}

static bool gathered_same(u32 i, const void *what)
{
	const struct gathered *a = gathered[i], *b = what;

	return a->n == b->n && a->user == b->user && !memcmp(a->at, b->at, a->n * sizeof(a->at[0]));
}

static s32 gathered_id(const struct gathered *g)
{
	size_t size = sizeof(*g) + g->n * sizeof(g->at[0]);
	u32 *slot, n = gathered_index.n;

	index_grow(&gathered_index, gathered_hash_at);
	slot = index_find(&gathered_index, gathered_hash(g), gathered_same, g);
	if (!*slot) {
		if (!(n & (n - 1)))
			gathered = reallocarray(gathered, n ? 2 * n : 1, sizeof(*gathered));
		if (!gathered || !(gathered[n] = malloc(size)))
			err(1, NULL);
		memcpy(gathered[n], g, size);
		gathered_index.n++;
		*slot = n + 1;
	}
	return GATHERED | (*slot - 1);
}

/* A stack that was found by rules. */
static size_t unwound(const char *map, u32 id, u64 *addrs)
{
	static struct unwound w;

	if (bpf_map_lookup_elem(map_fd(map), &id, &w) || w.n > stored_depth)
		return 0;
	memcpy(addrs, w.addrs, w.n * sizeof(*addrs));
	return w.n;
}

static size_t stored(s32 id, u64 *addrs)
{
	size_t n = 0, map = id >> STACK_MAP_SHIFT;

	id &= (1 << STACK_MAP_SHIFT) - 1;
	if (map == UNWOUND || map == UNWOUND + 1)
		return unwound(unwound_names[map - UNWOUND], id, addrs);
	/* A damaged recording can name any map. */
	if (map >= (size_t)MAPS || bpf_map_lookup_elem(map_fd(map_names[map]), &id, addrs))
		return 0;
	while (n < stored_depth && addrs[n])
		n++;
	return n;
}

/* All frames but the innermost have the address after a call, where the next function can begin. */
static bool place_of(u32 pid, u64 addr, bool innermost, const struct usym_time *when,
		     struct usym_place *out)
{
	return usym_place(pid, addr - !innermost, when, out);
}

static void learn_mappings(void)
{
	if (usym_drain)
		usym_drain();
}

static bool is_code(u32 pid, u64 addr, bool innermost, const struct usym_time *when)
{
	struct usym_place at;
	bool is = place_of(pid, addr, innermost, when, &at);

	if (is)
		usym_place_put(&at);
	return is;
}

/*
 * A function that begins has not yet pushed its caller's frame pointer, so the kernel's walk misses the caller. (Not on
 * x86 from Linux 6.12 on, if the first instruction is that push.) Put the caller in its place, and return the number of
 * frames. If a function calls itself, and the kernel misses one of the equal frames, that can't be seen.
 */
static size_t put_caller(u64 *addrs, size_t n, u64 caller, u32 pid, const struct usym_time *when)
{
	if (!caller || !n || stored_depth < 2 || (n > 1 && addrs[1] == caller))
		return n;
	/* What is no code is no caller: it is a function that is jumped to, such as _start. */
	if (!is_code(pid, caller, false, when) && is_code(pid, addrs[0], true, when))
		return n;
	n += n < stored_depth;
	if (n < 2)
		return n;
	memmove(addrs + 2, addrs + 1, (n - 2) * sizeof(*addrs));
	addrs[1] = caller;
	return n;
}

static s32 gather_addrs(const u64 *addrs, size_t n, size_t skip, u32 pid,
			const struct usym_time *when)
{
	static union {
		struct gathered g;
		char room[sizeof(struct gathered) + STACK_MAX * sizeof(struct gathered[1])];
	} u;
	struct usym_place at;

	u.g.n = n - skip;
	u.g.user = pid;
	u.g.skipped = skip;
	for (size_t i = 0; i < u.g.n; i++) {
		u.g.at[i].addr = addrs[skip + i];
		u.g.at[i].place =
			pid && place_of(pid, addrs[i], !i, when, &at) ? place_number(&at) + 1 : 0;
	}
	return gathered_id(&u.g);
}

/* CALLER: see stack_show.callers; or 0. */
static s32 gather_stack(s32 id, u32 pid, const struct usym_time *when, u64 caller)
{
	u64 addrs[STACK_MAX];
	size_t n, skip = 0;

	if (id < 0 || id & GATHERED)
		return id;
	n = put_caller(addrs, stored(id, addrs), caller, pid, when);
	/* BPF's own frames tell where in a program the stack was asked for: it would differ by the table. */
	while (!pid && stack_show.from_probe && skip < n) {
		struct frame f = frame_kernel(addrs[skip], !!skip);

		if (!is_tracing(&f))
			break;
		skip++;
	}
	return gather_addrs(addrs, n, skip, pid, when);
}

/* Threads that were off the CPU before tracing began, and the gathered IDs of their stacks. */
struct before {
	u32 tid;
	s32 id;
};
static struct before *befores;
static struct index before_index;

static u64 before_hash_at(u32 i)
{
	return hash_of(&befores[i].tid, sizeof(befores[i].tid), 2);
}

static bool before_same(u32 i, const void *tid)
{
	return befores[i].tid == *(const u32 *)tid;
}

static u32 *before_find(const u32 *tid)
{
	return index_find(&before_index, hash_of(tid, sizeof(*tid), 2), before_same, tid);
}

void stack_before(const struct stack_before *b)
{
	static union {
		struct gathered g;
		char room[sizeof(struct gathered) + BEFORE_FRAMES * sizeof(struct gathered[1])];
	} u;
	size_t n = b->bytes > 0 ? b->bytes / sizeof(u64) : 0;
	u32 *slot, at;

	if (!b->tid || n > BEFORE_FRAMES)
		return;
	u.g.n = n < stored_depth ? n : stored_depth;
	u.g.user = false;
	u.g.skipped = 0;
	for (size_t i = 0; i < u.g.n; i++) {
		u.g.at[i].addr = b->frames[i];
		u.g.at[i].place = 0;
	}
	index_grow(&before_index, before_hash_at);
	slot = before_find(&b->tid);
	if (!*slot) {
		at = before_index.n++;
		if (!(at & (at - 1)))
			befores = reallocarray(befores, at ? 2 * at : 1, sizeof(*befores));
		if (!befores)
			err(1, NULL);
		*slot = at + 1;
	}
	befores[*slot - 1] = (struct before){ b->tid, gathered_id(&u.g) };
}

static s32 kernel_stack(const struct stack_key *k)
{
	u32 *slot;

	if (k->stack.kernel != STACK_BEFORE)
		return gather_stack(k->stack.kernel, 0, NULL, 0);
	slot = before_index.room ? before_find(&k->tid) : NULL;
	return slot && *slot ? befores[*slot - 1].id : -EFAULT;
}

static char *counted; /* the records gathered since the last report */
static struct index counted_index;
static u64 gathered_at; /* time of that, CLOCK_MONOTONIC ns */
static bool full;       /* the table was full at least once */

static u64 counted_hash_at(u32 i)
{
	return hash_of(counted + i * run.tool->rec_size, run.tool->key_size, 0);
}

static bool counted_same(u32 i, const void *rec)
{
	return !memcmp(counted + i * run.tool->rec_size, rec, run.tool->key_size);
}

/* Add the values of the record FROM to those of TO. */
static void add_values(char *to, const char *from)
{
	size_t size = run.tool->rec_size, key_size = run.tool->key_size;
	u64 *sum = (void *)(to + key_size);
	const u64 *add = (const void *)(from + key_size);

	if (stack_show.add) {
		stack_show.add(sum, add);
		return;
	}
	for (size_t i = 0; i < (size - key_size) / sizeof(*sum); i++)
		sum[i] += add[i];
}

static void count(char *rec, const struct usym_time *when)
{
	size_t size = run.tool->rec_size, key_size = run.tool->key_size;
	struct stack_key *keys = (void *)rec;
	u32 *slot, n = counted_index.n, n_keys = key_size / sizeof(*keys);
	u64 none = 0;
	u64 *caller = stack_show.callers ? (void *)(keys + n_keys) : &none;

	for (size_t i = 0; i < n_keys; i++) {
		struct stack_key *k = &keys[i];
		struct usym_time t = *when;

		t.token = k->program;
		k->stack.kernel = kernel_stack(k);
		k->stack.user = gather_stack(k->stack.user, k->pid, &t, *caller);
		k->program = 0;
	}
	*caller = 0;
	index_grow(&counted_index, counted_hash_at);
	slot = index_find(&counted_index, hash_of(rec, key_size, 0), counted_same, rec);
	if (!*slot) {
		if (!(n & (n - 1)))
			counted = reallocarray(counted, n ? 2 * n : 1, size);
		if (!counted)
			err(1, NULL);
		memcpy(counted + n * size, rec, size);
		counted_index.n++;
		*slot = n + 1;
		return;
	}
	add_values(counted + (*slot - 1) * size, rec);
}

static void empty(int fd)
{
	u32 id, next;
	bool more = !bpf_map_get_next_key(fd, NULL, &id);

	while (more) { /* get the next key first: a deleted key leads back to the start */
		more = !bpf_map_get_next_key(fd, &id, &next);
		bpf_map_delete_elem(fd, &id);
		id = next;
	}
}

/* Empty the set of maps that nothing refers to any more, and switch to it. */
static void exchange_sets(void)
{
	u32 idle = !window->set;

	if (stack_show.keep_ids)
		return;
	for (int i = 0; i < STACK_MAPS; i++)
		empty(map_fd(map_names[idle * STACK_MAPS + i]));
	if (map_fd(unwound_names[idle]) >= 0)
		empty(map_fd(unwound_names[idle]));
	__atomic_store_n(&window->set, idle, __ATOMIC_RELEASE);
}

/* Debug files come late: ask for them as soon as a file is seen. */
static void expect_files(void)
{
	static size_t known;

	if (!debuginfod_fd || debuginfod_fd() < 0)
		return;
	for (; known < place_index.n; known++)
		usym_expect(&places[known]);
}

/* The last report has the names that come soon. */
#define WAIT_NS 10000000000ull
#define SAY_NS  1000000000ull

static void await_files(void)
{
	u64 began = time_mono();
	bool said = false;

	if (!debuginfod_open || !debuginfod_open())
		return;
	stop_again_begin();
	while (debuginfod_open() && !stop_again() && time_mono() - began < WAIT_NS) {
		struct pollfd p = { .fd = debuginfod_fd(), .events = POLLIN };

		if (!said && time_mono() - began > SAY_NS) {
			message("waiting for the debug files of %zu programs and libraries, %llu "
				"seconds at most; "
				"Ctrl-C ends that\n",
				debuginfod_open(), WAIT_NS / 1000000000);
			said = true;
		}
		poll(&p, 1, 100);
		usym_drain();
	}
	stop_again_end();
}

/*
 * RECS were read from the kernel's table. The programs that made them have ended since, so their stacks
 * are in either set; all new ones go to the set in use.
 */
static void gather(char *recs, size_t n)
{
	struct usym_time when = { gathered_at, time_mono(), 0 };

	stack_met_read();
	learn_mappings();
	full |= stack_show.room && n >= stack_show.room;
	for (size_t i = 0; i < n; i++)
		count(recs + i * run.tool->rec_size, &when);
	exchange_sets();
	expect_files();
}

/* Gather records between two reports. */
static void gather_now(void)
{
	u64 before = time_mono();
	size_t n;
	char *recs = table_drain(&n);

	gather(recs, n);
	gathered_at = before;
	free(recs);
}

s32 stack_gather(const u64 *addrs, size_t n, u32 pid, u32 program)
{
	struct usym_time when = { gathered_at, time_mono(), program };

	stack_met_read();
	usym_drain();
	return gather_addrs(addrs, n < stored_depth ? n : stored_depth, 0, pid, &when);
}

u32 stack_storage_chosen(void)
{
	return storage;
}

u32 stack_depth_chosen(void)
{
	return stored_depth;
}

void stack_stop(void)
{
	if (window)
		window->done = 1;
}

char *stack_merge(char *recs, size_t *n)
{
	if (!window)
		return recs;
	gather(recs, *n);
	if (run.last)
		await_files();
	free(recs);
	recs = reallocarray(counted, counted_index.n + 1, run.tool->rec_size);
	if (!recs)
		err(1, NULL);
	*n = counted_index.n;
	counted = NULL;
	index_free(&counted_index);
	return recs;
}

/* ---- stacks of events ---- */

#define EVENTS_KEPT 1024 /* this many threads can have a stack whose event is still to come */
static struct stack_event *event_stacks;

bool stack_event(const void *data, size_t size)
{
	const struct stack_event *s = data;
	size_t head = offsetof(struct stack_event, frames);

	if (size < head || s->zero || s->bytes > size - head)
		return false;
	if (!event_stacks && !(event_stacks = calloc(EVENTS_KEPT, sizeof(*s))))
		err(1, NULL);
	memcpy(&event_stacks[s->tid % EVENTS_KEPT], s, head + s->bytes);
	return true;
}

struct stack stack_of_event(u64 ts, u32 pid, u32 tid)
{
	const struct stack_event *s = event_stacks ? &event_stacks[tid % EVENTS_KEPT] : NULL;

	if (!s || s->ts != ts || s->tid != tid)
		return (struct stack){ .id = -EFAULT };
	return (struct stack){ .pid = pid, .addrs = s->frames, .n = s->bytes / 8, .ts = ts };
}

static size_t frames_of(struct stack s, struct frame *frames)
{
	size_t room = s.addrs ? EVENT_FRAMES : stored_depth;
	const struct gathered *g = NULL;
	struct usym_time when = { s.ts, s.ts, 0 };
	u64 addrs[STACK_MAX];
	size_t n = 0;

	if (s.id < 0 || (s.pid && !usym_place))
		return 0;
	if (s.pid)
		usym_drain();
	if (demangle_trim)
		demangle_trim();
	if (s.id & GATHERED) {
		if ((u32)(s.id & ~GATHERED) >= gathered_index.n)
			return 0; /* the record is damaged */
		g = gathered[s.id & ~GATHERED];
		s.n = g->n;
	} else if (!s.addrs) {
		s.n = stored(s.id, addrs);
		s.addrs = addrs;
		when.from = when.to = time_mono();
	}
	for (size_t i = 0; i < s.n && (g || s.addrs[i]); i++) {
		u64 addr = g ? g->at[i].addr : s.addrs[i], back = i || (g && g->skipped);
		struct usym_place at;
		bool known;

		if (!s.pid) {
			frames[n] = frame_kernel(addr, back);
			if (n || !stack_show.from_probe || !is_tracing(&frames[n]))
				n++;
			continue;
		}
		known = g ? g->at[i].place : place_of(s.pid, addr, !i, &when, &at);
		if (g && known)
			at = places[g->at[i].place - 1];
		at.addr = addr - back;
		frames[n++] = frame_user(addr, back, known ? &at : NULL);
		if (known && !g)
			usym_place_put(&at);
	}
	if (s.n + (g ? g->skipped : 0) == room)
		frames[n++] = (struct frame){ .name = cut_mark, .kernel = !s.pid };
	return n;
}

size_t stack_frames(struct stack s, struct frame *frames)
{
	size_t n = frames_of(s, frames);

	cut += n && is_mark(&frames[n - 1]);
	return n;
}

const struct frame *stack_frame_at(u32 pid, u64 addr, u64 ts)
{
	static struct frame frames[STACK_MAX];
	static struct {
		u64 addr, ts;
		u32 pid;
	} last;

	frames->addr = addr;
	if (run.began && (last.pid != pid || last.addr != addr || last.ts != ts)) {
		last.pid = pid;
		last.addr = addr;
		last.ts = ts;
		stack_frames((struct stack){ .pid = pid, .addrs = &addr, .n = 1, .ts = ts },
			     frames);
	}
	return frames;
}

/* ---- joining ---- */

/* What tells a record from those of other processes: all that its frames show. */
struct look {
	char *rec, *text;
	size_t len;
};

static struct look look_of(char *rec)
{
	const struct stack_key *k = (void *)rec;
	struct frame frames[STACK_MAX];
	size_t n = frames_of(STACK_USER(k->stack.user, k->pid), frames);
	s32 none = k->stack.user < 0 ? k->stack.user : 0; /* why there are no frames */
	struct str s = { 0 };

	str_put(&s, &k->stack.kernel, sizeof(k->stack.kernel));
	str_put(&s, &none, sizeof(none));
	str_put(&s, k->comm, sizeof(k->comm));
	for (size_t i = 0; i < n; i++) {
		const struct frame *f = &frames[i];
		u64 at = f->module ? f->offset : f->addr;

		str_put(&s, f->name ?: "", f->name ? strlen(f->name) + 1 : 1);
		str_put(&s, f->module ?: "", f->module ? strlen(f->module) + 1 : 1);
		str_put(&s, &at, sizeof(at));
	}
	return (struct look){ rec, s.p, s.len };
}

static int compare_looks(const void *a, const void *b)
{
	const struct look *x = a, *y = b;

	return x->len != y->len ? (x->len > y->len) - (x->len < y->len)
				: memcmp(x->text, y->text, x->len);
}

char *stack_join_processes(char *recs, size_t *n)
{
	size_t size = run.tool->rec_size, joined = 0;
	struct look *looks = calloc(*n + 1, sizeof(*looks));
	char *out = malloc((*n + 1) * size);

	if (!looks || !out)
		err(1, NULL);
	for (size_t i = 0; i < *n; i++)
		looks[i] = look_of(recs + i * size);
	qsort(looks, *n, sizeof(*looks), compare_looks);
	for (size_t i = 0; i < *n; i++) {
		if (i && !compare_looks(&looks[i - 1], &looks[i]))
			add_values(out + (joined - 1) * size, looks[i].rec);
		else
			memcpy(out + joined++ * size, looks[i].rec, size);
		if (i)
			free(looks[i - 1].text);
	}
	if (*n)
		free(looks[*n - 1].text);
	free(looks);
	free(recs);
	*n = joined;
	return out;
}

/* ---- printing ---- */

/* The last part of a path, or the text in the brackets of "[vdso]". */
static void module_name(const char *module, const char **name, int *len)
{
	const char *slash = strrchr(module, '/');

	*name = slash ? slash + 1 : module;
	*len = strlen(*name);
	if (*len > 2 && **name == '[' && (*name)[*len - 1] == ']') {
		(*name)++;
		*len -= 2;
	}
}

/* Is only its place in a file known? */
static bool is_nameless(const struct frame *f)
{
	return !f->name && f->module && *f->module == '/' && !stack_show.bcc_unknown;
}

/* For a graph, where frames of a file that have no names count as one. */
static const char *graph_name(const struct frame *f, char *buf, size_t size)
{
	const char *name;
	int len;

	if (!is_nameless(f))
		return f->name ?: "[unknown]";
	module_name(f->module, &name, &len);
	snprintf(buf, size, "[%.*s]", len, name);
	return buf;
}

struct value frame_unnamed(const struct frame *f)
{
	const char *name;
	int len;

	if (!is_nameless(f))
		return value_fmt("0x%llx", f->addr);
	module_name(f->module, &name, &len);
	return value_fmt("[%.*s+0x%llx]", len, name, f->offset);
}

void frame_text(const struct frame *f, unsigned int style)
{
	const char *name = f->name ?: "[unknown]";
	struct value place;
	int len;

	if (is_mark(f)) {
		text("%s", f->name);
		return;
	}
	if (style & FRAME_HEX)
		text("%-16llx ", f->addr);
	if (style & FRAME_ADDRESS)
		text(f->kernel ? "0x%-16llx " : "0x%016llx ", f->addr);
	if (is_nameless(f)) {
		place = frame_unnamed(f);
		text_str(place.s, value_len(place));
		return;
	}
	text_str(name, strlen(name));
	if (style & FRAME_OFFSET && f->name)
		text("+0x%llx", f->offset);
	if (style & FRAME_MODULE && f->module) {
		module_name(f->module, &name, &len);
		text(" [");
		text_str(name, len);
		text("]");
	}
}

/* A column that is a stack. */
struct stack_cell {
	struct stack stack;
	const char *indent;
};

static void cell_text(struct out *o, struct value v, struct rec r)
{
	const struct stack_cell *cell = v.p;
	struct frame frames[STACK_MAX];

	(void)o;
	(void)r;
	for (size_t i = 0, n = stack_frames(cell->stack, frames); i < n; i++) {
		text("\n%s", cell->indent);
		frame_text(&frames[i], FRAME_OFFSET | stack_show.style);
	}
}

/* There was a stack, but BPF could not store it. */
static bool is_missed(s32 id, bool unwanted)
{
	return id < 0 && id != -EFAULT && !unwanted;
}

struct value frame_value(const struct frame *f, bool with_module)
{
	const char *module;
	int len;

	if (is_mark(f))
		return value_str(f->name);
	if (!f->name)
		return f->module ? value_fmt("%s+0x%llx", f->module, f->offset)
				 : value_fmt("0x%llx", f->addr);
	if (!with_module)
		return value_fmt("%s+0x%llx", f->name, f->offset);
	module_name(f->module ?: "unknown", &module, &len);
	return value_fmt("%s+0x%llx [%.*s]", f->name, f->offset, len, module);
}

static void cell_json(struct out *o, struct value v, struct rec r)
{
	struct stack s = ((const struct stack_cell *)v.p)->stack;
	struct frame frames[STACK_MAX];
	size_t n = stack_frames(s, frames);

	(void)o;
	(void)r;
	if (is_missed(s.id, false)) {
		text("null");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct value name = frame_value(&frames[i], true);

		text(i ? "," : "[");
		json_str(name.s, value_len(name));
	}
	text(n ? "]" : "[]");
}

static const struct value_kind kind_stack = { .class = CLASS_OTHER,
					      .text = cell_text,
					      .json = cell_json };

struct value stack_value(struct stack s, const char *indent)
{
	static struct stack_cell cell;

	cell = (struct stack_cell){ s, indent };
	return (struct value){ .p = &cell, .kind = &kind_stack };
}

/* The order in which a stack's frames are printed. */
enum order { INNERMOST_FIRST, OUTERMOST_FIRST };

static void lines(struct stack s, enum order order)
{
	struct frame frames[STACK_MAX];
	size_t n = stack_frames(s, frames);

	for (size_t i = 0; i < n; i++) {
		text("%s", stack_show.indent ?: "    ");
		frame_text(&frames[order == INNERMOST_FIRST ? i : n - 1 - i], stack_show.style);
		text("\n");
	}
}

/* Are both halves of a stack shown, and the user wants to see where one ends? */
static bool delimited(const struct stack_key *k)
{
	return stack_show.delimited && k->stack.kernel >= 0 && k->stack.user >= 0;
}

static void kernel_lines(const struct stack_key *k, enum order order)
{
	lines(STACK_KERNEL(k->stack.kernel), order);
	if (is_missed(k->stack.kernel, stack_show.user_only))
		text("%s%s\n", stack_show.indent ?: "    ", missed_kernel);
}

static void user_lines(const struct stack_key *k, enum order order)
{
	lines(STACK_USER(k->stack.user, k->pid), order);
	if (is_missed(k->stack.user, stack_show.kernel_only))
		text("%s%s\n", stack_show.indent ?: "    ", missed_user);
}

void stack_addresses(struct stack s)
{
	struct frame frames[STACK_MAX];
	size_t n = stack_frames(s, frames);

	for (size_t i = 0; i < n; i++) {
		text("    ");
		frame_text(&frames[i], FRAME_OFFSET | FRAME_HEX);
		text("\n");
	}
}

/* A name on a folded line, where ';' is the separator: replace it as stackcollapse programs do. */
struct stack stack_in_room(const u64 *frames, s32 bytes, u32 pid, u64 ts)
{
	return (struct stack){
		.addrs = frames, .n = bytes > 0 ? bytes / sizeof(u64) : 0, .pid = pid, .ts = ts
	};
}

static void folded(struct stack s, enum order order)
{
	struct frame frames[STACK_MAX];
	size_t n = stack_frames(s, frames);

	for (size_t i = 0; i < n; i++) {
		const struct frame *f = &frames[order == INNERMOST_FIRST ? i : n - 1 - i];
		char buf[NAME_MAX + 3];

		text(";");
		folded_name(graph_name(f, buf, sizeof(buf)), SIZE_MAX);
		if (f->kernel && stack_show.annotate)
			text("_[k]");
	}
}

void stack_folded(struct stack s)
{
	folded(s, OUTERMOST_FIRST);
}

static void kernel_folded(const struct stack_key *k, enum order order)
{
	folded(STACK_KERNEL(k->stack.kernel), order);
	if (is_missed(k->stack.kernel, stack_show.user_only))
		text(";%s", missed_kernel);
}

static void user_folded(const struct stack_key *k, enum order order)
{
	folded(STACK_USER(k->stack.user, k->pid), order);
	if (is_missed(k->stack.user, stack_show.kernel_only))
		text(";%s", missed_user);
}

void stack_lines(const struct stack_key *k)
{
	kernel_lines(k, INNERMOST_FIRST);
	text(delimited(k) ? "    --\n" : "");
	user_lines(k, INNERMOST_FIRST);
}

void stack_folded_with(const struct stack_key *k, const char *name, u64 count)
{
	if (compared)
		return; /* there are lines of both runs at the end */
	folded_name(k->comm, COMM_LEN);
	user_folded(k, OUTERMOST_FIRST);
	text(delimited(k) ? ";-" : "");
	if (name) { /* as BCC has it: such a line does not say that a stack was missed */
		stack_folded(STACK_KERNEL(k->stack.kernel));
		text(";");
		folded_name(name, COMM_LEN);
	} else {
		kernel_folded(k, OUTERMOST_FIRST);
	}
	text(" %llu\n", count);
}

void stack_row(const struct stack_key *k, u64 count)
{
	if (stack_show.folded) {
		stack_folded_with(k, NULL, count);
		return;
	}
	stack_lines(k);
	text("    %-16s ", "-");
	text_name(k->comm, COMM_LEN, 0, SIZE_MAX);
	text(" (%u)\n        %llu\n\n", k->tid ?: k->pid, count);
}

bool stack_is_nobody(const struct stack_key *k)
{
	return !k->tid && !*k->comm;
}

static const char nobody[] = "[not woken]";

/* COMM: COMM_LEN + 1 bytes, the last one 0. */
static const char *waker_name(const struct stack_key *waker, char *comm)
{
	memcpy(comm, waker->comm, COMM_LEN);
	return stack_is_nobody(waker) ? nobody : comm;
}

void stack_pair_row(const struct stack_key *target, const struct stack_key *waker, u64 count)
{
	const char *by = stack_is_nobody(waker) ? nobody : waker->comm;

	if (stack_show.folded && compared)
		return;
	if (stack_show.folded) {
		folded_name(target->comm, COMM_LEN);
		user_folded(target, OUTERMOST_FIRST);
		text(delimited(target) ? ";-" : "");
		kernel_folded(target, OUTERMOST_FIRST);
		text(";--");
		kernel_folded(waker, INNERMOST_FIRST);
		text(delimited(waker) ? ";-" : "");
		user_folded(waker, INNERMOST_FIRST);
		text(";");
		folded_name(by, COMM_LEN);
		text(" %llu\n", count);
		return;
	}
	text("    %-16s ", "waker:");
	text_name(by, COMM_LEN, 0, SIZE_MAX);
	text(" %u\n", waker->tid);
	user_lines(waker, OUTERMOST_FIRST);
	text(delimited(waker) ? "    -\n" : "");
	kernel_lines(waker, OUTERMOST_FIRST);
	text("    %-16s %s\n", "--", "--");
	kernel_lines(target, INNERMOST_FIRST);
	text(delimited(target) ? "    -\n" : "");
	user_lines(target, INNERMOST_FIRST);
	text("    %-16s ", "target:");
	text_name(target->comm, COMM_LEN, 0, SIZE_MAX);
	text(" %u\n        %llu\n\n", target->tid, count);
}

/* ---- flame graph ---- */

/* What is to be added to a graph. Names are in one string, which may move until all of them are there. */
struct flame_stack {
	struct flame_frame frames[4 * STACK_MAX + 7];
	struct {
		size_t name, module; /* in names; module 0: none */
	} at[4 * STACK_MAX + 7];
	size_t n;
	struct str names;
};

static struct flame_stack *flame_begin(void)
{
	static struct flame_stack *t;

	t = t ?: calloc(1, sizeof(*t));
	if (!t)
		err(1, NULL);
	t->n = t->names.len = 0;
	return t;
}

static void flame_put(struct flame_stack *t, const char *name, const char *module,
		      enum flame_kind kind)
{
	int len = 0;

	t->frames[t->n].kind = kind;
	t->at[t->n].name = t->names.len;
	str_put(&t->names, name, strlen(name) + 1);
	t->at[t->n].module = module ? t->names.len : 0;
	t->n++;
	if (!module)
		return;
	module_name(module, &module, &len);
	str_put(&t->names, module, len);
	str_put(&t->names, "", 1);
}

static void flame_end(struct flame_stack *t, u64 count,
		      void (*add)(const struct flame_frame *, size_t n, u64 count))
{
	for (size_t i = 0; i < t->n; i++) {
		t->frames[i].name = t->names.p + t->at[i].name;
		t->frames[i].module = t->at[i].module ? t->names.p + t->at[i].module : NULL;
	}
	add(t->frames, t->n, count);
}

static void flame_put_all(struct flame_stack *t, const struct frame *frames, size_t n,
			  enum order order)
{
	for (size_t i = 0; i < n; i++) {
		const struct frame *f = &frames[order == INNERMOST_FIRST ? i : n - 1 - i];
		char name[NAME_MAX + 3];

		/* Of code without a file, the module says where it was, not whose it is. */
		flame_put(t, graph_name(f, name, sizeof(name)),
			  f->jit || (!f->name && !is_nameless(f)) ? NULL : f->module,
			  f->kernel ? FLAME_KERNEL
			  : f->jit  ? FLAME_JIT
				    : FLAME_USER);
	}
}

static void flame_put_stack(struct flame_stack *t, struct stack s, enum order order,
			    const char *missed)
{
	struct frame frames[STACK_MAX];

	if (missed)
		flame_put(t, missed, NULL, FLAME_NAME);
	flame_put_all(t, frames, frames_of(s, frames), order);
}

static void flame_put_kernel(struct flame_stack *t, const struct stack_key *k, enum order order)
{
	flame_put_stack(t, STACK_KERNEL(k->stack.kernel), order,
			is_missed(k->stack.kernel, stack_show.user_only) ? missed_kernel : NULL);
}

static void flame_put_user(struct flame_stack *t, const struct stack_key *k, enum order order)
{
	flame_put_stack(t, STACK_USER(k->stack.user, k->pid), order,
			is_missed(k->stack.user, stack_show.kernel_only) ? missed_user : NULL);
}

static void flame_put_earlier(struct flame_stack *t, const struct earlier_stack *s, bool user,
			      enum order order)
{
	if (s->missed)
		flame_put(t, user ? missed_user : missed_kernel, NULL, FLAME_NAME);
	flame_put_all(t, s->frames, s->n, order);
}

/* Count the key's stacks for BCC's warnings. */
static void note_missed(const struct stack_key *k)
{
	missed += is_missed(k->stack.kernel, stack_show.user_only);
	missed += is_missed(k->stack.user, stack_show.kernel_only);
	crowded |= k->stack.kernel == -EEXIST || k->stack.user == -EEXIST;
}

/* Thread, user frames, kernel frames, root first. */
static void flame_put_key(struct flame_stack *t, const struct stack_key *k)
{
	char comm[COMM_LEN + 1] = "";

	memcpy(comm, k->comm, COMM_LEN);
	if (*comm && !nameless)
		flame_put(t, comm, NULL, FLAME_NAME);
	flame_put_user(t, k, OUTERMOST_FIRST);
	flame_put_kernel(t, k, OUTERMOST_FIRST);
}

/* Once: before privileges are dropped or, in a replay, with the first record. */
static void compare_prepare(void)
{
	if (read_compared)
		read_compared();
	read_compared = NULL;
}

bool stack_keep_with(const struct stack_key *k, const char *name, u64 count)
{
	struct flame_stack *t;

	note_missed(k);
	if (!graph)
		return true;
	compare_prepare();
	t = flame_begin();
	flame_put_key(t, k);
	if (name)
		flame_put(t, name, NULL, FLAME_NAME);
	flame_end(t, count, graph->add);
	return true;
}

bool stack_keep(const struct stack_key *k, u64 count)
{
	return stack_keep_with(k, NULL, count);
}

bool stack_pair_keep(const struct stack_key *target, const struct stack_key *waker, u64 count)
{
	char comm[COMM_LEN + 1] = "";
	struct flame_stack *t;

	note_missed(target);
	note_missed(waker);
	if (!graph)
		return true;
	compare_prepare();
	t = flame_begin();
	flame_put_key(t, target);
	flame_put(t, "--", NULL, FLAME_NAME);
	flame_put_kernel(t, waker, INNERMOST_FIRST);
	flame_put_user(t, waker, INNERMOST_FIRST);
	flame_put(t, waker_name(waker, comm), NULL, FLAME_NAME);
	flame_end(t, count, graph->add);
	return true;
}

void stack_flamegraph(const char *path)
{
	graph = &graph_file;
	graph->to(path);
}

/* ---- comparing with an earlier run ---- */

/* As stack_keep() and stack_pair_keep() put it together. */
static void keep_earlier(const struct earlier *e)
{
	struct flame_stack *t = flame_begin();

	if (e->comm && *e->comm)
		flame_put(t, e->comm, NULL, FLAME_NAME);
	flame_put_earlier(t, &e->user, true, OUTERMOST_FIRST);
	flame_put_earlier(t, &e->kernel, false, OUTERMOST_FIRST);
	if (e->pair) {
		flame_put(t, "--", NULL, FLAME_NAME);
		flame_put_earlier(t, &e->waker_kernel, false, INNERMOST_FIRST);
		flame_put_earlier(t, &e->waker_user, true, INNERMOST_FIRST);
		flame_put(t, e->waker ?: nobody, NULL, FLAME_NAME);
	}
	if (e->target)
		flame_put(t, e->target, NULL, FLAME_NAME);
	flame_end(t, e->count / (stack_show.per ?: 1), graph->add_before);
}

static void read_earlier(void)
{
	nameless = !earlier_has("comm") && !earlier_has("target");
	if (!earlier_has("stack") && !earlier_has("kernel") && !earlier_has("user"))
		usage_error("--compare: with these options there are no stacks");
	earlier_read(compared, stack_show.counted, NULL, keep_earlier);
}

void stack_compare(const char *path)
{
	graph = &graph_file;
	graph->compare(path);
	compared = path;
	read_compared = read_earlier;
}

void stack_end(void)
{
	if (missed)
		fprintf(stderr, "WARNING: %llu stack traces could not be displayed.%s\n", missed,
			crowded ? " Consider increasing --stack-storage-size." : "");
	if (cut)
		fprintf(stderr,
			"WARNING: %llu stacks were cut at %zu frames: %s stands for the "
			"others.%s\n",
			cut, stored_depth, cut_mark, depth ? " See --perf-max-stack-depth." : "");
	if (unwind_crowded && unwind_crowded())
		fprintf(stderr,
			"WARNING: there was no room for the unwinding rules of %llu programs and "
			"libraries, "
			"so only frame pointers were followed there.\n",
			unwind_crowded());
	if (unwind_cut && unwind_cut())
		fprintf(stderr,
			"WARNING: there was no room for %llu mappings of processes that have very "
			"many, so "
			"stacks end there.\n",
			unwind_cut());
	if (full)
		fputs("WARNING: hash table full. Consider increasing --hash-storage-size.\n",
		      stderr);
	compare_prepare();
	if (compared)
		graph->differences(stack_show.unit, stack_show.folded);
	if (graph)
		graph->write(stack_show.unit);
	graph = NULL;
}

/* ---- options ---- */

void stack_storage(const char *arg)
{
	storage = parse_u64(arg, "stack-storage-size", 1, 1 << 24);
}

void stack_depth(const char *arg)
{
	depth = parse_u64(arg, "perf-max-stack-depth", 1, STACK_MAX - 1);
}

void stack_parsed(void)
{
	if (stack_show.user_only && stack_show.kernel_only)
		usage_error("-U and -K exclude each other");
}

const char *stack_context(void)
{
	return stack_show.user_only ? "user" : stack_show.kernel_only ? "kernel" : "user + kernel";
}

void stack_banner_end(void)
{
	if (run.duration)
		text(" for %u secs.\n", run.duration);
	else
		text("... Hit Ctrl-C to end.\n");
}

void stack_report_begin(void)
{
	text(stack_show.folded ? "" : "\n");
}

void stack_goodbye(void)
{
	if (!run.json && !stack_show.folded)
		text("Detaching...\n");
}

/* The kernel rejects stack maps deeper than this. */
static u32 deepest(void)
{
	FILE *f = fopen("/proc/sys/kernel/perf_event_max_stack", "re");
	u32 n = 127;

	if (f && fscanf(f, "%u", &n) != 1)
		n = 127;
	if (f)
		fclose(f);
	return n;
}

void stack_prepare(struct bpf_object *obj)
{
	struct stack_filter *f = bpf_rodata(obj, "stack_filter", sizeof(*f));
	u32 most = deepest(), size;
	bool two = bpf_object__find_map_by_name(obj, map_names[STACK_MAPS]);
	struct bpf_map *map;

	if (!bpf_object__find_map_by_name(obj, map_names[0])) {
		if (unwind_prepare)
			unwind_prepare(obj, stack_show.user_events, EVENT_FRAMES, 1, true);
		return;
	}
	compare_prepare();
	if (graph)
		graph->open();
	if (depth > most)
		errx(1,
		     "the kernel stores at most %u frames per stack: "
		     "see sysctl kernel.perf_event_max_stack",
		     most);
	stored_depth = depth ?: most < stored_depth ? most : stored_depth;
	for (int i = 0; i < (two ? MAPS : STACK_MAPS); i++) {
		/* In each set, the second map has a quarter of the first's size, and so on. */
		size = storage >> 2 * (i % STACK_MAPS) >> two ?: 1;
		if (stack_show.keep_ids) /* the second set is not used, the first for longer */
			size = i < STACK_MAPS ? storage >> i ?: 1 : 1;
		map = bpf_object__find_map_by_name(obj, map_names[i]);
		bpf_map__set_value_size(map, stored_depth * sizeof(u64));
		bpf_map__set_max_entries(map, size);
	}
	if (unwind_prepare)
		unwind_prepare(obj, !stack_show.kernel_only, stored_depth, storage,
			       stack_show.keep_ids);
	if (f) {
		f->no_kernel = stack_show.user_only;
		f->no_user = stack_show.kernel_only;
	}
}

void stack_walks(struct bpf_object *obj, u32 most)
{
	bpf_map__set_max_entries(bpf_object__find_map_by_name(obj, "walks"), most);
	for (int i = 0; i < STACK_MAPS; i++)
		bpf_map__set_max_entries(bpf_object__find_map_by_name(obj, map_names[i]), 1);
	for (int i = 0; i < 2; i++)
		bpf_map__set_max_entries(bpf_object__find_map_by_name(obj, unwound_names[i]), 1);
}

/* ---- processes' mappings, read while they live ---- */

/*
 * A program that we just saw goes on to map its libraries. The kernel reports these only when many have
 * gathered, so we look again some time later, while the files can still be opened.
 */
static int later = -1, each = -1;
#define LATER_NS 50000000

static bool crowd; /* there are many new stacks */

/* Look again in so many nanoseconds; 0: not before there is news. */
static void look_later(u64 ns)
{
	if (ns)
		timerfd_settime(later, 0,
				&(struct itimerspec){ .it_value.tv_nsec =
							      ns < LATER_NS ? ns : LATER_NS },
				NULL);
}

static int on_met(void *ctx, void *data, size_t size)
{
	const struct stack_met *m = data;

	(void)ctx;
	if (size < sizeof(*m))
		return 0;
	if (!m->pid) {
		crowd = true;
		return 0;
	}
	if (usym_met)
		usym_met(m->pid, m->program, m->time, m->uid);
	if (unwind_met)
		unwind_met(m->pid, m->program, m->time);
	look_later(LATER_NS);
	return 0;
}

static void stack_met_read(void)
{
	if (met)
		ring_buffer__consume(met);
}

/* Readable with each tick. */
static int timer(int both, time_t seconds)
{
	struct itimerspec t = { .it_value.tv_sec = seconds, .it_interval.tv_sec = seconds };
	struct epoll_event ev = { .events = EPOLLIN };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0 || timerfd_settime(fd, 0, &t, NULL) || epoll_ctl(both, EPOLL_CTL_ADD, fd, &ev))
		err(1, "timer");
	return fd;
}

int stack_watch_kernel(void)
{
	int pids = map_fd("stack_pids"), both = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev = { .events = EPOLLIN };

	if (both < 0)
		return -1;
	if (pids >= 0 && (met = ring_buffer__new(pids, on_met, NULL, NULL)))
		epoll_ctl(both, EPOLL_CTL_ADD, ring_buffer__epoll_fd(met), &ev);
	window = run.tool->map ? bpf_variable("stack_window", sizeof(*window)) : NULL;
	if (window) {
		window->limit = storage / 64 ?: 1; /* with so few, hardly any share a slot */
		gathered_at = time_mono();
	}
	if ((unwind_open && unwind_open()) || window)
		each = timer(both, 1);
	later = timer(both, 0);
	return both;
}

void stack_watched(void)
{
	bool due = false;
	u64 ticks;

	if (read(later, &ticks, sizeof(ticks)) < 0 && errno != EAGAIN)
		err(1, "timer");
	if (each >= 0)
		due = read(each, &ticks, sizeof(ticks)) > 0;
	learn_mappings(); /* including the records of an exec that was just seen */
	stack_met_read();
	if (unwind_refresh)
		look_later(unwind_refresh());
	if (window && !run.tool->collect && (due || crowd))
		gather_now();
	crowd = false;
}
