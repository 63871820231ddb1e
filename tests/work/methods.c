// SPDX-License-Identifier: BSD-2-Clause
/*
 * methods EXPECTED LANGUAGE WHAT TIMES [fifo=FILE]	stands for an interpreter: it has the same USDT probes
 *
 * WHAT, and what it writes for each:
 *	calls	["class","method",calls,milliseconds]: they take at least so long, altogether
 *	flow	["class","method",depth,"->"], in order
 *	gc	["description",milliseconds], in order
 *	objects	["type",objects,bytes]
 *	stat	[pid,methods,gcs,objects,classes,exceptions,threads]
 *	threads	["start","name"], then ["pthread",tid]
 * fifo=: waits for a line in that file first.
 */
#include "sdt.h"
#include "work.h"
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define P0(provider, name) asm volatile(USDT_NOTE_OF(provider, name, "0", ""))
#define P1(provider, name, a) \
	asm volatile(USDT_NOTE_OF(provider, name, "0", "8@%0")::"r"((long)(a)))
#define P2(provider, name, a, b) \
	asm volatile(USDT_NOTE_OF(provider, name, "0", "8@%0 8@%1")::"r"((long)(a)), "r"((long)(b)))
#define P3(provider, name, a, b, c)                                                       \
	asm volatile(USDT_NOTE_OF(provider, name, "0", "8@%0 8@%1 8@%2")::"r"((long)(a)), \
		     "r"((long)(b)), "r"((long)(c)))
#define P4(provider, name, a, b, c, d)                                                         \
	asm volatile(USDT_NOTE_OF(provider, name, "0", "8@%0 8@%1 8@%2 8@%3")::"r"((long)(a)), \
		     "r"((long)(b)), "r"((long)(c)), "r"((long)(d)))
#define P5(provider, name, a, b, c, d, e)                                         \
	asm volatile(USDT_NOTE_OF(provider, name, "0",                            \
				  "-8@%0 8@%1 -4@%2 8@%3 -4@%4")::"r"((long)(a)), \
		     "r"((long)(b)), "r"((long)(c)), "r"((long)(d)), "r"((long)(e)))
/* All that the probes of memory pools have. */
#define P8(provider, name, a, b, c, d, e, f, g, h)                                            \
	asm volatile(USDT_NOTE_OF(provider, name, "0",                                        \
				  "8@%0 8@%1 8@%2 8@%3 8@%4 8@%5 8@%6 8@%7")::"r"((long)(a)), \
		     "r"((long)(b)), "r"((long)(c)), "r"((long)(d)), "r"((long)(e)),          \
		     "r"((long)(f)), "r"((long)(g)), "r"((long)(h)))

static const char *language, *what;
static int depth;

static bool is(const char *name)
{
	return !strcmp(language, name);
}

static bool does(const char *name)
{
	return !strcmp(what, name);
}

static void take(int ms)
{
	struct timespec t = { .tv_nsec = ms * 1000000L };

	while (ms && nanosleep(&t, &t))
		;
}

/* Java's names have no NUL, so what comes after them is not theirs; a name is always in the same place. */
static const char *unterminated(const char *name)
{
	static char *names[16];
	size_t i = 0;

	while (names[i] && (strncmp(names[i], name, strlen(name)) || names[i][strlen(name)] != '?'))
		i++;
	if (!names[i] && asprintf(&names[i], "%s???", name) < 0)
		err(1, NULL);
	return names[i];
}

static void entered(const char *class, const char *method, bool in_c)
{
	if (does("flow"))
		expect("[\"%s\",\"%s\",%d,\"->\"]", is("tcl") ? "" : class, method, depth);
	depth++;
	if (is("java"))
		P5("hotspot", "method__entry", 1, unterminated(class), strlen(class),
		   unterminated(method), strlen(method));
	else if (is("perl"))
		P2("perl", "sub__entry", method, class);
	else if (is("php"))
		P4("php", "function__entry", method, "file.php", 1, class);
	else if (is("python"))
		P3("python", "function__entry", class, method, 1);
	else if (is("ruby") && in_c)
		P3("ruby", "cmethod__entry", class, method, "file.rb");
	else if (is("ruby"))
		P3("ruby", "method__entry", class, method, "file.rb");
	else
		P1("tcl", "proc__entry", method);
}

