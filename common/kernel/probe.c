// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/probe.h"
#include "base/object.h"
#include "base/run.h"
#include "kernel/kaddr.h"
#include "kernel/kbtf.h"
#include "kernel/session.h"
#include "lib/probe_id.bpf.h"
#include "lib/record.h"
#include <bpf/btf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

/* ---- what this kernel has ---- */

const char *tracefs(void)
{
	static const char *const dirs[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[64];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/events", dirs[i]);
		if (!eaccess(path, F_OK)) /* access() would ignore capabilities */
			return dirs[i];
	}
	return NULL;
}

const char *tracefs_why_not(void)
{
	if (eaccess("/sys/kernel/tracing/.", X_OK) && errno == EACCES)
		return "no permission to read /sys/kernel/tracing. Grant it, or "
		       "CAP_DAC_READ_SEARCH.";
	return "tracefs is not mounted. Run: mount -t tracefs tracefs /sys/kernel/tracing";
}

bool probe_has_tracepoint(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/events/%s/id", tracefs() ?: "", name);
	return !eaccess(path, F_OK);
}

static bool has_kprobes(void)
{
	return !access("/sys/bus/event_source/devices/kprobe/type", F_OK);
}

/* Try a probe so many bytes behind a symbol.  0, or an errno. */
static int try_symbol(const char *symbol, u64 offset)
{
	struct perf_event_attr attr = { .size = sizeof(attr), .disabled = 1 };
	FILE *f = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	bool known = f && fscanf(f, "%u", &attr.type) == 1;
	int fd;

	if (f)
		fclose(f);
	if (!known)
		return EOPNOTSUPP;
	attr.kprobe_func = (unsigned long)symbol;
	attr.probe_offset = offset;
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

bool probe_has_symbol(const char *symbol)
{
	return !try_symbol(symbol, 0);
}

/*
 * Since 2023 the kernel refuses a name that several symbols have.  It looks at that first, so we ask for a place where
 * no probe can be: to put one in its place, only for a trial, takes a hundred times as long.
 */
static bool refused_as_shared(const char *symbol)
{
	return try_symbol(symbol, INT_MAX) == EADDRNOTAVAIL;
}

/* Is this in the kernel's own code?  False if it may be, but nobody tells. */
static bool is_text(u64 addr)
{
	static u64 start, end;

	if (addr && !start) {
		start = kaddr("_stext");
		end = kaddr("_etext");
	}
	return addr >= start && addr < end;
}

bool probe_has_only(const char *symbol, u64 *addr)
{
	static int refuses = -1;

	*addr = kaddr(symbol);
	if (!is_text(*addr) && !probe_has_symbol(symbol))
		return false;
	if (refuses <
	    0) /* several files have a function of this name, for what they show in /proc */
		refuses = refused_as_shared("m_next");
	return refuses && !refused_as_shared(symbol);
}

/* Is there such a symbol?  Where kprobes can't be tried and the kernel doesn't tell: no. */
static bool has_symbol(const char *symbol)
{
	if (kaddr_works() && !kaddr(symbol)) /* a trial takes longer */
		return false;
	return has_kprobes() ? probe_has_symbol(symbol) : kaddr_works();
}

/*
 * The symbol of a function, or NULL.  It has a suffix if the compiler specialized the function
 * for its callers, as in lookup_fast.constprop.0.  An argument keeps its place as long as none
 * before it was removed.
 */
static const char *symbol_of(const char *func)
{
	static const char *const suffixes[] = { "", ".isra.0", ".constprop.0",
						".constprop.0.isra.0", ".isra.0.constprop.0" };
	static char symbol[256];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		snprintf(symbol, sizeof(symbol), "%s%s", func, suffixes[i]);
		if (has_symbol(symbol))
			return symbol;
	}
	return NULL;
}

bool probe_has_kprobe(const char *func)
{
	/* BTF describes nearly every function that can be probed. */
	return has_kprobes() && (kbtf_func_args(func) >= 0 || symbol_of(func));
}

bool probe_has_func(const char *func)
{
	return kbtf_func_args(func) >= 0 || probe_has_kprobe(func);
}

/*
 * Does the kernel accept a program for a trampoline?  Attaching it, too, would be a better
 * test, but costs as much as everything else.  If attaching fails later, load_and_attach()
 * falls back to kprobes.
 */
bool probe_has_fentry(void)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = BPF_TRACE_FENTRY);
	int id = kbtf_find("bpf_fentry_test1", BTF_KIND_FUNC), fd;

	if (id < 0) /* this function is in every kernel */
		id = kbtf_find("do_coredump", BTF_KIND_FUNC);
	if (id < 0)
		return false;
	o.attach_btf_id = id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "probe", "GPL", insns, 2, &o);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Can tasks be preempted in the kernel? */
static bool preemptible(void)
{
	FILE *f = fopen("/sys/kernel/debug/sched/preempt", "re");
	char models[64] = "";
	struct utsname u;

	if (f && !fgets(models, sizeof(models), f))
		*models = 0;
	if (f)
		fclose(f);
	if (*models) /* "none voluntary (full) lazy": the one in parentheses */
		return strstr(models, "(full)") || strstr(models, "(lazy)");
	return !uname(&u) && strstr(u.version, "PREEMPT");
}

