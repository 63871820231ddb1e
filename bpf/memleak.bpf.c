// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One table has all blocks that are in use.  User space adds them up by stack when a report is due, so an allocation
 * and its release cost one update and one deletion.
 */
#include "memleak.h"
#include "lib/event.bpf.h"
#include "lib/kernel_mm.h"
#include "lib/kernel_record.h"
#include "lib/stack_key.bpf.h"
#include "lib/task_state.bpf.h"
#include "lib/user_probe.bpf.h"
#include "lib/user_walk.bpf.h"

const volatile struct conf conf;

SPARSE_HASH(blocks, struct block_key, struct block, 1000000);

/* ---- which allocations are sampled ---- */

/*
 * How many blocks in the table have an address of this hash.  Of those that are freed, most were not sampled, and
 * this tells it without a look at the table.
 */
#define SAMPLED_SLOTS 16384
static u32 in_slot[SAMPLED_SLOTS];

static __always_inline bool sampling(void)
{
	return conf.one_in || conf.sample_bytes;
}

static __always_inline u32 *slot_of(u64 addr)
{
	return &in_slot[(addr * 0x9e3779b97f4a7c15) >> 50];
}

/* Bytes until the next sample, on each CPU.  If two tasks use it at once, that makes no difference to what is random. */
PERCPU_ARRAY(until_sample, s64, 1);

/* -ln(u) for a random u in (0, 1], times 65536.  Global: the verifier goes through it once. */
__noinline u64 random_exponential(void)
{
	u64 u = (u64)bpf_get_prandom_u32() + 1, log = log2_u64(u) << 16;

	u = u << 31 >> log2_u64(u); /* from 1 up to 2, times 2^31 */
#pragma clang loop unroll(disable)
	for (u32 bit = 1 << 15; bit; bit >>= 1) {
		u = u * u >> 31;
		if (u >> 32) {
			u >>= 1;
			log |= bit;
		}
	}
	return ((32ull << 16) - log) * 45426 >> 16; /* ln 2 */
}

static __always_inline s64 next_sample(void)
{
	return conf.sample_bytes * random_exponential() >> 16;
}

/* Samples are like rain on the bytes that are allocated: a block is sampled if a drop falls on it. */
static __always_inline bool byte_sampled(u64 size)
{
	u32 zero = 0;
	s64 *until = bpf_map_lookup_elem(&until_sample, &zero);

	if (!until)
		return false;
	if (!*until) /* the first one */
		*until = next_sample();
	*until -= size;
	if (*until > 0)
		return false;
	*until = next_sample();
	return true;
}

static __always_inline bool is_sampled(u64 size)
{
	if (size < conf.min_size || (conf.max_size && size > conf.max_size))
		return false;
	if (conf.sample_bytes)
		return byte_sampled(size);
	return !conf.one_in || bpf_get_prandom_u32() % conf.one_in == 0;
}

/* ---- the table ---- */

static __always_inline void trace(u32 op, u64 addr, u64 size)
{
	struct heap_event *e;

	if (!conf.trace || !(e = event_new(struct heap_event)))
		return;
	event_begin(e);
	e->op = op;
	e->pad = 0;
	e->addr = addr;
	e->size = size;
	event_send(e);
}

static __always_inline void block_put(const struct block_key *key, const struct block *b)
{
	if (sampling() && !bpf_map_lookup_elem(&blocks, key))
		count_add(slot_of(key->addr), 1);
	if (!map_put(&blocks, key, b) && sampling())
		count_add(slot_of(key->addr), -1);
}

/* Delete the block at KEY.  False if there is none. */
static __always_inline bool block_delete(const struct block_key *key)
{
	int e = bpf_map_delete_elem(&blocks, key); /* before Linux 6.4 not extended to 64 bits */

	if (e && e != -2) /* ENOENT */
		count_add(&loss.entries, 1);
	return !e;
}

/* The block at KEY is freed.  *GONE is what it was; its size is 0 if it was not in the table. */
static __always_inline void block_take(const struct block_key *key, struct block *gone)
{
	struct block *b;

	gone->size = 0;
	if (sampling() && !*slot_of(key->addr))
		return;
	b = bpf_map_lookup_elem(&blocks, key);
	if (!b)
		return;
	*gone = *b;
	if (block_delete(key) && sampling())
		count_add(slot_of(key->addr), -1);
	trace(HEAP_FREE, key->addr, gone->size);
}

/* The same, if nobody needs to know what it was. */
static __always_inline void block_drop(const struct block_key *key)
{
	struct block gone;

	if (conf.trace || sampling())
		block_take(key, &gone);
	else
		block_delete(key);
}

