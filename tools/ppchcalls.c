// SPDX-License-Identifier: BSD-2-Clause
/* ppchcalls: calls of a PowerPC machine's hypervisor, counted and timed.  After BCC's, by Harsh Prateek Bora. */
#include "ppchcalls.h"
#include "domain/call_counts.h"
#include "domain/errname.h"
#include "main/tool.h"
#include "ppchcalls.skel.h"
#include <err.h>
#include <errno.h>
#include <string.h>

struct named {
	u32 number;
	const char *name;
};

/* By the numbers of the platform's reference (PAPR), and those from 0xef00 on that firmware and KVM have besides. */
static const struct named calls[] = {
	// clang-format off
	{ 0x4, "H_REMOVE" },
	{ 0x8, "H_ENTER" },
	{ 0xc, "H_READ" },
	{ 0x10, "H_CLEAR_MOD" },
	{ 0x14, "H_CLEAR_REF" },
	{ 0x18, "H_PROTECT" },
	{ 0x1c, "H_GET_TCE" },
	{ 0x20, "H_PUT_TCE" },
	{ 0x24, "H_SET_SPRG0" },
	{ 0x28, "H_SET_DABR" },
	{ 0x2c, "H_PAGE_INIT" },
	{ 0x30, "H_SET_ASR" },
	{ 0x34, "H_ASR_ON" },
	{ 0x38, "H_ASR_OFF" },
	{ 0x3c, "H_LOGICAL_CI_LOAD" },
	{ 0x40, "H_LOGICAL_CI_STORE" },
	{ 0x44, "H_LOGICAL_CACHE_LOAD" },
	{ 0x48, "H_LOGICAL_CACHE_STORE" },
	{ 0x4c, "H_LOGICAL_ICBI" },
	{ 0x50, "H_LOGICAL_DCBF" },
	{ 0x54, "H_GET_TERM_CHAR" },
	{ 0x58, "H_PUT_TERM_CHAR" },
	{ 0x5c, "H_REAL_TO_LOGICAL" },
	{ 0x60, "H_HYPERVISOR_DATA" },
	{ 0x64, "H_EOI" },
	{ 0x68, "H_CPPR" },
	{ 0x6c, "H_IPI" },
	{ 0x70, "H_IPOLL" },
	{ 0x74, "H_XIRR" },
	{ 0x78, "H_MIGRATE_DMA" },
	{ 0x7c, "H_PERFMON" },
	{ 0xdc, "H_REGISTER_VPA" },
	{ 0xe0, "H_CEDE" },
	{ 0xe4, "H_CONFER" },
	{ 0xe8, "H_PROD" },
	{ 0xec, "H_GET_PPP" },
	{ 0xf0, "H_SET_PPP" },
	{ 0xf4, "H_PURR" },
	{ 0xf8, "H_PIC" },
	{ 0xfc, "H_REG_CRQ" },
	{ 0x100, "H_FREE_CRQ" },
	{ 0x104, "H_VIO_SIGNAL" },
	{ 0x108, "H_SEND_CRQ" },
	{ 0x110, "H_COPY_RDMA" },
	{ 0x114, "H_REGISTER_LOGICAL_LAN" },
	{ 0x118, "H_FREE_LOGICAL_LAN" },
	{ 0x11c, "H_ADD_LOGICAL_LAN_BUFFER" },
	{ 0x120, "H_SEND_LOGICAL_LAN" },
	{ 0x124, "H_BULK_REMOVE" },
	{ 0x130, "H_MULTICAST_CTRL" },
	{ 0x134, "H_SET_XDABR" },
	{ 0x138, "H_STUFF_TCE" },
	{ 0x13c, "H_PUT_TCE_INDIRECT" },
	{ 0x14c, "H_CHANGE_LOGICAL_LAN_MAC" },
	{ 0x150, "H_VTERM_PARTNER_INFO" },
	{ 0x154, "H_REGISTER_VTERM" },
	{ 0x158, "H_FREE_VTERM" },
	{ 0x15c, "H_RESET_EVENTS" },
	{ 0x160, "H_ALLOC_RESOURCE" },
	{ 0x164, "H_FREE_RESOURCE" },
	{ 0x168, "H_MODIFY_QP" },
	{ 0x16c, "H_QUERY_QP" },
	{ 0x170, "H_REREGISTER_PMR" },
	{ 0x174, "H_REGISTER_SMR" },
	{ 0x178, "H_QUERY_MR" },
	{ 0x17c, "H_QUERY_MW" },
	{ 0x180, "H_QUERY_HCA" },
	{ 0x184, "H_QUERY_PORT" },
	{ 0x188, "H_MODIFY_PORT" },
	{ 0x18c, "H_DEFINE_AQP1" },
	{ 0x190, "H_GET_TRACE_BUFFER" },
	{ 0x194, "H_DEFINE_AQP0" },
	{ 0x198, "H_RESIZE_MR" },
	{ 0x19c, "H_ATTACH_MCQP" },
	{ 0x1a0, "H_DETACH_MCQP" },
	{ 0x1a4, "H_CREATE_RPT" },
	{ 0x1a8, "H_REMOVE_RPT" },
	{ 0x1ac, "H_REGISTER_RPAGES" },
	{ 0x1b0, "H_DISABLE_AND_GETC" },
	{ 0x1b4, "H_ERROR_DATA" },
	{ 0x1b8, "H_GET_HCA_INFO" },
	{ 0x1bc, "H_GET_PERF_COUNT" },
	{ 0x1c0, "H_MANAGE_TRACE" },
	{ 0x1c8, "H_GET_CPU_CHARACTERISTICS" },
	{ 0x1d4, "H_FREE_LOGICAL_LAN_BUFFER" },
	{ 0x1d8, "H_POLL_PENDING" },
	{ 0x1e4, "H_QUERY_INT_STATE" },
	{ 0x244, "H_ILLAN_ATTRIBUTES" },
	{ 0x248, "H_ADD_LOGICAL_LAN_BUFFERS" },
	{ 0x250, "H_MODIFY_HEA_QP" },
	{ 0x254, "H_QUERY_HEA_QP" },
	{ 0x258, "H_QUERY_HEA" },
	{ 0x25c, "H_QUERY_HEA_PORT" },
	{ 0x260, "H_MODIFY_HEA_PORT" },
	{ 0x264, "H_REG_BCMC" },
	{ 0x268, "H_DEREG_BCMC" },
	{ 0x26c, "H_REGISTER_HEA_RPAGES" },
	{ 0x270, "H_DISABLE_AND_GET_HEA" },
	{ 0x274, "H_GET_HEA_INFO" },
	{ 0x278, "H_ALLOC_HEA_RESOURCE" },
	{ 0x284, "H_ADD_CONN" },
	{ 0x288, "H_DEL_CONN" },
	{ 0x298, "H_JOIN" },
	{ 0x2a0, "H_VASI_SIGNAL" },
	{ 0x2a4, "H_VASI_STATE" },
	{ 0x2a8, "H_VIOCTL" },
	{ 0x2b0, "H_ENABLE_CRQ" },
	{ 0x2b8, "H_GET_EM_PARMS" },
	{ 0x2d0, "H_SET_MPP" },
	{ 0x2d4, "H_GET_MPP" },
	{ 0x2dc, "H_REG_SUB_CRQ" },
	{ 0x2e0, "H_FREE_SUB_CRQ" },
	{ 0x2e4, "H_SEND_SUB_CRQ" },
	{ 0x2e8, "H_SEND_SUB_CRQ_INDIRECT" },
	{ 0x2ec, "H_HOME_NODE_ASSOCIATIVITY" },
	{ 0x2f4, "H_BEST_ENERGY" },
	{ 0x2fc, "H_XIRR_X" },
	{ 0x300, "H_RANDOM" },
	{ 0x304, "H_COP" },
	{ 0x314, "H_GET_MPP_X" },
	{ 0x31c, "H_SET_MODE" },
	{ 0x328, "H_BLOCK_REMOVE" },
	{ 0x358, "H_CLEAR_HPT" },
	{ 0x360, "H_REQUEST_VMC" },
	{ 0x36c, "H_RESIZE_HPT_PREPARE" },
	{ 0x370, "H_RESIZE_HPT_COMMIT" },
	{ 0x37c, "H_REGISTER_PROC_TBL" },
	{ 0x380, "H_SIGNAL_SYS_RESET" },
	{ 0x388, "H_ALLOCATE_VAS_WINDOW" },
	{ 0x38c, "H_MODIFY_VAS_WINDOW" },
	{ 0x390, "H_DEALLOCATE_VAS_WINDOW" },
	{ 0x394, "H_QUERY_VAS_WINDOW" },
	{ 0x398, "H_QUERY_VAS_CAPABILITIES" },
	{ 0x39c, "H_QUERY_NX_CAPABILITIES" },
	{ 0x3a0, "H_GET_NX_FAULT" },
	{ 0x3a8, "H_INT_GET_SOURCE_INFO" },
	{ 0x3ac, "H_INT_SET_SOURCE_CONFIG" },
	{ 0x3b0, "H_INT_GET_SOURCE_CONFIG" },
	{ 0x3b4, "H_INT_GET_QUEUE_INFO" },
	{ 0x3b8, "H_INT_SET_QUEUE_CONFIG" },
	{ 0x3bc, "H_INT_GET_QUEUE_CONFIG" },
	{ 0x3c0, "H_INT_SET_OS_REPORTING_LINE" },
	{ 0x3c4, "H_INT_GET_OS_REPORTING_LINE" },
	{ 0x3c8, "H_INT_ESB" },
	{ 0x3cc, "H_INT_SYNC" },
	{ 0x3d0, "H_INT_RESET" },
	{ 0x3e4, "H_SCM_READ_METADATA" },
	{ 0x3e8, "H_SCM_WRITE_METADATA" },
	{ 0x3ec, "H_SCM_BIND_MEM" },
	{ 0x3f0, "H_SCM_UNBIND_MEM" },
	{ 0x3f4, "H_SCM_QUERY_BLOCK_MEM_BINDING" },
	{ 0x3f8, "H_SCM_QUERY_LOGICAL_MEM_BINDING" },
	{ 0x3fc, "H_SCM_UNBIND_ALL" },
	{ 0x400, "H_SCM_HEALTH" },
	{ 0x418, "H_SCM_PERFORMANCE_STATS" },
	{ 0x41c, "H_PKS_GET_CONFIG" },
	{ 0x420, "H_PKS_SET_PASSWORD" },
	{ 0x424, "H_PKS_GEN_PASSWORD" },
	{ 0x42c, "H_PKS_WRITE_OBJECT" },
	{ 0x430, "H_PKS_GEN_KEY" },
	{ 0x434, "H_PKS_READ_OBJECT" },
	{ 0x438, "H_PKS_REMOVE_OBJECT" },
	{ 0x43c, "H_PKS_CONFIRM_OBJECT_FLUSHED" },
	{ 0x448, "H_RPT_INVALIDATE" },
	{ 0x44c, "H_SCM_FLUSH" },
	{ 0x450, "H_GET_ENERGY_SCALE_INFO" },
	{ 0x454, "H_PKS_SIGNED_UPDATE" },
	{ 0x458, "H_HTM" },
	{ 0x45c, "H_WATCHDOG" },
	{ 0x460, "H_GUEST_GET_CAPABILITIES" },
	{ 0x464, "H_GUEST_SET_CAPABILITIES" },
	{ 0x470, "H_GUEST_CREATE" },
	{ 0x474, "H_GUEST_CREATE_VCPU" },
	{ 0x478, "H_GUEST_GET_STATE" },
	{ 0x47c, "H_GUEST_SET_STATE" },
	{ 0x480, "H_GUEST_RUN_VCPU" },
	{ 0x484, "H_GUEST_COPY_MEMORY" },
	{ 0x488, "H_GUEST_DELETE" },
	{ 0x490, "H_PKS_WRAP_OBJECT" },
	{ 0x494, "H_PKS_UNWRAP_OBJECT" },
	{ 0xef00, "H_SVM_PAGE_IN" },
	{ 0xef04, "H_SVM_PAGE_OUT" },
	{ 0xef08, "H_SVM_INIT_START" },
	{ 0xef0c, "H_SVM_INIT_DONE" },
	{ 0xef14, "H_SVM_INIT_ABORT" },
	{ 0xf000, "H_RTAS" },
	{ 0xf001, "H_LOGICAL_MEMOP" },
	{ 0xf002, "H_CAS" },
	{ 0xf003, "H_UPDATE_DT" },
	{ 0xf078, "H_GET_24X7_CATALOG_PAGE" },
	{ 0xf07c, "H_GET_24X7_DATA" },
	{ 0xf080, "H_GET_PERF_COUNTER_INFO" },
	{ 0xf800, "H_SET_PARTITION_TABLE" },
	{ 0xf804, "H_ENTER_NESTED" },
	{ 0xf808, "H_TLB_INVALIDATE" },
	{ 0xf80c, "H_COPY_TOFROM_GUEST" },
	// clang-format on
};

