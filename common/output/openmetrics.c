// SPDX-License-Identifier: BSD-2-Clause
/*
 * Prometheus's text format, derived from the JSON columns: strings and parts of the key
 * become labels, other numbers counters, and histograms stay histograms.  The end of a
 * column's name tells its unit, which is converted to seconds or bytes.
 */
#include "output/openmetrics.h"
#include "base/priv.h"
#include "base/run.h"
#include "base/text.h"
#include "output/loss.h"
#include "output/out.h"
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_SERIES 1000
#define MAX_COLS   32
#define MAX_BUCKET 52 /* the last whose end doesn't overflow in any unit */
#define KEY_LEN    64
#define MAX_LINKS  40 /* as in the kernel */

struct unit {
	const char *end, *base; /* of the name */
	int decimals;           /* in the base unit, V is V * factor / 10^decimals */
	u64 factor;
};

static const struct unit units[] = {
	{ "nsecs", "seconds", 9, 1 },   { "ns", "seconds", 9, 1 },    { "usecs", "seconds", 6, 1 },
	{ "us", "seconds", 6, 1 },      { "msecs", "seconds", 3, 1 }, { "ms", "seconds", 3, 1 },
	{ "kbytes", "bytes", 0, 1024 }, { "kb", "bytes", 0, 1024 },   { "", "", 0, 1 },
};

struct metric {
	const struct col *col;
	char key[KEY_LEN], name[2 * KEY_LEN];
	const struct unit *unit, *sum_unit; /* a histogram's sum can have a finer unit */
	enum { UNKNOWN, LABEL, COUNTER, GAUGE, HISTOGRAM, NONE } is;
	bool unwanted; /* as a label: see --labels */
};

struct total {
	u64 n, slots[HIST_SLOTS];
};

struct series {
	struct series *next; /* of the same hash */
	char *labels;
	struct total *totals; /* for each metric */
};

static const char *path, *wanted_labels;
static char *target;        /* PATH or, if that is a symbolic link, where it leads */
static char *template;      /* of a name in the same folder, for mkostemp(3) */
static char *new_path;      /* such a name, while the file exists */
static struct out *outs[2]; /* of .cols and .alt_cols, which have the same keys in the same order */
static struct metric metrics[MAX_COLS];
static size_t n_metrics, n_series;
static struct series *hashed[256], *all[MAX_SERIES];
static u64 cut; /* rows */

void openmetrics_to(const char *to)
{
	path = to;
}

void openmetrics_labels(const char *list)
{
	wanted_labels = list;
}

/* ---- what the columns are ---- */

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end) && (n == m || !m || s[n - m - 1] == '_');
}

static const struct unit *unit_of(const char *key)
{
	const struct unit *u = units;

	while (!ends_with(key, u->end))
		u++;
	return u;
}