/* ---- programs ---- */

/* What a program needs 64 bytes of stack for is in its thread's struct heap_call: see lib/user_probe.bpf.h. */
TASK_STATES(heap_call, calls);

/* What a call puts on the stack, and the return takes off: the return address, on x86. */
static __always_inline u64 return_size(void)
{
	return bpf_core_field_exists(((struct pt_regs___x86 *)0)->di) ? 8 : 0;
}

/* The outermost function begins.  NULL: this one is not it. */
static __noinline struct heap_call *call_begin(void *ctx, u64 size, u64 arg)
{
	u64 end = KREG(ctx, sp, sp) + return_size();
	u32 id = runner_id();
	struct heap_call *c = task_state_find(calls, id);

	/*
	 * It has the same end if the outer one jumps to it as its last step.  A thread that left the outer one
	 * by an exception comes back with a stack that is no deeper.
	 */
	if (c && end < c->end)
		return NULL;
	if (!c && !(c = task_state_begin(calls, id)))
		return NULL;
	c->end = end;
	c->new.size = size;
	c->arg = arg;
	c->old.size = 0;
	c->to_arg = c->moves = 0;
	c->sampled = is_sampled(size);
	return c;
}

static __always_inline struct block_key key_of(u64 addr)
{
	struct block_key key = { .addr = addr, .pid = task_pid() };

	return key;
}

UFUNC(allocating, (u64 size))
{
	if (task_wanted())
		call_begin(ctx, size, 0);
	return 0;
}

UFUNC(allocating_second, (u64 other, u64 size))
{
	(void)other;
	if (task_wanted())
		call_begin(ctx, size, 0);
	return 0;
}

UFUNC(allocating_array, (u64 n, u64 size))
{
	if (task_wanted())
		call_begin(ctx, n * size, 0);
	return 0;
}

UFUNC(allocating_to, (u64 to, u64 align, u64 size))
{
	struct heap_call *c;

	(void)align;
	if (task_wanted() && (c = call_begin(ctx, size, to)))
		c->to_arg = 1;
	return 0;
}

/*
 * The old block is taken out now: once the function has freed it, another thread can get that address before this one
 * returns.
 */
UFUNC(reallocating, (u64 old, u64 size))
{
	struct block_key key;
	struct heap_call *c;

	if (!task_wanted() || !(c = call_begin(ctx, size, old)))
		return 0;
	c->moves = 1;
	key = key_of(old);
	if (old)
		block_take(&key, &c->old);
	return 0;
}

/* A mapping that we don't know may be older than the trace. */
UFUNC(remapping, (u64 old, u64 old_size, u64 size))
{
	struct block_key key;
	struct heap_call *c;

	(void)old_size;
	if (!task_wanted() || !(c = call_begin(ctx, size, old)))
		return 0;
	c->moves = 1;
	key = key_of(old);
	block_take(&key, &c->old);
	c->sampled = c->sampled && c->old.size;
	return 0;
}

static __noinline u32 met(u32 pid)
{
	return stack_meet(pid);
}

/* The outermost function has returned ADDR. */
static __noinline int call_end(void *ctx, struct heap_call *c, u64 addr)
{
	if (c->to_arg && (addr || bpf_probe_read_user(&addr, sizeof(addr), (void *)c->arg)))
		return 0;
	c->key = key_of(addr);
	if (!addr || addr > -4096ull) { /* mmap() returns -1 */
		/* realloc() to nothing is free(). */
		if (c->old.size && c->new.size) {
			c->key.addr = c->arg;
			block_put(&c->key, &c->old);
			trace(HEAP_ALLOC, c->arg, c->old.size);
		}
		return 0;
	}
	if (!c->sampled)
		return 0;
	c->new.ts = bpf_ktime_get_ns();
	c->new.program = met(c->key.pid);
	c->new.stack = user_walk(ctx, c->key.pid, c->new.program, conf.depth);
	c->new.pad = 0;
	block_put(&c->key, &c->new);
	trace(HEAP_ALLOC, addr, c->new.size);
	return 0;
}

UFUNC_END(allocated, u64 addr)
{
	u32 id = runner_id();
	struct heap_call *c;

	if (!task_wanted() || !(c = task_state_find(calls, id)))
		return 0;
	if (KREG(ctx, sp, sp) >= c->end)
		call_end(ctx, c, addr);
	else if (addr ||
		 c->moves) /* If its malloc() fails, operator new may throw an exception instead. */
		return 0;
	task_state_end(calls, id, c);
	return 0;
}

UFUNC(freeing, (u64 addr))
{
	struct block_key key;

	if (!addr || !task_wanted())
		return 0;
	key = key_of(addr);
	block_drop(&key);
	return 0;
}