/* Debian's kernel.perf_event_paranoid above 2 forbids it to all but CAP_SYS_ADMIN. */
static bool may_open_perf_events(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
					.size = sizeof(attr),
					.config = PERF_COUNT_SW_DUMMY,
					.disabled = 1 };
	int fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/*
 * Would tasks be preempted inside programs that are attached without perf events, and can we use these instead?
 * If we can't, some hits are missed, which is reported.
 */
static bool prefer_perf_events(void)
{
	static int do_we = -1;

	if (do_we < 0)
		do_we = preemptible() && may_open_perf_events();
	return do_we;
}

static bool fentry_works_once(void)
{
	static int works = -1;

	if (works < 0)
		works = !kbtf_foreign() && probe_has_fentry();
	return works;
}

/* Its programs are those for kprobes. */
static bool sessions_work(void)
{
	return has_kprobes() && session_works();
}

/* ---- which flavour ---- */

/* How functions can be traced, as SNOOPKIT_PROBES calls it, and as a message does. */
static const struct {
	const char *name, *means;
	bool (*works)(void);
} flavours[PROBE_FLAVOURS] = {
	[PROBE_FENTRY] = { "fentry", "fentry programs", fentry_works_once },
	[PROBE_KPROBE] = { "kprobe", "kprobes", has_kprobes },
	[PROBE_SESSION] = { "session", "kprobe.session links", sessions_work },
};

static int forced = -1; /* by SNOOPKIT_PROBES; -1: none is */
static struct {
	bool session_failed, fentry_failed; /* when a program was loaded or attached */
	bool session_used;
	enum probe_flavour flavour;
} tried;

static void read_forced(void)
{
	const char *name = secure_getenv("SNOOPKIT_PROBES") ?: "";
	int i = 0;

	while (i < PROBE_FLAVOURS && strcmp(flavours[i].name, name))
		i++;
	if (*name && i == PROBE_FLAVOURS)
		usage_error("SNOOPKIT_PROBES: '%s' is none of fentry, kprobe and session", name);
	forced = *name ? i : -1;
}

/*
 * What to use for functions that are often called.  From 5.12 on, a task can be preempted inside a trampoline's
 * program, which then misses all calls on that CPU until the task runs again.  Where two tasks compete for a CPU, that
 * can be each seventh.  A kprobe's program can't be preempted.
 */
static enum probe_flavour best_flavour(void)
{
	if (forced == PROBE_FENTRY || forced == PROBE_KPROBE)
		return forced;
	if (tried.fentry_failed || !fentry_works_once())
		return PROBE_KPROBE;
	return has_kprobes() && prefer_perf_events() ? PROBE_KPROBE : PROBE_FENTRY;
}

/*
 * Since 7.0, when tracepoints were changed to use the same kind of SRCU as RCU Tasks Trace, whose per-CPU data
 * is in the kernel's types.
 */
bool probe_preempts_tracepoints(void)
{
	static int are = -1;

	if (are < 0) {
		read_forced();
		are = forced != PROBE_FENTRY && prefer_perf_events() && !kbtf_foreign() &&
		      kbtf_find("rcu_tasks_trace_srcu_struct_srcu_data", BTF_KIND_VAR) >= 0;
	}
	return are;
}

bool probe_try_another(void)
{
	bool *failed = tried.session_used              ? &tried.session_failed
		       : tried.flavour == PROBE_FENTRY ? &tried.fentry_failed
						       : NULL;

	if (!failed || *failed || forced == PROBE_SESSION)
		return false;
	*failed = true;
	return true;
}

/* ---- programs and ways ---- */

#define WAY_LEN      256 /* with its NUL */
#define WAY_PROGRAMS 16

/* The rest of the program's section name after a prefix such as "fentry/", or NULL. */
static const char *target(const struct bpf_program *p, const char *prefix)
{
	const char *sec = bpf_program__section_name(p);
	size_t n = strlen(prefix);

	sec += *sec == '?';
	return strncmp(sec, prefix, n) ? NULL : sec + n;
}

static const char *trampoline_target(const struct bpf_program *p)
{
	return target(p, "fentry/") ?: target(p, "fexit/");
}

static const char *kprobe_target(const struct bpf_program *p)
{
	return target(p, "kprobe/") ?: target(p, "kretprobe/");
}

static struct {
	const char *stand_in, *func;
} targets[16];

void probe_target(const char *stand_in, const char *func)
{
	size_t i = 0, n = sizeof(targets) / sizeof(*targets);

	while (i < n && targets[i].stand_in && strcmp(targets[i].stand_in, stand_in))
		i++;
	if (i == n)
		errx(1, "more than %zu functions", n);
	targets[i].stand_in = stand_in;
	targets[i].func = func;
}

/* The function that a name stands for, or the name itself. */
static const char *func_of(const char *name)
{
	size_t i = 0, n = sizeof(targets) / sizeof(*targets);

	while (i < n && targets[i].stand_in && strcmp(targets[i].stand_in, name))
		i++;
	return i < n && targets[i].stand_in ? targets[i].func : name;
}