static void returned(const char *class, const char *method, bool in_c)
{
	depth--;
	if (does("flow"))
		expect("[\"%s\",\"%s\",%d,\"<-\"]", is("tcl") ? "" : class, method, depth);
	if (is("java"))
		P5("hotspot", "method__return", 1, unterminated(class), strlen(class),
		   unterminated(method), strlen(method));
	else if (is("perl"))
		P2("perl", "sub__return", method, class);
	else if (is("php"))
		P4("php", "function__return", method, "file.php", 1, class);
	else if (is("python"))
		P3("python", "function__return", class, method, 1);
	else if (is("ruby") && in_c)
		P3("ruby", "cmethod__return", class, method, "file.rb");
	else if (is("ruby"))
		P3("ruby", "method__return", class, method, "file.rb");
	else
		P1("tcl", "proc__return", method);
}

static const char class[] = "app/Main", deep[] = "fall", outer[] = "run", inner[] = "step",
		  own[] = "length";

static void fall(int levels, int ms)
{
	entered(class, deep, false);
	if (levels > 1)
		fall(levels - 1, ms);
	else
		take(ms);
	returned(class, deep, false);
}

/* For each turn: run once, which calls step twice, each of which takes 1 ms, length once, and fall, five inside one another. */
static void call(int times)
{
	for (int i = 0; i < times; i++) {
		entered(class, outer, false);
		for (int k = 0; k < 2; k++) {
			entered(class, inner, false);
			take(1);
			returned(class, inner, false);
		}
		entered("String", own, true);
		returned("String", own, true);
		fall(5, 1);
		returned(class, outer, false);
	}
	if (!does("calls"))
		return;
	expect("[\"%s\",\"%s\",%d,%d]", is("tcl") ? "" : class, outer, times, 3 * times);
	expect("[\"%s\",\"%s\",%d,%d]", is("tcl") ? "" : class, inner, 2 * times, 2 * times);
	expect("[\"%s\",\"%s\",%d,%d]", is("tcl") ? "" : class, deep, 5 * times, 5 * times);
	expect("[\"%s\",\"%s\",%d,%d]", is("tcl") ? "" : "String", own, times, 0);
}

/* Java's collections also tell of each pool, one inside another. */
static void collect(int times)
{
	const char *gc = unterminated("Copy"), *pool = unterminated("Eden");

	for (int i = 0; i < times; i++) {
		int ms = i % 2 ? 12 : 1;

		if (is("java")) {
			P1("hotspot", "gc__begin", 1);
			P8("hotspot", "mem__pool__gc__begin", gc, 4, pool, 4, 0, 5000, 8000, 9000);
			take(ms);
			P8("hotspot", "mem__pool__gc__end", gc, 4, pool, 4, 0, 4000, 8000, 9000);
			P0("hotspot", "gc__end");
			expect("[\"Copy Eden used=5000->4000 comm=8000->8000\",%d]", ms);
			expect("[null,%d]", ms);
		} else if (is("node")) {
			P1("node", "gc__start", 3);
			take(ms);
			P0("node", "gc__done");
			expect("[\"GC scavenge, GC mark-sweep-compact\",%d]", ms);
		} else if (is("python")) {
			P1("python", "gc__start", i % 3);
			take(ms);
			P1("python", "gc__done", 100 + i);
			expect("[\"gen %d GC collected %d objects\",%d]", i % 3, 100 + i, ms);
		} else {
			P0("ruby", "gc__mark__begin");
			take(ms);
			P0("ruby", "gc__mark__end");
			expect("[\"GC mark stage\",%d]", ms);
			P0("ruby", "gc__sweep__begin");
			P0("ruby", "gc__sweep__end");
			expect("[\"GC sweep stage\",0]");
		}
	}
}

static void object(void)
{
	if (is("java"))
		P4("hotspot", "object__alloc", 1, unterminated("java/lang/Object"), 16, 24);
	else if (is("ruby"))
		P3("ruby", "object__create", "Object", "file.rb", 1);
	else if (is("tcl"))
		P1("tcl", "obj__create", 1);
}

/* The compiler must not see that nobody needs it. */
static void take_block(void)
{
	void *volatile block = malloc(7777);

	free(block);
}

