# What the tests of soft interrupts share.

# For bash -c "$busy" - "$T": what the kernel counts, while packets are sent to nobody.
busy='cat /proc/softirqs >"$1/a"; for i in $(seq 50); do echo x >/dev/udp/127.0.0.1/9; done 2>/dev/null; sleep 1; cat /proc/softirqs >"$1/b"'

# How many of a kind of /proc/softirqs there were.
due() {
	cat "$T/a" "$T/b" | awk -v n="$1:" '$1 == n { for (s = 0; NF > 1; NF--) s += $NF; t[k++] = s } END { print t[1] - t[0] }'
}

# Does FILTER make of the rows of each kind as many as there were?
each_kind() {	# FILTER
	local kind n due kinds=0
	for kind in hi timer net_tx net_rx block irq_poll tasklet sched hrtimer rcu; do
		due=$(due "$(tr a-z A-Z <<<"$kind")")
		n=$(jq -s "map(select(.softirq == \"$kind\")) | $1" "$T/json")
		echo "$kind: $n, due were $due"
		as_often "$n" "$due" || return 1
		[ "$due" = 0 ] || kinds=$((kinds + 1))
	done
	[ "$kinds" -ge 3 ] && [ "$(due NET_RX)" -ge 10 ] # one can receive several packets
}