/* Is it the program of a TRACEPOINT() that replaces the typed one if types have no IDs? */
static bool is_untyped(const struct bpf_program *p)
{
	const char *suffix = strrchr(bpf_program__name(p), '_');

	return suffix && !strcmp(suffix, "_raw") && target(p, "raw_tp/");
}

/* Is it the program of a TRACEPOINT_IN_TASKS() that replaces the others where these can be preempted? */
static bool is_steady(const struct bpf_program *p)
{
	const char *suffix = strrchr(bpf_program__name(p), '_');

	return suffix && !strcmp(suffix, "_perf") && target(p, "tp/");
}

/* Do we use that program instead of the one whose name is WORD? */
static bool is_replaced(struct bpf_object *obj, const char *word)
{
	struct bpf_program *p;
	char name[128];

	snprintf(name, sizeof(name), "%s_perf", word);
	p = bpf_object__find_program_by_name(obj, name);
	return p && is_steady(p) && probe_preempts_tracepoints() &&
	       probe_has_tracepoint(target(p, "tp/"));
}

static bool is_function(struct bpf_object *obj, const char *word)
{
	struct bpf_program *p;

	bpf_object__for_each_program (p, obj)
		if (trampoline_target(p) && !strcmp(trampoline_target(p), word))
			return true;
	return false;
}

static bool has_functions(struct bpf_object *obj)
{
	struct bpf_program *p;

	bpf_object__for_each_program (p, obj)
		if (trampoline_target(p))
			return true;
	return false;
}

enum probe_flavour probe_best_flavour(struct bpf_object *obj)
{
	read_forced();
	if (forced >= 0 && has_functions(obj) && !flavours[forced].works()) {
		if (kbtf_foreign())
			errx(1, "SNOOPKIT_PROBES=%s needs the kernel's own type information",
			     flavours[forced].name);
		errx(1, "SNOOPKIT_PROBES=%s: this kernel has no %s", flavours[forced].name,
		     flavours[forced].means);
	}
	tried.flavour = best_flavour();
	return tried.flavour;
}

/* The address of a function for a session, or 0. */
static u64 address_of(const char *func)
{
	const char *symbol;
	u64 addr = kaddr(func);

	return addr || !(symbol = symbol_of(func)) ? addr : kaddr(symbol);
}

/* May this function of a row be part of a session? */
static bool in_session(const char *word, bool rare)
{
	if (tried.session_failed || !(forced < 0 ? rare : forced == PROBE_SESSION))
		return false;
	return sessions_work() && address_of(func_of(word));
}

/* A function's flavour, which can differ from the tool's. */
static enum probe_flavour flavour_for(struct bpf_object *obj, const char *word, bool rare,
				      enum probe_flavour flavour)
{
	char name[128];

	if (!is_function(obj, word))
		return flavour;
	if (in_session(word, rare))
		return PROBE_SESSION;
	/* Modules have no types before 5.11. */
	if ((func_of(word) != word || kbtf_uses_modules()) && kbtf_func_args(func_of(word)) < 0)
		return PROBE_KPROBE;
	/* Only fexit programs matter: entry programs for such functions don't read the arguments. */
	snprintf(name, sizeof(name), "%s_fexit", word);
	if (flavour == PROBE_FENTRY && bpf_object__find_program_by_name(obj, name) &&
	    kbtf_func_opaque(func_of(word)))
		return PROBE_KPROBE;
	return flavour;
}

/* Is P a program that a way's word stands for, with this flavour? */
static bool belongs(struct bpf_object *obj, const struct bpf_program *p, const char *word,
		    enum probe_flavour flavour)
{
	const char *f = trampoline_target(p), *k = kprobe_target(p), *name = bpf_program__name(p);
	size_t len = strlen(word);

	if (f)
		return flavour == PROBE_FENTRY && !strcmp(f, word);
	if (k)
		return flavour != PROBE_FENTRY && !strcmp(k, word);
	if (is_untyped(p))
		return kbtf_foreign() && !strncmp(name, word, len) && !strcmp(name + len, "_raw");
	if (is_steady(p))
		return !strncmp(name, word, len) && !strcmp(name + len, "_perf") &&
		       is_replaced(obj, word);
	return !strcmp(name, word) && !is_replaced(obj, word) &&
	       !((target(p, "tp_btf/") || target(p, "iter/")) && kbtf_foreign());
}

/* The kernel's function whose argument describes what an iterator goes through; valid until the next call. */
static const char *iterator(const char *what)
{
	static char name[64];

	snprintf(name, sizeof(name), "bpf_iter_%s", what);
	return name;
}

static bool usable(const struct bpf_program *p)
{
	const char *t;

	if ((t = trampoline_target(p)))
		return kbtf_func_args(func_of(t)) >= 0;
	if ((t = kprobe_target(p)))
		return probe_has_kprobe(func_of(t));
	if ((t = target(p, "tp_btf/") ?: target(p, "raw_tp/")))
		return kbtf_tracepoint_args(t) >= 0;
	if ((t = target(p, "tp/") ?: target(p, "tracepoint/")))
		return probe_has_tracepoint(t);
	if ((t = target(p, "iter/")))
		return kbtf_func_args(iterator(t)) >= 0;
	return true;
}

