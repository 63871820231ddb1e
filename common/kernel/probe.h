/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which BPF programs run on this kernel.  What the kernel has decides, never
 * its version: distributions backport.
 */
#pragma once
#include "lib/types.h"
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/*
 * Ways to see one kind of event, best first.  A way is a program's name, or the
 * function of a KFUNC() or KFUNC_RET(), or several of these separated by blanks
 * of which each is needed.  io_kiocb.cqe among them: where that struct of the kernel
 * has that member.  preemptible among them: where a task can be preempted inside the program of a raw
 * tracepoint (bpf/lib/tracepoint.bpf.h).  The first way that this kernel offers is taken.
 */
struct probe {
	const char *sees;     /* "opens by handle", for messages */
	const char *ways[10]; /* NULL-terminated */
	bool optional;        /* without it the tool works, and says what is not seen */
	const bool *wanted;   /* NULL: always */
	/*
	 * On most machines, its functions are rarely called: a call may cost 1,300 instructions more,
	 * and the start then costs 8 million less for each function.
	 */
	bool rare;
};

/*
 * Ways to see system calls that bpf/lib/syscall.bpf.h has programs for.
 * SYSCALLS(WAY, mount, umount) is a string: the WAY of each, at most six.
 */
#define SYSCALLS(way, ...)                                                                    \
	SYSCALLS_NTH(__VA_ARGS__, SYSCALLS_6, SYSCALLS_5, SYSCALLS_4, SYSCALLS_3, SYSCALLS_2, \
		     SYSCALLS_1)                                                              \
	(way, __VA_ARGS__)
#define SYSCALLS_NTH(_1, _2, _3, _4, _5, _6, n, ...) n
#define SYSCALLS_1(way, a)                           way(a)
#define SYSCALLS_2(way, a, ...)                      way(a) " " SYSCALLS_1(way, __VA_ARGS__)
#define SYSCALLS_3(way, a, ...)                      way(a) " " SYSCALLS_2(way, __VA_ARGS__)
#define SYSCALLS_4(way, a, ...)                      way(a) " " SYSCALLS_3(way, __VA_ARGS__)
#define SYSCALLS_5(way, a, ...)                      way(a) " " SYSCALLS_4(way, __VA_ARGS__)
#define SYSCALLS_6(way, a, ...)                      way(a) " " SYSCALLS_5(way, __VA_ARGS__)

#define SYSCALL_WAY_X64(name)   "__x64_sys_" #name
#define SYSCALL_WAY_IA32(name)  "__ia32_sys_" #name
#define SYSCALL_WAY_ARM64(name) "__arm64_sys_" #name
#define SYSCALL_WAY_TP(name)    #name "_enter " #name "_exit"
/* The ways of a row: by the functions, or by tracepoints. */
#define SYSCALL_WAYS(...)                                                                 \
	SYSCALLS(SYSCALL_WAY_X64, __VA_ARGS__), SYSCALLS(SYSCALL_WAY_ARM64, __VA_ARGS__), \
		SYSCALLS(SYSCALL_WAY_TP, __VA_ARGS__)
/* A row that has to be: SEES is seen by these. */
#define SYSCALLS_SEEN(sees, ...)                  \
	{                                         \
		sees,                             \
		{                                 \
			SYSCALL_WAYS(__VA_ARGS__) \
		}                                 \
	}

/*
 * The library's, before a BPF object is opened: tell libbpf how to load tracing programs.
 * By itself it would read all of the kernel's BTF for the number of the type that each
 * attaches to, which common/kernel/kbtf.h knows.
 */
void probe_init(void);

/* How kernel functions are traced.  PROBE_SESSION: as in session.h. */
enum probe_flavour { PROBE_FENTRY, PROBE_KPROBE, PROBE_SESSION, PROBE_FLAVOURS };

/*
 * Mark the programs to load.  probes may be NULL: all programs, all required.
 * Exits if a required way to see something is missing.
 */
void probe_select(struct bpf_object *, const struct probe *probes, enum probe_flavour);

/*
 * For the tests: what is wrong with a tool's table, or NULL.  A misspelt word would be taken for something that
 * this kernel lacks, and a program in no row never runs.  Valid until the next call.
 */
const char *probe_mistake(struct bpf_object *, const struct probe *probes);

