// SPDX-License-Identifier: BSD-2-Clause
#include "output/screen.h"
#include "base/run.h"
#include "base/text.h"
#include "output/out.h"
#include "output/print.h"
#include "output/streams.h"
#include "output/table.h"
#include <curses.h>
#include <err.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

static SCREEN *screen;
static struct termios before;

/* ---- the order ---- */

static const char *sorted_by; /* header of the column */
static bool ascending;
static int by = -1;   /* the column among those shown, once the user has chosen one */
static bool reversed; /* what .compare has sorted */

void screen_sorted_by(const char *header, bool is_ascending)
{
	sorted_by = header;
	ascending = is_ascending;
}

const char *screen_sort(void)
{
	return sorted_by;
}

bool screen_ascending(void)
{
	return ascending;
}

/* Sort by the column STEP to the right of this one. */
static void sort_by(int step)
{
	const struct col *c;
	int now = by;

	if (now < 0 && sorted_by)
		while ((c = out_nth(records_out(0), ++now)) && strcmp(c->name, sorted_by))
			;
	now += step;
	c = now < 0 ? NULL : out_nth(records_out(0), now);
	if (!c)
		return;
	by = now;
	sorted_by = c->name;
}

/* ---- the rows of the last report ---- */

/*
 * Rows are kept as text, because what a record speaks of may be gone when the user presses a key: stacks
 * are forgotten, processes end.
 */
struct row {
	char *text;
	size_t len, nth;
	bool alt;
	struct rec rec;
	struct { /* what it is sorted by */
		double number;
		char *string;
	} key;
};
static struct row *rows;
static size_t n_rows;
static char *kept; /* the records */

static void forget(void)
{
	for (size_t i = 0; i < n_rows; i++) {
		free(rows[i].text);
		free(rows[i].key.string);
	}
	free(rows);
	free(kept);
	rows = NULL;
	kept = NULL;
	n_rows = 0;
}

static void remember(const char *recs, size_t n)
{
	size_t size = run.tool->rec_size, len;

	forget();
	rows = calloc(n + 1, sizeof(*rows));
	kept = malloc(n * size + 1);
	if (!rows || !kept)
		err(1, NULL);
	memcpy(kept, recs, n * size);
	out_take(&len);
	for (; n_rows < n; n_rows++) {
		struct row *r = &rows[n_rows];
		const char *text;

		r->rec = (struct rec){ kept + n_rows * size, size };
		r->nth = n_rows;
		r->alt = record_is_alt(r->rec);
		record_row(r->rec);
		text = out_take(&len);
		r->len = len;
		r->text = malloc(len + 1);
		if (!r->text)
			err(1, NULL);
		memcpy(r->text, text, len);
	}
}

/* The value of a row in column BY. */
static void key_of(struct row *r)
{
	static struct out *values[2]; /* JSON has every column's value */
	struct out *o = values[r->alt];
	const struct col *wanted = out_nth(records_out(r->alt), by), *c;
	struct value v = value_none("");
	char number[32];
	const char *s;
	size_t len;

	if (!o)
		o = values[r->alt] =
			out_new(r->alt ? run.tool->alt_cols : run.tool->cols, true, given);
	free(r->key.string);
	r->key.string = NULL;
	r->key.number = 0;
	for (size_t i = 0; (c = out_nth(o, i)); i++)
		if (c == wanted)
			v = out_value(o, i, r->rec);
	switch (value_class(v)) {
	case CLASS_STRING:
		s = out_string(o, v, r->rec, &len);
		r->key.string = strndup(s, len);
		break;
	case CLASS_NUMBER:
		r->key.number = v.kind == &kind_int ? (double)(s64)v.number : (double)v.number;
		break;
	case CLASS_OTHER: /* perhaps with decimals */
		s = out_json(o, v, r->rec, &len);
		if (len < sizeof(number)) {
			memcpy(number, s, len);
			number[len] = 0;
			r->key.number = strtod(number, NULL);
		}
		break;
	case CLASS_BOOL:
		r->key.number = v.kind == &kind_true;
		break;
	case CLASS_NONE:
		break;
	}
}

static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = 0;

	if (x->key.string && y->key.string)
		order = strcmp(x->key.string, y->key.string);
	if (!order)
		order = (x->key.number > y->key.number) - (x->key.number < y->key.number);
	return (ascending ? order : -order) ?: (x->nth > y->nth) - (x->nth < y->nth);
}

static int compare_given(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = (x->nth > y->nth) - (x->nth < y->nth);

	return reversed ? -order : order;
}

static void sort(void)
{
	for (size_t i = 0; i < n_rows && by >= 0; i++)
		key_of(&rows[i]);
	if (n_rows)
		qsort(rows, n_rows, sizeof(*rows), by >= 0 ? compare : compare_given);
}

