// SPDX-License-Identifier: BSD-2-Clause
/* kvmexit: count why virtual machines leave the processor.  After BCC's, by Fei Li. */
#include "kvmexit.h"
#include "kernel/tracepoints.h"
#include "kvmexit.skel.h"
#include "main/filter.h"
#include "main/tool.h"
#include <err.h>
#include <stdio.h>
#include <string.h>

static struct conf conf = { .vcpu = -1 };
static const char *pid, *tid, *tids;
static bool all_tids;

enum { BY_PID = 1, BY_TID, BY_TIDS }; /* for opt_imply() */

static const struct probe probes[] = {
	{ "exits of virtual machines, for which it needs a module of KVM", { "exited" } },
	{ 0 },
};

static void only_pid(const char *arg)
{
	filter_pid(pid = arg);
}

static void only_tid(const char *arg)
{
	filter_tid(tid = arg);
}

static void only_tids(const char *arg)
{
	filter_tid(tids = arg);
}

static void only_vcpu(const char *arg)
{
	conf.vcpu = parse_u64(arg, "vcpu", 0, INT32_MAX);
}

static const struct opt opts[] = {
	OPT_CALL('p', "pid", "PID", only_pid,
		 "Trace only this process, or several: 12,34; count all of its threads together"),
	OPT_CALL('t', "tid", "TID", only_tid, "Trace only this thread"),
	OPT_CALL('T', "tids", "TIDS", only_tids, "Trace only these threads: 12,34"),
	OPT_CALL('v', "vcpu", "VCPU", only_vcpu,
		 "With -p, trace only the virtual processor of this number"),
	OPT_FLAG('a', "alltids", &all_tids, "With -p, count each thread by itself"),
	OPT_U32('m', "max-parallelism", "N", &(u32){ 0 }, 1, UINT32_MAX,
		"Has no effect; for compatibility with BCC"),
	OPT_FLAG('d', "debug", &run.verbose, "Show messages from libbpf and the verifier"),
	OPT_CONTAINER(0),
	{ 0 },
};

/* By the numbers in Intel's manual. */
static const char *const vmx_reasons[] = {
	[0] = "EXCEPTION_NMI",
	[1] = "EXTERNAL_INTERRUPT",
	[2] = "TRIPLE_FAULT",
	[3] = "INIT_SIGNAL",
	[4] = "SIPI_SIGNAL",
	[7] = "INTERRUPT_WINDOW",
	[8] = "NMI_WINDOW",
	[9] = "TASK_SWITCH",
	[10] = "CPUID",
	[12] = "HLT",
	[13] = "INVD",
	[14] = "INVLPG",
	[15] = "RDPMC",
	[16] = "RDTSC",
	[18] = "VMCALL",
	[19] = "VMCLEAR",
	[20] = "VMLAUNCH",
	[21] = "VMPTRLD",
	[22] = "VMPTRST",
	[23] = "VMREAD",
	[24] = "VMRESUME",
	[25] = "VMWRITE",
	[26] = "VMOFF",
	[27] = "VMON",
	[28] = "CR_ACCESS",
	[29] = "DR_ACCESS",
	[30] = "IO_INSTRUCTION",
	[31] = "MSR_READ",
	[32] = "MSR_WRITE",
	[33] = "INVALID_STATE",
	[34] = "MSR_LOAD_FAIL",
	[36] = "MWAIT_INSTRUCTION",
	[37] = "MONITOR_TRAP_FLAG",
	[39] = "MONITOR_INSTRUCTION",
	[40] = "PAUSE_INSTRUCTION",
	[41] = "MCE_DURING_VMENTRY",
	[43] = "TPR_BELOW_THRESHOLD",
	[44] = "APIC_ACCESS",
	[45] = "EOI_INDUCED",
	[46] = "GDTR_IDTR",
	[47] = "LDTR_TR",
	[48] = "EPT_VIOLATION",
	[49] = "EPT_MISCONFIG",
	[50] = "INVEPT",
	[51] = "RDTSCP",
	[52] = "PREEMPTION_TIMER",
	[53] = "INVVPID",
	[54] = "WBINVD",
	[55] = "XSETBV",
	[56] = "APIC_WRITE",
	[57] = "RDRAND",
	[58] = "INVPCID",
	[59] = "VMFUNC",
	[60] = "ENCLS",
	[61] = "RDSEED",
	[62] = "PML_FULL",
	[63] = "XSAVES",
	[64] = "XRSTORS",
	[67] = "UMWAIT",
	[68] = "TPAUSE",
	[74] = "BUS_LOCK",
	[75] = "NOTIFY",
	[77] = "TDCALL",
	[84] = "MSR_READ_IMM",
	[85] = "MSR_WRITE_IMM",
};

