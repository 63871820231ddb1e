// SPDX-License-Identifier: BSD-2-Clause
#include "base/nsec.h"
#include "symbols/proc.h"
#include "symbols/usym.h"
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define RING_PAGES 16 /* per CPU */

/*
 * The watch: the kernel's own records of forks, execs and mappings, from one ring per CPU.
 */
struct ring {
	int fd;
	struct perf_event_mmap_page *page;
	const u8 *data;
};

struct pending {
	u64 time;
	size_t at; /* in records */
};

static struct {
	int epoll;
	struct ring *rings;
	size_t nrings;
	u8 *records; /* read from the rings, not yet applied */
	size_t len, room;
	struct pending *queue;
	size_t queue_room;
} watch;

static size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static bool ring_open(struct ring *r, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TIME,
		.sample_id_all = 1,
		.mmap = 1,
		.mmap2 = 1,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.watermark = 1,
		.wakeup_watermark = page_size(), /* about three short processes */
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
	void *p;

	r->fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (r->fd < 0)
		return false;
	p = mmap(NULL, (1 + RING_PAGES) * page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		 0);
	if (p == MAP_FAILED) {
		int error = errno;

		close(r->fd);
		errno = error;
		return false;
	}
	r->page = p;
	r->data = (u8 *)p + page_size();
	return true;
}

struct watch_state watch_state;

int usym_watch(void)
{
	long ncpus = sysconf(_SC_NPROCESSORS_CONF);
	int error;

	if (watch_state.on)
		return watch.epoll;
	watch.epoll = epoll_create1(EPOLL_CLOEXEC);
	watch.rings = calloc(ncpus, sizeof(*watch.rings));
	if (watch.epoll < 0 || !watch.rings)
		goto fail;
	for (int cpu = 0; cpu < ncpus; cpu++) {
		struct epoll_event ev = { .events = EPOLLIN };
		struct ring *r = &watch.rings[watch.nrings];

		if (!ring_open(r, cpu)) {
			if (errno == ENODEV || errno == ENXIO)
				continue; /* offline */
			goto fail;
		}
		watch.nrings++;
		if (epoll_ctl(watch.epoll, EPOLL_CTL_ADD, r->fd, &ev))
			goto fail;
	}
	if (watch.nrings) {
		watch_state.on = true;
		return watch.epoll;
	}
	errno = ENODEV;
fail:
	error = errno;
	while (watch.nrings) {
		struct ring *r = &watch.rings[--watch.nrings];

		munmap(r->page, (1 + RING_PAGES) * page_size());
		close(r->fd);
	}
	free(watch.rings);
	watch.rings = NULL;
	if (watch.epoll >= 0)
		close(watch.epoll);
	errno = error;
	return -1;
}

/* Move a ring's content to watch.records. If memory is short, it is lost, and counted as one record. */
static void ring_take(struct ring *r)
{
	u64 head = __atomic_load_n(&r->page->data_head, __ATOMIC_ACQUIRE);
	u64 tail = r->page->data_tail, size = RING_PAGES * page_size();
	size_t n = head - tail, at = tail % size, first = n < size - at ? n : size - at;

	if (!n)
		return;
	if (watch.len + n > watch.room) {
		size_t room = (watch.len + n) * 2;
		u8 *more = realloc(watch.records, room);

		if (!more) {
			watch_state.lost++;
			goto release;
		}
		watch.records = more;
		watch.room = room;
	}
	memcpy(watch.records + watch.len, r->data + at, first);
	memcpy(watch.records + watch.len + first, r->data, n - first);
	watch.len += n;
release:
	__atomic_store_n(&r->page->data_tail, head, __ATOMIC_RELEASE);
}

/* The records' layouts, as perf_event_open(2) gives them. */
struct rec_mmap2 {
	struct perf_event_header h;
	u32 pid, tid;
	u64 addr, len, off;
	u32 maj, min;
	u64 ino, generation;
	u32 prot, flags;
	char path[];
};

struct rec_comm {
	struct perf_event_header h;
	u32 pid, tid;
};

struct rec_task { /* fork and exit */
	struct perf_event_header h;
	u32 pid, ppid, tid, ptid;
};

struct rec_lost {
	struct perf_event_header h;
	u64 id, lost;
};

static void apply_mmap(const struct rec_mmap2 *r, u64 time)
{
	struct map m = { r->addr, r->addr + r->len, r->off, time, time, NULL };
	struct proc *p;
	bool fresh;

	if (r->pid == UINT32_MAX || r->h.misc & PERF_RECORD_MISC_MMAP_DATA ||
	    r->h.size <= sizeof(*r) + 8 || m.end < m.start ||
	    !memchr(r->path, 0, r->h.size - sizeof(*r) - 8))
		return;
	p = proc_get(r->pid);
	if (!p)
		return;
	m.dso = dso_get(r->path, makedev(r->maj, r->min), r->ino, r->generation, &fresh);
	if (!m.dso)
		return;
	if (time < p->since) { /* we read /proc later, so we have it already, or it is gone again */
		if (!maps_made(p->gen[0].maps, &m, time))
			proc_map_past(p, &m, p->since);
		dso_put(m.dso);
		return;
	}
	if (fresh)
		dso_hold(m.dso, p->pid, &m);
	proc_map_add(p, m);
}

