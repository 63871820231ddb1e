// SPDX-License-Identifier: BSD-2-Clause
/*
 * words OUT FILE...: write to OUT how often each word of the files occurs, the most frequent first.  Its
 * functions are named after what they do: man/pictures has a flame graph of it.
 */
#include <ctype.h>
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEPT __attribute__((noinline, noclone))
#define MOST (1 << 18)

static struct word {
	unsigned int hash, count;
	char text[24];
} table[MOST], *words[MOST];

/*
 * The C library keeps no frame pointers.  So the stack of a system call lacks the function that has
 * called the library, which is one of these; and open(3) breaks the stack altogether.
 */
static KEPT int open_file(const char *path, int flags)
{
	int fd = syscall(SYS_openat, AT_FDCWD, path, flags, 0644);

	if (fd < 0)
		warn("%s", path);
	return fd;
}

static KEPT ssize_t read_chunk(int fd, char *chunk, size_t size)
{
	ssize_t n = read(fd, chunk, size);

	return n < 0 ? 0 : n;
}

static KEPT void write_all(int fd, const char *line, size_t n)
{
	if (write(fd, line, n) != (ssize_t)n)
		err(1, "cannot write");
}

static KEPT void close_file(int fd)
{
	if (close(fd))
		warn("cannot close");
}

static KEPT unsigned int hash_of(const char *text)
{
	unsigned int h = 2166136261u;

	while (*text)
		h = (h ^ (unsigned char)*text++) * 16777619;
	return h;
}

static KEPT void count(const char *text)
{
	unsigned int h = hash_of(text), i = h % MOST;

	while (table[i].count && (table[i].hash != h || strcmp(table[i].text, text)))
		i = (i + 1) % MOST;
	if (!table[i].count++) {
		table[i].hash = h;
		strcpy(table[i].text, text);
	}
}

static KEPT void split(const char *s, size_t n)
{
	char text[24];
	size_t len = 0;

	for (size_t i = 0; i <= n; i++)
		if (i < n && isalnum((unsigned char)s[i])) {
			if (len < sizeof(text) - 1)
				text[len++] = tolower((unsigned char)s[i]);
		} else if (len) {
			text[len] = 0;
			count(text);
			len = 0;
		}
}

static KEPT void read_file(const char *path)
{
	static char chunk[4096];
	int fd = open_file(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return;
	while ((n = read_chunk(fd, chunk, sizeof(chunk))) > 0)
		split(chunk, n);
	close_file(fd);
}

static KEPT int less(const struct word *a, const struct word *b)
{
	return a->count != b->count ? a->count > b->count : strcmp(a->text, b->text) < 0;
}

static KEPT void sort(struct word **from, struct word **to)
{
	while (to - from > 1) {
		struct word *pivot = from[(to - from) / 2], **low = from, **high = to - 1;

		while (low <= high) {
			while (less(*low, pivot))
				low++;
			while (less(pivot, *high))
				high--;
			if (low <= high) {
				struct word *w = *low;

				*low++ = *high;
				*high-- = w;
			}
		}
		sort(from, high + 1);
		from = low;
	}
}

static KEPT void write_line(int out, const struct word *w)
{
	char line[40], *end = line + sizeof(line), *at = end;
	size_t len = strlen(w->text);

	*--at = '\n';
	memcpy(at -= len, w->text, len);
	*--at = ' ';
	for (unsigned int n = w->count; n; n /= 10)
		*--at = '0' + n % 10;
	write_all(out, at, end - at);
}

static KEPT void report(const char *path)
{
	int out = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
	size_t n = 0;

	if (out < 0)
		exit(1);
	for (size_t i = 0; i < MOST; i++)
		if (table[i].count)
			words[n++] = &table[i];
	sort(words, words + n);
	for (size_t i = 0; i < n; i++)
		write_line(out, words[i]);
	close_file(out);
}

int main(int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		read_file(argv[i]);
	report(argv[1]);
	return 0;
}
