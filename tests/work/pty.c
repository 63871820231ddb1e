// SPDX-License-Identifier: BSD-2-Clause
/*
 * pty ROWS COLUMNS COMMAND...	run a command on a terminal (a vt100), and look at its screen
 *
 * Does what stdin says, a line each:
 *	wait TEXT	until the screen has this in a line; after 30 seconds, prints the screen and fails.
 *			What is reverse is [...], what is underlined _..._
 *	gone TEXT	until it has not
 *	send TEXT	type this
 *	size ROWS COLUMNS
 *	show FILE	write the screen to this file, lines without blanks at their ends
 *	marks FILE	the same with the marks that "wait" sees
 *	kill SIGNAL	a number
 *	end STATUS	wait until the command has ended with this
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

enum { MOST = 500, REVERSE = 1, UNDERLINE = 2 };

static struct cell {
	wchar_t c; /* 0: blank, or the second half of a wide one */
	int look;
} screen[MOST][MOST];
static int rows, columns, y, x, look, top, bottom;
static bool wraps; /* a character was put in the last column */
static int terminal;
static pid_t child;
static int status;
static bool ended;

static void clear(int row, int from, int to)
{
	for (int i = from; i < to; i++)
		screen[row][i] = (struct cell){ 0 };
}

static void scroll(void)
{
	memmove(screen[top], screen[top + 1], sizeof(screen[0]) * (bottom - top));
	clear(bottom, 0, MOST);
}

static void down(void)
{
	if (y == bottom)
		scroll();
	else if (y < rows - 1)
		y++;
}

static void put(wchar_t c)
{
	int width = wcwidth(c);

	if (width < 1)
		return;
	if (wraps || x + width > columns) {
		x = 0;
		down();
	}
	screen[y][x] = (struct cell){ c, look };
	for (int i = 1; i < width; i++)
		screen[y][x + i] = (struct cell){ 0, look };
	x += width;
	wraps = x >= columns;
	if (wraps)
		x = columns - 1;
}

/* The end of ESC [ ... */
static void control(const char *args, char final)
{
	int n[16] = { 0 }, count = 0;

	for (const char *p = args; *p && count < 16; p += strcspn(p, ";"), p += *p == ';')
		n[count++] = atoi(p);
	wraps = false;
	switch (final) {
	case 'H':
		y = n[0] ? n[0] - 1 : 0;
		x = n[1] ? n[1] - 1 : 0;
		break;
	case 'A':
		y -= n[0] ?: 1;
		break;
	case 'B':
		y += n[0] ?: 1;
		break;
	case 'C':
		x += n[0] ?: 1;
		break;
	case 'D':
		x -= n[0] ?: 1;
		break;
	case 'J':
		if (n[0] == 0)
			clear(y, x, MOST);
		for (int i = n[0] == 0 ? y + 1 : 0; i < (n[0] == 1 ? y : rows); i++)
			clear(i, 0, MOST);
		if (n[0] == 1)
			clear(y, 0, x + 1);
		break;
	case 'K':
		clear(y, n[0] == 0 ? x : 0, n[0] == 1 ? x + 1 : MOST);
		break;
	case 'r':
		top = n[0] ? n[0] - 1 : 0;
		bottom = n[1] ? n[1] - 1 : rows - 1;
		y = x = 0;
		break;
	case 'm':
		for (int i = 0; i < (count ?: 1); i++)
			look = !n[i]        ? 0
			       : n[i] == 7  ? look | REVERSE
			       : n[i] == 4  ? look | UNDERLINE
			       : n[i] == 27 ? look & ~REVERSE
			       : n[i] == 24 ? look & ~UNDERLINE
					    : look;
		break;
	}
	y = y < 0 ? 0 : y >= rows ? rows - 1 : y;
	x = x < 0 ? 0 : x >= columns ? columns - 1 : x;
}

/* A byte from the command. */
static void take(unsigned char c)
{
	static char args[64];
	static size_t n;
	static enum { TEXT, ESCAPE, CONTROL, CHARSET } state;
	static mbstate_t partial;
	wchar_t wide;

	if (state == CHARSET) {
		state = TEXT;
	} else if (state == ESCAPE) {
		state = c == '[' ? CONTROL : strchr("()", c) ? CHARSET : TEXT;
		n = 0;
		if (c == 'M' && y > 0)
			y--;
	} else if (state == CONTROL) {
		if (c >= 0x40 && c <= 0x7e) {
			args[n] = 0;
			control(args, c);
			state = TEXT;
		} else if (n < sizeof(args) - 1) {
			args[n++] = c;
		}
	} else if (c == 033) {
		state = ESCAPE;
	} else if (c == '\r') {
		x = 0;
		wraps = false;
	} else if (c == '\n') {
		down();
	} else if (c == '\b') {
		x -= x > 0;
		wraps = false;
	} else if (c == '\t') {
		x = (x | 7) + 1 < columns ? (x | 7) + 1 : columns - 1;
	} else if (c >= ' ' && mbrtowc(&wide, (char *)&c, 1, &partial) == 1) {
		put(wide);
	}
}

