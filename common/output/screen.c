// SPDX-License-Identifier: BSD-2-Clause
#include "output/screen.h"
#include "base/run.h"
#include "base/text.h"
#include "output/out.h"
#include "output/print.h"
#include "output/streams.h"
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

bool screen_begin(void)
{
	const char *move;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return false;
	setlocale(LC_CTYPE, "");
	tcgetattr(STDIN_FILENO, &before);
	/* initscr() would exit if it does not know the terminal. */
	screen = newterm(NULL, stdout, stdin);
	move = screen ? tigetstr("cup") : NULL;
	if (screen)
		atexit(screen_end);
	if (!move || move == (char *)-1) {
		screen_end();
		warnx("cannot draw on this terminal (TERM is %s): plain reports follow",
		      getenv("TERM") ?: "not set");
		return false;
	}
	cbreak();
	noecho();
	nodelay(stdscr, true);
	curs_set(0);
	return true;
}

void screen_paint(void)
{
	size_t len, taken;
	const char *p = out_take(&len), *end = p + len;

	/* If the terminal is stopped, it gets the next report. */
	if (!stdout_ready())
		return;
	erase();
	for (int y = 0; p < end && y < LINES; y++) {
		const char *eol = memchr(p, '\n', end - p) ?: end;

		attrset(y == 1 ? A_REVERSE : A_NORMAL);
		mvaddnstr(y, 0, p, text_fit(p, eol - p, COLS, &taken));
		p = eol + 1;
	}
	/* Draw everything, because messages on stderr may have overwritten it. */
	redrawwin(stdscr);
	refresh();
}

int screen_key(void)
{
	return getch();
}

void screen_end(void)
{
	if (screen && stdout_ready())
		endwin();
	else if (screen)
		tcsetattr(STDIN_FILENO, TCSANOW,
			  &before); /* it is stopped, so endwin() would wait */
	screen = NULL;
}

/* ---- tables ---- */

static struct screen_table *table;
/* The rows on the screen, to be sorted again when the user presses a key. */
static char *shown;
static size_t n_shown;
static bool complete;

void screen_table_use(struct screen_table *t)
{
	table = t;
}

bool screen_keep(const void *rec)
{
	size_t size = run.tool->rec_size;

	if (!screen)
		return true;
	if (complete)
		n_shown = 0;
	complete = false;
	shown = reallocarray(shown, n_shown + 1, size);
	if (!shown)
		err(1, NULL);
	memcpy(shown + size * n_shown++, rec, size);
	return true;
}

void screen_report_begin(void)
{
	size_t len;

	if (screen) {
		out_take(&len); /* the blank line between reports */
		if (complete)
			n_shown = 0; /* this one is empty */
		complete = true;
	}
	table->title();
}

void screen_report_end(void)
{
	if (screen)
		screen_paint();
}

static void redraw(void)
{
	qsort(shown, n_shown, run.tool->rec_size, run.tool->compare);
	table->title();
	records_print(shown, run.rows && run.rows < n_shown ? run.rows : n_shown);
	screen_paint();
}

int screen_side_open(void)
{
	/* While a command runs, it has the terminal to itself. */
	if (run.json || run.command || !screen_begin())
		return -1;
	redraw();
	return STDIN_FILENO;
}

void screen_side_read(void)
{
	int key;

	while ((key = screen_key()) >= 0) {
		if (key == 'q')
			raise(SIGTERM);
		else if (key == 'r')
			table->ascending = !table->ascending;
		else if (key == '<' && table->sort)
			table->sort--;
		else if (key == '>' && table->sorts[table->sort + 1])
			table->sort++;
		redraw();
	}
}