/* By the numbers in AMD's manual, from SVM_FIRST on. */
#define SVM_FIRST 0x60
static const char *const svm_reasons[] = {
	"INTR",
	"NMI",
	"SMI",
	"INIT",
	"VINTR",
	"CR0_SEL_WRITE",
	"READ_IDTR",
	"READ_GDTR",
	"READ_LDTR",
	"READ_TR",
	"WRITE_IDTR",
	"WRITE_GDTR",
	"WRITE_LDTR",
	"WRITE_TR",
	"RDTSC",
	"RDPMC",
	"PUSHF",
	"POPF",
	"CPUID",
	"RSM",
	"IRET",
	"SWINT",
	"INVD",
	"PAUSE",
	"HLT",
	"INVLPG",
	"INVLPGA",
	"IO",
	"MSR",
	"TASK_SWITCH",
	"FERR_FREEZE",
	"SHUTDOWN",
	"VMRUN",
	"VMMCALL",
	"VMLOAD",
	"VMSAVE",
	"STGI",
	"CLGI",
	"SKINIT",
	"RDTSCP",
	"ICEBP",
	"WBINVD",
	"MONITOR",
	"MWAIT",
	"MWAIT_COND",
	"XSETBV",
	"RDPRU",
	"WRITE_EFER_TRAP",
	[0x90 - SVM_FIRST] = "WRITE_CR0_TRAP",
	[0x94 - SVM_FIRST] = "WRITE_CR4_TRAP",
	[0x98 - SVM_FIRST] = "WRITE_CR8_TRAP",
	[0xa2 - SVM_FIRST] = "INVPCID",
	[0xa5 - SVM_FIRST] = "BUS_LOCK",
	[0xa6 - SVM_FIRST] = "IDLE_HLT",
};
static const char *const svm_high_reasons[] = { "NPF", "AVIC_INCOMPLETE_IPI",
						"AVIC_UNACCELERATED_ACCESS", "VMGEXIT" };
/* Registers and exceptions, 16 of each kind, but 32 exceptions. */
static const char *const svm_low_reasons[] = { "READ_CR",  "WRITE_CR",   "READ_DR",
					       "WRITE_DR", "EXCEPTION_", "EXCEPTION_" };

static struct value reason_name(u32 isa, u32 reason)
{
	const char *known = "?";

	if (isa == VMX) {
		known = NAME_OF(vmx_reasons, reason);
	} else if (isa == SVM && reason < SVM_FIRST) {
		u32 first = reason / 16 == 5 ? 64 : reason / 16 * 16;

		return value_fmt("%s%u", svm_low_reasons[reason / 16], reason - first);
	} else if (isa == SVM && reason == UINT32_MAX) {
		known = "INVALID_GUEST_STATE";
	} else if (isa == SVM && reason >= 0x400) {
		known = NAME_OF(svm_high_reasons, reason - 0x400);
	} else if (isa == SVM) {
		known = NAME_OF(svm_reasons, reason - SVM_FIRST);
	}
	return value_named(strcmp(known, "?") ? known : NULL, "%#x", reason);
}

CELL(reason, exits, reason_name(e->k.isa, e->k.reason))

