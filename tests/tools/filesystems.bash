# shellcheck shell=bash
# For tests that need a file system of their own, mounted at $D: in guests only.
D=$T/mnt

mount_fs() {	# TYPE
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it mounts file systems"
	mkdir -p "$D"
	case $1 in
	ext4)
		mkfs.ext4 -qF "$SNOOPKIT_TEST_DISK"
		mount -t ext4 "$SNOOPKIT_TEST_DISK" "$D"
		return
		;;
	nfs)	# from the server that serve_nfs started
		mount -i -t nfs4 -o vers=4.1,addr=127.0.0.1,clientaddr=127.0.0.1 127.0.0.1:/ "$D"
		touch "$D/x"	# waits until the server's grace period is over
		rm "$D/x"
		return
		;;
	esac
	needs_command "mkfs.$1"
	modprobe -a loop "$1"
	truncate -s 400M "$T/image"
	"mkfs.$1" -q "$T/image"
	mount -t "$1" -o loop "$T/image" "$D"
}

# An NFS server.  It lets nobody open files in its first 10 seconds, so start it early.  It has no daemons to ask,
# so all their answers are written into its caches.
serve_nfs() {
	local dir=/tmp/nfs-export rpc=/proc/net/rpc
	[ -n "${SNOOPKIT_VM:-}" ] && [ ! -e $dir ] || return 0
	mkdir $dir
	mount -t tmpfs none $dir
	modprobe -a nfsd nfs nfsv4
	mountpoint -q /proc/fs/nfsd || mount -t nfsd nfsd /proc/fs/nfsd
	echo "nfsd 127.0.0.1 2147483647 local" >$rpc/auth.unix.ip/channel
	echo "local $dir 2147483647 9234 65534 65534 0" >$rpc/nfsd.export/channel
	echo "local 1 \\x00000000 2147483647 $dir" >$rpc/nfsd.fh/channel
	echo "-2 -3 +4" >/proc/fs/nfsd/versions
	echo 10 >/proc/fs/nfsd/nfsv4leasetime
	echo 10 >/proc/fs/nfsd/nfsv4gracetime
	echo "tcp 2049" >/proc/fs/nfsd/portlist
	echo 2 >/proc/fs/nfsd/threads
}

# ext4 on a disk in memory that takes 200 ms for each request, with a file "slow" of 20 KB on it.
SLOW=/sys/kernel/config/nullb/nullb0
mount_slow_ext4() {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it needs the module null_blk"
	mkdir -p "$T/files" "$D"
	yes | head -c 20480 >"$T/files/slow"	# zeros would be a hole
	truncate -s 4M "$T/image"
	mke2fs -q -t ext4 -O ^has_journal -d "$T/files" "$T/image"
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