static void make(int times)
{
	for (int i = 0; i < times; i++) {
		object();
		if (is("c"))
			take_block();
		if (is("ruby")) {
			P3("ruby", "string__create", 10, "file.rb", 1);
			P3("ruby", "array__create", 3, "file.rb", 1);
			P3("ruby", "array__create", 4, "file.rb", 1);
			P3("ruby", "hash__create", 2, "file.rb", 1);
		}
	}
	if (is("java"))
		expect("[\"java/lang/Object\",%d,%d]", times, 24 * times);
	else if (is("tcl"))
		expect("[\"<ALL>\",%d,0]", times);
	else if (is("c"))
		expect("[\"block size 7777\",%d,%d]", times, 7777 * times);
	if (!is("ruby"))
		return;
	expect("[\"Object\",%d,0]", times);
	expect("[\"string\",%d,%d]", times, 10 * times);
	expect("[\"array\",%d,%d]", 2 * times, 7 * times);
	expect("[\"hash\",%d,%d]", times, 2 * times);
}

static void start(const char *name)
{
	P5("hotspot", "thread__start", unterminated(name), strlen(name), 12, gettid(), 0);
	if (does("threads"))
		expect("[\"start\",\"%s\"]", name);
}

static void class_loaded(void)
{
	if (is("java"))
		P4("hotspot", "class__loaded", "A", 1, 1, 0);
	else if (is("php"))
		P2("php", "compile__file__entry", "a.php", "a.php");
	else if (is("ruby"))
		P3("ruby", "require__entry", "a", "a.rb", 1);
}

static void raise(void)
{
	if (is("php"))
		P1("php", "exception__thrown", "E");
	else if (is("ruby"))
		P3("ruby", "raise", "E", "a.rb", 1);
}

static void do_all(int times)
{
	bool has_methods = !is("node"), has_objects = is("java") || is("ruby") || is("tcl"),
	     has_gcs = is("java") || is("node") || is("python") || is("ruby"),
	     has_classes = is("java") || is("php") || is("ruby"),
	     has_exceptions = is("php") || is("ruby");

	for (int i = 0; i < times; i++) {
		if (has_methods) {
			entered(class, outer, false);
			returned(class, outer, false);
		}
		if (is("java"))
			P1("hotspot", "gc__begin", 1);
		else if (is("node"))
			P1("node", "gc__start", 1);
		else if (is("python"))
			P1("python", "gc__start", 1);
		else if (is("ruby"))
			P0("ruby", "gc__mark__begin");
		for (int k = 0; k < 3; k++)
			object();
		class_loaded();
		raise();
		raise();
		if (is("java"))
			start("worker");
	}
	expect("[%d,%d,%d,%d,%d,%d,%d]", getpid(), has_methods * times, has_gcs * times,
	       3 * has_objects * times, has_classes * times, 2 * has_exceptions * times,
	       is("java") * times);
}

static void *in_thread(void *name)
{
	if (is("java"))
		start(name);
	expect("[\"pthread\",%d]", gettid());
	if (is("java")) {
		P5("hotspot", "thread__stop", unterminated(name), strlen(name), 12, gettid(), 0);
		expect("[\"stop\",\"%s\"]", (const char *)name);
	}
	return NULL;
}

static void run_threads(int times)
{
	pthread_t t;

	for (int i = 0; i < times; i++)
		if (pthread_create(&t, NULL, in_thread, "worker") || pthread_join(t, NULL))
			errx(1, "pthread_create");
}

int main(int argc, char **argv)
{
	int times;

	if (argc < 5)
		errx(2, "usage: methods EXPECTED LANGUAGE calls|flow|gc|objects|stat|threads TIMES "
			"[fifo=FILE]");
	expect_to(argv[1]);
	language = argv[2];
	what = argv[3];
	times = atoi(argv[4]);
	if (argc > 5 && !strncmp(argv[5], "fifo=", 5))
		wait_for_line(argv[5] + 5);
	if (does("calls") || does("flow"))
		call(times);
	else if (does("gc"))
		collect(times);
	else if (does("objects"))
		make(times);
	else if (does("stat"))
		do_all(times);
	else
		run_threads(times);
	return 0;
}
