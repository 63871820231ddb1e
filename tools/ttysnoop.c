// SPDX-License-Identifier: BSD-2-Clause
/* ttysnoop: mirror what is written to a terminal.  After BCC's, by Brendan Gregg. */
#include "ttysnoop.h"
#include "domain/iov.h"
#include "domain/pieces.h"
#include "main/tool.h"
#include "output/recording.h"
#include "ttysnoop.skel.h"
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static struct conf conf;
static const char *device;
static u32 chunk = 256, chunks = 16;

static const struct probe probes[] = {
	{ "writes to terminals", { "tty_write" } },
	{ "writes to /dev/console", { "redirected_tty_write" }, .optional = true },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_FLAG('C', "noclear", &run.no_clear, "Don't clear the screen"),
	OPT_U32('s', "datasize", "BYTES", &chunk, 1, 1 << 20,
		"Show at most this many bytes of a write, times -c (default: 256 if -c is given, "
		"else all)"),
	OPT_U32('c', "datacount", "N", &chunks, 1, 1 << 10,
		"Show at most this many times -s of a write (default: 16 if -s is given, else "
		"all)"),
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	{ 0 },
};

/* ---- which terminal ---- */

/* The first, or with LAST the last, word of a small file, or NULL. */
static const char *read_word(const char *path, bool last)
{
	static char line[256];
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(line, sizeof(line), f);
	char *space;

	if (f)
		fclose(f);
	if (!ok)
		return NULL;
	line[strcspn(line, "\n")] = 0;
	space = last ? strrchr(line, ' ') : NULL;
	return space ? space + 1 : line;
}

/* The device that another one, such as the console, stands for now. */
static dev_t stands_for(const char *name, dev_t dev)
{
	unsigned int maj, min;
	const char *word;
	char path[512];

	snprintf(path, sizeof(path), "/sys/class/tty/%s/active", name);
	word = read_word(path, true);
	if (!word || !*word || strchr(word, '/'))
		return dev;
	if (!strcmp(word, "tty0"))
		return stands_for("tty0", dev);
	snprintf(path, sizeof(path), "/sys/class/tty/%.200s/dev", word);
	word = read_word(path, false);
	return word && sscanf(word, "%u:%u", &maj, &min) == 2 ? makedev(maj, min) : dev;
}

static bool is_pty(dev_t dev)
{
	return major(dev) >= 136 && major(dev) < 144;
}

/* Without opening it: that can change the settings of a serial line. */
static bool is_terminal(const struct stat *st)
{
	char path[64], link[256];
	ssize_t n;

	if (!S_ISCHR(st->st_mode))
		return false;
	if (is_pty(st->st_rdev))
		return true;
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/subsystem", major(st->st_rdev),
		 minor(st->st_rdev));
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return false;
	link[n] = 0;
	return strrchr(link, '/') && !strcmp(strrchr(link, '/'), "/tty");
}

static bool same_terminal(const struct stat *a, const struct stat *b)
{
	return a->st_rdev == b->st_rdev && (!is_pty(a->st_rdev) || a->st_dev == b->st_dev);
}

static void choose_terminal(void)
{
	struct stat st, out;
	char path[64];
	dev_t dev;

	if (*device != '/') {
		snprintf(path, sizeof(path), "/dev/pts/%llu",
			 parse_u64(device, "terminal", 0, 1 << 20));
		device = strdup(path);
	}
	if (!device || stat(device, &st))
		usage_error("there is no terminal '%s'", device);
	if (!is_terminal(&st))
		usage_error("'%s' is not a terminal", device);
	dev = st.st_rdev;
	if (dev == makedev(5, 0))
		usage_error("/dev/tty is the terminal of whoever opens it: name the device, as "
			    "tty(1) prints it");
	if (dev == makedev(5, 1))
		dev = stands_for("console", dev);
	if (dev == makedev(4, 0))
		dev = stands_for("tty0", dev);
	st.st_rdev = dev;
	if (isatty(STDOUT_FILENO) && !fstat(STDOUT_FILENO, &out) && same_terminal(&st, &out))
		usage_error("'%s' is the terminal that this tool writes to: all that it shows "
			    "would be shown again",
			    device);
	conf.major = major(dev);
	conf.minor = minor(dev);
	if (is_pty(dev))
		conf.devpts = major(st.st_dev) << 20 | minor(st.st_dev);
}

static int positional(unsigned int n, const char *arg)
{
	if (!n)
		device = arg;
	return !n;
}

static void parsed(void)
{
	if (!device && !replay_path)
		usage_error("which terminal?  Give its number, such as 2 for /dev/pts/2, or its "
			    "path");
	if (given('s') || given('c'))
		conf.limit = chunk * chunks;
}

/* ---- output ---- */

static const char *data;
static size_t data_len;

static bool keep(struct rec r)
{
	const struct tty_event *e = r.p;

	data = pieces_gather(&e->pieces, r, &data_len);
	return data;
}

static void begin(void)
{
	if (!run.no_clear && !run.json && isatty(STDOUT_FILENO))
		text("\033[H\033[2J\033[3J");
}

/* As it is: the purpose of the tool is to drive a terminal in the same way. */
static void row(struct rec r)
{
	(void)r;
	out_bytes(data, data_len);
}

CELL(content, tty_event, value_strn(data, data_len))
CELL(cut, tty_event, value_bool(data_len < e->bytes, NULL))

static const struct col cols[] = {
	{ COL("pid", 0, tty_event, pid), HELP("Process ID"), JSON_ONLY },
	{ COL("tid", 0, tty_event, tid), HELP("Thread ID"), JSON_ONLY },
	{ COL("uid", 0, tty_event, uid), HELP("User ID of the process"), JSON_ONLY },
	{ COL("comm", 0, tty_event, comm), HELP("Name of the thread"), JSON_ONLY },
	{ COL("bytes", 0, tty_event, bytes), HELP("How many bytes were written"), JSON_ONLY },
	{ COLF("data", 0, content), HELP("What was written"), JSON_ONLY },
	{ COLF("cut", 0, cut), HELP("Whether data is incomplete"), JSON_ONLY },
	{ 0 },
};

static const struct trial trials[] = {
	{ "terminals", "/dev/console" },
	{ 0 },
};

TOOL(ttysnoop, .summary = "Mirror what is written to a terminal.", .args = "TERMINAL",
     .examples = "Examples:\n"
		 "  ttysnoop /dev/pts/2         # what is written to this terminal\n"
		 "  ttysnoop 2                  # the same\n"
		 "  ttysnoop /dev/console\n"
		 "  ttysnoop --json -p 181 2    # by process 181, as data",
     CONF(conf), .probes = probes, .trials = trials, .opts = opts, .cols = cols,
     EVENTS_TO(tty_event, pieces.text, TAIL_BYTES), .keep = keep, .positional = positional,
     .parsed = parsed, .targets = choose_terminal, .prepare = iov_prepare, .begin = begin,
     .row = row)
