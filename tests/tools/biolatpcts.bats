# Rounds: 7-fentry
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

# The percentiles of each request as biosnoop measures it at the same time: nearest rank.
beside_biosnoop() {
	"$B/biolatpcts" -j -i -1 -p 1,25,50,90,99,100 "$DISK" -- \
		"$B/biosnoop" --json -d "$DISK" -- "$W/bios" "$T/done" "/dev/$DISK" "$@" >"$T/both"
	grep -v '"count":{' "$T/both" >"$T/json"
	grep '"count":{' "$T/both" >"$T/pcts"
	cat "$T/pcts"
	for kind in read write discard; do
		jq -s --arg t "$(tr a-z A-Z <<<${kind:0:1})" 'map(select(.t == $t).lat_ns) | sort as $all |
			[1, 25, 50, 90, 99, 100] | map({key: "\(.)", value: (if $all == [] then null else
				$all[([(. * ($all | length) / 100 | ceil) - 1, 0] | max)] / 1000000000 end)}) | from_entries' "$T/json" >"$T/$kind"
		# A slot's middle is at most 1.6 % off; the clocks are read some microseconds apart.
		jq -e --slurpfile true "$T/$kind" --arg kind $kind '.[$kind] as $p | $true[0] | to_entries | all(
			if .value == null then $p[.key] == null
			else ($p[.key] / .value > 0.98 and $p[.key] / .value < 1.02) or ($p[.key] - .value | fabs) < 0.0002 end)' "$T/pcts"
	done
	jq -e --argjson r "$(grep -c '"t":"R"' "$T/json")" --argjson w "$(grep -c '"t":"W"' "$T/json")" \
		'.count.read == $r and .count.write == $w' "$T/pcts"
}

@test "biolatpcts: percentiles are those of the requests, which biosnoop shows one by one" {
	reads=() writes=()
	for i in {1..60}; do reads+=(read:$((i * 1000)):$((i % 7 * 16384 + 512))) writes+=(write:$((i * 1000)):4096); done
	beside_biosnoop "${reads[@]}" "${writes[@]}" discard:8:4096
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
	"$B/biolatpcts" -w from-rq-alloc "${pcts[@]}" -- "$B/biolatpcts" -w after-rq-alloc "${pcts[@]}" -- \
		"$B/biolatpcts" -w on-device "${pcts[@]}" -- "$W/bios" "$T/done" /dev/nullb0 all:16 >"$T/three"
	cat "$T/three"
	jq -se 'map(.count.read) == [16, 16, 16] and all(.read["1"] >= 0.0197)' "$T/three"
	jq -se 'map(.read["50"]) | .[0] * 1.5 < .[1] and .[1] < .[2]' "$T/three"
	jq -se 'map(.read["100"]) | .[0] < .[1] and .[1] <= .[2] * 1.02 and .[2] > 0.2' "$T/three"
	beside_biosnoop read:8:4096 read:16:4096 write:16:4096
}