/* A function's result follows its arguments, so tell programs how many there are. */
static void set_nargs(struct bpf_object *obj, const char *func)
{
	char name[128];
	u32 *nargs;

	snprintf(name, sizeof(name), "%s_nargs", func);
	nargs = bpf_rodata(obj, name, sizeof(*nargs));
	if (nargs)
		*nargs = kbtf_func_args(func_of(func));
}

/* Tell programs the IDs of the types that they cast pointers to. */
static void set_cast_types(struct bpf_object *obj)
{
#define CAST_TYPE(name) #name,
	static const char *const names[] = { CAST_TYPES(CAST_TYPE) };
#undef CAST_TYPE
	u32 *ids = bpf_rodata(obj, "cast_types", sizeof(struct cast_types));

	for (size_t i = 0; ids && i < sizeof(names) / sizeof(*names); i++)
		if (btf__find_by_name_kind(bpf_object__btf(obj), names[i], BTF_KIND_STRUCT) > 0)
			ids[i] = kbtf_find(names[i], BTF_KIND_STRUCT);
}

static void choose(struct bpf_object *obj, struct bpf_program *p, enum probe_flavour flavour)
{
	const char *func = target(p, "fexit/") ?: target(p, "kretprobe/");

	bpf_program__set_autoload(p, true);
	if (flavour == PROBE_SESSION) {
		session_take(p);
		tried.session_used = true;
	}
	if (func)
		set_nargs(obj, func);
}

bool probe_chosen(const struct bpf_program *p)
{
	return bpf_program__autoload(p);
}

#define PREEMPTIBLE "preemptible"

static bool is_condition(const char *word)
{
	return strchr(word, '.') || !strcmp(word, PREEMPTIBLE);
}

static bool holds(char *condition)
{
	char *name;

	if (!strcmp(condition, PREEMPTIBLE))
		return probe_preempts_tracepoints();
	name = strsep(&condition, ".");
	return kbtf_has_member(name, condition);
}

struct bpf_program *probe_program(struct bpf_object *obj, const char *name)
{
	char steady[128];

	snprintf(steady, sizeof(steady), "%s_perf", name);
	return bpf_object__find_program_by_name(obj, is_replaced(obj, name) ? steady : name);
}

/* Choose a way's programs if all of them are usable. */
static bool take_way(struct bpf_object *obj, const char *way, bool rare, enum probe_flavour flavour)
{
	char words[WAY_LEN], *rest = words, *word;
	enum probe_flavour flavour_of[WAY_PROGRAMS];
	struct bpf_program *p, *chosen[WAY_PROGRAMS];
	int n = 0;

	snprintf(words, sizeof(words), "%s", way);
	while ((word = strsep(&rest, " "))) {
		enum probe_flavour its_flavour;
		int before = n;

		if (is_condition(word)) {
			if (!holds(word))
				return false;
			continue;
		}
		its_flavour = flavour_for(obj, word, rare, flavour);
		bpf_object__for_each_program (p, obj)
			if (belongs(obj, p, word, its_flavour)) {
				if (!usable(p) || n == WAY_PROGRAMS)
					return false;
				flavour_of[n] = its_flavour;
				chosen[n++] = p;
			}
		if (n == before)
			return false;
	}
	while (n--)
		choose(obj, chosen[n], flavour_of[n]);
	return true;
}

/* Does a way name a program of one of these kinds? */
static bool mentions(struct bpf_object *obj, const struct probe *probe, const char *kind,
		     const char *or_kind)
{
	struct bpf_program *p;

	bpf_object__for_each_program (p, obj)
		for (int i = 0; probe->ways[i]; i++)
			if (strstr(probe->ways[i], bpf_program__name(p)) &&
			    (target(p, kind) || target(p, or_kind)))
				return true;
	return false;
}

/* The first function of a way that the kernel has, or an empty string. */
static void known_func(const char *way, char *func, size_t size)
{
	char words[WAY_LEN], *rest = words, *word;

	*func = 0;
	snprintf(words, sizeof(words), "%s", way);
	while (!*func && (word = strsep(&rest, " ")))
		if (kbtf_func_args(func_of(word)) >= 0 || symbol_of(func_of(word)))
			snprintf(func, size, "%s", func_of(word));
}

/* Why no kernel function can be traced, or NULL if they can. */
static const char *no_functions(enum probe_flavour flavour)
{
	if (flavour == PROBE_FENTRY || has_kprobes())
		return NULL;
	if (kbtf_foreign())
		return "no kprobes, and fentry needs the kernel's own type information";
	return "neither fentry nor kprobes";
}

