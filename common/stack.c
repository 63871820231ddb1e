// SPDX-License-Identifier: BSD-2-Clause
#include "stack.h"
#include "flame.h"
#include "ksym.h"
#include "loss.h"
#include "out.h"
#include "priv.h"
#include "tool.h"
#include "usym.h"
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct stack_show stack_show;

static u32 storage = 16384, depth; /* 0: the default, or as deep as the kernel can */
static size_t stored_depth = 127;  /* frames in an entry of the map */
static struct {
	const char *path;
	FILE *file;
	struct flame *flame;
	/* Called through pointers, so that a tool without --flamegraph doesn't link flame.c. */
	__typeof__(flame_add) *add;
	__typeof__(flame_write) *write;
	__typeof__(flame_free) *free;
} graph;
static const char *const map_names[8] = { "stacks", "stacks2", "stacks3" };
#define MAPS 3
static u64 missed;   /* stacks of the report that were not stored */
static bool crowded; /* by others in their place */
static u32 kept;     /* entries of the report */
static u64 cut;      /* stacks that were shown without their outermost frames */
#define CUT "[cut]"

/* ---- naming ---- */

/* Say once why kernel functions have no names. */
static void say_hidden(void)
{
	static bool said;

	if (!said && ksym_hidden())
		warnx("kernel functions have no names here: the kernel hides its addresses "
		      "(CAP_SYSLOG is missing, or sysctl kernel.kptr_restrict forbids)");
	said = true;
}

/*
 * All frames but the innermost hold the address behind a call, which may already
 * belong to the next function: look up the address before it.
 */
static struct frame frame_of(u64 addr, u32 pid, bool innermost)
{
	struct frame f = { .addr = addr, .kernel = !pid };
	u64 back = !innermost;
	struct ksym k;
	struct usym u;

	if (f.kernel && ksym_find(addr - back, &k)) {
		f.name = k.name;
		f.module = k.module ?: "kernel";
		f.offset = k.offset + back;
	} else if (f.kernel) {
		say_hidden();
	} else if (usym_find(pid, addr - back, &u)) {
		f.name = u.name;
		f.module = u.module;
		f.offset = (u.name ? u.offset : u.module_offset) + back;
	}
	return f;
}

/* A frame between the traced code and bpf_get_stackid(): which there are differs. */
static bool is_tracing(const struct frame *f)
{
	static const char *const begins[] = { "bpf_prog_", "bpf_trace_run", "bpf_trampoline_",
					      "__traceiter_", "__bpf_trace_" };

	for (size_t i = 0; f->name && i < sizeof(begins) / sizeof(*begins); i++)
		if (!strncmp(f->name, begins[i], strlen(begins[i])))
			return true;
	return false;
}

/* No frame: what stands for those that there was no room for. */
static bool is_mark(const struct frame *f)
{
	return !f->addr;
}

static size_t frames_of(s32 id, u32 pid, struct frame *frames)
{
	u64 addrs[STACK_MAX];
	bool whole = true;
	size_t n = 0;
	int fd;

	if (id < 0)
		return 0;
	fd = map_fd(map_names[id >> STACK_MAP_SHIFT]);
	id &= (1 << STACK_MAP_SHIFT) - 1;
	if (bpf_map_lookup_elem(fd, &id, addrs))
		return 0;
	if (pid)
		usym_drain();
	for (size_t i = 0; i < stored_depth && addrs[i]; i++) {
		whole = i + 1 < stored_depth;
		frames[n] = frame_of(addrs[i], pid, !i);
		if (!n && !pid && stack_show.from_probe && is_tracing(&frames[n]))
			continue;
		n++;
	}
	if (!whole)
		frames[n++] = (struct frame){ .name = CUT, .kernel = !pid };
	return n;
}

size_t stack_frames(s32 id, u32 pid, struct frame *frames)
{
	size_t n = frames_of(id, pid, frames);

	cut += n && is_mark(&frames[n - 1]);
	return n;
}

/* ---- printing ---- */

/* The last part of a path, or what is in the brackets of "[vdso]". */
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