/* What negative results mean. */
static const struct named errors[] = {
	// clang-format off
	{ 1, "H_HARDWARE" },
	{ 2, "H_FUNCTION" },
	{ 3, "H_PRIVILEGE" },
	{ 4, "H_PARAMETER" },
	{ 5, "H_BAD_MODE" },
	{ 6, "H_PTEG_FULL" },
	{ 7, "H_NOT_FOUND" },
	{ 8, "H_RESERVED_DABR" },
	{ 9, "H_NO_MEM" },
	{ 10, "H_AUTHORITY" },
	{ 11, "H_PERMISSION" },
	{ 12, "H_DROPPED" },
	{ 13, "H_SOURCE_PARM" },
	{ 14, "H_DEST_PARM" },
	{ 15, "H_REMOTE_PARM" },
	{ 16, "H_RESOURCE" },
	{ 17, "H_ADAPTER_PARM" },
	{ 18, "H_RH_PARM" },
	{ 19, "H_RCQ_PARM" },
	{ 20, "H_SCQ_PARM" },
	{ 21, "H_EQ_PARM" },
	{ 22, "H_RT_PARM" },
	{ 23, "H_ST_PARM" },
	{ 24, "H_SIGT_PARM" },
	{ 25, "H_TOKEN_PARM" },
	{ 27, "H_MLENGTH_PARM" },
	{ 28, "H_MEM_PARM" },
	{ 29, "H_MEM_ACCESS_PARM" },
	{ 30, "H_ATTR_PARM" },
	{ 31, "H_PORT_PARM" },
	{ 32, "H_MCG_PARM" },
	{ 33, "H_VL_PARM" },
	{ 34, "H_TSIZE_PARM" },
	{ 35, "H_TRACE_PARM" },
	{ 37, "H_MASK_PARM" },
	{ 38, "H_MCG_FULL" },
	{ 39, "H_ALIAS_EXIST" },
	{ 40, "H_P_COUNTER" },
	{ 41, "H_TABLE_FULL" },
	{ 42, "H_ALT_TABLE" },
	{ 43, "H_MR_CONDITION" },
	{ 44, "H_NOT_ENOUGH_RESOURCES" },
	{ 45, "H_R_STATE" },
	{ 46, "H_RESCINDED" },
	{ 55, "H_P2" },
	{ 56, "H_P3" },
	{ 57, "H_P4" },
	{ 58, "H_P5" },
	{ 59, "H_P6" },
	{ 60, "H_P7" },
	{ 61, "H_P8" },
	{ 62, "H_P9" },
	{ 64, "H_TOO_BIG" },
	{ 68, "H_OVERLAP" },
	{ 69, "H_INTERRUPT" },
	{ 70, "H_BAD_DATA" },
	{ 71, "H_NOT_ACTIVE" },
	{ 72, "H_SG_LIST" },
	{ 73, "H_OP_MODE" },
	{ 74, "H_COP_HW" },
	{ 75, "H_STATE" },
	{ 77, "H_IN_USE" },
	// clang-format on
};

