// SPDX-License-Identifier: BSD-2-Clause
/* sslsniff: what programs send and receive by TLS, before it is encrypted.  After BCC's, by Adrian Lopez and Mark Drayton. */
#include "sslsniff.h"
#include "base/text.h"
#include "main/tool.h"
#include "sslsniff.skel.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct conf conf = { .most = 8192 };
static const char *only_comm;
static bool no_openssl, no_gnutls, no_nss, handshake, hexdump;

/* ---- libraries ---- */

/* Programs of libraries that are not wanted are in the table, too: it tells the library not to load them. */
struct function {
	const char *program, *symbol;
	bool newer; /* not all versions of the library have it */
	const bool *wanted;
};

static const struct function openssl[] = {
	{ "reading", "SSL_read" },
	{ "writing", "SSL_write" },
	{ "reading_ex", "SSL_read_ex", .newer = true },
	{ "writing_ex", "SSL_write_ex", .newer = true },
	{ "shaking_hands", "SSL_do_handshake", .wanted = &handshake },
	{ 0 },
};

static const struct function gnutls[] = {
	{ "reading_long", "gnutls_record_recv" },
	{ "writing_long", "gnutls_record_send" },
	{ 0 },
};

static const struct function nss[] = {
	{ "reading", "PR_Read" },
	{ "reading", "PR_Recv" },
	{ "writing", "PR_Write" },
	{ "writing", "PR_Send" },
	{ 0 },
};

static const struct user_file openssl_files = { "ssl", .everywhere = true, .alternatives = true };
static const struct user_file gnutls_files = { "gnutls", .everywhere = true, .alternatives = true };
static const struct user_file nss_files = { "nspr4", .everywhere = true, .alternatives = true };

#define EXTRA_MOST 16
static struct extra {
	struct user_file file;
	const char *path;
	const struct function *functions;
} extra[EXTRA_MOST];
static size_t n_extra;

static struct user_probe probes[(3 + EXTRA_MOST) * 5 + 1];
static size_t n_probes;

static const bool never;

static void add(const struct function *functions, const struct user_file *file, bool wanted)
{
	for (const struct function *f = functions; f->program; f++)
		probes[n_probes++] = (struct user_probe){
			f->program,
			file,
			.symbol = f->symbol,
			.wanted = wanted ? f->wanted : &never,
			.optional = file->everywhere || f->newer,
		};
}

static void add_extra(const char *arg)
{
	struct extra *x = &extra[n_extra];
	const char *path = strchr(arg, ':');
	size_t n = path ? path - arg : 0;

	if (n_extra == EXTRA_MOST)
		usage_error("at most %d libraries", EXTRA_MOST);
	if (n == 7 && !strncmp(arg, "openssl", n))
		x->functions = openssl;
	else if (n == 6 && !strncmp(arg, "gnutls", n))
		x->functions = gnutls;
	else if (n == 3 && !strncmp(arg, "nss", n))
		x->functions = nss;
	else
		usage_error("'%s' is not openssl:PATH, gnutls:PATH or nss:PATH", arg);
	if (!path[1])
		usage_error("'%s' has no path", arg);
	x->path = path + 1;
	x->file = (struct user_file){ NULL, &x->path, .alternatives = true };
	n_extra++;
}

static void set_comm(const char *name)
{
	filter_comm(name);
	only_comm = name;
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_UID,
	OPT_CALL('c', "comm", "NAME", set_comm, "Trace only threads of this name"),
	OPT_FLAG('o', "no-openssl", &no_openssl, "Don't trace OpenSSL"),
	OPT_FLAG('g', "no-gnutls", &no_gnutls, "Don't trace GnuTLS"),
	OPT_FLAG('n', "no-nss", &no_nss, "Don't trace NSS"),
	OPT_CALL(0, "extra-lib", "LIBRARY:PATH", add_extra,
		 "Trace this file, too, which is openssl:PATH, gnutls:PATH or nss:PATH; can be "
		 "given several times"),
	OPT_FLAG(0, "handshake", &handshake, "Show OpenSSL's handshakes, too"),
	OPT_FLAG(0, "hexdump", &hexdump, "Show data in hexadecimal"),
	OPT_U32(0, "max-buffer-size", "BYTES", &conf.most, 0, DATA_MOST,
		"Show at most this many bytes of a call (default: 8192)"),
	OPT_FLAG('d', "debug", &run.verbose, "The same as --verbose"),
	OPT_CONTAINER(0),
	{ 0 },
};

static void parsed(void)
{
	add(openssl, &openssl_files, !no_openssl);
	add(gnutls, &gnutls_files, !no_gnutls);
	add(nss, &nss_files, !no_nss);
	for (size_t i = 0; i < n_extra; i++)
		add(extra[i].functions, &extra[i].file, true);
	if (no_openssl && no_gnutls && no_nss && !n_extra)
		usage_error("no library is left to trace");
}

/* ---- output ---- */

static const char *const calls[] = {
	[TLS_READ] = "READ/RECV",      [TLS_WRITE] = "WRITE/SEND",    [TLS_READ_EX] = "READ/RECV",
	[TLS_WRITE_EX] = "WRITE/SEND", [TLS_HANDSHAKE] = "HANDSHAKE",
};

static size_t data_len(struct rec r)
{
	const struct tls_event *e = r.p;
	size_t room = r.len - offsetof(struct tls_event, data);

	return e->taken < room ? e->taken : room;
}