static void missing(struct bpf_object *obj, const struct probe *probe, enum probe_flavour flavour)
{
	const char *no_means = no_functions(flavour), *it = probe->optional ? "it" : "this kernel";
	char ways[512] = "", why[700];

	for (int i = 0; no_means && !*ways && probe->ways[i]; i++)
		known_func(probe->ways[i], ways, sizeof(ways));
	if (kbtf_foreign() && mentions(obj, probe, "iter/", "iter/")) {
		snprintf(why, sizeof(why), "iterators need the kernel's own type information");
	} else if (*ways) {
		snprintf(why, sizeof(why), "%s has %s, but %s", it, ways, no_means);
	} else if (!tracefs() && mentions(obj, probe, "tp/", "tracepoint/")) {
		snprintf(why, sizeof(why), "%s", tracefs_why_not());
	} else {
		for (int i = 0; probe->ways[i]; i++)
			if (!strchr(probe->ways[i], '.') && /* skip ways with conditions */
			    !strstr(probe->ways[i], PREEMPTIBLE))
				snprintf(ways + strlen(ways), sizeof(ways) - strlen(ways), "%s%s",
					 *ways ? ", " : "", func_of(probe->ways[i]));
		snprintf(why, sizeof(why), "%s has none of: %s", it, ways);
	}
	if (probe->optional)
		warnx("not seen on this kernel: %s (%s)", probe->sees, why);
	else
		errx(1, "cannot trace %s: %s", probe->sees, why);
}

static void select_all(struct bpf_object *obj, enum probe_flavour flavour)
{
	struct bpf_program *p;

	bpf_object__for_each_program (p, obj) {
		const char *func = trampoline_target(p) ?: kprobe_target(p);
		struct probe probe = { .ways = { func ?: bpf_program__name(p) } };

		probe.sees = probe.ways[0];
		if (!is_untyped(p) && !is_steady(p) && !probe_chosen(p) &&
		    !take_way(obj, probe.ways[0], false, flavour))
			missing(obj, &probe, flavour);
	}
}

/* Let a program call bpf_rdonly_cast(), as bpf/lib/record.bpf.h says.  A kernel that lacks it trusts no pointer. */
static void put_casts(struct bpf_program *p, bool trusting)
{
	struct bpf_insn *insns = (struct bpf_insn *)bpf_program__insns(p);
	int cast = trusting ? kbtf_find("bpf_rdonly_cast", BTF_KIND_FUNC) : -1;

	for (size_t i = 0; i < bpf_program__insn_cnt(p); i++) {
		if (insns[i].code != (BPF_JMP | BPF_CALL) || insns[i].src_reg ||
		    insns[i].imm != RDONLY_CAST)
			continue;
		if (cast > 0)
			insns[i] = (struct bpf_insn){ .code = BPF_JMP | BPF_CALL,
						      .src_reg = BPF_PSEUDO_KFUNC_CALL,
						      .imm = cast };
		else
			insns[i] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X,
						      .dst_reg = BPF_REG_0,
						      .src_reg = BPF_REG_1 };
	}
}

/* For libbpf: a program of a TRACEPOINT_IN_TASKS() for perf's tracepoint. */
static int load_record(struct bpf_program *p, struct bpf_prog_load_opts *o, long cookie)
{
	(void)o;
	(void)cookie;
	put_casts(p, true);
	return 0;
}

/* For libbpf: find the kernel type that this program attaches to. */
static int load_tracing(struct bpf_program *p, struct bpf_prog_load_opts *o, long attach_type)
{
	const char *point = target(p, "tp_btf/"), *what = target(p, "iter/");
	char name[128];
	int id, fd = 0;

	put_casts(p, point || what);
	if (point) {
		snprintf(name, sizeof(name), "btf_trace_%s", point);
		id = kbtf_find(name, BTF_KIND_TYPEDEF);
	} else {
		const char *func = trampoline_target(p) ?: target(p, "fmod_ret/");

		id = kbtf_func_id(what ? iterator(what) : func_of(func), &fd);
	}
	if (id < 0)
		return -ENOENT;
	o->expected_attach_type = attach_type;
	o->attach_btf_id = id;
	o->attach_btf_obj_fd = fd;
	return bpf_program__set_type(p, BPF_PROG_TYPE_TRACING);
}

void probe_init(void)
{
	static const struct {
		const char *section;
		enum bpf_attach_type attach_type;
	} tracing[] = {
		{ "fentry+", BPF_TRACE_FENTRY },    { "fexit+", BPF_TRACE_FEXIT },
		{ "tp_btf+", BPF_TRACE_RAW_TP },    { "iter+", BPF_TRACE_ITER },
		{ "fmod_ret+", BPF_MODIFY_RETURN },
	};
	LIBBPF_OPTS(libbpf_prog_handler_opts, record, .prog_prepare_load_fn = load_record);

	for (size_t i = 0; i < sizeof(tracing) / sizeof(*tracing); i++) {
		LIBBPF_OPTS(libbpf_prog_handler_opts, o, .prog_prepare_load_fn = load_tracing,
			    .cookie = tracing[i].attach_type);

		libbpf_register_prog_handler(tracing[i].section, BPF_PROG_TYPE_RAW_TRACEPOINT,
					     tracing[i].attach_type, &o);
	}
	libbpf_register_prog_handler("tp+", BPF_PROG_TYPE_TRACEPOINT, 0, &record);
}