/* ---- drawing ---- */

/* Draw lines from Y on, as far as there is room.  Returns where the next one goes. */
static int put_lines(int y, const char *p, size_t len)
{
	const char *end = p + len;
	size_t taken;

	while (p < end) {
		const char *eol = memchr(p, '\n', end - p) ?: end;

		if (y < LINES)
			mvaddnstr(y++, 0, p, text_fit(p, eol - p, COLS, &taken));
		p = eol + 1;
	}
	return y;
}

/* The header, with the column that is sorted by standing out. */
static int header(int y, bool alt)
{
	const struct col *c = by < 0 ? NULL : out_nth(records_out(alt), by);
	const char *name = c ? c->name : sorted_by, *p;
	size_t len, taken, n = name ? strlen(name) : 0;
	int next;

	records_head(alt);
	p = out_take(&len);
	attrset(A_REVERSE);
	next = put_lines(y, p, len);
	for (size_t at = 0; n && y < next && at + n < len; at++)
		if (!memcmp(p + at, name, n) && (!at || p[at - 1] == ' ') &&
		    (p[at + n] == ' ' || p[at + n] == '\n')) {
			attrset(A_BOLD | A_UNDERLINE);
			if (at < (size_t)COLS)
				mvaddnstr(y, at, p + at, text_fit(p + at, n, COLS - at, &taken));
			break;
		}
	attrset(A_NORMAL);
	return next;
}

static void draw(void)
{
	static const char help[] = "< > sort column  r reverse  q quit";
	size_t shown = run.rows && run.rows < n_rows ? run.rows : n_rows, len;
	const char *p;
	int y;

	out_take(&len);
	/* If the terminal is stopped, it gets the next report. */
	if (!stdout_ready())
		return;
	sort();
	erase();
	table_titles();
	p = out_take(&len);
	y = put_lines(0, p, len);
	for (int alt = 0; alt < 2; alt++) {
		bool headed = false;

		for (size_t i = 0; i < shown || (!alt && !headed && !n_rows); i++) {
			if (n_rows && rows[i].alt != alt)
				continue;
			if (!headed)
				y = header(y + alt, alt);
			headed = true;
			if (n_rows)
				y = put_lines(y, rows[i].text, rows[i].len);
		}
	}
	if (LINES > 5) {
		move(LINES - 1, 0);
		clrtoeol();
		attrset(A_DIM);
		mvaddnstr(LINES - 1, 0, help, COLS);
		attrset(A_NORMAL);
	}
	/* Draw everything, because messages on stderr may have overwritten it. */
	redrawwin(stdscr);
	refresh();
}

/* ---- the terminal ---- */

static void end(void)
{
	if (screen && stdout_ready()) {
		erase(); /* some terminals don't bring back what was there before */
		refresh();
		endwin();
	} else if (screen) { /* it is stopped, so endwin() would wait */
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	}
	screen = NULL;
}

static bool take_terminal(void)
{
	const char *go;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return false;
	setlocale(LC_CTYPE, "");
	if (MB_CUR_MAX == 1) /* what we print is UTF-8 anyway */
		setlocale(LC_CTYPE, "C.UTF-8");
	tcgetattr(STDIN_FILENO, &before);
	/* initscr() would exit if it does not know the terminal. */
	screen = newterm(NULL, stdout, stdin);
	go = screen ? tigetstr("cup") : NULL;
	if (screen)
		atexit(end);
	if (!go || go == (char *)-1) {
		end();
		warnx("cannot draw on this terminal (TERM is %s): plain reports follow",
		      getenv("TERM") ?: "not set");
		return false;
	}
	cbreak();
	noecho();
	nodelay(stdscr, true);
	keypad(stdscr, true);
	set_escdelay(25);
	curs_set(0);
	return true;
}

static int begin(void)
{
	/* While a command runs, it has the terminal to itself. */
	if (run.json || run.no_clear || run.command || !take_terminal())
		return -1;
	draw();
	return STDIN_FILENO;
}

static void keys(void)
{
	int key;

	while (screen && (key = getch()) >= 0) {
		if (key == 'q') {
			raise(SIGTERM);
		} else if (key == 'r') {
			ascending = !ascending;
			reversed = !reversed;
		} else if (key == '<' || key == KEY_LEFT) {
			sort_by(-1);
		} else if (key == '>' || key == KEY_RIGHT) {
			sort_by(1);
		}
		draw(); /* also if the terminal has another size: KEY_RESIZE */
	}
}

static bool report(const char *recs, size_t n)
{
	if (!screen)
		return false;
	remember(recs, n);
	draw();
	return true;
}

const struct screen_ops screen_ops = { begin, keys, report, end };
