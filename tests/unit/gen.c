// SPDX-License-Identifier: BSD-2-Clause
/* Trees, types and instructions of the lines in BCC's documentation, and of errors. */
#include "gen.h"
#include "gen/spec.h"
#include "test.h"
#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- trees ---- */

static void tree(const char *text, const char *want)
{
	struct lexer l;
	struct expr *e;
	char *got;

	lex_begin(&l, text, text);
	e = parse_expr(&l);
	got = expr_text(e);
	if (l.now.kind != T_END)
		strcat(got, "...");
	is_str(got, want, text);
	free(got);
	gen_free();
}

static void trees(void)
{
	tree("arg2 == 42", "(== arg2 42)");
	tree("retval > 1000 && $pid != 1", "(&& (> retval 1000) (!= $pid 1))");
	tree("sk->sk_dport == 13568", "(== (-> sk sk_dport) 13568)");
	tree("((struct sock *)arg1)->sk_dport", "(-> (cast struct sock* arg1) sk_dport)");
	tree("f->f_path.dentry->d_name.name", "(. (-> (. (-> f f_path) dentry) d_name) name)");
	tree("STRCMP(\"test.txt\", arg1@user)", "(STRCMP \"test.txt\" (@user arg1))");
	tree("$task->prio", "(-> $task prio)");
	tree("(args->nr_sector >> 1) + 1", "(+ (>> (-> args nr_sector) 1) 1)");
	tree("(int)retval < 0 ? -retval : 0", "(?: (< (cast int retval) 0) (- retval) 0)");
	tree("a || b && c | d ^ e & f == g < h << i + j * k",
	     "(|| a (&& b (| c (^ d (& e (== f (< g (<< h (+ i (* j k))))))))))");
	tree("a - b - c", "(- (- a b) c)");
	tree("!a & ~b", "(& (! a) (~ b))");
	tree("*(u32 *)arg1 + sizeof(int) + sizeof x",
	     "(+ (+ (* (cast u32* arg1)) (sizeof int)) (sizeof x))");
	tree("&p->d[2]", "(& ([] (-> p d) 2))");
	tree("(mytype)x", "(cast mytype x)");
	tree("(mytype *)(x)", "(cast mytype* x)");
	tree("(x) - 1", "(- x 1)");
	tree("(unsigned long long)x", "(cast unsigned long long x)");
	tree("(const struct file *)arg1", "(cast struct file* arg1)");
	tree("0x1F + 010 + 'a' + 5ull + 0xffffffff", "(+ (+ (+ (+ 31 8) 97) 5ul) 4294967295u)");
	tree("a ? b : c ? d : e", "(?: a b (?: c d e))");
	tree("$latency/$entry(size)#ns per byte", "(/ $latency ($entry size))...");
	tree("size:size==16", "size...");
}

/* ---- errors ---- */

static struct gen_scope scope(const char *text)
{
	static const char *const names[] = { "arg1", "arg2" };
	struct gen_scope s = { .text = text };
	struct ctype ret;

	gen_func(&s, "turn", &ret);
	for (u32 i = 0; i < 2; i++)
		gen_add(&s.names, &s.n_names,
			&(struct gen_name){ names[i], gen_int(8, false), E_ARG,
					    offsetof(struct gen_frame, args[i]) });
	return s;
}

static struct expr *typed(const char *text)
{
	struct gen_scope s = scope(text);
	struct lexer l;
	struct expr *e;

	lex_begin(&l, text, text);
	e = parse_expr(&l);
	if (l.now.kind != T_END)
		gen_error(text, l.now.is, "expected an operator");
	gen_type(e, &s);
	gen_value_type(e, &s);
	return e;
}

static void error(const char *text, const char *want)
{
	char got[1024] = "";
	int fds[2], status;
	ssize_t n;

	fflush(stdout);
	if (pipe(fds))
		exit(1);
	if (!fork()) {
		dup2(fds[1], STDERR_FILENO);
		typed(text);
		_exit(0);
	}
	close(fds[1]);
	n = read(fds[0], got, sizeof(got) - 1);
	for (ssize_t more; n >= 0 && (more = read(fds[0], got + n, sizeof(got) - 1 - n)) > 0;)
		n += more;
	close(fds[0]);
	wait(&status);
	is_str(got, want, text);
	is_num(WEXITSTATUS(status), 2, "it is a usage error");
}

