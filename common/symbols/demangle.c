// SPDX-License-Identifier: BSD-2-Clause
/*
 * C++ is demangled by libstdc++.so.6, which nearly every system has: a demangler in each tool would be 62 KB of 190.
 * Rust is demangled by 13 KB of libiberty, if that was there when the tool was built.
 * A name of a few hundred letters can ask for any amount of memory, time or stack, so this is done in a process that
 * may have little of each, and has no privileges. If a name ends it, another one is started.
 */
#include "symbols/demangle.h"
#include "base/priv.h"
#include "lib/types.h"
#include <dlfcn.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_MANGLED   2048 /* longer names stay as they are, */
#define MAX_DEMANGLED 4000 /* and so do those that become longer than that */
#define MAX_CPU_MS    100  /* for one name */
#define MAX_WAIT_MS   2000
#define MAX_MEMORY    (32 << 20)
#define MAX_ENDED     20        /* processes that a name has ended */
#define MAX_KNOWN     (8 << 20) /* bytes of names that are remembered */

bool demangle_names;

/* ---- the process ---- */

enum language { NONE, CPLUS = 1, RUST = 2 };

/* What the name looks like. Rust's old names are C++ names that end with a hash. */
static enum language language(const char *name)
{
	if (!strncmp(name, "_R", 2))
		return name[2] && strchr("BCIMNXY", name[2]) ? RUST : NONE;
	if (strncmp(name, "_Z", 2))
		return NONE;
	if (name[2] == 'N')
		for (const char *s = name; (s = strstr(s, "17h")); s++)
			if (strspn(s + 3, "0123456789abcdef") == 16 && s[19] == 'E' &&
			    (!s[20] || s[20] == '.'))
				return RUST;
	return CPLUS;
}

typedef char *demangler(const char *name, char *, size_t *, int *);

#ifdef IBERTY
char *rust_demangle(const char *name, int options);
#endif

#ifdef STATIC
#ifdef IBERTY
char *cplus_demangle_v3(const char *name, int options);

static char *iberty(const char *name, char *buf, size_t *size, int *status)
{
	(void)buf;
	(void)size;
	(void)status;
	return cplus_demangle_v3(name, 3 /* parameters, qualifiers */);
}
#else
#define iberty NULL
#endif

static demangler *find_demangler(void)
{
	return iberty;
}
#else
static demangler *find_demangler(void)
{
	void *lib = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_LOCAL);

	return lib ? (demangler *)dlsym(lib, "__cxa_demangle") : NULL;
}
#endif

static struct {
	pid_t pid;
	int to, from;
	u32 ended;
	u8 knows, told; /* languages; those that it was said not to know */
	bool none;      /* it can't be started, or has ended too often */
} child = { .to = -1, .from = -1 };

/* What is allocated, and the library, come on top of what our parent has mapped. */
static void limit_memory(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	struct rlimit limit = { 0 }, no_core = { 0 };

	if (!f || fscanf(f, "%lu", &pages) != 1)
		_exit(1);
	fclose(f);
	limit.rlim_cur = limit.rlim_max = pages * sysconf(_SC_PAGESIZE) + MAX_MEMORY;
	setrlimit(RLIMIT_AS, &limit);
	setrlimit(RLIMIT_CORE, &no_core);
}

/* First the languages that are known. Then an answer is a byte, 1 if it is a name, and the name. */
static void serve(int in, int out)
{
	static char name[MAX_MANGLED + 1], answer[MAX_DEMANGLED + 1];
	demangler *cplus = find_demangler();
	ssize_t n;

	answer[0] = cplus ? CPLUS : 0;
#ifdef IBERTY
	answer[0] |= RUST;
#endif
	if (write(out, answer, 1) != 1)
		return;
	while ((n = read(in, name, sizeof(name))) > 0) {
		char *text = NULL;
		size_t len = 0;
		int status;

		/* At its end, the process. */
		setitimer(ITIMER_VIRTUAL,
			  &(struct itimerval){ .it_value.tv_usec = MAX_CPU_MS * 1000 }, NULL);
#ifdef IBERTY
		if (language(name) == RUST)
			text = rust_demangle(name, 0);
#endif
		if (!text && name[1] == 'Z' && cplus)
			text = cplus(name, NULL, NULL, &status);
		setitimer(ITIMER_VIRTUAL, &(struct itimerval){ 0 }, NULL);
		if (text && strlen(text) <= MAX_DEMANGLED) {
			len = strlen(text);
			memcpy(answer + 1, text, len);
		}
		free(text);
		answer[0] = len > 0;
		if (write(out, answer, len + 1) != (ssize_t)len + 1)
			return;
	}
}

