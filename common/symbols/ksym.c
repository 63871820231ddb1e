// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/ksym.h"
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * No function is longer than this. An address further from the start lies in a hole of the module
 * area, or in something loaded after we read kallsyms. BPF programs and trampolines come and go far
 * more often than modules, and are small.
 */
#define MAX_FUNC     (1 << 20)
#define MAX_FUNC_BPF (64 << 10)

/* 12 bytes a symbol, not 16: there are 60,000 to 200,000 of them. */
struct entry {
	u32 hi, lo;
	u32 name; /* offset in strings */
};

/* kallsyms lists a module's symbols together, so a range of names identifies the module. */
struct module {
	u32 first; /* offset of its first symbol's name */
	u32 name;  /* offset; 0 is vmlinux */
};

static struct {
	bool opened, loaded, hidden;
	int fd;
	struct entry *syms;
	size_t nsyms, room;
	struct module *mods;
	size_t nmods;
	char *strings;
	size_t len, size;
	u64 etext, einittext; /* vmlinux text ends, 0 if unknown */
} ks;

static u64 entry_addr(const struct entry *e)
{
	return (u64)e->hi << 32 | e->lo;
}

/* Lines of a proc or tracefs file, without stdio: these files have 50,000 to 200,000 of them. */
struct lines {
	int fd;
	size_t pos, end;
	char buf[64 << 10];
};

static struct lines *lines_of(int fd)
{
	struct lines *l;

	if (fd < 0)
		return NULL;
	l = malloc(sizeof(*l));
	if (!l)
		err(1, NULL);
	l->fd = fd;
	l->pos = l->end = 0;
	return l;
}

static struct lines *lines_open(const char *path)
{
	return lines_of(open(path, O_RDONLY | O_CLOEXEC));
}

static void lines_close(struct lines *l)
{
	if (!l)
		return;
	close(l->fd);
	free(l);
}

/* The next line without its newline, or NULL at the end or on error. Overlong lines come in parts. */
static char *lines_next(struct lines *l)
{
	for (;;) {
		char *line = l->buf + l->pos, *nl = memchr(line, '\n', l->end - l->pos);
		ssize_t n;

		if (nl) {
			*nl = '\0';
			l->pos = nl - l->buf + 1;
			return line;
		}
		memmove(l->buf, line, l->end - l->pos);
		l->end -= l->pos;
		l->pos = 0;
		n = -1;
		if (l->end < sizeof(l->buf) - 1)
			do
				n = read(l->fd, l->buf + l->end, sizeof(l->buf) - 1 - l->end);
			while (n < 0 && errno == EINTR);
		if (n > 0) {
			l->end += n;
			continue;
		}
		if (!l->end)
			return NULL;
		l->buf[l->end] = '\0';
		l->end = 0;
		return l->buf;
	}
}

/* Parse a line of kallsyms, "ffffffff81000000 T name\t[module]", in place. */
struct ksline {
	u64 addr;
	char type;
	char *name, *module;
};

static bool ksline_parse(char *s, struct ksline *k)
{
	char *tab;

	k->addr = 0;
	for (;; s++) {
		unsigned int c = (unsigned char)*s, d = c - '0';

		if (d > 9)
			d = (c | 32) - 'a' < 6 ? (c | 32) - 'a' + 10 : 16;
		if (d > 15)
			break;
		k->addr = k->addr << 4 | d;
	}
	if (s[0] != ' ' || !s[1] || s[2] != ' ')
		return false;
	k->type = s[1];
	k->name = s + 3;
	k->module = NULL;
	tab = strpbrk(k->name, "\t ");
	if (tab) {
		char *open = strchr(tab + 1, '['), *close = open ? strchr(open, ']') : NULL;

		*tab = '\0';
		if (close) {
			*close = '\0';
			k->module = open + 1;
		}
	}
	return *k->name;
}

static bool is_text(char type)
{
	return type == 't' || type == 'T' || type == 'w' || type == 'W';
}

