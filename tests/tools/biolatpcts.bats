load lib
load disk

setup() {
	needs_root
	needs_tool biolatpcts "$(args_of biolatpcts)"
	disk_setup
}

teardown() {
	disk_teardown
}

# Compare the percentiles with those of the requests that biosnoop measures at the same time.  The CPU may do
# something else between the two programs, so the right request may be one of the next three by rank.  The middle
# of a slot is off by 1.6 % at most, and the clocks are read some microseconds apart.  (The golden test shows that
# ranks and the maximum are exact.)
beside_biosnoop() {
	"$B/biolatpcts" -j -i -1 -p 5,25,50,75,90 "$DISK" -- \
		"$B/biosnoop" --json -d "$DISK" -- "$W/bios" "$T/done" "/dev/$DISK" "$@" >"$T/both"
	grep -v '"count":{' "$T/both" >"$T/json"
	grep '"count":{' "$T/both" >"$T/pcts"
	cat "$T/pcts"
	for kind in read write discard; do
		jq -sce --arg t "$(tr a-z A-Z <<<${kind:0:1})" --arg kind $kind --slurpfile pcts "$T/pcts" '
			(map(select(.t == $t).lat_ns / 1000000000) | sort) as $all | ($all | length) as $n |
			$pcts[0][$kind] | to_entries | all(
				((.key | tonumber) * $n / 100 | ceil - 1) as $rank |
				if $n == 0 then .value == null else
				.value > $all[[$rank - 3, 0] | max] * 0.98 - 0.00005 and
				.value < $all[[$rank + 3, $n - 1] | min] * 1.02 + 0.00005 end)' "$T/json" || { cat "$T/json"; return 1; }
	done
	jq -e --argjson r "$(grep -c '"t":"R"' "$T/json")" --argjson w "$(grep -c '"t":"W"' "$T/json")" \
		'.count.read == $r and .count.write == $w' "$T/pcts"
}

@test "biolatpcts: percentiles are those of the requests, which biosnoop shows one by one" {
	reads=() writes=()
	for i in {1..60}; do reads+=(read:$((i * 1000)):$((i % 7 * 16384 + 512))) writes+=(write:$((i * 1000)):4096); done
	beside_biosnoop "${reads[@]}" "${writes[@]}"
}

@test "biolatpcts: text is BCC's; signals; the ways to name a device" {
	# until it has printed N reports
	reports="reports() { until [ \$(grep -c ^flush $T/text) = \$1 ]; do sleep 0.05; done; }"
	"$B/biolatpcts" -p 50,99.999,100 -i -1 "$(cat "/sys/block/$DISK/dev")" -- sh -c "$reports
		kill -USR1 \$PPID; reports 1
		$W/bios $T/done /dev/$DISK read:8:4096; kill -USR2 \$PPID; reports 2
		$W/bios $T/done /dev/$DISK read:8:4096; kill -USR1 \$PPID; reports 3
		kill -USR2 \$PPID; reports 4
		$W/bios $T/done /dev/$DISK write:8:4096" >"$T/text"
	sed -E "s/( +[0-9.]+(us|ms|s))+$/ times/; s/^[0-9]+:[0-9]+ +/disk /" "$T/text" | sed 's/  *times/ times/; s/  *-/ -/g' >"$T/shape"
	same - "$T/shape" <<-'E'

		disk 50 99.999   100
		read - - -
		write - - -
		discard - - -
		flush - - -

		disk 50 99.999   100
		read times
		write - - -
		discard - - -
		flush - - -

		disk 50 99.999   100
		read times
		write - - -
		discard - - -
		flush - - -

		disk 50 99.999   100
		read - - -
		write - - -
		discard - - -
		flush - - -

		disk 50 99.999   100
		read - - -
		write times
		discard - - -
		flush - - -
	E
	[ "$("$B/biolatpcts" -i 0 "/dev/$DISK")" = "" ]
	run -1 --separate-stderr "$B/biolatpcts" 4095:77
	[ "$stderr" = "biolatpcts: there is no disk 4095:77; see lsblk(8)" ]
	run -2 "$B/biolatpcts"
	run -2 "$B/biolatpcts" -p 50,101 "$DISK"
	run -2 "$B/biolatpcts" -p x "$DISK"
}

@test "biolatpcts: -w: the device, with the queue, with the wait for a request" {
	null_blk_queue
	echo 4 >/sys/block/nullb0/queue/nr_requests
	DISK=nullb0
	# All three see the same: 16 readers, 4 requests, one of them at a time on the device.
	pcts=(-j -i -1 -p 1,50,100 nullb0)
	# A preemptible kernel skips probes on a CPU that is inside one, and the tools say so.
	for _ in {1..8}; do
		"$B/biolatpcts" -w from-rq-alloc "${pcts[@]}" -- "$B/biolatpcts" -w after-rq-alloc "${pcts[@]}" -- \
			"$B/biolatpcts" -w on-device "${pcts[@]}" -- "$W/bios" "$T/done" /dev/nullb0 all:16 >"$T/three"
		grep -q '"lost"' "$T/three" || break
	done
	cat "$T/three"
	jq -se 'map(.count.read) == [16, 16, 16] and all(.read["1"] >= 0.0197)' "$T/three"
	jq -se 'map(.read["50"]) | .[0] * 1.5 < .[1] and .[1] < .[2]' "$T/three"
	jq -se 'map(.read["100"]) | .[0] < .[1] and .[1] <= .[2] * 1.02 and .[2] > 0.2' "$T/three"
}
