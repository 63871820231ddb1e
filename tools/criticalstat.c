// SPDX-License-Identifier: BSD-2-Clause
/* criticalstat: for how long the kernel can't be interrupted or preempted.  After BCC's, by Joel Fernandes. */
#include "criticalstat.h"
#include "criticalstat.skel.h"
#include "main/tool.h"
#include "symbols/ksym.h"
#include "symbols/stack.h"
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct conf conf;
static u32 min_us = 100;
static bool preemption, interrupts;

static const struct opt opts[] = {
	OPT_FLAG('p', "preemptoff", &preemption, "Find sections in which preemption is off"),
	OPT_FLAG('i', "irqoff", &interrupts,
		 "Find sections in which interrupts are off (the default, also with -p)"),
	OPT_U32('d', "duration", "US", &min_us, 0, UINT32_MAX,
		"Show sections that last at least this many microseconds (default: 100)"),
	{ 0 },
};

static struct stack stack_of(struct rec r)
{
	static u64 frames[EVENT_FRAMES];
	const struct critical_event *e = r.p;
	size_t n = (r.len - offsetof(struct critical_event, frames)) / sizeof(*frames);

	memcpy(frames, e->frames, n * sizeof(*frames));
	return (struct stack){ .addrs = frames, .n = n, .ts = e->ts };
}

static const char *name_of(u64 addr)
{
	struct ksym sym;

	return ksym_find(addr, &sym) ? sym.name : NULL;
}

static struct value function(const void *u64_addr)
{
	u64 addr = *(const u64 *)u64_addr;
	const char *name = name_of(addr);

	return name ? value_str(name) : value_as(&kind_address, addr);
}

CELL(stack, critical_event, stack_value(stack_of(r), "  "))

static const struct col cols[] = {
	{ COL("pid", 0, critical_event, pid), HELP("Process ID"), JSON_ONLY },
	{ COL("tid", 0, critical_event, tid), HELP("Thread ID"), JSON_ONLY },
	{ COL("comm", 0, critical_event, comm),
	  HELP("Name of the thread that had the CPU when the section ended"), JSON_ONLY },
	{ COL("ns", 0, critical_event, ns), HELP("How long it lasted, in nanoseconds"), JSON_ONLY },
	{ COL_OF(function, "start", 0, critical_event, begin.at),
	  HELP("Function in which it began"), JSON_ONLY },
	{ COL_OF(function, "start_caller", 0, critical_event, begin.caller),
	  HELP("What called that"), JSON_ONLY },
	{ COL_OF(function, "end", 0, critical_event, end.at), HELP("Function in which it ended"),
	  JSON_ONLY },
	{ COL_OF(function, "end_caller", 0, critical_event, end.caller), HELP("What called that"),
	  JSON_ONLY },
	{ COLF("stack", 0, stack), HELP("Kernel functions at its end, innermost first"),
	  JSON_ONLY },
	{ 0 },
};

static void parsed(void)
{
	conf.min_ns = min_us * 1000ull;
	preemption &= !interrupts;
	stack_show.from_probe = true;
}

static void prepare(void *skel)
{
	struct criticalstat_bpf *s = skel;

	bpf_program__set_autoload(s->progs.irq_off, !preemption);
	bpf_program__set_autoload(s->progs.irq_on, !preemption);
	bpf_program__set_autoload(s->progs.preempt_off, preemption);
	bpf_program__set_autoload(s->progs.preempt_on, preemption);
}

static void attach(void *skel)
{
	struct criticalstat_bpf *s = skel;
	const char *what;

	if (!probe_attach(s->obj, &what))
		return;
	if (errno == ENOENT)
		errx(1,
		     "cannot trace sections with %s off: the kernel was built without "
		     "CONFIG_PREEMPTIRQ_TRACEPOINTS, as most are",
		     preemption ? "preemption" : "interrupts");
	err(1, "cannot trace %s", what);
}

static void begin(void)
{
	text("Finding critical section with %s disabled for > %uus\n",
	     preemption ? "preempt" : "IRQ", min_us);
}

static void function_name(u64 addr)
{
	const char *name = name_of(addr);

	if (name)
		text_str(name, strlen(name));
	else
		text("0x%llx", addr);
}

static void place(const char *label, const struct critical_place *p)
{
	text("%s", label);
	function_name(p->at);
	text(" -> ");
	function_name(p->caller);
	text("\n");
}

static void line(void)
{
	text("===================================\n");
}

static void row(struct rec r)
{
	const struct critical_event *e = r.p;
	static struct frame frames[STACK_MAX];
	size_t n;

	line();
	text("TASK: ");
	text_str(e->comm, strnlen(e->comm, COMM_LEN));
	text(" (pid %5u tid %5u) Total Time: %-9.3fus\n\n", e->pid, e->tid, e->ns / 1e3);
	place("Section start: ", &e->begin);
	place("Section end:   ", &e->end);
	n = stack_frames(stack_of(r), frames);
	for (size_t i = 0; i < n; i++) {
		text("  ");
		frame_text(&frames[i], 0);
		text("\n");
	}
	if (!n)
		text("NO STACK FOUND DUE TO COLLISION\n");
	line();
	text("\n");
}

TOOL(criticalstat,
     .summary = "Find code of the kernel that can't be interrupted or preempted for long.",
     .examples = "Examples:\n"
		 "  criticalstat            # interrupts are off for 100 us and more\n"
		 "  criticalstat -p -d 500  # preemption is off for 500 us and more",
     CONF(conf), .opts = opts, .cols = cols, EVENTS_TO(critical_event, frames, TAIL_BYTES),
     .parsed = parsed, .prepare = prepare, .attach = attach, .begin = begin, .row = row)