/* Padding before each function, for which the kernel has symbols since 6.2; never executed. */
static bool is_padding(const char *name)
{
	return name[0] == '_' && name[1] == '_' &&
	       (!strncmp(name + 2, "pfx_", 4) || !strncmp(name + 2, "cfi_", 4));
}

/* BPF programs, trampolines and the like: they come and go, and can't be probed. */
static bool is_bpf(const char *module)
{
	return module && (!strcmp(module, "bpf") || !strncmp(module, "__builtin__", 11));
}

static u32 string_add(const char *s)
{
	size_t n = strlen(s) + 1;
	u32 at = ks.len;

	if (ks.len + n > ks.size) {
		ks.size = ks.size ? ks.size + ks.size / 2 + n : 2 << 20;
		ks.strings = realloc(ks.strings, ks.size);
		if (!ks.strings)
			err(1, NULL);
	}
	memcpy(ks.strings + ks.len, s, n);
	ks.len += n;
	return at;
}

static void module_begin(u32 first, const char *name)
{
	ks.mods = realloc(ks.mods, (ks.nmods + 1) * sizeof(*ks.mods));
	if (!ks.mods)
		err(1, NULL);
	ks.mods[ks.nmods].name = name ? string_add(name) : 0;
	ks.mods[ks.nmods++].first = name ? ks.len : first;
}

static void sym_add(const struct ksline *k)
{
	const char *mod = ks.nmods ? ks.strings + ks.mods[ks.nmods - 1].name : "";

	if (strcmp(k->module ?: "", mod))
		module_begin(ks.len, k->module);
	if (ks.nsyms == ks.room) {
		ks.room = ks.room ? ks.room + ks.room / 2 : 64 << 10;
		ks.syms = realloc(ks.syms, ks.room * sizeof(*ks.syms));
		if (!ks.syms)
			err(1, NULL);
	}
	ks.syms[ks.nsyms++] = (struct entry){ k->addr >> 32, k->addr, string_add(k->name) };
}

/* Of symbols with the same address, the file's first stays first: the kernel sorts the best one there. */
static int by_addr(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	u64 p = entry_addr(x), q = entry_addr(y);

	return p != q ? (p > q) - (p < q) : (x->name > y->name) - (x->name < y->name);
}

static void syms_sort(void)
{
	size_t i, n = 0, sorted = 1;

	/* The kernel's own are sorted; modules follow, and mostly lie above (but not on arm64). */
	while (sorted < ks.nsyms && by_addr(&ks.syms[sorted - 1], &ks.syms[sorted]) < 0)
		sorted++;
	if (sorted < ks.nsyms) {
		qsort(ks.syms + sorted, ks.nsyms - sorted, sizeof(*ks.syms), by_addr);
		if (by_addr(&ks.syms[sorted - 1], &ks.syms[sorted]) > 0)
			qsort(ks.syms, ks.nsyms, sizeof(*ks.syms), by_addr);
	}
	for (i = 0; i < ks.nsyms; i++)
		if (!n || entry_addr(&ks.syms[n - 1]) != entry_addr(&ks.syms[i]))
			ks.syms[n++] = ks.syms[i];
	ks.nsyms = n;
}

/* Free the excess that growing by halves left. */
static void *shrink(void *p, size_t size)
{
	return size ? realloc(p, size) ?: p : p;
}

/*
 * A BPF program that has the kernel itself name an address, with %pS as in its messages (since
 * 5.13). kallsyms has more than 100,000 lines, of which a report needs a few hundred.
 */
static struct {
	int prog; /* 0: none */
	struct {
		u64 addr;
		char text[600]; /* "name+0x1c/0x40 [module]", or "0xffffffff81000000" */
	} * with;               /* shared with the program */
	struct answer {
		u64 addr; /* 0: not in use */
		u64 offset;
		char *name, *module;
	} * answers;
	size_t n;
} ask;

#define ANSWERS  (1 << 14) /* a power of two; once 3/4 full, we read kallsyms instead */
#define SNPRINTF 165       /* BPF_FUNC_snprintf */

