// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What drivers hand to virtio devices, when they do: all ways end in virtqueue_add(), which is inlined.  A call that
 * fails, because the queue is full, is made again later and counts then.
 */
#include "virtiostat.h"
#include "lib/kernel_virtio.h"
#include "lib/map.bpf.h"
#include "lib/probe.bpf.h"

TABLE(queues, struct virtqueue_key, struct queue_counts, 4096);

u64 longer = 0; /* scatterlists that were not counted to their end */

static __always_inline void read_names(struct queue_counts *c, struct virtqueue *vq)
{
	const char *name;
	struct device *dev;

	if (bpf_core_field_exists(vq->vdev)) {
		struct virtio_device *vdev = BPF_CORE_READ(vq, vdev);

		name = BPF_CORE_READ(vq, name);
		dev = __builtin_preserve_access_index(&vdev->dev);
		c->index = BPF_CORE_READ(vq, index);
	} else {
		struct virtqueue___module m = {};

		bpf_probe_read_kernel(&m, sizeof(m), vq);
		name = m.name;
		dev = &((struct virtio_device___module *)m.vdev)->dev;
		c->index = m.index;
	}
	bpf_probe_read_kernel_str(c->name, sizeof(c->name), name);
	bpf_probe_read_kernel_str(c->device, sizeof(c->device), BPF_CORE_READ(dev, kobj.name));
	bpf_probe_read_kernel_str(c->driver, sizeof(c->driver), BPF_CORE_READ(dev, driver, name));
}

static __always_inline struct queue_counts *counts_of(struct virtqueue *vq)
{
	struct virtqueue_key key = { (u64)vq };
	struct queue_counts *c = table_find(&queues, &key);

	if (!c) {
		struct queue_counts new = {};

		read_names(&new, vq);
		c = table_get(&queues, &key, &new);
	}
	return c;
}

/* All bits if BIT is 1, none if it is 0.  The compiler would make branches, whose every order the verifier tries. */
static __always_inline u64 all_if(u64 bit)
{
	asm volatile("" : "+r"(bit));
	return -bit;
}

/* Add N scatterlists: LIST, or those in LISTS.  The first OUT of them are for the device to read. */
static __always_inline int count(struct virtqueue *vq, struct scatterlist *const *lists,
				 struct scatterlist *list, u64 out, u64 n, const bool mapped)
{
	struct queue_counts *c = counts_of(vq);
	u64 in_bytes = 0, out_bytes = 0, at = 0;

	if (!c)
		return 0;
	for (int i = 0; i < SEGMENTS; i++) {
		u64 page_link, chain, end, in, next;
		u32 length;

		if (!list) {
			if (at >= n)
				break;
			bpf_probe_read_kernel(&list, sizeof(list), &lists[at]);
		}
		bpf_core_read(&page_link, sizeof(page_link), &list->page_link);
		if (mapped && bpf_core_field_exists(list->dma_length))
			bpf_core_read(&length, sizeof(length), &list->dma_length);
		else
			bpf_core_read(&length, sizeof(length), &list->length);
		chain = all_if(page_link & SG_CHAIN);
		end = all_if(page_link / SG_END & 1) & ~chain;
		in = all_if((out - at - 1) >> 63);
		in_bytes += length & in & ~chain;
		out_bytes += length & ~in & ~chain;
		at += end & 1;
		next = (u64)list + bpf_core_type_size(struct scatterlist);
		list = (void *)((next & ~chain & ~end) |
				(page_link & ~(SG_CHAIN | SG_END) & chain));
	}
	if (at < n)
		count_add(&longer, 1);
	if (out) {
		count_add(&c->out_lists, out);
		count_add(&c->out_bytes, out_bytes);
	}
	if (n > out) {
		count_add(&c->in_lists, n - out);
		count_add(&c->in_bytes, in_bytes);
	}
	return 0;
}

/*
 * In a trampoline, the verifier does not let us read a pointer to pointers, nor compute with one to a struct: read the
 * second argument as a number.
 */
static __always_inline void *second(const bool typed, void *ctx, void *arg)
{
	void *v = NULL;

	if (!typed)
		return arg;
	bpf_probe_read_kernel(&v, sizeof(v), (u64 *)ctx + 1);
	return v;
}

KFUNC_RET(virtqueue_add_sgs, (struct virtqueue * vq, void *lists, u64 out, u64 in), int ret)
{
	if (ret)
		return 0;
	return count(vq, second(typed, ctx, lists), NULL, (u32)out, (u64)(u32)out + (u32)in, false);
}

#define ADDS(f, out, mapped)                                                                \
	KFUNC_RET(f, (struct virtqueue * vq, void *list), int ret)                          \
	{                                                                                   \
		return ret ? 0 : count(vq, NULL, second(typed, ctx, list), out, 1, mapped); \
	}

ADDS(virtqueue_add_outbuf, 1, false)
ADDS(virtqueue_add_inbuf, 0, false)
ADDS(virtqueue_add_inbuf_ctx, 0, false)
/* The driver has mapped the memory for the device.  The length is that of the mapping. */
ADDS(virtqueue_add_outbuf_premapped, 1, true)
ADDS(virtqueue_add_inbuf_premapped, 0, true)
/* The same as virtqueue_add_inbuf(), but the memory's cache lines are clean. */
ADDS(virtqueue_add_inbuf_cache_clean, 0, false)
