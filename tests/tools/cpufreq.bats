load lib

setup() {
	needs_root
}

# with_driver KHZ COMMAND...: where the kernel seems to have a driver.  The test kernels have none that works in their
# machine, so this shows a directory with what one tells.
with_driver() {
	# shellcheck disable=SC2016
	unshare -m --propagation private bash -ec '
		cpus=/sys/devices/system/cpu possible=$(cat /sys/devices/system/cpu/possible)
		mount -t tmpfs none $cpus
		echo "$possible" >$cpus/possible
		for ((i = 0; i <= ${possible#*-}; i++)); do
			mkdir -p $cpus/cpu$i/cpufreq
			echo "$1" >$cpus/cpu$i/cpufreq/scaling_cur_freq
		done
		shift
		exec "$@"' bash "$@"
}

# mhz NAME: the lower ends of the buckets that the threads of this name have.
mhz() {
	jq -c "select(.comm == \"$1\").mhz | map(.lo)" "$T/json"
}

@test "cpufreq: a driver's changes, told and untold, by name and for all; without a driver, a sentence" {
	if ! [ -e /sys/devices/system/cpu/cpu0/cpufreq ]; then
		run -1 --separate-stderr "$B/cpufreq" -- true
		[ -z "$output" ]
		[ "$stderr" = "cpufreq: cannot trace frequencies: the kernel has no driver that sets them (cpufreq), as in most virtual machines" ]
	fi
	[ -e /sys/kernel/btf/vmlinux ] || skip "this kernel has no BTF"
	for name in first second third; do ln -s "$(readlink -f "$W/burn")" "$T/$name"; done
	# Types from a file: a program for typed tracepoints can't be run by itself.
	T=$T W=$W with_driver 1250000 "$B/cpufreq" --btf /sys/kernel/btf/vmlinux -f 199 --json -- bash -ec '
		cpus=$(nproc --all)
		"$T/first" "$T/did" one=600
		# What the driver tells without being asked: each second it is asked.
		echo 3000000 | tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_cur_freq >/dev/null
		"$T/second" - one=2500
		for ((i = 0; i < cpus; i++)); do "$W/rawtp" changed_raw 5300000 $i; done
		"$T/third" - one=300' >"$T/json"
	nothing_lost "$T/json"
	cat "$T/json"
	[ "$(mhz first)" = "[1200]" ]
	[[ $(mhz second) = "[3000]" || $(mhz second) = "[1200,3000]" ]]
	jq -se 'map(select(.comm == "second").mhz[]) | map(select(.lo == 3000).count)[0] > 50' "$T/json"
	[ "$(mhz third)" = "[5000]" ]
	# As many samples as there was time, within a fifth.
	jq -se --argjson did "$(cat "$T/did")" 'map(select(.comm == "first").samples)[0] / ($did[3] * 0.199) | . > 0.8 and . < 1.2' "$T/json"
	# The row of all, which comes last, has all that the others have, and idle CPUs.
	jq -se '(.[-1].comm == null) and (.[-1].samples >= (map(select(.comm).samples) | add)) and
		(.[-1].samples == (.[-1].mhz | map(.count) | add))' "$T/json"
}

@test "cpufreq: text is that of libbpf-tools, with the probes that it chooses; -c, and bad input" {
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	mkdir -p "${root:?no cgroup v2 is mounted}/cpufreq-test"
	with_driver 5200000 "$B/cpufreq" -d 1 >"$T/text"
	[ "$(head -n 1 "$T/text")" = "Sampling CPU freq system-wide & by process. Ctrl-C to end." ]
	grep -A 27 -x "     syswide       : count     distribution" "$T/text" >"$T/all"
	[ "$(sed -n 2p "$T/all")" = "        0          : 0        |                                        |" ]
	grep -Eqx '      >=5000 +: [0-9]+ +\|\*{40}\|' "$T/all"
	with_driver 5200000 "$B/cpufreq" -d 1 --json -c "$root/cpufreq-test" >"$T/json"
	rmdir "$root/cpufreq-test"
	not grep -q '"time"' "$T/json"
	for bad in "-f 0" "-d 0" "-f x" "1"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr "$B/cpufreq" $bad
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
