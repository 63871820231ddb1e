// SPDX-License-Identifier: BSD-2-Clause
/* virtiostat: what drivers hand to virtio devices.  After BCC's. */
#include "virtiostat.h"
#include "kernel/kbtf.h"
#include "kernel/probe.h"
#include "main/tool.h"
#include "output/loss.h"
#include "virtiostat.skel.h"
#include <string.h>
#include <time.h>

static const char *driver, *device;
static bool timestamp, has_mapped_out, has_mapped_in, has_clean;
static const u64 *longer;

static const struct probe probes[] = {
	{ "lists of buffers", { "virtqueue_add_sgs" } },
	{ "buffers to read", { "virtqueue_add_outbuf" } },
	{ "buffers to write", { "virtqueue_add_inbuf" } },
	{ "buffers to write, with a context", { "virtqueue_add_inbuf_ctx" } },
	{ "mapped buffers to read",
	  { "virtqueue_add_outbuf_premapped" },
	  .wanted = &has_mapped_out },
	{ "mapped buffers to write",
	  { "virtqueue_add_inbuf_premapped" },
	  .wanted = &has_mapped_in },
	{ "buffers to write whose cache lines are clean",
	  { "virtqueue_add_inbuf_cache_clean" },
	  .wanted = &has_clean },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_FLAG('T', "timestamp", &timestamp, "Begin each report with the time"),
	OPT_STR('d', "driver", "DRIVER", &driver, "Show only devices of this driver: virtio_blk"),
	OPT_STR('n', "devname", "DEVICE", &device, "Show only this device: virtio0"),
	OPT_FLAG('D', "debug", &run.verbose, "The same as --verbose"),
	{ 0 },
};

static const struct col cols[] = {
	{ COL("Driver", 14, queue_use, v.driver), HELP("Driver of the device") },
	{ COL("Device", 8, queue_use, v.device), HELP("Device, as in /sys/bus/virtio/devices") },
	{ COL("VQ Name", 10, queue_use, v.name), KEY("queue"), HELP("Name of the queue") },
	{ COL("index", 0, queue_use, v.index), HELP("Number of the queue in the device"),
	  JSON_ONLY },
	{ COL("In SGs", 7, queue_use, v.in_lists), KEY("in_sgs"),
	  HELP("Lists of memory handed to the device to write to") },
	{ COL("Out SGs", 7, queue_use, v.out_lists), KEY("out_sgs"),
	  HELP("Lists of memory handed to the device to read") },
	{ COL("In BW", 14, queue_use, v.in_bytes), KEY("in_bytes"),
	  HELP("How much memory that is to write to, in bytes") },
	{ COL("Out BW", 14, queue_use, v.out_bytes), KEY("out_bytes"),
	  HELP("How much memory that is to read, in bytes") },
	{ 0 },
};

static void targets(void)
{
	/* A module up to 6.11. */
	kbtf_use_module("virtio_ring");
	has_mapped_out = probe_has_func("virtqueue_add_outbuf_premapped");
	has_clean = probe_has_func("virtqueue_add_inbuf_cache_clean");
	has_mapped_in = probe_has_func("virtqueue_add_inbuf_premapped");
}

static u64 count_longer(void)
{
	return longer ? *longer : 0;
}

static void loaded(void *skel)
{
	const struct virtiostat_bpf *b = skel;

	longer = &b->bss->longer;
	loss_side("longer", "ends of requests: too many pieces of memory", count_longer);
}

static bool keep(struct rec r)
{
	const struct queue_use *q = r.p;

	return (!driver || !strncmp(driver, q->v.driver, sizeof(q->v.driver))) &&
	       (!device || !strncmp(device, q->v.device, sizeof(q->v.device)));
}

static int by_device(const void *a, const void *b)
{
	const struct queue_counts *x = &((const struct queue_use *)a)->v,
				  *y = &((const struct queue_use *)b)->v;

	size_t m = strnlen(x->device, sizeof(x->device)), n = strnlen(y->device, sizeof(y->device));
	/* The shorter one first: virtio9 comes before virtio10. */
	int order = (m > n) - (m < n) ?: memcmp(x->device, y->device, m);

	return order ?: (x->index > y->index) - (x->index < y->index);
}

static void report_begin(void)
{
	time_t now = time(NULL);
	char s[16] = "--------";

	if (timestamp)
		strftime(s, sizeof(s), "%T", localtime_r(&now, &(struct tm){ 0 }));
	text("%s\n", s);
}

TOOL(virtiostat, .summary = "Count what drivers hand to virtio devices, by queue.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  virtiostat                   # every 3 seconds\n"
		 "  virtiostat -T 1 5            # five reports, one second each, with the time\n"
		 "  virtiostat -d virtio_blk     # only disks\n"
		 "  virtiostat --json --once -- dd if=/dev/vda of=/dev/null bs=1M count=100",
     .probes = probes, .opts = opts, .cols = cols, ENTRIES("queues", queue_use), .interval = 3,
     .targets = targets, .loaded = loaded, .keep = keep, .compare = by_device, .own_gaps = true,
     .report_begin = report_begin,
     .banner = "Tracing virtio devices statistics ... Hit Ctrl-C to end.")