static void errors(void)
{
	error("g->nexd", "gen: struct gadget has no member nexd; the nearest is next\n"
			 "  g->nexd\n     ^~~~\n");
	error("g.next", "gen: expected a struct, but this is a pointer; use ->\n  g.next\n  ^\n");
	error("arg1->c", "gen: expected a pointer to a struct with members\n  arg1->c\n  ^~~~\n");
	error("1 + ", "gen: expected a value before the end\n  1 + \n      ^\n");
	error("flag == 1",
	      "gen: there is no flag here; the nearest is flags\n  flag == 1\n  ^~~~\n");
	error("flags = 1",
	      "gen: a probe changes nothing: compare with ==\n  flags = 1\n        ^\n");
	error("(flags", "gen: expected ) before the end\n  (flags\n        ^\n");
	error("((struct none *)arg1)->x", "gen: the kernel's types have no struct none\n"
					  "  ((struct none *)arg1)->x\n    ^~~~~~~~~~~~~\n");
	error("1.5",
	      "gen: this is no number: numbers are whole, such as 10, 0x1f or 'a'\n  1.5\n  ^~\n");
	error("99999999999999999999", "gen: this number does not fit in 64 bits\n"
				      "  99999999999999999999\n  ^~~~~~~~~~~~~~~~~~~~\n");
	error("flags & GFP_ATOMIC",
	      "gen: there is no GFP_ATOMIC in the kernel's enums, and what its headers #define is "
	      "not "
	      "known: give the number\n  flags & GFP_ATOMIC\n          ^~~~~~~~~~\n");
	error("$latency > 1",
	      "gen: only probes of returns, r:, have $latency\n  $latency > 1\n  ^~~~~~~~\n");
	error("$entry(flags)",
	      "gen: only probes of returns, r:, have $entry()\n  $entry(flags)\n  ^~~~~~~~~~~~~\n");
	error("$entry(1)",
	      "gen: expected an argument's name: $entry(size)\n  $entry(1)\n         ^\n");
	error("g + g", "gen: pointers can't be added\n  g + g\n  ^~~~~\n");
	error("\"x\" == g->name", "gen: a string stands only in STRCMP(\"string\", value)\n"
				  "  \"x\" == g->name\n  ^~~\n");
	error("*(u128 *)arg1", "gen: this number has 128 bits, and there are 64\n"
			       "  *(u128 *)arg1\n  ^~~~~~~~~~~~~\n");
	error("*g",
	      "gen: expected a value, but this is a whole struct: choose a member\n  *g\n  ^~\n");
}

/* ---- instructions ---- */

/* One instruction, short: "r0 = r1", "r0 += 4". */
static int disassemble(const struct bpf_insn *i, char *to, size_t size)
{
	static const char *const ops[] = { "+=",  "-=",        "*=", "/=", "|=", "&=",  "<<=",
					   ">>=", "= -itself", "%=", "^=", "=",  "s>>=" };
	static const char *const jumps[] = { "",    "==", ">", ">=", "&",  "!=", "s>",
					     "s>=", "",   "",  "<",  "<=", "s<", "s<=" };
	static const char *const sizes[] = { "u32", "u16", "u8", "u64" };
	u8 op = BPF_OP(i->code) >> 4;
	char source[24];

	snprintf(source, sizeof(source), BPF_SRC(i->code) == BPF_X ? "r%d" : "%d",
		 BPF_SRC(i->code) == BPF_X ? i->src_reg : i->imm);
	switch (BPF_CLASS(i->code)) {
	case BPF_ALU64:
		return snprintf(to, size, op == 8 ? "r%d %s" : "r%d %s %s", i->dst_reg, ops[op],
				source);
	case BPF_LDX:
		return snprintf(to, size, "r%d = %s r%d%+d", i->dst_reg,
				sizes[BPF_SIZE(i->code) >> 3], i->src_reg, i->off);
	case BPF_STX:
		return snprintf(to, size, "%s r%d%+d = r%d", sizes[BPF_SIZE(i->code) >> 3],
				i->dst_reg, i->off, i->src_reg);
	case BPF_ST:
		return snprintf(to, size, "%s r%d%+d = %d", sizes[BPF_SIZE(i->code) >> 3],
				i->dst_reg, i->off, i->imm);
	case BPF_LD:
		return snprintf(to, size, "r%d = %#llx", i->dst_reg,
				(u32)i->imm | (u64)(u32)i[1].imm << 32);
	default:
		if (i->code == (BPF_JMP | BPF_EXIT))
			return snprintf(to, size, "exit");
		if (i->code == (BPF_JMP | BPF_CALL))
			return snprintf(to, size, "call %d", i->imm);
		if (i->code == (BPF_JMP | BPF_JA))
			return snprintf(to, size, "goto %+d", i->off);
		return snprintf(to, size, "if r%d %s %s goto %+d", i->dst_reg, jumps[op], source,
				i->off);
	}
}