static void ask_open(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, read_only, .map_flags = BPF_F_RDONLY_PROG);
	LIBBPF_OPTS(bpf_map_create_opts, shared, .map_flags = BPF_F_MMAPABLE);
	int format = bpf_map_create(BPF_MAP_TYPE_ARRAY, "format", 4, 4, 1, &read_only);
	int with = bpf_map_create(BPF_MAP_TYPE_ARRAY, "with", 4, sizeof(*ask.with), 1, &shared);
	static struct bpf_insn insns[] = {
		/* snprintf(with->text, sizeof(with->text), "%pS", &with->addr, 8) */
		{ BPF_LD | BPF_DW | BPF_IMM, BPF_REG_4, BPF_PSEUDO_MAP_VALUE, 0, 0 /* with */ },
		{ 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_4, 0, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, sizeof(ask.with->addr) },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, sizeof(ask.with->text) },
		{ BPF_LD | BPF_DW | BPF_IMM, BPF_REG_3, BPF_PSEUDO_MAP_VALUE, 0, 0 /* format */ },
		{ 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_5, 0, 0, sizeof(ask.with->addr) },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, SNPRINTF },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT },
	};
	u32 zero = 0;
	void *p = with < 0 ? MAP_FAILED
			   : mmap(NULL, sizeof(*ask.with), PROT_READ | PROT_WRITE, MAP_SHARED, with,
				  0);

	insns[0].imm = with;
	insns[5].imm = format;
	if (format >= 0 && p != MAP_FAILED && !bpf_map_update_elem(format, &zero, "%pS", 0) &&
	    !bpf_map_freeze(format))
		ask.prog = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "ksym", "GPL", insns,
					 sizeof(insns) / sizeof(*insns), NULL);
	ask.prog = ask.prog > 0 ? ask.prog : 0;
	ask.with = p;
	if (format >= 0)
		close(format);
	if (with >= 0)
		close(with);
}

/* kallsyms shows these in the module "bpf", %pS shows no module. */
static bool is_bpf_name(const char *name)
{
	return (!strncmp(name, "bpf_prog_", 9) && strspn(name + 9, "0123456789abcdef") == 16) ||
	       (!strncmp(name, "bpf_trampoline_", 15) && name[15] >= '0' && name[15] <= '9');
}

/* Parse an answer. */
static void answer_put(struct answer *a, char *text)
{
	char *plus = strrchr(text, '+'), *module = strchr(text, '[');

	if (!plus || !strncmp(text, "0x", 2))
		return;
	*plus = '\0';
	if (!module && (!strcmp(text, "_etext") || !strcmp(text, "_einittext")))
		return; /* the symbols from here on are data */
	a->offset = strtoull(plus + 1, NULL, 16);
	if (module) {
		module++;
		module[strcspn(module, "]")] = '\0';
	} else if (is_bpf_name(text)) {
		module = "bpf";
	}
	a->name = strdup(text);
	a->module = module ? strdup(module) : NULL;
	if (!a->name || (module && !a->module))
		err(1, NULL);
}

/* The kernel's answer for an address; NULL if we can't ask it (any more). */
static const struct answer *ask_kernel(u64 addr)
{
	size_t slot = (addr * 0x9e3779b97f4a7c15) >> 50;

	if (!ask.prog)
		return NULL;
	if (!ask.answers && !(ask.answers = calloc(ANSWERS, sizeof(*ask.answers))))
		err(1, NULL);
	while (ask.answers[slot].addr && ask.answers[slot].addr != addr)
		slot = (slot + 1) & (ANSWERS - 1);
	if (!ask.answers[slot].addr) {
		LIBBPF_OPTS(bpf_test_run_opts, o);

		ask.with->addr = addr;
		if (ask.n >= ANSWERS / 4 * 3 || bpf_prog_test_run_opts(ask.prog, &o)) {
			ask.prog = 0;
			return NULL;
		}
		ask.n++;
		ask.answers[slot].addr = addr;
		answer_put(&ask.answers[slot], ask.with->text);
	}
	return &ask.answers[slot];
}

void ksym_open(void)
{
	if (ks.opened)
		return;
	ks.opened = true;
	ks.fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	ask_open();
}