/* Numbers that identify something, even if they are not fields of the key. */
static bool is_identity(const char *key)
{
	static const char *const ids[] = { "pid", "tid", "ppid", "waker_pid", "uid", "cpu",
					   "maj", "min", "ino",  "family",    "id",  "behind" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		if (!strcmp(key, ids[i]))
			return true;
	return false;
}

/* Averages and ratios can't be added up, and can be computed from numbers that can. */
static bool is_derived(const char *key)
{
	return !strncmp(key, "avg_", 4) || ends_with(key, "percent") || ends_with(key, "pct") ||
	       ends_with(key, "hitratio");
}

/* The tool's, as a name of a metric has no hyphen. */
static const char *name_in_metrics(void)
{
	static char name[32];

	snprintf(name, sizeof(name), "%s", run.tool->name);
	for (char *p = name; (p = strchr(p, '-'));)
		*p = '_';
	return name;
}

static void add_metric(const struct col *c)
{
	struct metric *m = &metrics[n_metrics];
	char key[KEY_LEN];
	const char *name;

	if (n_metrics == MAX_COLS)
		errx(1, "more than %d columns", MAX_COLS);
	m->col = c;
	out_key(c, key, sizeof(key));
	strcpy(m->key, key);
	m->unit = m->sum_unit = unit_of(key);
	if (c->kind == &kind_hist)
		m->is = HISTOGRAM;
	else if (c->kind == &kind_string || is_identity(m->key) ||
		 (c->size && c->off < run.tool->key_size))
		m->is = LABEL;
	else if (is_derived(m->key) || c->flags & COL_REPEATED)
		m->is = NONE;
	else if (c->flags & COL_GAUGE)
		m->is = GAUGE;
	name = !strncmp(key, "total_", 6) ? key + 6 : key; /* all of them are totals */
	if (m->is == GAUGE &&
	    !strcmp(name, "count")) /* names that end so are those of histograms */
		name = "number";
	snprintf(m->name, sizeof(m->name), "snoopkit_%s_%.*s%s%s", name_in_metrics(),
		 (int)(strlen(name) - strlen(m->unit->end)), name, m->unit->base,
		 m->is == HISTOGRAM || m->is == GAUGE ? "" : "_total");
	n_metrics++;
}

/* A histogram's sum and count can be columns, too. */
static void drop_parts_of(struct metric *hist)
{
	for (size_t i = 0; i < n_metrics; i++) {
		struct metric *m = &metrics[i];

		if (m == hist || m->is == LABEL)
			continue;
		if (m->col->size == sizeof(u64) && m->col->off == hist->col->off) {
			hist->sum_unit = m->unit;
			m->is = NONE;
		} else if (!strcmp(m->key, "count")) {
			m->is = NONE;
		}
	}
}

static void want_label(const char *word)
{
	for (size_t i = 0; i < n_metrics; i++)
		if (!strcmp(word, metrics[i].key) &&
		    (metrics[i].is == LABEL || metrics[i].is == UNKNOWN)) {
			metrics[i].unwanted = false;
			return;
		}
	usage_error("--labels: %s has no label '%s'", run.tool->name, word);
}

/*
 * A symbolic link stays; the file it leads to is created or replaced.  stat() comes first, because it
 * rejects links that the kernel would not follow, such as another user's in /tmp.
 */
static void find_target(void)
{
	char link[PATH_MAX], *next;
	struct stat st;
	ssize_t n;

	if (stat(path, &st) ? errno != ENOENT : !S_ISREG(st.st_mode)) {
		if (!S_ISREG(st.st_mode))
			errx(1,
			     "openmetrics: %s is not a regular file, and would be replaced by one",
			     path);
		err(1, "openmetrics: %s", path);
	}
	target = strdup(path);
	for (int i = 0; target && i < MAX_LINKS; i++) {
		char *slash = strrchr(target, '/');
		int dir = slash ? slash + 1 - target : 0;

		n = readlink(target, link, sizeof(link) - 1);
		if (n < 0)
			break;
		if (*link == '/')
			dir = 0;
		if (asprintf(&next, "%.*s%.*s", dir, target, (int)n, link) < 0)
			err(1, NULL);
		free(target);
		target = next;
	}
	if (!target ||
	    asprintf(&template, "%.*s.snoopkit-XXXXXX",
		     strrchr(target, '/') ? (int)(strrchr(target, '/') + 1 - target) : 0,
		     target) < 0 ||
	    !(new_path = strdup(template)))
		err(1, NULL);
}

/* Root needs this capability to write to another user's directory. */
static void keep_access(void)
{
	static char *dir;
	struct stat st;

	dir = strdup(target); /* dirname() changes it */
	if (!dir)
		err(1, NULL);
	dir = dirname(dir);
	if (!stat(dir, &st) && st.st_uid != geteuid())
		priv_keep(CAP_DAC_OVERRIDE);
	priv_writes(dir);
}

void openmetrics_init(void)
{
	const struct col *c;

	if (!path && wanted_labels)
		usage_error("--labels needs --openmetrics");
	if (!path)
		return;
	find_target();
	outs[0] = out_new(run.tool->cols, true, given);
	if (run.tool->alt_cols)
		outs[1] = out_new(run.tool->alt_cols, true, given);
	for (size_t i = 0; (c = out_nth(outs[0], i)); i++)
		add_metric(c);
	for (size_t i = 0; i < n_metrics; i++) {
		if (metrics[i].is == HISTOGRAM)
			drop_parts_of(&metrics[i]);
		metrics[i].unwanted = wanted_labels;
	}
	if (wanted_labels)
		parse_words(wanted_labels, want_label);
	keep_access();
	openmetrics_write();
}

/* ---- adding up ---- */

/* KEY="VALUE" */
static void put_label(FILE *f, const char *key, struct out *o, struct value v, struct rec r)
{
	const char *s = v.kind == &kind_true ? "true" : "false";
	size_t len = strlen(s);

	fprintf(f, "%s%s=\"", ftell(f) ? "," : "", key);
	if (value_class(v) == CLASS_NUMBER) {
		fprintf(f, v.kind == &kind_int ? "%lld" : "%llu", v.number);
		len = 0;
	}
	if (value_class(v) == CLASS_STRING)
		s = out_string(o, v, r, &len);
	text_write(f, TEXT_JSON, s, len); /* of text that is safe, the same for a label */
	fputc('"', f);
}

static struct series *series_of(const char *labels)
{
	struct series **slot, *s;
	u32 hash = 0;

	for (const char *p = labels; *p; p++)
		hash = hash * 31 + *p;
	slot = &hashed[hash % 256];
	for (s = *slot; s; s = s->next)
		if (!strcmp(s->labels, labels))
			return s;
	if (n_series == MAX_SERIES)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s || !(s->labels = strdup(labels)) ||
	    !(s->totals = calloc(n_metrics, sizeof(*s->totals))))
		err(1, NULL);
	s->next = *slot;
	return all[n_series++] = *slot = s;
}