/* Without what each function begins with, and the exit. */
static void code(const char *text, const char *want)
{
	static struct gen_code c;
	char got[4096];
	size_t n = 0;

	c.text = text;
	gen_number(&c, typed(text));
	for (u32 i = 3; i < c.n - 1; i++) {
		n += disassemble(&c.insns[i], got + n, sizeof(got) - n);
		n += snprintf(got + n, sizeof(got) - n, "; ");
		i += BPF_CLASS(c.insns[i].code) == BPF_LD;
	}
	got[n ? n - 2 : 0] = 0;
	is_str(got, want, text);
	gen_free();
}

static void instructions(void)
{
	code("42", "r0 = 42");
	code("0x123456789", "r0 = 0x123456789");
	code("arg1 == 42", "r0 = u64 r7+24; u64 r10-16 = r0; r0 = 42; r1 = u64 r10-16; if r1 == r0 "
			   "goto +2; r0 = 0; goto +1; r0 = 1");
	code("flags & 1 && arg1",
	     "r0 = u64 r7+32; r0 <<= 32; r0 >>= 32; u64 r10-16 = r0; r0 = 1; r0 <<= 32; r0 >>= 32; "
	     "r1 = u64 r10-16; r1 &= r0; r0 = r1; r0 <<= 32; r0 >>= 32; if r0 == 0 goto +6; r0 = "
	     "u64 r7+24; if r0 != 0 goto +2; r0 = 0; goto +1; r0 = 1; goto +1; r0 = 0");
	code("g->c", "r0 = u64 r7+24; r0 += 8; u64 r10-8 = 0; r3 = r0; r1 = r10; r1 += -8; r2 = 8; "
		     "if r3 s< 0 goto +2; call 112; goto +1; call 113; r1 = r0; r1 >>= 63; r2 = "
		     "u64 r7+0; r2 += r1; u64 r7+0 = r2; r0 = u64 r10-8");
	code("g->a", "r0 = u64 r7+24; u64 r10-8 = 0; r3 = r0; r1 = r10; r1 += -8; r2 = 1; if r3 s< "
		     "0 goto +2; call 112; goto +1; call 113; r1 = r0; r1 >>= 63; r2 = u64 r7+0; "
		     "r2 += r1; u64 r7+0 = r2; r0 = u64 r10-8; r0 <<= 59; r0 s>>= 59");
	code("g->next->e",
	     "r0 = u64 r7+24; r0 += 24; u64 r10-8 = 0; r3 = r0; r1 = r10; r1 += -8; r2 = 8; if r3 "
	     "s< 0 goto +2; call 112; goto +1; call 113; r1 = r0; r1 >>= 63; r2 = u64 r7+0; r2 += "
	     "r1; u64 r7+0 = r2; r0 = u64 r10-8; r0 += 20; u64 r10-8 = 0; r3 = r0; r1 = r10; r1 += "
	     "-8; r2 = 2; if r3 s< 0 goto +2; call 112; goto +1; call 113; r1 = r0; r1 >>= 63; r2 "
	     "= u64 r7+0; r2 += r1; u64 r7+0 = r2; r0 = u16 r10-8; r0 <<= 48; r0 s>>= 48");
	code("$PID", "r0 = u64 r7+8; r0 >>= 32; r0 <<= 32; r0 >>= 32");
	code("FAR", "r0 = 0x100000000");
	code("$uid", "call 15; r0 <<= 32; r0 >>= 32");
	code("$tgid", "r0 = u64 r7+8; r0 >>= 32; r0 <<= 32; r0 >>= 32");
	code("(int)arg1 / 2", "r0 = u64 r7+24; r0 <<= 32; r0 s>>= 32; u64 r10-16 = r0; r0 = 2; r1 "
			      "= u64 r10-16; r2 = r1; r2 ^= r0; if r0 s>= 0 goto +1; r0 = -itself; "
			      "if r1 s>= 0 goto +1; r1 = -itself; r1 /= r0; if r2 s>= 0 goto +1; "
			      "r1 = -itself; r0 = r1; r0 <<= 32; r0 s>>= 32");
	code("g->d[1]", "r0 = u64 r7+24; r0 += 17; u64 r10-8 = 0; r3 = r0; r1 = r10; r1 += -8; r2 "
			"= 1; if r3 s< 0 goto +2; call 112; goto +1; call 113; r1 = r0; r1 >>= 63; "
			"r2 = u64 r7+0; r2 += r1; u64 r7+0 = r2; r0 = u8 r10-8");
	code("STRCMP(\"abc\", g->name)",
	     "r0 = u64 r7+24; r0 += 32; u64 r10-16 = 0; r3 = r0; r0 = -1; if r3 == 0 goto +14; r1 "
	     "= r10; r1 += -16; r2 = 5; if r3 s< 0 goto +2; call 114; goto +1; call 115; if r0 != "
	     "0 goto +1; r0 = 1; r1 = r0; r1 >>= 63; r2 = u64 r7+0; r2 += r1; u64 r7+0 = r2; if "
	     "r0 != 4 goto +5; r1 = u64 r10-16; r2 = 6513249; if r1 != r2 goto +2; r0 = 1; goto "
	     "+1; r0 = 0");
}