static void load(void)
{
	struct lines *l;
	struct ksline k;
	char *s;

	if (ks.loaded)
		return;
	ks.loaded = true;
	ksym_open();
	l = lines_of(ks.fd);
	if (!l)
		return;
	string_add(""); /* offset 0: no module */
	while ((s = lines_next(l))) {
		if (!ksline_parse(s, &k))
			continue;
		if (k.name[0] == '_' && !k.module) {
			u64 *end = !strcmp(k.name, "_etext")       ? &ks.etext
				   : !strcmp(k.name, "_einittext") ? &ks.einittext
								   : NULL;

			if (end) { /* data follows, which this symbol must not name */
				*end = k.addr;
				continue;
			}
		}
		if (!is_text(k.type) || is_padding(k.name))
			continue;
		if (!k.addr) {
			ks.hidden = true;
			ks.nsyms = 0;
			break;
		}
		sym_add(&k);
	}
	lines_close(l);
	syms_sort();
	ks.syms = shrink(ks.syms, ks.nsyms * sizeof(*ks.syms));
	ks.strings = shrink(ks.strings, ks.len);
}

static const char *module_of(u32 name)
{
	size_t lo = 0, hi = ks.nmods;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (ks.mods[mid].first <= name)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && ks.mods[lo - 1].name ? ks.strings + ks.mods[lo - 1].name : NULL;
}