/* Read what the command writes, for a tenth of a second. */
static void listen(void)
{
	struct pollfd p = { terminal, POLLIN, 0 };
	unsigned char buf[4096];
	ssize_t n;

	while (poll(&p, 1, 100) > 0) {
		n = read(terminal, buf, sizeof(buf));
		if (n <= 0) { /* nobody has the terminal open any more */
			usleep(100000);
			break;
		}
		for (ssize_t i = 0; i < n; i++)
			take(buf[i]);
	}
	if (!ended && waitpid(child, &status, WNOHANG) == child)
		ended = true;
}

static void print(FILE *f, bool marks)
{
	for (int i = 0; i < rows; i++) {
		char line[8 * MOST];
		size_t n = 0;
		int now = 0;

		for (int j = 0; j <= columns; j++) {
			struct cell *c = &screen[i][j];
			int next = j < columns ? c->look : 0;

			if (marks && (now & UNDERLINE) > (next & UNDERLINE))
				line[n++] = '_';
			if (marks && (now & REVERSE) != (next & REVERSE))
				line[n++] = next & REVERSE ? '[' : ']';
			if (marks && (now & UNDERLINE) < (next & UNDERLINE))
				line[n++] = '_';
			now = next;
			if (j < columns && c->c)
				n += wctomb(line + n, c->c);
			else if (j < columns && !(j && wcwidth(c[-1].c) == 2))
				line[n++] = ' ';
		}
		while (n && line[n - 1] == ' ')
			n--;
		fprintf(f, "%.*s\n", (int)n, line);
	}
}

static bool has(const char *text)
{
	char *all;
	size_t size;
	FILE *f = open_memstream(&all, &size);
	bool found;

	print(f, true);
	fclose(f);
	found = strstr(all, text);
	free(all);
	return found;
}

static void set_size(int r, int c)
{
	struct winsize size = { .ws_row = r, .ws_col = c };

	if (r < 1 || c < 1 || r >= MOST || c >= MOST)
		errx(2, "no such size");
	rows = r;
	columns = c;
	top = 0;
	bottom = rows - 1;
	if (terminal)
		ioctl(terminal, TIOCSWINSZ, &size);
}

static void fail(const char *line)
{
	print(stdout, true);
	errx(1, "%s: not in 30 seconds", line);
}

static void act(char *line)
{
	char *arg = strchr(line, ' ') ? strchr(line, ' ') + 1 : line + strlen(line);
	time_t until = time(NULL) + 30;
	int r, c;

	if (!strncmp(line, "wait ", 5) || !strncmp(line, "gone ", 5)) {
		while (has(arg) != (*line == 'w')) {
			if (time(NULL) > until)
				fail(line);
			listen();
		}
	} else if (!strncmp(line, "send ", 5)) {
		if (write(terminal, arg, strlen(arg)) < 0)
			err(1, "send");
	} else if (sscanf(line, "size %d %d", &r, &c) == 2) {
		set_size(r, c);
	} else if (!strncmp(line, "show ", 5) || !strncmp(line, "marks ", 6)) {
		FILE *f = fopen(arg, "we");

		if (!f)
			err(1, "%s", arg);
		listen();
		print(f, *line == 'm');
		fclose(f);
	} else if (sscanf(line, "kill %d", &r) == 1) {
		kill(child, r);
	} else if (sscanf(line, "end %d", &r) == 1) {
		while (!ended) {
			if (time(NULL) > until)
				fail(line);
			listen();
		}
		listen();
		if (!WIFEXITED(status) || WEXITSTATUS(status) != r)
			errx(1, "it ended with 0x%x", status);
	} else {
		errx(2, "what is '%s'?", line);
	}
}

int main(int argc, char **argv)
{
	struct winsize size = { 0 };
	char line[1024];

	if (argc < 4)
		errx(2, "usage: pty ROWS COLUMNS COMMAND...");
	setlocale(LC_CTYPE, "C.UTF-8");
	set_size(atoi(argv[1]), atoi(argv[2]));
	size.ws_row = rows;
	size.ws_col = columns;
	signal(SIGINT, SIG_DFL); /* a shell has its background jobs ignore it */
	child = forkpty(&terminal, NULL, NULL, &size);
	if (!child) {
		setenv("TERM", "vt100", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		execvp(argv[3], argv + 3);
		err(127, "%s", argv[3]);
	}
	if (child < 0)
		err(1, "forkpty");
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		act(line);
	}
	if (!ended)
		kill(child, SIGKILL);
	return 0;
}