void frame_text(const struct frame *f, unsigned int style)
{
	const char *name = f->name ?: "[unknown]";
	int len;

	if (is_mark(f)) {
		text("%s", f->name);
		return;
	}
	if (style & FRAME_ADDRESS)
		text(f->kernel ? "0x%-16llx " : "0x%016llx ", f->addr);
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

void stack_lines(s32 id, u32 pid, int indent)
{
	struct frame frames[STACK_MAX];

	for (size_t i = 0, n = stack_frames(id, pid, frames); i < n; i++) {
		text("\n%*s", indent, "");
		frame_text(&frames[i], FRAME_OFFSET);
	}
}

/* There was a stack, and BPF could not store it. */
static bool is_missed(s32 id, bool unwanted)
{
	return id < 0 && id != -EFAULT && !unwanted;
}

void stack_json(s32 id, u32 pid)
{
	struct frame frames[STACK_MAX];
	size_t n = stack_frames(id, pid, frames);
	const char *module;
	char b[8192];
	int len;

	if (is_missed(id, false)) {
		text("null");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct frame *f = &frames[i];

		if (is_mark(f)) {
			snprintf(b, sizeof(b), "%s", f->name);
		} else if (f->name) {
			module_name(f->module, &module, &len);
			snprintf(b, sizeof(b), "%s+0x%llx [%.*s]", f->name, f->offset, len, module);
		} else if (f->module) {
			snprintf(b, sizeof(b), "%s+0x%llx", f->module, f->offset);
		} else {
			snprintf(b, sizeof(b), "0x%llx", f->addr);
		}
		text(i ? "," : "[");
		json_str(b, strlen(b));
	}
	text(n ? "]" : "[]");
}

static void lines(s32 id, u32 pid)
{
	struct frame frames[STACK_MAX];
	size_t n = stack_frames(id, pid, frames);

	for (size_t i = 0; i < n; i++) {
		text("    ");
		frame_text(&frames[i], stack_show.style);
		text("\n");
	}
}

/* A name on a folded line, where ';' separates: as stackcollapse programs have it. */
static void folded_name(const char *s)
{
	for (;;) {
		size_t n = strcspn(s, ";");

		text_str(s, n);
		if (!s[n])
			return;
		text(":");
		s += n + 1;
	}
}

static void folded(s32 id, u32 pid)
{
	struct frame frames[STACK_MAX];
	size_t n = stack_frames(id, pid, frames);

	while (n--) {
		text(";");
		folded_name(frames[n].name ?: "[unknown]");
		if (frames[n].kernel && stack_show.annotate)
			text("_[k]");
	}
}

void stack_row(const struct stack_key *k, u64 count)
{
	bool no_kernel = is_missed(k->stack.kernel, stack_show.user_only);
	bool no_user = is_missed(k->stack.user, stack_show.kernel_only);
	bool both = stack_show.delimited && k->stack.kernel >= 0 && k->stack.user >= 0;
	char comm[COMM_LEN + 1] = "";

	memcpy(comm, k->comm, COMM_LEN);
	if (stack_show.folded) {
		folded_name(comm);
		folded(k->stack.user, k->pid);
		text("%s%s", no_user ? ";[Missed User Stack]" : "", both ? ";-" : "");
		folded(k->stack.kernel, 0);
		text("%s %llu\n", no_kernel ? ";[Missed Kernel Stack]" : "", count);
		return;
	}
	lines(k->stack.kernel, 0);
	text("%s%s", no_kernel ? "    [Missed Kernel Stack]\n" : "", both ? "    --\n" : "");
	lines(k->stack.user, k->pid);
	text("%s    %-16s ", no_user ? "    [Missed User Stack]\n" : "", "-");
	text_str(comm, strlen(comm));
	text(" (%u)\n        %llu\n\n", k->tid ?: k->pid, count);
}

/* ---- flame graph ---- */

/* The frames, root first; the strings in BUF. */
static size_t flame_frames(s32 id, u32 pid, const char **names, char *buf, size_t room)
{
	struct frame frames[STACK_MAX];
	size_t n = frames_of(id, pid, frames), used = 0;

	for (size_t i = 0; i < n; i++) {
		const struct frame *f = &frames[n - 1 - i];
		int len = snprintf(buf + used, room - used, "%s%s", f->name ?: "[unknown]",
				   f->kernel ? "_[k]" : "");

		names[i] = buf + used;
		if ((size_t)len + 1 > room - used)
			return i + 1; /* the last one is cut */
		used += len + 1;
	}
	return n;
}

bool stack_keep(const struct stack_key *k, u64 count)
{
	static char user[256 << 10], kernel[256 << 10];
	const char *names[2 * STACK_MAX + 1];
	char comm[COMM_LEN + 1] = "";
	size_t n = 0;

	kept++;
	missed += is_missed(k->stack.kernel, stack_show.user_only);
	missed += is_missed(k->stack.user, stack_show.kernel_only);
	crowded |= k->stack.kernel == -EEXIST || k->stack.user == -EEXIST;
	if (!graph.flame)
		return true;
	memcpy(comm, k->comm, COMM_LEN);
	names[n++] = comm;
	n += flame_frames(k->stack.user, k->pid, names + n, user, sizeof(user));
	n += flame_frames(k->stack.kernel, 0, names + n, kernel, sizeof(kernel));
	graph.add(graph.flame, names, n, count);
	return true;
}

void stack_flamegraph(const char *path)
{
	graph.path = path;
	graph.flame = flame_new();
	graph.add = flame_add;
	graph.write = flame_write;
	graph.free = flame_free;
}

void stack_end(void)
{
	if (missed)
		fprintf(stderr, "WARNING: %llu stack traces could not be displayed.%s\n", missed,
			crowded ? " Consider increasing --stack-storage-size." : "");
	if (cut)
		fprintf(stderr,
			"WARNING: %llu stacks were cut at %zu frames: " CUT
			" stands for the others.%s\n",
			cut, stored_depth, depth ? " See --perf-max-stack-depth." : "");
	if (stack_show.room && kept >= stack_show.room)
		fputs("WARNING: hash table full. Consider increasing --hash-storage-size.\n",
		      stderr);
	if (!graph.flame)
		return;
	if (graph.write(graph.flame, graph.file, run.tool->name, stack_show.unit) ||
	    fclose(graph.file))
		err(1, "%s", graph.path);
	graph.free(graph.flame);
	graph.flame = NULL;
}

/* Before tracing: nobody profiles for an hour to hear of a typing error. */
static void open_graph(void)
{
	if (!graph.path || graph.file)
		return;
	graph.file = fopen(graph.path, "we");
	if (!graph.file)
		err(1, "%s", graph.path);
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

/* The kernel refuses a map of stacks deeper than this. */
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

void stack_unused(struct bpf_object *obj)
{
	for (int i = 0; i < MAPS; i++)
		bpf_map__set_autocreate(bpf_object__find_map_by_name(obj, map_names[i]), false);
}

void stack_prepare(struct bpf_object *obj)
{
	struct stack_filter *f = bpf_rodata(obj, "stack_filter", sizeof(*f));
	u32 most = deepest(), size = storage;
	struct bpf_map *map;

	if (!bpf_object__find_map_by_name(obj, map_names[0]))
		return;
	open_graph();
	if (depth > most)
		errx(1,
		     "the kernel stores at most %u frames of a stack: "
		     "see sysctl kernel.perf_event_max_stack",
		     most);
	stored_depth = depth ?: most < stored_depth ? most : stored_depth;
	for (int i = 0; i < MAPS; i++, size = (size + 3) / 4) {
		map = bpf_object__find_map_by_name(obj, map_names[i]);
		bpf_map__set_value_size(map, stored_depth * sizeof(u64));
		bpf_map__set_max_entries(map, size);
	}
	if (f) {
		f->no_kernel = stack_show.user_only;
		f->no_user = stack_show.kernel_only;
	}
}

/* ---- what processes have mapped, while they live ---- */

static struct ring_buffer *met;

/*
 * A program that was just met goes on to map its libraries, and the kernel tells of those only
 * when many have gathered: a look some time later finds the files while they can be opened.
 */
static int later = -1;
#define LATER_NS 50000000

static int on_met(void *ctx, void *pid, size_t size)
{
	(void)ctx;
	(void)size;
	usym_note(*(u32 *)pid);
	timerfd_settime(later, 0, &(struct itimerspec){ .it_value.tv_nsec = LATER_NS }, NULL);
	return 0;
}

static u64 count_lost(void)
{
	return usym_lost();
}

int stack_watch(void)
{
	int usym, pids = map_fd("stack_pids"), both = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev = { .events = EPOLLIN };

	if (stack_show.kernel_only || both < 0)
		return -1;
	/* The files and mappings of other users' processes, and containers'; deleted files. */
	priv_keep(CAP_CHECKPOINT_RESTORE);
	priv_keep(CAP_SYS_PTRACE);
	priv_keep(CAP_DAC_READ_SEARCH);
	usym = usym_watch();
	if (usym >= 0)
		epoll_ctl(both, EPOLL_CTL_ADD, usym, &ev);
	else
		warn("processes that end before the report may have no names in it");
	loss_side("records of what processes mapped: some frames may have no names", count_lost);
	if (pids >= 0 && (met = ring_buffer__new(pids, on_met, NULL, NULL)))
		epoll_ctl(both, EPOLL_CTL_ADD, ring_buffer__epoll_fd(met), &ev);
	later = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	epoll_ctl(both, EPOLL_CTL_ADD, later, &ev);
	return both;
}

void stack_watched(void)
{
	u64 ticks;

	if (read(later, &ticks, sizeof(ticks)) < 0 && errno != EAGAIN)
		err(1, "timer");
	usym_drain(); /* also those of an exec that was just met */
	if (met)
		ring_buffer__consume(met);
}