bool ksym_find(u64 addr, struct ksym *out)
{
	u64 start, max = MAX_FUNC;
	const struct answer *answer;
	const char *module;
	size_t lo = 0, hi;

	ksym_open();
	answer = ask_kernel(addr);
	if (answer) {
		if (answer->name)
			*out = (struct ksym){ answer->name, answer->module, answer->offset };
		return answer->name;
	}
	load();
	for (hi = ks.nsyms; lo < hi;) {
		size_t mid = (lo + hi) / 2;

		if (entry_addr(&ks.syms[mid]) <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return false;
	start = entry_addr(&ks.syms[lo - 1]);
	module = module_of(ks.syms[lo - 1].name);
	if (module) {
		if (is_bpf(module))
			max = MAX_FUNC_BPF;
	} else if ((start <= ks.etext && addr >= ks.etext) ||
		   (start < ks.einittext && addr >= ks.einittext)) {
		return false; /* data */
	}
	if (addr - start >= max)
		return false;
	out->name = ks.strings + ks.syms[lo - 1].name;
	out->module = module;
	out->offset = addr - start;
	return true;
}

bool ksym_hidden(void)
{
	ksym_open();
	if (ask.prog)
		return false;
	load();
	return ks.hidden;
}

bool kfunc_wanted(const char *name)
{
	const char *dot = strchr(name, '.');

	if (dot && strstr(dot, ".cold"))
		return false;
	return strncmp(name, "__ftrace_invalid_address", 24) && !is_padding(name);
}

/* Names that kprobes reject, sorted: kprobes' own list, if debugfs is mounted. */
struct blacklist {
	char **names;
	size_t n;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void blacklist_read(struct blacklist *b)
{
	struct lines *l = lines_open("/sys/kernel/debug/kprobes/blacklist");
	char *s;

	b->names = NULL;
	b->n = 0;
	while (l &&
	       (s = lines_next(l))) { /* 0xffffffff81000000-0xffffffff81000010\tname [module] */
		char *name = strchr(s, '\t');

		if (!name)
			continue;
		name++;
		name[strcspn(name, " \t")] = '\0';
		if (!(b->n & (b->n + 1)))
			b->names = realloc(b->names, (b->n + 1) * 2 * sizeof(*b->names));
		if (!b->names || !(b->names[b->n++] = strdup(name)))
			err(1, NULL);
	}
	lines_close(l);
	if (b->n)
		qsort(b->names, b->n, sizeof(*b->names), by_name);
}

static bool blacklist_has(const struct blacklist *b, const char *name)
{
	return b->n && bsearch(&name, b->names, b->n, sizeof(*b->names), by_name);
}

static void blacklist_free(struct blacklist *b)
{
	while (b->n)
		free(b->names[--b->n]);
	free(b->names);
}

/*
 * Text that can never have a kprobe, between symbols that the linker puts around it. This is needed if
 * the blacklist can't be read. kallsyms lists vmlinux by address, so these symbols come in order.
 */
static const char *const forbidden[][2] = {
	{ "__entry_text_start", "__entry_text_end" },
	{ "__noinstr_text_start", "__noinstr_text_end" },
	{ "__kprobes_text_start", "__kprobes_text_end" },
	{ "_sinittext", "_einittext" },
};

static bool is_forbidden(const char *name, unsigned int *inside)
{
	bool mark = false;

	for (size_t i = 0; name[0] == '_' && i < sizeof(forbidden) / sizeof(*forbidden); i++) {
		if (!strcmp(name, forbidden[i][0])) {
			*inside |= 1u << i;
			mark = true;
		} else if (!strcmp(name, forbidden[i][1])) {
			*inside &= ~(1u << i);
			mark = true;
		}
	}
	return mark || *inside;
}

static size_t kfunc_each_kallsyms(void (*f)(const char *, const char *, void *), void *ctx)
{
	struct lines *l = lines_open("/proc/kallsyms");
	unsigned int inside = 0;
	struct blacklist bl;
	struct ksline k;
	size_t n = 0;
	char *s;

	if (!l)
		return 0;
	blacklist_read(&bl);
	while ((s = lines_next(l))) {
		if (!ksline_parse(s, &k))
			continue;
		if (is_bpf(k.module))
			continue;
		if (!k.module && is_forbidden(k.name, &inside))
			continue;
		if (!is_text(k.type) || !kfunc_wanted(k.name) || blacklist_has(&bl, k.name))
			continue;
		f(k.name, k.module, ctx);
		n++;
	}
	lines_close(l);
	blacklist_free(&bl);
	return n;
}

void kfunc_each_in(int fd, void (*f)(const char *name, u64 addr, void *ctx), void *ctx)
{
	struct lines *l = lines_of(fd);
	struct ksline k;
	char *s;

	while (l && (s = lines_next(l)))
		if (ksline_parse(s, &k) && is_text(k.type) && !is_padding(k.name) &&
		    !is_bpf(k.module))
			f(k.name, k.addr, ctx);
	lines_close(l);
}

void kfunc_each_addr(void (*f)(const char *name, u64 addr, void *ctx), void *ctx)
{
	kfunc_each_in(open("/proc/kallsyms", O_RDONLY | O_CLOEXEC), f, ctx);
}

void ksym_addrs(const char *const *names, u64 *addrs, size_t n)
{
	struct lines *l = lines_open("/proc/kallsyms");
	struct ksline k;
	size_t left = n;
	char *s;

	memset(addrs, 0, n * sizeof(*addrs));
	while (l && left && (s = lines_next(l)) && ksline_parse(s, &k) && !k.module)
		for (size_t i = 0; i < n; i++)
			if (!strcmp(k.name, names[i])) {
				addrs[i] = k.addr;
				left--;
			}
	lines_close(l);
}

size_t kfunc_each(void (*f)(const char *name, const char *module, void *ctx), void *ctx)
{
	static const char *const paths[] = {
		"/sys/kernel/tracing/available_filter_functions",
		"/sys/kernel/debug/tracing/available_filter_functions",
	};
	size_t n = 0;

	for (size_t i = 0; !n && i < sizeof(paths) / sizeof(*paths); i++) {
		struct lines *l = lines_open(paths[i]);
		char *s;

		while (l && (s = lines_next(l))) { /* "name" or "name [module]" */
			char *mod = strchr(s, ' ');

			if (mod) {
				*mod++ = '\0';
				mod += *mod == '[';
				mod[strcspn(mod, "]")] = '\0';
			}
			if (!*s || !kfunc_wanted(s))
				continue;
			f(s, mod, ctx);
			n++;
		}
		lines_close(l);
	}
	return n ?: kfunc_each_kallsyms(f, ctx);
}