void probe_select(struct bpf_object *obj, const struct probe *probe, enum probe_flavour flavour)
{
	struct bpf_program *p;

	tried.session_used = false;
	bpf_object__for_each_program (p, obj)
		bpf_program__set_autoload(p, false);
	set_cast_types(obj);
	if (!probe) {
		select_all(obj, flavour);
		return;
	}
	for (; probe->sees; probe++) {
		int i = 0;

		if (probe->wanted && !*probe->wanted)
			continue;
		while (probe->ways[i] && !take_way(obj, probe->ways[i], probe->rare, flavour))
			i++;
		if (!probe->ways[i])
			missing(obj, probe, flavour);
	}
}

/* ---- mistakes in a tool's table ---- */

/* Does the object name a kernel struct with this member, in any flavour (struct io_kiocb___5_15)? */
static bool names_member(const struct bpf_object *obj, char *word)
{
	const struct btf *btf = bpf_object__btf(obj);
	const char *name = strsep(&word, ".");
	size_t len = strlen(name);

	for (u32 id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *its_name = btf__name_by_offset(btf, t->name_off);

		if (!btf_is_composite(t) || strncmp(its_name, name, len) ||
		    (its_name[len] && strncmp(its_name + len, "___", 3)))
			continue;
		for (int i = 0; i < btf_vlen(t); i++)
			if (!strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), word))
				return true;
	}
	return false;
}

/* How many programs this word stands for on some kernel, the most with either flavour. */
static int programs_of(struct bpf_object *obj, const char *word)
{
	int fentry = 0, kprobe = 0;
	struct bpf_program *p;

	bpf_object__for_each_program (p, obj) {
		fentry += belongs(obj, p, word, PROBE_FENTRY);
		kprobe += belongs(obj, p, word, PROBE_KPROBE);
	}
	return fentry > kprobe ? fentry : kprobe;
}

/* Is there a row that this program is loaded for on some kernel? */
static bool in_a_row(struct bpf_object *obj, const struct bpf_program *p, const struct probe *probe)
{
	for (; probe->sees; probe++)
		for (int i = 0; probe->ways[i]; i++) {
			char words[WAY_LEN], *rest = words, *word;

			snprintf(words, sizeof(words), "%s", probe->ways[i]);
			while ((word = strsep(&rest, " ")))
				if (belongs(obj, p, word, PROBE_FENTRY) ||
				    belongs(obj, p, word, PROBE_KPROBE))
					return true;
		}
	return false;
}

/*
 * Is this the program of an event that the CPU we run on can have?  Rows for other CPUs are not compiled.  A
 * hook's program has a table of its own.
 */
static bool of_an_event(const struct bpf_program *p)
{
	static const char other[] =
#ifdef __x86_64__
		"__arm64_";
#else
		"__x64_";
#endif

	return strchr(bpf_program__section_name(p), '/') && !is_untyped(p) && !is_steady(p) &&
	       !target(p, "fmod_ret/") && strncmp(bpf_program__name(p), other, sizeof(other) - 1);
}

const char *probe_mistake(struct bpf_object *obj, const struct probe *probes)
{
	static char said[512];
	struct bpf_program *p;

	for (const struct probe *row = probes; row->sees; row++)
		for (int i = 0; row->ways[i]; i++) {
			char words[WAY_LEN], member[WAY_LEN], *rest = words, *word;
			int programs = 0;

			if (strlen(row->ways[i]) >= sizeof(words)) {
				snprintf(said, sizeof(said),
					 "%s: a way is longer than %zu characters: '%.40s...'",
					 row->sees, sizeof(words) - 1, row->ways[i]);
				return said;
			}
			snprintf(words, sizeof(words), "%s", row->ways[i]);
			while ((word = strsep(&rest, " "))) {
				int n = programs_of(obj, word);

				snprintf(member, sizeof(member), "%s", word);
				programs += n;
				if (n || !strcmp(word, PREEMPTIBLE) ||
				    (strchr(word, '.') && names_member(obj, member)))
					continue;
				snprintf(said, sizeof(said),
					 strchr(word, '.')
						 ? "%s: the BPF programs know no struct.member '%s'"
						 : "%s: no BPF program is called '%s'",
					 row->sees, word);
				return said;
			}
			if (programs > WAY_PROGRAMS) {
				snprintf(said, sizeof(said),
					 "%s: a way is %d programs, more than %d: '%.40s...'",
					 row->sees, programs, WAY_PROGRAMS, row->ways[i]);
				return said;
			}
		}
	bpf_object__for_each_program (p, obj)
		if (of_an_event(p) && !in_a_row(obj, p, probes)) {
			snprintf(said, sizeof(said), "no row is seen by the BPF program '%s'",
				 bpf_program__name(p));
			return said;
		}
	return NULL;
}

/* ---- attaching ---- */

static struct bpf_link **links; /* the kernel detaches them when the process ends */
static size_t n_links;

void probe_hold(struct bpf_link *link)
{
	links = reallocarray(links, n_links + 1, sizeof(*links));
	if (!links)
		err(1, NULL);
	links[n_links++] = link;
}

/*
 * By default, a kretprobe has room for only a few calls in flight (as few as there
 * are CPUs).  Functions that block fill it, and then returns are missed silently.
 * Only tracefs accepts another number, so we create the probe there.
 */