/* What a column's function returns is only known once it has. */
static void learn(struct metric *m, enum value_class is)
{
	if (is == CLASS_NONE)
		return; /* still unknown */
	if (is == CLASS_OTHER)
		m->is = NONE;
	else
		m->is = is == CLASS_NUMBER && (!wanted_labels || m->unwanted) ? COUNTER : LABEL;
}

static void add(struct rec r, struct out *o)
{
	u64 numbers[MAX_COLS] = {};
	struct series *s;
	char *labels;
	size_t len;
	FILE *f = open_memstream(&labels, &len);

	if (!f)
		err(1, NULL);
	for (size_t i = 0; i < n_metrics; i++) {
		struct metric *m = &metrics[i];
		struct value v;

		if (m->is == HISTOGRAM || m->is == NONE || (m->is == LABEL && m->unwanted))
			continue;
		v = out_value(o, i, r);
		if (m->is == UNKNOWN)
			learn(m, value_class(v));
		if (m->is == LABEL && v.kind != &kind_none && !m->unwanted)
			put_label(f, m->key, o, v, r);
		else if ((m->is == COUNTER || m->is == GAUGE) && value_class(v) == CLASS_NUMBER)
			numbers[i] = v.number;
	}
	fclose(f);
	s = series_of(labels);
	free(labels);
	if (!s) {
		cut++;
		return;
	}
	for (size_t i = 0; i < n_metrics; i++) {
		struct total *t = &s->totals[i];

		if (metrics[i].is == HISTOGRAM) {
			const struct hist *h = out_value(o, i, r).hist;

			t->n += h->sum;
			for (int slot = 0; slot < HIST_SLOTS; slot++)
				t->slots[slot] += h->slots[slot];
		} else if (metrics[i].is == GAUGE) {
			t->n = numbers[i];
		} else {
			t->n += numbers[i];
		}
	}
}

void openmetrics_add(const char *recs, size_t n)
{
	const struct tool *tool = run.tool;

	for (size_t i = 0; run.from_start && i < n_series; i++)
		memset(all[i]->totals, 0, n_metrics * sizeof(all[i]->totals[0]));
	for (size_t i = 0; path && i < n; i++) {
		struct rec r = { recs + i * tool->rec_size, tool->rec_size };

		add(r, outs[outs[1] && tool->is_alt && tool->is_alt(r)]);
	}
}

/* ---- writing ---- */

static void value(FILE *f, u64 v, const struct unit *u)
{
	u64 one = 1;

	for (int i = 0; i < u->decimals; i++)
		one *= 10;
	v *= u->factor;
	fprintf(f, "%llu", v / one);
	if (v % one)
		fprintf(f, ".%0*llu", u->decimals, v % one);
}

