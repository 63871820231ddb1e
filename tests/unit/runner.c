// SPDX-License-Identifier: BSD-2-Clause
/* bpf/lib/runner.bpf.h, with stand-ins for the kernel's helpers. */
#include "test.h"

static unsigned long long pid_tgid;
static unsigned int cpu;

static unsigned long long bpf_get_current_pid_tgid(void)
{
	return pid_tgid;
}

static unsigned int bpf_get_smp_processor_id(void)
{
	return cpu;
}

#include "lib/runner.bpf.h"

static u32 runner(unsigned long long who, unsigned int where)
{
	pid_tgid = who;
	cpu = where;
	return runner_id();
}

int main(void)
{
	is_num(runner(7ull << 32 | 8, 0), 8, "a thread is itself");
	is_num(runner(7ull << 32 | 8, 3), 8, "on every CPU");
	ok(runner(0, 0) != runner(0, 1), "idle CPUs are told apart");
	is_num(runner(0, 1), runner(0, 1), "and stay who they are");
	/* PID_MAX_LIMIT is 2^22 */
	ok(runner(0, 0) >= 1 << 22, "and are no thread");
	return done();
}
