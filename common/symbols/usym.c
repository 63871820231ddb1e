// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/usym.h"
#include "base/nsec.h"
#include "symbols/proc.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MAX_DEAD 32768 /* ended processes remembered */

static struct proc *procs[8192];
static struct {
	u32 pid, death;
} deaths[MAX_DEAD];
static u32 death_count;

struct proc *proc_find(u32 pid)
{
	struct proc *p = procs[pid % 8192];

	while (p && p->pid != pid)
		p = p->next;
	return p;
}

struct proc *proc_get(u32 pid)
{
	struct proc *p = proc_find(pid);

	if (!p && (p = calloc(1, sizeof(*p)))) {
		p->pid = pid;
		p->user = NO_USER;
		p->gen[0].until = UINT64_MAX;
		p->next = procs[pid % 8192];
		procs[pid % 8192] = p;
	}
	return p;
}

static void proc_forget(struct proc *p)
{
	struct proc **at = &procs[p->pid % 8192];

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	for (int i = 0; i < GENERATIONS; i++)
		maps_put(p->gen[i].maps);
	for (u32 i = 0; p->past && i < p->npast && i < MAX_PAST; i++)
		dso_put(p->past[i].map.dso);
	free(p->past);
	perfmap_drop(&p->perfmap);
	free(p);
}

void proc_died(struct proc *p)
{
	u32 slot = death_count % MAX_DEAD;
	struct proc *old = death_count >= MAX_DEAD ? proc_find(deaths[slot].pid) : NULL;

	if (p->dead)
		return;
	if (old && old != p && old->dead && old->death == deaths[slot].death)
		proc_forget(old);
	p->dead = true;
	p->death = death_count++;
	deaths[slot].pid = p->pid;
	deaths[slot].death = p->death;
}

void proc_renew(struct proc *p, struct maps *m, u64 time)
{
	if (p->gen[0].maps || m) {
		maps_put(p->gen[GENERATIONS - 1].maps);
		memmove(p->gen + 1, p->gen, (GENERATIONS - 1) * sizeof(p->gen[0]));
		p->gen[1].until = time;
	}
	p->gen[0] = (struct program){ m, time, UINT64_MAX };
	p->version++;
	perfmap_drop(&p->perfmap);
	p->identity = 0;
	p->dead = false;
}

void proc_map_past(struct proc *p, const struct map *m, u64 until)
{
	struct past *at;

	if (!p->past && !(p->past = calloc(MAX_PAST, sizeof(*p->past)))) {
		p->forgot = until;
		return;
	}
	at = &p->past[p->npast++ % MAX_PAST];
	if (at->map.dso) {
		if (at->until > p->forgot)
			p->forgot = at->until;
		dso_put(at->map.dso);
	}
	*at = (struct past){ *m, until };
	m->dso->refs++;
}

struct replace {
	struct proc *p;
	u64 time;
};

static void hidden(void *ctx, const struct map *m)
{
	const struct replace *r = ctx;

	proc_map_past(r->p, m, r->time);
}

void proc_map_add(struct proc *p, struct map m)
{
	maps_insert(&p->gen[0].maps, m, hidden, &(struct replace){ p, m.since });
	p->version++;
}

/*
 * Changes when the pid is reused, and on exec. 0 if the process is gone, or is a zombie.
 */