/*
 * KFUNC(STAND_IN, ...) traces FUNC, which is known only now; before probe_select().  If
 * that is not in BTF (in a module, before 5.11), by kprobes.  Both strings stay the caller's.
 */
void probe_target(const char *stand_in, const char *func);
/* Is there such a function, traceable by one flavour or the other? */
bool probe_has_func(const char *func);

/* Attach what was loaded; 0, or -1 with what failed in *what (valid until the next call). */
int probe_attach(struct bpf_object *, const char **what);
/*
 * What the kernel must know of a copy's functions: which are global, so that its verifier goes through them once, and not
 * again for each call.
 */
struct probe_types {
	struct bpf_func_info *funcs; /* by their place; the caller's */
	u32 n;
};
/* Before the BPF object is opened: remember the types of programs that copies can be made of. */
void probe_keep_types(void);
/* Those of a loaded program.  Their places are those of bpf_program__insns(). */
struct probe_types probe_types(const struct bpf_program *);
void probe_tell_types(const struct probe_types *, struct bpf_prog_load_opts *);
/*
 * Load a copy of a program whose probe_id() (lib/probe_id.bpf.h) is ID.  OPTS may be NULL.
 * Returns the copy's descriptor, which is the caller's, or less than 0 with errno.
 */
int probe_copy(const struct bpf_program *, enum bpf_prog_type, u32 id,
	       struct bpf_prog_load_opts *opts);
/* Does it ask for its probe_id()?  Else its copies are all the same. */
bool probe_asks_id(const struct bpf_program *);
/* Attach one program as its section says; NULL with errno if that fails. */
struct bpf_link *probe_attach_program(struct bpf_program *);
/* With --check only: report an attached program, by its section or kind. */
void probe_say(const char *section);
/* A program's section, without '?', as it was attached: "kprobe.session/NAME".  Valid until the next call. */
const char *probe_section(const struct bpf_program *);
/* Undo it all: before another attempt. */
void probe_detach(void);
/* Hold a link a tool made itself until the process ends. */
void probe_hold(struct bpf_link *);

/*
 * PROBE_FENTRY if this kernel takes such programs, and no task can be preempted inside them.
 * SNOOPKIT_PROBES=kprobe, fentry or session decides otherwise; exits if the kernel doesn't have what
 * it asks for, and OBJ has programs for kernel functions.
 */
enum probe_flavour probe_best_flavour(struct bpf_object *obj);

/*
 * Loading or attaching failed.  True if there is another flavour to try: a kernel can take a program and
 * then refuse to attach it.
 */
bool probe_try_another(void);

/* Calls or hits that one link for many functions missed; see session.h. */
u64 probe_missed(void);
u64 probe_nested(void);

/* Does this kernel take fentry programs, and others that run on a trampoline? */
bool probe_has_fentry(void);

/* A perf event for a function's returns, which misses none of up to 4,096 calls in flight; -1 if there can't be one. */
int probe_return_event(const char *func);
/* Close it when the tool ends: before that, the kernel refuses to remove what it is made of. */
void probe_hold_event(int fd);
/* Attach a kretprobe by that, or else by one that misses more. */
struct bpf_link *probe_kretprobe(struct bpf_program *, const char *func);

/* Can a task be preempted inside a raw tracepoint's program, which then misses hits? */
bool probe_preempts_tracepoints(void);

/*
 * The program to load for a tracepoint that .probes doesn't name: NAME_perf, if there is one and NAME could be
 * preempted, else NAME.
 */
struct bpf_program *probe_program(struct bpf_object *, const char *name);

/* Was this program chosen?  (By the name it has in the skeleton.) */
bool probe_chosen(const struct bpf_program *);

/* Is there such a tracepoint ("sched/sched_switch") in tracefs? */
bool probe_has_tracepoint(const char *name);
/* Can kprobes be put on this function? */
bool probe_has_kprobe(const char *func);
/* Does a kprobe on just this symbol work?  By trial: a search in kallsyms takes far longer. */
bool probe_has_symbol(const char *symbol);
/*
 * Does the kernel say that it has one function of this name, and no more?  Without a search in kallsyms.  *ADDR is
 * its address, or 0.  If false, there may be several, or none.
 */
bool probe_has_only(const char *symbol, u64 *addr);
/* tracefs' directory, or NULL if it is not mounted or not for us; then a sentence says which. */
const char *tracefs(void);
const char *tracefs_why_not(void);
