// SPDX-License-Identifier: BSD-2-Clause
#include "usym.h"
#include "nsec.h"
#include "proc.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MAX_DEAD 32768 /* ended processes remembered */

static struct proc *procs[8192];
static struct {
	uint32_t pid, death;
} deaths[MAX_DEAD];
static uint32_t death_count;

struct proc *proc_find(uint32_t pid)
{
	struct proc *p = procs[pid % 8192];

	while (p && p->pid != pid)
		p = p->next;
	return p;
}

struct proc *proc_get(uint32_t pid)
{
	struct proc *p = proc_find(pid);

	if (!p && (p = calloc(1, sizeof(*p)))) {
		p->pid = pid;
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
		maps_put(p->gen[i]);
	perfmap_drop(&p->perfmap);
	free(p);
}

void proc_died(struct proc *p)
{
	uint32_t slot = death_count % MAX_DEAD;
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

void proc_renew(struct proc *p, struct maps *m)
{
	if (p->gen[0] || m) {
		maps_put(p->gen[GENERATIONS - 1]);
		memmove(p->gen + 1, p->gen, (GENERATIONS - 1) * sizeof(p->gen[0]));
		p->gen[0] = m;
	}
	perfmap_drop(&p->perfmap);
	p->identity = 0;
	p->dead = false;
}

/* Changes when the pid is used anew, and at an exec. 0 if the process is gone. */
static uint64_t proc_identity(uint32_t pid)
{
	char buf[1024], *s;
	uint64_t id = 1;
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
		if (field == 22 || field == 28) /* starttime, startstack */
			id = id * 1000003 + strtoull(s, NULL, 10);
	}
	return id ?: 1;
}

static bool parse_map(char *s, struct map *m, uint64_t *dev, uint64_t *ino, char **path)
{
	const char *flags = strchr(s, ' '); /* " r-xp" */
	unsigned int maj, min;
	int at = 0;

	/* Most are not executable: leave them soon. */
	if (!flags || !flags[1] || !flags[2] || flags[3] != 'x')
		return false;
	if (sscanf(s, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %x:%x %" SCNu64 " %n", &m->start,
		   &m->end, &m->off, &maj, &min, ino, &at) != 6 ||
	    !at)
		return false;
	s[strcspn(s, "\n")] = '\0';
	*dev = makedev(maj, min);
	*path = s + at;
	return true;
}

/* Take over the mappings as they are now. False if the process is gone or secret. */
static bool proc_read(struct proc *p)
{
	uint64_t start = clock_ns(CLOCK_MONOTONIC), seen = clock_ns(CLOCK_REALTIME);
	uint64_t identity = proc_identity(p->pid), dev, ino;
	char name[64], *line = NULL, *path;
	size_t size = 0;
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
		proc_renew(p, NULL);
	while (getline(&line, &size, f) > 0) {
		if (!parse_map(line, &m, &dev, &ino, &path))
			continue;
		m.dso = dso_get(path, dev, ino, 0, seen, &fresh);
		if (!m.dso)
			continue;
		if (fresh)
			dso_hold(m.dso, p->pid, &m);
		maps_insert(&p->gen[0], m);
	}
	free(line);
	fclose(f);
	p->since = start;
	p->identity = identity;
	p->complete = true;
	return true;
}

/* Is it time to ask /proc again? now is of the coarse clock, which can lag behind. */
static bool is_due(uint64_t last, uint64_t now)
{
	return !last || (now > last && now - last > 100 * MS);
}

/* Without all records a pid can come to mean another process, or another program, unnoticed. */
static void proc_check(struct proc *p, uint64_t now)
{
	uint64_t identity;

	if ((watch_state.on && !watch_state.lost) || !is_due(p->checked, now))
		return;
	p->checked = now;
	identity = proc_identity(p->pid);
	if (!identity)
		proc_died(p);
	else if (p->dead || identity != p->identity)
		proc_read(p);
}

void usym_note(uint32_t pid)
{
	struct proc *p = proc_get(pid);
	uint64_t now;

	if (!p || (p->complete && watch_state.on && !watch_state.lost))
		return;
	now = clock_ns(CLOCK_MONOTONIC_COARSE);
	if (p->complete)
		proc_check(p, now);
	else if (is_due(p->tried, now))
		proc_read(p);
}

static const struct map *proc_map(const struct proc *p, uint64_t addr)
{
	const struct map *m = NULL;

	for (int i = 0; !m && i < GENERATIONS; i++)
		m = maps_find(p->gen[i], addr);
	return m;
}

bool usym_find(uint32_t pid, uint64_t addr, struct usym *out)
{
	const struct elf *e = NULL;
	const struct sym *s = NULL;
	const struct map *m;
	struct proc *p;

	usym_note(pid);
	p = proc_find(pid);
	if (!p)
		return false;
	m = proc_map(p, addr);
	if (!m && !p->dead && is_due(p->tried, clock_ns(CLOCK_MONOTONIC_COARSE)) && proc_read(p))
		m = proc_map(p, addr); /* mapped since */
	if (!m)
		return false;
	*out = (struct usym){ .module = m->dso->path, .module_offset = addr - m->start };
	if (m->dso->vdso) {
		if ((sizeof(long) == 4) == !(m->start >> 32))
			e = elf_vdso(m->end - m->start);
		if (e)
			s = sym_find(e->syms, e->nsyms, out->module_offset, false);
	} else if (m->dso->file.ino) {
		out->module_offset += m->off;
		e = dso_elf(m->dso, pid, !p->dead, m);
		if (e && elf_vaddr(e, out->module_offset, &out->module_offset))
			s = sym_find(e->syms, e->nsyms, out->module_offset, false);
	}
	if (s) {
		out->name = e->names + s->name;
		out->offset = out->module_offset - s->addr;
	} else if (!e && (s = perfmap_find(&p->perfmap, pid, addr, &out->name, &out->module))) {
		out->offset = addr - s->addr;
	}
	return true;
}
