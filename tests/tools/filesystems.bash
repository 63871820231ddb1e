# shellcheck shell=bash
# For tests that need a file system of their own, mounted at $D: in guests only.
D=$T/mnt

mount_fs() {	# TYPE
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it mounts file systems"
	mkdir -p "$D"
	if [ "$1" = ext4 ]; then
		mkfs.ext4 -qF "$SNOOPKIT_TEST_DISK"
		mount -t ext4 "$SNOOPKIT_TEST_DISK" "$D"
		return
	fi
	needs_command "mkfs.$1"
	modprobe -a loop "$1"
	truncate -s 400M "$T/image"
	"mkfs.$1" -q "$T/image"
	mount -t "$1" -o loop "$T/image" "$D"
}

# A disk in memory that takes 150 ms for each request: its file system has a file "slow" of 20 KB.
mount_slow_ext4() {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it needs the module null_blk"
	local d=/sys/kernel/config/nullb/slow
	modprobe null_blk nr_devices=0
	mountpoint -q /sys/kernel/config || mount -t configfs config /sys/kernel/config
	mkdir -p "$d" "$D"
	echo 64 >$d/size
	echo 1 >$d/memory_backed
	echo 2 >$d/irqmode	# a timer
	echo 1000 >$d/completion_nsec
	echo 1 >$d/power
	mkfs.ext4 -qF "/dev/nullb$(cat $d/index)"
	mount -t ext4 "/dev/nullb$(cat $d/index)" "$D"
	head -c 20480 /dev/zero >"$D/slow"
	sync -f "$D"
	echo 150000000 >$d/completion_nsec
}

unmount_fs() {
	local d=/sys/kernel/config/nullb/slow
	[ ! -d $d ] || echo 1000 >$d/completion_nsec
	! mountpoint -q "$D" || umount "$D"
	if [ -d $d ]; then echo 0 >$d/power; rmdir $d; modprobe -r null_blk; fi
}

# Run `fsops` in $D while "$@" traces just that process, on a file system that others use, too.
trace_fsops() {
	mkfifo "$T/start"
	"$W/fsops" "$T/expected" "$D" "$T/start" &
	"$@" -p $! -- sh -c "echo >$T/start; tail -s 0.1 --pid=$! -f /dev/null"
	rm "$T/start"
}
