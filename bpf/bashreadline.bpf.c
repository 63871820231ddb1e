// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "bashreadline.h"
#include "lib/event.bpf.h"
#include "lib/task.bpf.h"
#include "lib/user_probe.bpf.h"

const volatile struct conf conf;

static __always_inline bool is_bash(const char comm[COMM_LEN])
{
	return comm[0] == 'b' && comm[1] == 'a' && comm[2] == 's' && comm[3] == 'h' && !comm[4];
}

/* Send a line, with room for SIZE bytes of it.  False: it may be longer. */
static __always_inline bool line_send(const char *line, const u32 size, const char comm[COMM_LEN])
{
	struct line_event *e =
		bpf_ringbuf_reserve(&events, offsetof(struct line_event, line) + size, 0);
	char last = 0;
	long n;

	if (!e) {
		count_add(&loss.events, 1);
		return true;
	}
	n = bpf_probe_read_user_str(e->line, size, line);
	if (n == size && size < LINE_LEN) {
		bpf_ringbuf_discard(e, 0);
		return false;
	}
	e->ts = bpf_ktime_get_ns();
	e->pid = task_pid();
	e->uid = bpf_get_current_uid_gid();
	__builtin_memcpy(e->comm, comm, COMM_LEN);
	string_len(e->line, n); /* it is empty if it could not be read */
	if (n == size)
		bpf_probe_read_user(&last, 1, line + size - 1);
	e->cut = n < 0 || last;
	if (e->cut)
		count_add(&loss.cut, 1);
	event_send(e);
	return true;
}

/* NULL is the end of the input.  The line is in memory, as it was just put together. */
UFUNC_END(readline, const char *line)
{
	char comm[COMM_LEN];

	if (!line || !task_wanted())
		return 0;
	task_comm_key(comm);
	if (!conf.any_name && !is_bash(comm))
		return 0;
	if (!line_send(line, SHORT_LINE_LEN, comm))
		line_send(line, LINE_LEN, comm);
	return 0;
}