/* ---- the kernel's memory ---- */

#define ZERO_SIZE_PTR 16

static __always_inline int kernel_allocated(void *ctx, u64 addr, u64 size)
{
	struct block_key key = { .addr = addr };
	struct block b = { .size = size };

	if (addr <= ZERO_SIZE_PTR || !is_sampled(size))
		return 0;
	b.ts = bpf_ktime_get_ns();
	b.stack = stack_id(ctx, 0);
	block_put(&key, &b);
	trace(HEAP_ALLOC, addr, size);
	return 0;
}

static __always_inline int kernel_freed(u64 addr)
{
	struct block_key key = { .addr = addr };

	if (addr > ZERO_SIZE_PTR)
		block_drop(&key);
	return 0;
}

/*
 * A tracepoint whose arguments need no types: ARGS is the expression for the program of a raw one, RECORD_ARGS for
 * that of perf's, which can't be preempted: see lib/tracepoint.bpf.h.
 */
#define KMEM(group, point, type, body, args, record_args)              \
	SEC("?raw_tp/" #point) int point(u64 *ctx)                     \
	{                                                              \
		return body args;                                      \
	}                                                              \
	SEC("?tp/" #group "/" #point) int point##_perf(struct type *r) \
	{                                                              \
		void *ctx __attribute__((unused)) = r;                 \
                                                                       \
		return body record_args;                               \
	}

/* Until Linux 6.0, the size in memory is an argument; then it is the cache's. */
static __always_inline u64 object_size(const u64 *args)
{
	if (bpf_core_type_exists(struct trace_event_raw_kmem_cache_alloc))
		return BPF_CORE_READ((struct kmem_cache *)args[2], size);
	return args[3];
}

KMEM(kmem, kmalloc, trace_event_raw_kmalloc, kernel_allocated, (ctx, ctx[1], ctx[3]),
     (ctx, (u64)r->ptr, r->bytes_alloc))
KMEM(kmem, kmem_cache_alloc, trace_event_raw_kmem_cache_alloc, kernel_allocated,
     (ctx, ctx[1], object_size(ctx)), (ctx, (u64)r->ptr, r->bytes_alloc))
KMEM(kmem, kfree, trace_event_raw_kfree, kernel_freed, (ctx[1]), ((u64)r->ptr))
KMEM(kmem, kmem_cache_free, trace_event_raw_kmem_cache_free, kernel_freed, (ctx[1]), ((u64)r->ptr))

/* Until Linux 6.0.  perf's programs are only needed from 7.0 on. */
SEC("?raw_tp/kmalloc_node") int kmalloc_node(u64 *ctx)
{
	return kernel_allocated(ctx, ctx[1], ctx[3]);
}
SEC("?raw_tp/kmem_cache_alloc_node") int kmem_cache_alloc_node(u64 *ctx)
{
	return kernel_allocated(ctx, ctx[1], ctx[3]);
}

const volatile u64 page_size;

/* A page is known by its struct, and in perf's records by its number. */
KMEM(kmem, mm_page_alloc, trace_event_raw_mm_page_alloc, kernel_allocated,
     (ctx, ctx[0], page_size << (u32)ctx[1]),
     (ctx, r->pfn == -1ul ? 0 : r->pfn, page_size << r->order))
KMEM(kmem, mm_page_free, trace_event_raw_mm_page_free, kernel_freed, (ctx[0]), (r->pfn))

/*
 * From Linux 5.19 on, the caller is the first argument, and the others follow.  The empty asm keeps clang from merging
 * the two loads into one at a computed offset, which the verifier rejects.
 */
#define PERCPU_ARG(args, i)                                                                  \
	({                                                                                   \
		u64 __v;                                                                     \
		if (bpf_core_field_exists(                                                   \
			    ((struct trace_event_raw_percpu_alloc_percpu *)0)->call_site)) { \
			__v = (args)[(i) + 1];                                               \
			asm volatile("" : "+r"(__v) : "i"(1));                               \
		} else {                                                                     \
			__v = (args)[i];                                                     \
			asm volatile("" : "+r"(__v) : "i"(0));                               \
		}                                                                            \
		__v;                                                                         \
	})

KMEM(percpu, percpu_alloc_percpu, trace_event_raw_percpu_alloc_percpu, kernel_allocated,
     (ctx, PERCPU_ARG(ctx, 6), PERCPU_ARG(ctx, 2)), (ctx, (u64)r->ptr, r->size))
KMEM(percpu, percpu_free_percpu, trace_event_raw_percpu_free_percpu, kernel_freed, (ctx[2]),
     ((u64)r->ptr))