#define MAX_RET_EVENTS 16
static char ret_events[MAX_RET_EVENTS][64];
static int n_ret_events;

/* Stays open: in the end we are no longer allowed to open it. */
static int write_events(const char *line)
{
	static int fd = -1;
	char path[64];

	snprintf(path, sizeof(path), "%s/kprobe_events", tracefs() ?: "");
	if (fd < 0)
		fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	return fd < 0 || write(fd, line, strlen(line)) < 0 ? -1 : 0;
}

void probe_say(const char *section)
{
	if (run.checking)
		printf("probe %s\n", section);
}

const char *probe_section(const struct bpf_program *p)
{
	static char section[160];
	const char *sec = bpf_program__section_name(p);

	sec += *sec == '?';
	if (!session_has(p) || !kprobe_target(p))
		return sec;
	snprintf(section, sizeof(section), "kprobe.session/%s", kprobe_target(p));
	return section;
}

u64 probe_missed(void)
{
	return session_missed();
}

u64 probe_nested(void)
{
	return session_nested();
}

static int held_events[MAX_RET_EVENTS];
static u32 n_held_events;

void probe_hold_event(int fd)
{
	held_events[n_held_events++] = fd;
}

void probe_detach(void)
{
	session_detach();
	while (n_links)
		bpf_link__destroy(links[--n_links]);
	while (n_held_events)
		close(held_events[--n_held_events]);
	while (n_ret_events) {
		char line[80];

		snprintf(line, sizeof(line), "-:snoopkit/%s", ret_events[--n_ret_events]);
		write_events(line);
	}
}

/* Remove what a killed process left behind.  The kernel refuses to remove probes in use. */
static void remove_stale_events(void)
{
	char path[64], line[256], name[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/kprobe_events", tracefs() ?: "");
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		const char *pid;

		if (sscanf(line, "%*[^:]:snoopkit/%63s", name) != 1 || !(pid = strrchr(name, '_')))
			continue;
		if (kill(atoi(pid + 1), 0) && errno == ESRCH) {
			snprintf(line, sizeof(line), "-:snoopkit/%s", name);
			write_events(line);
		}
	}
	if (f)
		fclose(f);
}

static int tracefs_event_id(const char *event)
{
	char path[160], id[16] = "";
	int fd, n;

	snprintf(path, sizeof(path), "%s/events/snoopkit/%s/id", tracefs(), event);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, id, sizeof(id) - 1);
	if (fd >= 0)
		close(fd);
	return n > 0 ? atoi(id) : -1;
}

int probe_return_event(const char *func)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr) };
	char *event = ret_events[n_ret_events], line[192];

	if (n_ret_events == MAX_RET_EVENTS)
		return -1;
	if (!n_ret_events)
		remove_stale_events();
	snprintf(event, sizeof(ret_events[0]), "%.40s_%d", func, getpid());
	for (char *dot; (dot = strchr(event, '.'));)
		*dot = '_';
	snprintf(line, sizeof(line), "r4096:snoopkit/%s %s", event, func);
	if (write_events(line))
		return -1;
	if (!n_ret_events++)
		atexit(probe_detach);
	attr.config = tracefs_event_id(event);
	return syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

struct bpf_link *probe_kretprobe(struct bpf_program *p, const char *func)
{
	int fd = probe_return_event(func);
	struct bpf_link *link;

	if (fd < 0)
		return bpf_program__attach_kprobe(p, true, func);
	link = bpf_program__attach_perf_event(p, fd);
	if (!link)
		close(fd);
	return link;
}

static struct bpf_link *attach_tracepoint(struct bpf_program *p)
{
	char words[128], *name = words, *group;

	snprintf(words, sizeof(words), "%s", target(p, "tp/"));
	group = strsep(&name, "/");
	return bpf_program__attach_tracepoint(p, group, name);
}

/* ---- copies ---- */

/* The types of programs that may be copied, which libbpf does not tell after it has loaded them. */
static struct kept_types {
	const struct bpf_program *prog;
	struct probe_types types;
} * kept;
static size_t n_kept;

static struct kept_types *kept_of(const struct bpf_program *prog)
{
	for (size_t i = 0; i < n_kept; i++)
		if (kept[i].prog == prog)
			return &kept[i];
	return NULL;
}

static int keep_types(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	struct kept_types *k = kept_of(prog);
	u32 n = opts->func_info ? opts->func_info_cnt : 0;

	(void)cookie;
	if (!k) {
		k = kept = reallocarray(kept, n_kept + 1, sizeof(*kept));
		if (!k)
			return -ENOMEM;
		k += n_kept++;
		*k = (struct kept_types){ .prog = prog };
	}
	free(k->types.funcs);
	k->types = (struct probe_types){ calloc(n, sizeof(*k->types.funcs)), n };
	if (n && !k->types.funcs)
		return -ENOMEM;
	for (u32 i = 0; i < n; i++) /* records can be longer, with what we don't know */
		memcpy(&k->types.funcs[i],
		       (const char *)opts->func_info + i * opts->func_info_rec_size,
		       sizeof(*k->types.funcs));
	return 0;
}

