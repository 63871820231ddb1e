// SPDX-License-Identifier: BSD-2-Clause
#include "base/priv.h"
#include "output/loss.h"
#include "symbols/debuginfod.h"
#include "symbols/stack.h"
#include "symbols/usym.h"
#include <err.h>
#include <sys/epoll.h>

int stack_watch(void)
{
	int usym, both = stack_watch_kernel();
	struct epoll_event ev = { .events = EPOLLIN };

	if (both < 0 || stack_show.kernel_only)
		return both;
	/* For files and mappings of other users' and containers' processes, and deleted files. */
	priv_keep(CAP_CHECKPOINT_RESTORE);
	priv_keep(CAP_SYS_PTRACE);
	priv_keep(CAP_DAC_READ_SEARCH);
	debuginfod_start();
	if (debuginfod_fd() >= 0)
		epoll_ctl(both, EPOLL_CTL_ADD, debuginfod_fd(), &ev);
	usym = usym_watch();
	if (usym >= 0)
		epoll_ctl(both, EPOLL_CTL_ADD, usym, &ev);
	else
		warn("functions of processes that end before the report may have no names");
	loss_side("mappings", "records of processes' mappings: some frames may have no names",
		  usym_lost);
	return both;
}