/* What the child writes next, or less than 1. */
static ssize_t answer(char *to, size_t size)
{
	struct pollfd p = { .fd = child.from, .events = POLLIN };
	int ready;

	do
		ready = poll(&p, 1, MAX_WAIT_MS);
	while (ready < 0 && errno == EINTR);
	return ready == 1 ? read(child.from, to, size) : -1;
}

static void child_end(void)
{
	if (child.pid > 0) {
		kill(child.pid, SIGKILL);
		waitpid(child.pid, NULL, 0);
	}
	if (child.to >= 0)
		close(child.to);
	if (child.from >= 0)
		close(child.from);
	child.pid = 0;
	child.to = child.from = -1;
}

static void child_main(int in, int out)
{
	static const int ours[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGVTALRM };

	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		signal(ours[i], ours[i] == SIGVTALRM ? SIG_DFL : SIG_IGN);
	prctl(PR_SET_NAME, "demangle");
	/* The tool's BPF objects, files and output are none of its business. */
	if (dup2(in, 0) || dup2(out, 1) != 1)
		_exit(1);
	syscall(SYS_close_range, 2, ~0u, 0);
	limit_memory();
	priv_drop_all(NULL);
	serve(0, 1);
	_exit(0);
}

static bool child_start(void)
{
	int to[2] = { -1, -1 }, from[2] = { -1, -1 };

	if (child.pid)
		return true;
	if (child.none)
		return false;
	if (!pipe2(to, O_CLOEXEC) && !pipe2(from, O_CLOEXEC))
		child.pid = fork();
	else
		child.pid = -1;
	if (!child.pid)
		child_main(to[0], from[1]);
	child.to = to[1];
	child.from = from[0];
	if (to[0] >= 0)
		close(to[0]);
	if (from[1] >= 0)
		close(from[1]);
	if (child.pid > 0 && answer((char *)&child.knows, 1) == 1)
		return true;
	child_end();
	child.none = true;
	warnx("C++ and Rust names stay mangled: the process that demangles them can't be started");
	return false;
}

static bool child_knows(enum language l)
{
	if (child.knows & l)
		return true;
	if (child.told & l)
		return false;
	child.told |= l;
	if (l == RUST)
		warnx("Rust names stay mangled: this program was built without libiberty");
	else
		warnx("C++ names stay mangled: %s",
#ifdef STATIC
		      "this static program has no demangler"
#else
		      "libstdc++.so.6 can't be used"
#endif
		);
	return false;
}

/* TO has room for MAX_DEMANGLED + 1. */
static bool demangle(const char *name, char *to)
{
	static char got[MAX_DEMANGLED + 1];
	ssize_t n = -1;
	size_t size = strlen(name) + 1;

	if (!child_start() || !child_knows(language(name)))
		return false;
	if (write(child.to, name, size) == (ssize_t)size)
		n = answer(got, sizeof(got));
	if (n < 1) {
		child_end();
		if (++child.ended == MAX_ENDED) {
			child.none = true;
			warnx("C++ and Rust names stay mangled from now on: too many are bad");
		}
		return false;
	}
	if (got[0] != 1)
		return false;
	memcpy(to, got + 1, n - 1);
	to[n - 1] = '\0';
	return true;
}

/* ---- what is known ---- */

struct known {
	struct known *next;
	u32 hash;
	const char *text; /* the name itself, if there is no other */
	char name[];
};
static struct known *known[1024];
static size_t known_bytes;

static const struct known *learn(const char *name, u32 hash)
{
	static char text[MAX_DEMANGLED + 1];
	bool good = demangle(name, text);
	size_t n = strlen(name) + 1,
	       size = sizeof(struct known) + n + (good ? strlen(text) + 1 : 0);
	struct known *k = malloc(size);

	if (!k)
		return NULL;
	*k = (struct known){ .next = known[hash % 1024], .hash = hash };
	memcpy(k->name, name, n);
	k->text = good ? strcpy(k->name + n, text) : k->name;
	known[hash % 1024] = k;
	known_bytes += size;
	return k;
}

const char *demangled(const char *name)
{
	const struct known *k;
	u32 hash = 2166136261u;

	if (!demangle_names || strnlen(name, MAX_MANGLED + 1) > MAX_MANGLED ||
	    language(name) == NONE)
		return name;
	for (const char *s = name; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 16777619;
	for (k = known[hash % 1024]; k; k = k->next)
		if (k->hash == hash && !strcmp(k->name, name))
			return k->text;
	k = learn(name, hash);
	return k ? k->text : name;
}

struct value demangled_value(struct value v)
{
	return value_is_string(v) && demangle_names ? value_str(demangled(v.s)) : v;
}

void demangle_trim(void)
{
	if (known_bytes < MAX_KNOWN)
		return;
	for (size_t i = 0; i < 1024; i++)
		while (known[i]) {
			struct known *k = known[i];

			known[i] = k->next;
			free(k);
		}
	known_bytes = 0;
}