static bool keep(struct rec r)
{
	const struct tls_event *e = r.p;

	return !only_comm || !strncmp(e->comm, only_comm, COMM_LEN);
}

/* As it is, but for what could drive the terminal.  Of a line's end, only the newline is left. */
static void put_lines(const char *s, size_t n)
{
	const char *end = s + n;

	for (;;) {
		const char *newline = memchr(s, '\n', end - s);
		const char *stop = newline ?: end;

		text_str(s, stop - s - (newline && stop > s && stop[-1] == '\r'));
		text("\n");
		if (!newline)
			break;
		s = newline + 1;
	}
}

static void put_hex(const char *s, size_t n, size_t width)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		if (i && width && i % width == 0)
			out_plain("\n");
		out_char(NULL, digits[(u8)s[i] >> 4]);
		out_char(NULL, digits[(u8)s[i] & 15]);
	}
}

static void data_text(struct out *o, struct value v, struct rec r)
{
	const struct tls_event *e = r.p;
	size_t n = data_len(r);

	(void)o;
	(void)v;
	if (e->call == TLS_HANDSHAKE)
		return;
	text("\n----- DATA -----\n");
	if (hexdump) {
		put_hex(e->data, n, 16);
		text("\n");
	} else {
		put_lines(e->data, n);
	}
	if (n < e->bytes)
		text("----- END DATA (TRUNCATED, %llu bytes lost) -----\n\n", e->bytes - n);
	else
		text("----- END DATA -----\n\n");
}

/* Does JSON have these bytes as they are?  Some characters are escaped there, so that they do not drive a terminal. */
static bool is_plain(const char *s, size_t n)
{
	u32 c;

	for (size_t len; n; s += len, n -= len) {
		len = text_decode(s, n, &c);
		if (!len || (c >= 0x80 && !text_is_safe(c)))
			return false;
	}
	return true;
}

static void hex_json(struct out *o, struct value v, struct rec r)
{
	const struct tls_event *e = r.p;

	(void)o;
	(void)v;
	out_plain("\"");
	put_hex(e->data, data_len(r), 0);
	out_plain("\"");
}

static const struct value_kind kind_data = { .class = CLASS_OTHER, .text = data_text };
static const struct value_kind kind_hexdump = { .class = CLASS_OTHER, .json = hex_json };

static bool in_hex(struct rec r)
{
	const struct tls_event *e = r.p;

	return hexdump || !is_plain(e->data, data_len(r));
}

CELL(call, tls_event, value_str(NAME_OF(calls, e->call)))
CELL(lat_ms, tls_event, value_fmt("%.3f", e->ns / 1e6))
CELL(below, tls_event, value_as(&kind_data, 0))
CELL(data, tls_event, in_hex(r) ? value_none("") : value_strn(e->data, data_len(r)))
CELL(hex, tls_event, in_hex(r) ? value_as(&kind_hexdump, 0) : value_none(""))
CELL(missing, tls_event, value_uint(e->bytes > data_len(r) ? e->bytes - data_len(r) : 0))

static const struct col cols[] = {
	{ COLF("FUNC", -12, call), HELP("What was called: READ/RECV, WRITE/SEND or HANDSHAKE") },
	{ COL_TIME_S(-18, tls_event), HELP("Seconds since the first row, when the call returned") },
	{ COL("COMM", -16, tls_event, comm), HELP("Name of the thread") },
	{ COL("PID", -7, tls_event, pid), HELP("Process ID") },
	{ COL("LEN", -7, tls_event, bytes), HELP("How many bytes were read or written") },
	{ COL("UID", -7, tls_event, uid), SHOW('x', "extra", "Show user and thread IDs"),
	  HELP("User ID of the process") },
	{ COL("TID", -7, tls_event, tid), WITH('x'), HELP("Thread ID") },
	{ COLF("LAT(ms)", -7, lat_ms), SHOW('l', "latency", "Show how long calls take"),
	  HELP("How long the call took, in milliseconds"), .flags = COL_TEXT_ONLY },
	{ COL("lat_ns", 0, tls_event, ns), HELP("The same in nanoseconds"), JSON_ONLY },
	{ COLF("", 0, below), .flags = COL_TEXT_ONLY | COL_BELOW },
	{ COLF("data", 0, data), JSON_ONLY,
	  HELP("The data, if it is text: UTF-8, and no characters that are invisible or drive "
	       "terminals, apart from those of ASCII") },
	{ COLF("hex", 0, hex), JSON_ONLY,
	  HELP("Other data, and with --hexdump all, in hexadecimal") },
	{ COLF("missing", 0, missing), HELP("How many bytes of LEN are missing"), JSON_ONLY },
	{ 0 },
};

TOOL(sslsniff, .summary = "Show what programs send and receive by TLS, before it is encrypted.",
     .examples = "Examples:\n"
		 "  sslsniff                 # OpenSSL, GnuTLS and NSS, also in containers\n"
		 "  sslsniff -c curl         # threads that are called curl\n"
		 "  sslsniff -p 181 --hexdump\n"
		 "  sslsniff --extra-lib openssl:/usr/bin/node  # a program that contains OpenSSL",
     CONF(conf), USER_PROBES(probes), .opts = opts, .cols = cols,
     EVENTS_TO(tls_event, data, TAIL_BYTES), .parsed = parsed, .keep = keep)