static const struct col cols[] = {
	{ COL("PID", -8, exits, k.pid),
	  HELP("Process of the virtual machine, without -p and -t, or if -p names several"),
	  .opt = BY_PID, .flags = COL_ONLY_IF },
	{ COL("TID", -8, exits, k.tid),
	  HELP("Thread of the virtual processor; with -p only if -a is given"), .opt = BY_TID,
	  .flags = COL_ONLY_IF },
	{ COL("TIDS", -8, exits, k.tid), KEY("tid"), HELP("The same with -T"), .opt = BY_TIDS,
	  .flags = COL_ONLY_IF },
	{ COLF("KVM_EXIT_REASON", -35, reason), KEY("reason"),
	  HELP("Why it left the processor, as Intel (VMX) or AMD (SVM) calls it") },
	{ COL("COUNT", -8, exits, v), HELP("How often") },
	{ 0 },
};

static void parsed(void)
{
	if (!!tid + !!tids + (conf.vcpu >= 0) + all_tids > 1)
		usage_error("-t, -T, -v and -a exclude each other");
	if (!pid && (conf.vcpu >= 0 || all_tids))
		usage_error("-v and -a need the process: -p PID");
	if (tid && strchr(tid, ',')) {
		tids = tid;
		tid = NULL;
	}
	conf.by_process = pid && !all_tids && !tid && !tids;
	if (pid && strchr(pid, ','))
		opt_imply(BY_PID);
	if (tids)
		opt_imply(BY_TIDS);
	else if (all_tids)
		opt_imply(BY_TID);
	else if (!pid && !tid) {
		opt_imply(BY_PID);
		opt_imply(BY_TID);
	}
}

static void on_field(struct tracepoint_field *f, void *ctx)
{
	static const struct {
		const char *name;
		u32 *at;
	} wanted[] = { { " exit_reason", &conf.reason_at },
		       { " isa", &conf.isa_at },
		       { " vcpu_id", &conf.vcpu_at } };
	const char *name = strrchr(f->text, ' ');

	(void)ctx;
	for (size_t i = 0; name && i < sizeof(wanted) / sizeof(*wanted); i++)
		if (!strcmp(name, wanted[i].name) && f->size == 4)
			*wanted[i].at = f->off;
}

static void targets(void)
{
	/* If there is no such tracepoint, the library says so. */
	if (tracepoint_fields("kvm:kvm_exit", on_field, NULL) &&
	    (!conf.reason_at || !conf.isa_at || !conf.vcpu_at))
		errx(1, "cannot trace exits of virtual machines: only those of x86 processors are "
			"known");
}

static void begin(void)
{
	text("Display kvm exit reasons and statistics for ");
	if (tid || tids)
		text("TID%s %s", tids ? "S" : "", tids ?: tid);
	else if (!pid)
		text("all threads");
	else if (conf.vcpu >= 0)
		text("PID %s VCPU %d", pid, conf.vcpu);
	else
		text("PID %s%s", pid, all_tids ? " and its all threads" : "");
	if (run.duration)
		text(" after sleeping %u secs.\n", run.duration);
	else
		text("... Hit Ctrl-C to end.\n");
}

static int compare(const void *a, const void *b)
{
	const struct exits *x = a, *y = b;

	if (x->k.pid != y->k.pid && !conf.by_process)
		return x->k.pid < y->k.pid ? -1 : 1;
	if (x->k.tid != y->k.tid)
		return x->k.tid < y->k.tid ? -1 : 1;
	return (x->v < y->v) - (x->v > y->v) ?: memcmp(&x->k, &y->k, sizeof(x->k));
}

TOOL(kvmexit, .summary = "Count why virtual machines leave the processor.", .args = "[DURATION]",
     .examples = "Examples:\n"
		 "  kvmexit              # all virtual machines, until Ctrl-C\n"
		 "  kvmexit -p 181 20    # of this process, for 20 seconds\n"
		 "  kvmexit -p 181 -a    # each of its threads by itself\n"
		 "  kvmexit -p 181 -v 0  # its first virtual processor\n"
		 "  kvmexit -T 182,183   # these threads",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, ENTRIES("exits", exits),
     .positional = positional_duration, .no_interval = true, .own_gaps = true, .parsed = parsed,
     .targets = targets, .begin = begin, .compare = compare)