static void head(FILE *f, const struct metric *m, const char *type)
{
	fprintf(f, "# HELP %s Field %s of snoopkit's %s(8)%s%s, %s\n# TYPE %s %s\n", m->name,
		m->key, run.tool->name, *m->unit->base ? ", in " : "", m->unit->base,
		m->is == GAUGE ? "now" : "since it was started", m->name, type);
}

/* Write the buckets up to a minute or a gigabyte, and larger ones only if they were used. */
static int buckets(const struct metric *m)
{
	u64 most = !strcmp(m->unit->base, "seconds") ? 60 : 1 << 30;
	int n = 0, i = m - metrics;

	for (int d = 0; d < m->unit->decimals; d++)
		most *= 10;
	while (n < MAX_BUCKET && (2ull << n) * m->unit->factor < most)
		n++;
	for (size_t s = 0; s < n_series; s++)
		for (int slot = n + 1; slot < MAX_BUCKET; slot++)
			if (all[s]->totals[i].slots[slot])
				n = slot;
	return n + 1;
}

static void histogram(FILE *f, const struct metric *m, const struct series *s, int n)
{
	const struct total *t = &s->totals[m - metrics];
	const char *comma = *s->labels ? "," : "";
	/* Values in a coarser unit were rounded down, so a bucket ends where the next begins. */
	bool exact = !m->unit->decimals && m->unit->factor == 1;
	u64 count = 0;

	for (int slot = 0; slot < HIST_SLOTS; slot++) {
		count += t->slots[slot];
		if (slot >= n)
			continue;
		fprintf(f, "%s_bucket{%s%sle=\"", m->name, s->labels, comma);
		value(f, (2ull << slot) - exact, m->unit);
		fprintf(f, "\"} %llu\n", count);
	}
	fprintf(f, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", m->name, s->labels, comma, count);
	fprintf(f, *s->labels ? "%s_sum{%s} " : "%s_sum%s ", m->name, s->labels);
	value(f, t->n, m->sum_unit);
	fprintf(f, *s->labels ? "\n%s_count{%s} %llu\n" : "\n%s_count%s %llu\n", m->name, s->labels,
		count);
}

static void metric(FILE *f, const struct metric *m)
{
	int n = m->is == HISTOGRAM ? buckets(m) : 0;

	if (m->is != HISTOGRAM && m->is != COUNTER && m->is != GAUGE)
		return;
	head(f, m, n ? "histogram" : m->is == GAUGE ? "gauge" : "counter");
	for (size_t i = 0; i < n_series; i++) {
		const struct series *s = all[i];

		if (n) {
			histogram(f, m, s, n);
			continue;
		}
		fprintf(f, *s->labels ? "%s{%s} " : "%s%s ", m->name, s->labels);
		value(f, s->totals[m - metrics].n, m->unit);
		fputc('\n', f);
	}
}

static void own(FILE *f, const char *name, const char *help, u64 n)
{
	const char *tool = name_in_metrics();

	fprintf(f, "# HELP snoopkit_%s_%s %s\n# TYPE snoopkit_%s_%s counter\nsnoopkit_%s_%s %llu\n",
		tool, name, help, tool, name, tool, name, n);
}

static void __attribute__((noreturn)) failed(bool made)
{
	int e = errno;

	out_flush();
	if (made)
		unlink(new_path);
	errno = e;
	err(1, "openmetrics: %s", path);
}

void openmetrics_write(void)
{
	FILE *f = NULL;
	int fd;

	if (!path)
		return;
	strcpy(new_path, template);
	fd = mkostemp(new_path, O_CLOEXEC);
	if (fd < 0 || fchmod(fd, 0644) || !(f = fdopen(fd, "w")))
		failed(fd >= 0);
	for (size_t i = 0; i < n_metrics; i++)
		metric(f, &metrics[i]);
	own(f, "lost_total", "Events that could not be seen or counted; see the tool's stderr",
	    loss_total());
	own(f, "rows_cut_total", "Rows left out because there are already 1000 sets of labels",
	    cut);
	if (fflush(f) || ferror(f))
		failed(true);
	if (fclose(f) || rename(new_path, target))
		failed(true);
}
