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

# ext4 on a disk in memory that takes 200 ms for each request, with a file "slow" of 20 KB.
SLOW=/sys/kernel/config/nullb/nullb0
mount_slow_ext4() {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it needs the module null_blk"
	mkdir -p "$T/files" "$D"
	head -c 20480 /dev/zero >"$T/files/slow"
	mke2fs -q -t ext4 -O ^has_journal -d "$T/files" "$T/image" 4M
	modprobe null_blk nr_devices=0
	mountpoint -q /sys/kernel/config || mount -t configfs config /sys/kernel/config
	mkdir $SLOW
	echo 8 >$SLOW/size
	echo 1 >$SLOW/memory_backed
	echo 2 >$SLOW/irqmode	# a timer
	echo 200000000 >$SLOW/completion_nsec
	echo 1 >$SLOW/power
	dd if="$T/image" of=/dev/nullb0 bs=4M oflag=direct status=none
	mount -t ext4 -o ro /dev/nullb0 "$D"
}

unmount_fs() {
	! mountpoint -q "$D" || umount "$D"
	if [ -d $SLOW ]; then
		echo 0 >$SLOW/power
		rmdir $SLOW
		modprobe -r null_blk
	fi
}

# Run `fsops` in $D while "$@" traces just that process, on a file system that others use, too.
trace_fsops() {
	mkfifo "$T/start"
	"$W/fsops" "$T/expected" "$D" "$T/start" &
	"$@" -p $! -- sh -c "echo >$T/start; tail -s 0.1 --pid=$! -f /dev/null"
	rm "$T/start"
}
