// SPDX-License-Identifier: BSD-2-Clause
#include "screen.h"
#include "out.h"
#include <curses.h>
#include <err.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

static SCREEN *screen;

bool screen_begin(void)
{
	const char *move;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return false;
	setlocale(LC_CTYPE, "");
	/* initscr() would end the process if it does not know the terminal. */
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

bool screen_taken(void)
{
	return screen;
}

void screen_paint(void)
{
	size_t len;
	const char *p = out_take(&len), *end = p + len;

	erase();
	for (int y = 0; p < end && y < LINES; y++) {
		const char *eol = memchr(p, '\n', end - p) ?: end;

		attrset(y == 1 ? A_REVERSE : A_NORMAL);
		mvaddnstr(y, 0, p, eol - p < COLS ? eol - p : COLS);
		p = eol + 1;
	}
	/* All of it: messages on stderr may have come in between. */
	redrawwin(stdscr);
	refresh();
}

int screen_key(void)
{
	return getch();
}

void screen_end(void)
{
	if (screen)
		endwin();
	screen = NULL;
}