#define N_CALLS  (sizeof(calls) / sizeof(*calls))
#define N_ERRORS (sizeof(errors) / sizeof(*errors))

static const struct named *find(const struct named *in, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcasecmp(in[i].name, name))
			return &in[i];
	return NULL;
}

static struct conf conf;
static const char *only;

static void list(const char *arg)
{
	const char *names[N_CALLS];

	(void)arg;
	for (size_t i = 0; i < N_CALLS; i++)
		names[i] = calls[i].name;
	call_counts_list(names, N_CALLS, 30);
}

static void set_error(const char *arg)
{
	const struct named *error = find(errors, N_ERRORS, arg);

	conf.error = error ? error->number : parse_error(arg, "H_PARAMETER");
}

static void set_only(const char *arg)
{
	const struct named *call = find(calls, N_CALLS, arg);

	if (!call)
		usage_error("unknown call '%s'; -l lists them", arg);
	conf.one = true;
	conf.call = call->number;
	only = call->name;
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_TID('t'),
	OPT_CONTAINER(0),
	OPT_INTERVAL('i'),
	OPT_DURATION('d'),
	OPT_ROWS('T', "top", "Show at most this many rows (default: 10; all with --json)"),
	OPT_FLAG('x', "failures", &conf.failed, "Count only calls that fail"),
	OPT_CALL('e', "errno", "ERROR", set_error,
		 "Count only calls that fail with this error, a number or a name such as "
		 "H_PARAMETER"),
	OPT_FLAG('L', "latency", &conf.latency, "Also show how long the calls took"),
	OPT_FLAG('m', "milliseconds", &call_counts_ms, "With -L, show milliseconds"),
	OPT_FLAG('P', "process", &conf.by_process, "Count by process, not by call"),
	OPT_CALL('l', "list", NULL, list, "Print the names of the calls, and exit"),
	OPT_CALL(0, "hcall", "NAME", set_only, "Count only this call"),
	{ 0 },
};