/* ---- specifications ---- */

static void spec(const char *text, const char *want)
{
	struct spec s;
	char got[512];
	const char *rest = spec_parse(&s, text);
	int n = snprintf(got, sizeof(got), "%c %s+%llu", s.kind, s.place, s.offset);

	for (u32 i = 0; i < s.n_params; i++)
		n += snprintf(got + n, sizeof(got) - n, " %s%.*s %s", s.param_types[i]->name,
			      s.param_types[i]->depth, "******", s.params[i].name);
	snprintf(got + n, sizeof(got) - n, "|%s", rest);
	is_str(got, want, text);
	gen_free();
}

static void specs(void)
{
	spec("do_sys_open", "p do_sys_open+0|");
	spec("do_sys_open \"%s\", arg2", "p do_sys_open+0| \"%s\", arg2");
	spec("sys_read (arg3 > 20000) \"read %d bytes\", arg3",
	     "p sys_read+0| (arg3 > 20000) \"read %d bytes\", arg3");
	spec("r::do_sys_open \"%llx\", retval", "r p::do_sys_open+0| \"%llx\", retval");
	spec("c:open (arg2 == 42) \"%s %d\", arg1, arg2",
	     "p c:open+0| (arg2 == 42) \"%s %d\", arg1, arg2");
	spec("c:malloc+0x10", "p c:malloc+16|");
	spec("p:c:fork()#fork calls", "p p:c:fork+0|#fork calls");
	spec("t:irq:irq_handler_entry():int:args->irq",
	     "t t:irq:irq_handler_entry+0|:int:args->irq");
	spec("r::__kmalloc(size_t size):u64:$latency/$entry(size)#ns per byte",
	     "r p::__kmalloc+0 size_t size|:u64:$latency/$entry(size)#ns per byte");
	spec("t:block:block_rq_complete \"sectors=%d\", args->nr_sector",
	     "t t:block:block_rq_complete+0| \"sectors=%d\", args->nr_sector");
	spec("u:pthread:pthread_create (arg4 != 0)", "u u:pthread:pthread_create+0| (arg4 != 0)");
	spec("p::SyS_nanosleep(struct timespec *ts) \"%lld\", ts->tv_nsec",
	     "p p::SyS_nanosleep+0 struct timespec* ts| \"%lld\", ts->tv_nsec");
	spec("p:c:write(int fd, const void *buf, size_t count) \"%d\", fd",
	     "p p:c:write+0 int fd void* buf size_t count| \"%d\", fd");
}

int main(void)
{
	gen_types(gadget_types());
	trees();
	specs();
	errors();
	instructions();
	return done();
}
