// SPDX-License-Identifier: BSD-2-Clause
#include "main/loop.h"
#include "base/priv.h"
#include "base/stop.h"
#include "main/cmd.h"
#include "main/filter.h"
#include "main/tool.h"
#include "output/loss.h"
#include "output/print.h"
#include "output/recording.h"
#include "output/screen.h"
#include "output/streams.h"
#include "symbols/ksym.h"
#include "symbols/stack.h"
#include "symbols/usym.h"
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/*
 * Let events gather this long before reading them.  A busy system then pays for
 * 100 wakeups a second, not for one an event, and an idle one for none.
 */
#define GATHER_NS 10000000

/*
 * If events come as fast as the reader of stdout takes rows, the ring buffer is never empty.
 * Signals and timers must still get their turn.
 */
#define TURN_NS 50000000

static int epoll_fd = -1;
static u64 turn_ends;
static s64 last_bytes = INT64_MAX; /* left to read, once the tool is ending */

static int watch(int fd, u32 events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	if (fd < 0)
		err(1, "cannot wait for events");
	/* A regular file can't be waited for, and doesn't need to be. */
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev) && errno != EPERM)
		err(1, "cannot wait for events");
	return fd;
}

static int timer(struct timespec first, struct timespec then)
{
	struct itimerspec its = { .it_value = first, .it_interval = then };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (fd >= 0)
		timerfd_settime(fd, 0, &its, NULL);
	return fd;
}

/* Becomes readable when the command has ended. */
static int child_fd(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Only tools that show stacks link symbols/stack.c. */
#pragma weak stack_event

static int on_event(void *ctx, void *data, size_t size)
{
	(void)ctx;
	if (!run.began) /* from before tracing began, mostly caused by the tool itself */
		return 0;
	if (stack_event && stack_event(data, size))
		return 0;
	replay_save(data, size);
	record_print((struct rec){ data, size });
	last_bytes -= size;
	return last_bytes < 0 || (out_flush_batch() && time_mono() > turn_ends) ? -1 : 0;
}

static bool command_ended(int fd)
{
	struct signalfd_siginfo si;
	bool ended = false;

	while (read(fd, &si, sizeof(si)) == sizeof(si))
		ended |= cmd_ended();
	return ended;
}

/* Only tools that name kernel addresses link symbols/ksym.c. */
#pragma weak ksym_open

/* Only tools that name user addresses link symbols/usym.c, and only those with user stacks symbols/unwind.c. */
#pragma weak usym_note
#pragma weak unwind_expect

/* Those that the user chose by -p; a command still has to become what it will be. */
static void expect_processes(void)
{
	size_t n;
	const u32 *pids = filter_pids(&n);

	while (n--) {
		if ((pid_t)pids[n] == run.command)
			continue;
		if (unwind_expect)
			unwind_expect(pids[n]);
		else
			usym_note(pids[n]);
	}
}

void loop(void)
{
	const struct tool *tool = run.tool;
	int child, tick = -1, end = -1, side = -1, keys = -1, ring_fd = -1;
	struct timespec interval = { run.interval, run.interval_ms * 1000000 };
	u64 interval_ms = run.interval * 1000ull + run.interval_ms;
	u64 reports = interval_ms ? run.duration * 1000ull / interval_ms : 0;
	struct ring_buffer *ring = NULL;
	bool done = false, left = false;

	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	stop_catch();
	signal(SIGPIPE, SIG_IGN);
	watch(stop_fd(), EPOLLIN);
	child = watch(child_fd(), EPOLLIN);
	watch(STDOUT_FILENO, 0); /* tells when the reader has gone */
	if (!tool->table) {
		ring = ring_buffer__new(map_fd("events"), on_event, NULL, NULL);
		if (!ring)
			err(1, "cannot read the ring buffer");
		ring_fd = watch(ring_buffer__epoll_fd(ring), EPOLLIN);
	}
	side = tool->side_open ? tool->side_open() : -1;
	if (side >= 0 && usym_note)
		expect_processes();
	if (side >= 0)
		watch(side, EPOLLIN);
	/* The report at the end of the last interval is the last one. */
	if (reports && reports * interval_ms == run.duration * 1000ull &&
	    (!run.count || run.count > reports)) {
		run.count = reports;
		run.duration = 0;
	}
	if (interval_ms)
		tick = watch(timer(interval, interval), EPOLLIN);
	if (run.duration)
		end = watch(timer((struct timespec){ run.duration }, (struct timespec){ 0 }),
			    EPOLLIN);
	streams_watch((int[]){ stop_fd(), child, end }, end < 0 ? 2 : 3);
	if (ksym_open)
		ksym_open();
	priv_drop(map_fd(tool->map ?: "events"));
	if (ring)
		ring_buffer__consume(ring);
	else
		tool->table->discard();
	/* Before we print the header: whoever sees it may rely on being traced. */
	run.began = time_mono();
	if (tool->began)
		tool->began();
	if (!run.json) {
		if (tool->begin)
			tool->begin();
		if (tool->banner)
			text("%s\n", tool->banner);
		if (!tool->table || tool->report == REPORT_ROWS)
			records_head(false);
	}
	if (!out_flush())
		return;
	if (tool->screen && (keys = tool->screen->begin()) >= 0)
		watch(keys, EPOLLIN);
	if (!stop_signal())
		cmd_start();
	/* Nothing will be counted: there is nothing to wait for. */
	done = tool->collect && !tool->map && !run.interval && !run.duration && !run.command;
	while (!done) {
		struct epoll_event ev;
		u64 ticks;

		if (epoll_wait(epoll_fd, &ev, 1, -1) < 1) {
			if (keys >=
			    0) /* a signal may have told that the terminal has another size */
				tool->screen->keys();
			continue;
		}
		/* The first thing that ends the tool decides its status: a signal, or the command. */
		if (stop_signal()) {
			if (stop_sent())
				cmd_signal(stop_signal());
			done = true;
		} else if (ev.data.fd == child) {
			done = command_ended(child);
		} else if (ev.data.fd == end) {
			done = true;
		} else if (ev.data.fd == STDOUT_FILENO) {
			break;
		} else if (ev.data.fd == side) {
			tool->side_read();
		} else if (ev.data.fd == keys) {
			tool->screen->keys();
		} else if (ev.data.fd == tick && read(tick, &ticks, sizeof(ticks)) > 0) {
			done = run.count && !--run.count;
			run.last = done;
			if (done && keys >= 0)
				tool->screen->end(); /* the last report stays on the terminal */
			tool->table->report();
			if (done)
				goto reported;
		} else if (ev.data.fd == ring_fd) {
			if (!left)
				nanosleep(&(struct timespec){ .tv_nsec = GATHER_NS }, NULL);
			turn_ends = time_mono() + TURN_NS;
			left = ring_buffer__consume(ring) < 0;
		}
		if (done)
			streams_last();
		loss_report(false);
		if (!out_flush())
			break;
	}
	streams_last();
	run.last = true;
	/* Read no more than the ring buffer's size, which covers all that it held at the end. */
	last_bytes = run.buffer;
	turn_ends = UINT64_MAX;
	if (keys >= 0)
		tool->screen->end();
	if (ring)
		ring_buffer__consume(ring);
	else
		tool->table->report();
reported:
	streams_last();
	if (tool->end)
		tool->end();
	if (tool->goodbye && !run.json)
		text("%s\n", tool->goodbye);
	out_flush();
}