static struct value call_name(const void *u64_call)
{
	u64 call = *(const u64 *)u64_call;
	const char *name = NULL;

	for (size_t i = 0; i < N_CALLS; i++)
		if (calls[i].number == call)
			name = calls[i].name;
	return value_named(name, "[unknown: 0x%llx]", call);
}

static struct value average(struct rec r)
{
	const struct hcalls *h = r.p;
	u64 n = h->v.count, ns = n ? h->v.ns / n + (h->v.ns % n > (n - 1) / 2) : 0;

	return call_counts_took(&ns);
}

static char min_head[] = "MIN (us)", max_head[] = "MAX (us)", avg_head[] = "AVG (us)";

static const struct col cols[] = {
	{ COL_OF(call_name, "PPC HCALL", -45, hcalls, k.call), KEY("hcall"), HELP("The call"),
	  ONLY_UNLESS('P') },
	{ COL("PID", -6, hcalls, k.pid), HELP("Process ID"), ONLY_IF('P') },
	{ COL("COMM", -38, hcalls, v.comm), HELP("Name of the process"), ONLY_IF('P') },
	{ COL("COUNT", 8, hcalls, v.count), HELP("Number of calls") },
	{ COL("total_ns", 0, hcalls, v.ns), HELP("Time in them, in nanoseconds"), .opt = 'L',
	  .flags = COL_ONLY_IF | COL_JSON_ONLY },
	{ COL_OF(call_counts_took, min_head, 17, hcalls, v.min_ns), KEY("min_ns"),
	  HELP("With -L, time of the shortest call, with -m in milliseconds (JSON: min_ns, in "
	       "nanoseconds)"),
	  .opt = 'L', .flags = COL_ONLY_IF | COL_GAUGE },
	{ COL_OF(call_counts_took, max_head, 17, hcalls, v.max_ns), KEY("max_ns"),
	  HELP("The same of the longest one"), .opt = 'L', .flags = COL_ONLY_IF | COL_GAUGE },
	{ COLF(avg_head, 17, average), KEY("avg_ns"), HELP("The same on average"), ONLY_IF('L') },
	{ 0 },
};