static u64 proc_identity(u32 pid)
{
	char buf[1024], *s;
	u64 id = 1;
	ssize_t n;
	int fd;

	snprintf(buf, sizeof(buf), "/proc/%u/stat", pid);
	fd = open(buf, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	buf[n] = '\0';
	s = strrchr(buf, ')'); /* the end of field 2, comm */
	for (int field = 3; s && field <= 28 && (s = strchr(s, ' ')); field++) {
		s++;
		if (field == 23 && *s == '0') /* vsize */
			return 0;
		if (field == 22 || field == 28) /* starttime, startstack */
			id = id * 1000003 + strtoull(s, NULL, 10);
	}
	return id ?: 1;
}

static bool parse_map(char *s, struct map *m, u64 *dev, u64 *ino, char **path)
{
	const char *flags = strchr(s, ' '); /* " r-xp" */
	unsigned int maj, min;
	int at = 0;

	/* Most mappings are not executable: skip these early. */
	if (!flags || !flags[1] || !flags[2] || flags[3] != 'x')
		return false;
	if (sscanf(s, "%llx-%llx %*s %llx %x:%x %llu %n", &m->start, &m->end, &m->off, &maj, &min,
		   ino, &at) != 6 ||
	    !at)
		return false;
	s[strcspn(s, "\n")] = '\0';
	*dev = makedev(maj, min);
	*path = s + at;
	return true;
}

/* Read the current mappings. False if the process is gone, or we may not read them. */
static bool proc_read(struct proc *p)
{
	u64 start = clock_ns(CLOCK_MONOTONIC);
	u64 identity = proc_identity(p->pid), before = p->checked, known, dev, ino;
	char name[64], *line = NULL, *path;
	size_t size = 0;
	struct stat st;
	struct map m;
	bool fresh;
	FILE *f;

	p->checked = p->tried = start;
	snprintf(name, sizeof(name), "/proc/%u/maps", p->pid);
	f = identity ? fopen(name, "re") : NULL;
	if (!f) {
		if (!identity)
			proc_died(p);
		return false;
	}
	if (p->dead || (p->identity && p->identity != identity))
		proc_renew(p, NULL, before);
	known = p->gen[0].maps ? p->since : p->gen[0].from;
	while (getline(&line, &size, f) > 0) {
		if (!parse_map(line, &m, &dev, &ino, &path))
			continue;
		m.dso = dso_get(path, dev, ino, 0, &fresh);
		if (!m.dso)
			continue;
		if (fresh)
			dso_hold(m.dso, p->pid, &m);
		/* It was made between two looks; what it replaced was there at the first. */
		m.since = maps_differ(p->gen[0].maps, &m) ? start : known;
		m.seen = m.since ?: start;
		proc_map_add(p, m);
	}
	if (p->user == NO_USER &&
	    !fstat(fileno(f), &st)) /* owned by root if the process is not dumpable */
		p->user = st.st_uid;
	free(line);
	fclose(f);
	p->since = start;
	p->identity = identity;
	p->complete = true;
	return true;
}

/* Is it time to read /proc again? `now` is from the coarse clock, which can be slow. */
static bool is_due(u64 last, u64 now)
{
	return !last || (now > last && now - last > 100 * MS);
}

/* If records are missing, a pid can become another process or program without our noticing. */
static void proc_check(struct proc *p, u64 now)
{
	u64 identity;

	if ((watch_state.on && !watch_state.lost) || !is_due(p->checked, now))
		return;
	p->checked = now;
	identity = proc_identity(p->pid);
	if (!identity)
		proc_died(p);
	else if (p->dead || identity != p->identity)
		proc_read(p);
}

void usym_note(u32 pid)
{
	struct proc *p = proc_get(pid);
	u64 now;

	if (!p || (p->complete && watch_state.on && !watch_state.lost))
		return;
	now = clock_ns(CLOCK_MONOTONIC_COARSE);
	if (p->complete)
		proc_check(p, now);
	else if (is_due(p->tried, now))
		proc_read(p);
}

void usym_met(u32 pid, u32 token, u64 time, u32 user)
{
	struct proc *p;

	usym_note(pid);
	p = proc_find(pid);
	if (!p)
		return;
	p->user = user;
	for (size_t i = 0; i < MAX_TOKENS; i++)
		if (p->tokens[i].token == token) {
			if (p->tokens[i].time > time)
				p->tokens[i].time = time;
			return;
		}
	p->tokens[p->ntokens % MAX_TOKENS].token = token;
	p->tokens[p->ntokens++ % MAX_TOKENS].time = time;
	if (!watch_state.on || watch_state.lost) {
		p->checked = 0; /* perhaps it is a new program */
		proc_check(p, clock_ns(CLOCK_MONOTONIC_COARSE));
	}
}

/* A token belongs to one program, so limit the time to when that program ran. */
static void clip(const struct proc *p, u32 token, struct usym_time *t)
{
	for (size_t i = 0; token && i < MAX_TOKENS; i++) {
		if (p->tokens[i].token != token)
			continue;
		for (size_t g = 0; g < GENERATIONS; g++) {
			const struct program *r = &p->gen[g];

			if (p->tokens[i].time < r->from || p->tokens[i].time >= r->until)
				continue;
			if (t->from < r->from)
				t->from = r->from;
			if (t->to >= r->until)
				t->to = r->until - 1;
			return;
		}
	}
}

/* What we find at an address. */
struct find {
	struct map map;
	u64 from; /* when its program began */
	bool any, several;
};

static void found(struct find *f, const struct map *m, u64 from)
{
	f->several |= f->any && !map_same(m, &f->map);
	if (!f->any || m->since < f->map.since) {
		f->map = *m;
		f->from = from;
	}
	f->any = true;
}

/* Find everything that was mapped at the address at any moment of that time. */
static struct find proc_map(const struct proc *p, u64 addr, const struct usym_time *t)
{
	struct find f = { 0 };

	for (size_t g = 0; g < GENERATIONS; g++) {
		const struct program *r = &p->gen[g];
		const struct map *m = maps_find(r->maps, addr);

		if (m && r->until > t->from && r->from <= t->to && m->since <= t->to)
			found(&f, m, r->from);
	}
	for (size_t i = 0; p->past && i < p->npast && i < MAX_PAST; i++) {
		const struct past *o = &p->past[i];

		if (o->map.start <= addr && addr < o->map.end && o->until > t->from &&
		    o->map.since <= t->to)
			found(&f, &o->map, o->map.since >= p->gen[0].from ? p->gen[0].from : 0);
	}
	if (f.any && t->from < p->forgot && f.map.since > t->from)
		f.several = true;
	return f;
}

bool usym_place(u32 pid, u64 addr, const struct usym_time *when, struct usym_place *out)
{
	struct usym_time t = *when;
	struct proc *p;
	struct find f;

	usym_note(pid);
	p = proc_find(pid);
	if (!p)
		return false;
	clip(p, t.token, &t);
	f = proc_map(p, addr, &t);
	if (!f.any && !p->dead && is_due(p->tried, clock_ns(CLOCK_MONOTONIC_COARSE)) &&
	    proc_read(p))
		f = proc_map(p, addr, &t); /* it may have been mapped since */
	if (!f.any || f.several)
		return false;
	f.map.dso->refs++;
	*out = (struct usym_place){ .dso = f.map.dso,
				    .pid = pid,
				    .addr = addr,
				    .start = f.map.start,
				    .end = f.map.end,
				    .off = f.map.off,
				    .since = f.map.since,
				    .seen = f.map.seen,
				    .program = f.from };
	return true;
}

void usym_place_put(const struct usym_place *at)
{
	if (at->dso)
		dso_put(at->dso);
}

void usym_name(const struct usym_place *at, struct usym *out)
{
	struct map m = { at->start, at->end, at->off, at->since, at->seen, at->dso };
	struct proc *p = proc_find(at->pid);
	const struct elf *e = NULL;
	const struct sym *s = NULL;
	struct perfmap_name jit;

	*out = (struct usym){ .module = m.dso->path, .module_offset = at->addr - m.start };
	if (m.dso->vdso) {
		if ((sizeof(long) == 4) == !(m.start >> 32))
			e = elf_vdso(m.end - m.start);
		if (e)
			s = sym_find(e, out->module_offset);
	} else if (m.dso->file.ino) {
		out->module_offset += m.off;
		e = dso_elf(m.dso, at->pid, p && !p->dead, &m);
		if (e && elf_vaddr(e, out->module_offset, &out->module_offset))
			s = sym_find(e, out->module_offset);
	}
	if (s) {
		out->name = e->names + s->name;
		out->offset = out->module_offset - s->addr;
	} else if (!e && p && at->program >= p->gen[0].from &&
		   perfmap_find(&p->perfmap, at->pid, p->user, at->addr, &jit)) {
		out->name = jit.name;
		out->module = jit.path;
		out->offset = jit.offset;
		out->jit = true;
	}
}

void usym_expect(const struct usym_place *at)
{
	struct map m = { at->start, at->end, at->off, at->since, at->seen, at->dso };
	struct proc *p = proc_find(at->pid);

	if (!m.dso->vdso && m.dso->file.ino)
		dso_elf(m.dso, at->pid, p && !p->dead, &m);
}

bool usym_find(u32 pid, u64 addr, struct usym *out)
{
	u64 now = clock_ns(CLOCK_MONOTONIC);
	struct usym_place at;

	if (!usym_place(pid, addr, &(struct usym_time){ now, now, 0 }, &at))
		return false;
	usym_name(&at, out);
	usym_place_put(&at);
	return true;
}
