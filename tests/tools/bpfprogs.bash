# shellcheck shell=bash
# hold WORD...: have bpfprogs do this, and wait; what it holds is in $T/did, and its ID in $pid.
hold() {
	mkfifo "$T/stdin"
	"$W/bpfprogs" "$T/did" "$@" wait <"$T/stdin" 3>&- &
	pid=$!
	exec 7>"$T/stdin"
	until [ -s "$T/did" ]; do
		kill -0 $pid
		sleep 0.05
	done
}

# bpfprogs, and what it held, is gone.
release() {
	exec 7>&-
	wait $pid
	rm "$T/stdin" "$T/did"
}

# has_probes kprobe: has this kernel such perf events?
has_probes() {
	[ -e "/sys/bus/event_source/devices/$1/type" ]
}