void probe_keep_types(void)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, o, .prog_prepare_load_fn = keep_types);

	if (libbpf_register_prog_handler("kprobe", BPF_PROG_TYPE_KPROBE, 0, &o) < 0)
		errx(1, "libbpf takes no handler for kprobes");
}

struct probe_types probe_types(const struct bpf_program *prog)
{
	const struct kept_types *k = kept_of(prog);
	struct probe_types copy = { NULL, 0 };

	if (!k || !k->types.n || object_types() < 0)
		return copy;
	copy.n = k->types.n;
	copy.funcs = calloc(copy.n, sizeof(*copy.funcs));
	if (!copy.funcs)
		err(1, NULL);
	memcpy(copy.funcs, k->types.funcs, copy.n * sizeof(*copy.funcs));
	return copy;
}

void probe_tell_types(const struct probe_types *types, struct bpf_prog_load_opts *opts)
{
	if (!types->n)
		return;
	opts->prog_btf_fd = object_types();
	opts->func_info = types->funcs;
	opts->func_info_cnt = types->n;
	opts->func_info_rec_size = sizeof(*types->funcs);
}

static bool is_probe_id(const struct bpf_insn *insn)
{
	return insn->code == (BPF_ALU64 | BPF_MOV | BPF_K) && insn->imm == PROBE_ID_MARK;
}

bool probe_asks_id(const struct bpf_program *prog)
{
	const struct bpf_insn *insns = bpf_program__insns(prog);

	for (size_t i = 0; i < bpf_program__insn_cnt(prog); i++)
		if (is_probe_id(&insns[i]))
			return true;
	return false;
}

int probe_copy(const struct bpf_program *prog, enum bpf_prog_type type, u32 id,
	       struct bpf_prog_load_opts *opts)
{
	LIBBPF_OPTS(bpf_prog_load_opts, plain);
	size_t n = bpf_program__insn_cnt(prog);
	struct bpf_insn *insns = malloc(n * sizeof(*insns));
	struct probe_types types = probe_types(prog);
	int fd;

	if (!insns)
		err(1, NULL);
	memcpy(insns, bpf_program__insns(prog), n * sizeof(*insns));
	for (size_t i = 0; i < n; i++)
		if (is_probe_id(&insns[i]))
			insns[i].imm = id;
	opts = opts ?: &plain;
	probe_tell_types(&types, opts);
	fd = bpf_prog_load(type, bpf_program__name(prog), "Dual BSD/GPL", insns, n, opts);
	free(types.funcs);
	free(insns);
	return fd;
}

struct bpf_link *probe_attach_program(struct bpf_program *p)
{
	const char *ret = target(p, "kretprobe/"), *func = kprobe_target(p), *symbol;
	struct bpf_link *link;

	if (bpf_program__type(p) == BPF_PROG_TYPE_TRACING)
		return bpf_program__attach_trace(p);
	if (target(p, "tp/"))
		return attach_tracepoint(p);
	if (!func)
		return bpf_program__attach(p);
	func = func_of(func);
	link = ret ? probe_kretprobe(p, func) : bpf_program__attach_kprobe(p, false, func);
	if (link || !(symbol = symbol_of(func)) || !strcmp(symbol, func))
		return link;
	return ret ? probe_kretprobe(p, symbol) : bpf_program__attach_kprobe(p, false, symbol);
}

/* Attach all functions that the session has programs for. */
static int attach_session(struct bpf_object *obj)
{
	struct session_func funcs[SESSION_MOST];
	const char *names[SESSION_MOST];
	struct bpf_program *p;
	u32 n = 0, i;

	bpf_object__for_each_program (p, obj) {
		const char *name = kprobe_target(p);
		bool is_exit = target(p, "kretprobe/");

		if (!bpf_program__autoload(p) || !session_has(p))
			continue;
		/* The item of the list that has no such program of this function yet */
		for (i = 0; i < n; i++)
			if (!strcmp(names[i], name) &&
			    (is_exit ? funcs[i].exit : funcs[i].entry) < 0)
				break;
		if (i == SESSION_MOST) {
			errno = E2BIG;
			return -1;
		}
		if (i == n) {
			names[n] = name;
			funcs[n++] = (struct session_func){ address_of(func_of(name)), -1, -1 };
		}
		*(is_exit ? &funcs[i].exit : &funcs[i].entry) = bpf_program__fd(p);
	}
	return n ? session_attach(funcs, n) : 0;
}

int probe_attach(struct bpf_object *obj, const char **what)
{
	struct bpf_program *p = NULL;

	if (attach_session(obj)) {
		*what = "many kernel functions at once (kprobe.session)";
		return -1;
	}
	/* In reverse order: a tool's exit programs come after their entry programs, and must
	 * be attached before the first call is entered. */
	while ((p = bpf_object__prev_program(obj, p))) {
		const char *named = kprobe_target(p) ?: trampoline_target(p);
		struct bpf_link *link;

		if (!bpf_program__autoload(p) || !bpf_program__autoattach(p) || session_has(p))
			continue;
		link = probe_attach_program(p);
		if (!link) {
			*what = probe_section(p);
			if (named && func_of(named) != named)
				*what = func_of(named);
			return -1;
		}
		probe_hold(link);
	}
	return 0;
}
