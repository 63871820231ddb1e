// SPDX-License-Identifier: BSD-2-Clause
/* moves EXPECTED N: N times, runs on the first of the CPUs that it may use, and then on the last one.  Writes [pid]. */
#include "work.h"
#include <sched.h>
#include <unistd.h>

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) || sched_getcpu() != cpu)
		err(1, "CPU %d", cpu);
}

int main(int argc, char **argv)
{
	int first = -1, last = 0;
	cpu_set_t set;

	if (argc != 3 || sched_getaffinity(0, sizeof(set), &set))
		errx(2, "what?");
	expect_to(argv[1]);
	expect("[%d]", getpid());
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set)) {
			first = first < 0 ? i : first;
			last = i;
		}
	for (int n = atoi(argv[2]); n > 0; n--) {
		run_on(first);
		run_on(last);
	}
	return 0;
}