static void apply_exec(const struct rec_comm *r, u64 time)
{
	struct proc *p = proc_get(r->pid);

	if (!p)
		return;
	if (time < p->since) { /* we have already read the new program's mappings */
		if (p->gen[0].from < time)
			p->gen[0].from = time;
		return;
	}
	proc_renew(p, NULL, time);
	p->complete = true;
	p->since = time;
}

static void apply_fork(const struct rec_task *r, u64 time)
{
	struct proc *p, *parent;
	struct maps *m = NULL;

	if (r->pid == r->ppid) /* a thread */
		return;
	usym_note(r->ppid); /* before we get p, because this can forget a process */
	p = proc_get(r->pid);
	if (!p || time < p->since)
		return;
	parent = proc_find(r->ppid);
	if (parent)
		m = maps_share(parent->gen[0].maps);
	proc_renew(p, m, time);
	p->complete = parent && parent->complete;
	p->user = parent ? parent->user : NO_USER;
	p->since = time;
	p->checked = p->tried = 0;
}

static void apply(const struct perf_event_header *h, u64 time)
{
	const void *r = h;
	struct proc *p;

	switch (h->type) {
	case PERF_RECORD_MMAP2:
		apply_mmap(r, time);
		break;
	case PERF_RECORD_COMM:
		if (h->misc & PERF_RECORD_MISC_COMM_EXEC && h->size >= sizeof(struct rec_comm))
			apply_exec(r, time);
		break;
	case PERF_RECORD_FORK:
		if (h->size >= sizeof(struct rec_task))
			apply_fork(r, time);
		break;
	case PERF_RECORD_EXIT: {
		const struct rec_task *t = r;

		if (h->size < sizeof(*t) || t->pid != t->tid)
			break;
		p = proc_find(t->pid);
		if (p && time >= p->since)
			proc_died(p);
		break;
	}
	case PERF_RECORD_LOST:
		if (h->size >= sizeof(struct rec_lost))
			watch_state.lost += ((const struct rec_lost *)r)->lost;
		break;
	}
}

static int by_time(const void *a, const void *b)
{
	const struct pending *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

void usym_drain(void)
{
	u64 now = clock_ns(CLOCK_MONOTONIC);
	size_t n = 0, kept = 0;

	elf_fetched();
	dso_free_unused();
	perfmap_free_unused();
	if (!watch_state.on)
		return;
	for (size_t i = 0; i < watch.nrings; i++)
		ring_take(&watch.rings[i]);
	for (size_t at = 0; at + sizeof(struct perf_event_header) + 8 <= watch.len; n++) {
		struct perf_event_header h;

		memcpy(&h, watch.records + at, sizeof(h));
		if (h.size < sizeof(h) + 8 || h.size > watch.len - at)
			break; /* impossible: the kernel writes whole records */
		if (n == watch.queue_room) {
			size_t room = n * 2 ?: 256;
			struct pending *q = realloc(watch.queue, room * sizeof(*q));

			if (!q) {
				watch_state.lost++;
				break;
			}
			watch.queue = q;
			watch.queue_room = room;
		}
		memcpy(&watch.queue[n].time, watch.records + at + h.size - 8, 8);
		watch.queue[n].at = at;
		at += h.size;
	}
	/*
	 * A process can run on any CPU, so its records come from several rings and must be sorted. A record
	 * later than now can have a predecessor that was written to a ring after we read that ring.
	 */
	if (n)
		qsort(watch.queue, n, sizeof(*watch.queue), by_time);
	for (size_t i = 0; i < n; i++) {
		const void *r = watch.records + watch.queue[i].at;

		if (watch.queue[i].time <= now)
			apply(r, watch.queue[i].time);
		else
			kept++;
	}
	if (kept) { /* few: they came while this ran */
		u8 *rest = malloc(watch.len);
		size_t len = 0;

		for (size_t i = n - kept; rest && i < n; i++) {
			const u8 *r = watch.records + watch.queue[i].at;
			u16 size = ((const struct perf_event_header *)r)->size;

			memcpy(rest + len, r, size);
			len += size;
		}
		if (!rest)
			watch_state.lost += kept;
		else
			memcpy(watch.records, rest, len);
		free(rest);
		watch.len = len;
	} else {
		watch.len = 0;
	}
	if (watch.room > 1 << 20 && !watch.len) {
		free(watch.records);
		watch.records = NULL;
		watch.room = 0;
	}
}

u64 usym_lost(void)
{
	return watch_state.lost;
}
