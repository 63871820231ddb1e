// SPDX-License-Identifier: BSD-2-Clause
/* cpufreq: how fast the CPUs are, sampled, for each program and all of them.  After BCC's, by Wenbo Zhang. */
#include "cpufreq.h"
#include "cpufreq.skel.h"
#include "kernel/sample.h"
#include "main/tool.h"
#include "output/hist.h"
#include "output/loss.h"
#include <err.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

static u32 hertz = 99;

static const struct opt opts[] = {
	OPT_DURATION('d'),
	OPT_U32('f', "frequency", "HERTZ", &hertz, 1, 1000000,
		"Samples per second on each CPU (default: 99)"),
	OPT_CONTAINER('c'),
	{ 0 },
};

static struct value frequencies(struct rec r)
{
	static struct hist_linear h;
	const struct freq_use *u = r.p;

	h = (struct hist_linear){ u->v.slots, FREQ_SLOTS, FREQ_STEP, .is_open = true };
	return hist_linear_value(&h);
}

static u64 samples_of(const struct freq_use *u)
{
	u64 sum = 0;

	for (u32 i = 0; i < FREQ_SLOTS; i++)
		sum += u->v.slots[i];
	return sum;
}

CELL(comm, freq_use, e->k.whose == OF_ALL ? value_none("") : value_chars(e->k.comm, COMM_LEN))
CELL(samples, freq_use, value_uint(samples_of(e)))

static const struct col cols[] = {
	{ COLF("comm", 0, comm), HELP("Name of the threads; null: all, and CPUs without work") },
	{ COLF("mhz", 0, frequencies),
	  HELP("How often a CPU had each frequency when it was sampled, in MHz") },
	{ COLF("samples", 0, samples), HELP("Number of samples"), JSON_ONLY },
	{ 0 },
};

/* In kHz; 0 if it can't be told. */
static u32 khz_now(u32 cpu)
{
	char path[80];
	u32 khz = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_cur_freq", cpu);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%u", &khz) != 1)
		khz = 0;
	fclose(f);
	return khz;
}

static struct freq_cpu *freq_cpus;
static u32 n_cpus;

/*
 * Of those of which the kernel has told nothing.  Some drivers never do, because the processor itself decides; then
 * this is all that there is.
 */
static bool look(void)
{
	bool any = false;

	for (u32 i = 0; i < n_cpus; i++) {
		struct freq_cpu *c = &freq_cpus[i];
		u32 khz = c->told ? 0 : khz_now(i);

		if (khz)
			c->read = khz;
		any |= c->told || c->read;
	}
	return any;
}

static u64 unknown(void)
{
	u64 *n = bpf_variable("unknown", sizeof(*n));

	return n ? *n : 0;
}

static void loaded(void *skel)
{
	int possible = libbpf_num_possible_cpus();

	(void)skel;
	n_cpus = possible < 0 ? 0 : possible < FREQ_CPUS ? possible : FREQ_CPUS;
	freq_cpus = bpf_variable("freq_cpus", sizeof(*freq_cpus) * FREQ_CPUS);
	if (!freq_cpus)
		errx(1, "cannot reach the frequencies");
	loss_side("unknown", "samples of CPUs whose frequency is not known", unknown);
}

static void attach(void *skel)
{
	struct cpufreq_bpf *s = skel;
	struct sampling how = { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, hertz, .cpu = -1 };
	const char *what;

	bpf_program__set_autoattach(s->progs.sample, false);
	if (probe_attach(s->obj, &what))
		err(1, "cannot trace changes of frequencies (%s)", what);
	/* After that: a change in between is seen. */
	if (!look())
		errx(1,
		     "cannot trace frequencies: the kernel has no driver that sets them (cpufreq), "
		     "as in most virtual machines");
	if (sample_attach(s->progs.sample, &how))
		sample_failed(&how);
}

/* Each second it is time to look. */
static int timer = -1;

static int side_open(void)
{
	struct itimerspec second = { { 1, 0 }, { 1, 0 } };

	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (timer < 0 || timerfd_settime(timer, 0, &second, NULL))
		err(1, "cannot make a timer");
	return timer;
}

static void side_read(void)
{
	u64 ticks;

	if (read(timer, &ticks, sizeof(ticks)) > 0)
		look();
}

/* What CPUs without work had counts only for all. */
static char *merge(char *recs, size_t *n)
{
	const struct freq_use *from = (void *)recs;
	struct freq_use *to = calloc(*n + 2, sizeof(*to)),
			*all = to; /* one more, as a report wants */
	size_t kept = 1;

	if (!to)
		err(1, NULL);
	all->k.whose = OF_ALL;
	for (size_t i = 0; i < *n; i++) {
		for (u32 k = 0; k < FREQ_SLOTS; k++)
			all->v.slots[k] += from[i].v.slots[k];
		if (from[i].k.whose == OF_THREADS)
			to[kept++] = from[i];
	}
	free(recs);
	*n = samples_of(all) ? kept : 0;
	return (char *)to;
}

static int all_last(const void *a, const void *b)
{
	const struct freq_use *x = a, *y = b;

	return (x->k.whose > y->k.whose) - (x->k.whose < y->k.whose)
		       ?: memcmp(x->k.comm, y->k.comm, COMM_LEN);
}

static void row(struct rec r)
{
	const struct freq_use *u = r.p;
	char name[COMM_LEN + 1] = "";

	if (u->k.whose == OF_ALL) {
		hist_linear_text(frequencies(r).p, "syswide");
		return;
	}
	memcpy(name, u->k.comm, COMM_LEN);
	hist_linear_text(frequencies(r).p, name);
	text("\n");
}

TOOL(cpufreq, .summary = "Sample the frequencies of the CPUs, by program, as histograms.",
     .examples = "Examples:\n"
		 "  cpufreq                # until Ctrl-C\n"
		 "  cpufreq -d 10 -f 999   # for ten seconds, with more samples\n"
		 "  cpufreq -- make -j8    # while a command runs\n"
		 "  cpufreq -c /sys/fs/cgroup/user.slice",
     .opts = opts, .cols = cols, ENTRIES("uses", freq_use), .report = REPORT_HIST,
     .no_interval = true, .compare = all_last, .loaded = loaded, .attach = attach, .merge = merge,
     .row = row, .side_open = side_open, .side_read = side_read,
     .banner = "Sampling CPU freq system-wide & by process. Ctrl-C to end.")
