# For tests of block I/O: a disk that nobody else uses, $DISK in /dev.
disk_setup() {
	truncate -s 64M "$T/disk"
	[ -z "${SNOOPKIT_VM:-}" ] || modprobe loop
	LOOP=$(losetup -P -f --show "$T/disk") || skip "no loop device"
	DISK=${LOOP#/dev/}
}

disk_teardown() {
	[ -z "${LOOP:-}" ] || losetup -d "$LOOP"
	if [ -d /sys/module/null_blk ]; then rmmod null_blk; fi
}

# A disk that takes as long as it is told to: nullb0, 20 ms for each request.
make_null_blk() {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it needs the module null_blk"
	modprobe null_blk irqmode=2 completion_nsec=20000000 queue_mode=2 submit_queues=1 gb=1 "$@"
}

# A disk that serves one request at a time, while others wait in the queue.
null_blk_queue() {
	make_null_blk hw_queue_depth=1
	echo mq-deadline >/sys/block/nullb0/queue/scheduler
	echo 16 >/sys/block/nullb0/queue/nr_requests
}