static int compare(const void *a, const void *b)
{
	const struct hcalls *x = a, *y = b;

	if (x->v.count != y->v.count)
		return x->v.count < y->v.count ? 1 : -1;
	if (x->k.call != y->k.call)
		return x->k.call > y->k.call ? 1 : -1;
	return memcmp(&x->k, &y->k, sizeof(x->k));
}

static void parsed(void)
{
	if (!run.rows && !run.json)
		run.rows = 10;
	if (call_counts_ms) {
		strcpy(min_head, "MIN (ms)");
		strcpy(max_head, "MAX (ms)");
		strcpy(avg_head, "AVG (ms)");
	}
}

static void prepare(void *skel)
{
	struct ppchcalls_bpf *s = skel;

	bpf_program__set_autoload(s->progs.entered, conf.latency);
}

static void attach(void *skel)
{
	struct ppchcalls_bpf *s = skel;
	const char *what;

	if (!probe_attach(s->obj, &what))
		return;
	if (errno == ENOENT)
		errx(1,
		     "cannot trace calls of the hypervisor: this is no PowerPC machine with one, "
		     "or its kernel does not tell them");
	err(1, "cannot trace %s", what);
}

static void begin(void)
{
	call_counts_begin("ppc hcall", conf.failed, only);
}

TOOL(ppchcalls, .summary = "Count calls of a PowerPC machine's hypervisor, and the time they take.",
     .examples = "Examples:\n"
		 "  ppchcalls              # until Ctrl-C, the ten most frequent calls\n"
		 "  ppchcalls -i 5 -d 60   # every five seconds, for a minute\n"
		 "  ppchcalls -PL          # processes by the time they spend in calls\n"
		 "  ppchcalls -x           # calls that fail\n"
		 "  ppchcalls --hcall H_CONFER -L",
     CONF(conf), .opts = opts, .cols = cols, ENTRIES("hcalls", hcalls), .no_interval = true,
     .own_gaps = true, .compare = compare, .parsed = parsed, .prepare = prepare, .attach = attach,
     .begin = begin, .report_begin = call_counts_report_begin, .report_end = call_counts_report_end,
     .goodbye = "Detaching...")
