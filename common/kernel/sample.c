// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/sample.h"
#include "kernel/diag.h"
#include "kernel/probe.h"
#include <err.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct bpf_link *attach(struct bpf_program *prog, const struct sampling *s, int cpu)
{
	struct perf_event_attr attr = {
		.type = s->type,
		.size = sizeof(attr),
		.config = s->config,
		.freq = !s->period,
		.sample_period = s->period ?: s->hertz,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	struct bpf_link *link = fd < 0 ? NULL : bpf_program__attach_perf_event(prog, fd);
	int error = errno;

	if (fd >= 0 && !link)
		close(fd);
	errno = error;
	return link;
}

int sample_attach(struct bpf_program *prog, const struct sampling *s)
{
	int cpus = libbpf_num_possible_cpus(), n = 0, error = ENODEV;
	struct bpf_link **links = calloc(cpus > 0 ? cpus : 1, sizeof(*links));

	if (!links)
		return -1;
	for (int cpu = s->cpu < 0 ? 0 : s->cpu; cpu < (s->cpu < 0 ? cpus : s->cpu + 1); cpu++) {
		links[n] = attach(prog, s, cpu);
		if (links[n]) {
			n++;
		} else if (errno != ENODEV || s->cpu >= 0) {
			error = errno;
			while (n)
				bpf_link__destroy(links[--n]);
			break;
		} /* else the CPU is offline */
	}
	for (int i = 0; i < n; i++)
		probe_hold(links[i]);
	free(links);
	errno = error;
	return n ? 0 : -1;
}

static u32 most_hertz(void)
{
	FILE *f = fopen("/proc/sys/kernel/perf_event_max_sample_rate", "re");
	u32 n = 0;

	if (f && fscanf(f, "%u", &n) != 1)
		n = 0;
	if (f)
		fclose(f);
	return n;
}

void sample_failed(const struct sampling *s)
{
	int error = errno;

	if (error == EINVAL && s->hertz > most_hertz() && !s->period)
		errx(1,
		     "the kernel takes at most %u samples per second: "
		     "see sysctl kernel.perf_event_max_sample_rate",
		     most_hertz());
	if (s->cpu >= 0 && (error == ENODEV || error == EINVAL))
		errx(1, "cannot sample CPU %d: it is not online", s->cpu);
	if ((s->type == PERF_TYPE_HARDWARE || s->type == PERF_TYPE_HW_CACHE) &&
	    (error == ENOENT || error == EOPNOTSUPP))
		errx(1, "cannot trace: the processor does not count these events, or a virtual "
			"machine hides that it does");
	errx(1, "cannot sample the CPUs: %s", diag_why(error));
}
