load lib

setup() {
	C=$B/snoopkit-check
}

teardown() {
	[ -z "${open:-}" ] || rm -r "$open"
}

# From the run in $T/json: FEATURE has|value|note.  jq starts only once, because that is slow in a guest.
feature() {
	[ "$T/features" -nt "$T/json" ] ||
		jq -r 'select(.feature) | [.feature, .has, .value, .note] | map(. // false | tostring) | join("|")' "$T/json" >"$T/features"
	awk -F'|' -v f="$1" -v what="$2" '$1 == f { print what == "has" ? $2 : what == "value" ? $3 : $4 }' "$T/features"
}

# has FEATURE COMMAND...: the kernel has it if the command succeeds.
has() {
	local expected=true said
	said=$(feature "$1" has)
	"${@:2}" >/dev/null 2>&1 || expected=false
	[ "$said" = "$expected" ] || { echo "$1: said $said, is $expected"; return 1; }
}

has_cap() {
	(($(awk '/^CapEff/ { print "0x" $2 }' /proc/self/status) >> $1 & 1))
}

kprobe_fires() {
	local t=/sys/kernel/tracing f
	f=$(grep -owE '__(x64|arm64)_sys_getpgid' /proc/kallsyms)
	echo "p:check/getpgid $f" >>$t/kprobe_events || return 1
	echo "-:check/getpgid" >>$t/kprobe_events
}

has_counters() {
	local d=/sys/bus/event_source/devices
	[ -e $d/cpu ] || compgen -G "$d/armv8_*"
}

@test "snoopkit-check: says what other programs see" {
	needs_root
	[ -z "${SNOOPKIT_VM:-}" ] || mount -t securityfs none /sys/kernel/security || true
	[ -z "${SNOOPKIT_VM:-}" ] || for t in mdflush rdmaucma kvmexit; do args_of $t; done # which loads their modules
	# Guests are slow, so there it looks at some tools only.
	tools=$(chosen_tools) status=0
	"$C" --json ${TOOLS:+$tools} >"$T/json" || status=$?
	[ $status = "$(jq -s 'any(.works == false) | if . then 1 else 0 end' "$T/json")" ]
	[ "$(feature kernel value)" = "$(uname -r)" ]
	has BTF test -e /sys/kernel/btf/vmlinux
	has tracefs test -d /sys/kernel/tracing/events
	has tracepoints test -d /sys/kernel/tracing/events/sched/sched_switch
	has kprobes kprobe_fires
	has uprobes test -e /sys/kernel/tracing/uprobe_events
	has USDT test -e /sys/bus/event_source/devices/uprobe/format/ref_ctr_offset
	has "perf hardware events" has_counters
	has "kernel symbols" grep -qv '^0* ' /proc/kallsyms
	for s in unprivileged_bpf_disabled perf_event_paranoid kptr_restrict perf_event_max_sample_rate; do
		[ "$(feature kernel.$s value)" = "$(cat /proc/sys/kernel/$s)" ]
	done
	[ "$(feature net.core.bpf_jit_enable value)" = "$(cat /proc/sys/net/core/bpf_jit_enable)" ]
	for c in BPF:39 PERFMON:38 SYS_ADMIN:21 SYSLOG:34 SYS_PTRACE:19 DAC_READ_SEARCH:2; do
		has "CAP_${c%:*}" has_cap "${c#*:}"
	done
	# Kernel functions: if a tool uses fentry, the kernel has it.
	if [ -n "${SNOOPKIT_VM:-}" ]; then
		has fentry true
		has "tracepoints by BTF" true
		has "ring buffer" true
		has kprobe.multi grep -qw register_fprobe_ips /proc/kallsyms
		has "BPF LSM" grep -qw bpf /sys/kernel/security/lsm
		[ "$(feature lockdown value)" = "$(sed 's/.*\[\(.*\)\].*/\1/' /sys/kernel/security/lockdown)" ]
		[ "$(feature fentry note)" = "kernel functions" ]
	fi

	# If it can't be looked up, it is tried: here without securityfs and without CAP_SYS_ADMIN.
	if [ -n "${SNOOPKIT_VM:-}" ] && command -v setpriv >/dev/null; then
		lsm=$(cat /sys/kernel/security/lsm)
		umount /sys/kernel/security
		setpriv --bounding-set=-sys_admin "$C" --json opensnoop >"$T/json2" || true
		mount -t securityfs none /sys/kernel/security
		said=$(jq -r 'select(.feature == "BPF LSM").has' "$T/json2")
		echo "without securityfs: $said; active are $lsm"
		if [[ ,$lsm, == *,bpf,* ]]; then [ "$said" = true ]; else [ "$said" = false ]; fi
	fi

	# Every tool is listed, and is said to work if it does; in a guest, all do.
	jq -r 'select(.tool) | [.tool, .works, (.missing | join(",")), .why] | map(. // "" | tostring) | join("|")' "$T/json" >"$T/tools"
	for t in $tools; do
		line=$(grep "^$t|" "$T/tools")
		if [ -n "${SNOOPKIT_VM:-}" ] && [ "$t" != opensnoop ] && ! [[ $t =~ ^($NOT_EVERYWHERE)$ ]]; then
			[[ $line == "$t|true|"* ]] || { echo "$line"; return 1; }
			continue
		fi
		if "$B/$t" $(args_of "$t") -- true >/dev/null 2>"$T/err"; then
			unseen=$(sed -n 's/.*: not seen on this kernel: \(.*\) (it has .*/\1/p' "$T/err" | paste -sd,)
			# Of several trials, only one was made here.
			[ "$("$B/$t" --trials | wc -l)" -lt 2 ] || unseen=$(cut -d'|' -f3 <<<"$line")
			[ "$line" = "$t|true|$unseen|" ]
		else
			[ "$line" = "$t|||$(sed "s/^$t: //" "$T/err")" ]
		fi
	done
	[ "$(grep -Evc "^($NOT_EVERYWHERE)\|" "$T/tools")" = "$(grep -Evcx "$NOT_EVERYWHERE" <<<"$tools")" ]
}

@test "snoopkit-check: a user without privilege learns what is missing" {
	needs_root
	open=$(mktemp -d) # bats' own directory is not for others
	chmod 755 "$open"
	cp "$C" "$B/opensnoop" "$B/profile" "$open"
	run -1 setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$open/snoopkit-check" --json
	echo "$output" >"$T/json"
	for f in tracepoints fentry kprobes uprobes "ring buffer" CAP_BPF CAP_PERFMON; do
		has "$f" false
	done
	[[ $(feature "ring buffer" note) == "Operation not permitted (capabilities)" ]]
	[ "$(jq -r '.tool // empty' "$T/json")" = opensnoop$'\n'profile ]
	jq -se 'map(select(.tool)) | all(.works == false and (.why | test("Run it as root, or with CAP_BPF and CAP_PERFMON")))' "$T/json"
	# With these two, tables and events work, and perf events, too, unless Debian forbids them.
	needs_command capsh
	paranoid=$(cat /proc/sys/kernel/perf_event_paranoid)
	[ -z "${SNOOPKIT_VM:-}" ] || echo 2 >/proc/sys/kernel/perf_event_paranoid
	[ "$(cat /proc/sys/kernel/perf_event_paranoid)" -le 2 ] || skip "kernel.perf_event_paranoid is above 2"
	cp "$B/biolatency" "$B/execsnoop" "$open"
	caps=cap_bpf,cap_perfmon,cap_dac_read_search
	[ "${SNOOPKIT_VM:-}" != 5.10 ] || caps=$caps,cap_sys_resource
	run capsh --keep=1 --user=nobody --inh=$caps --addamb=$caps -- -c "$open/snoopkit-check --json biolatency execsnoop profile"
	[ -z "${SNOOPKIT_VM:-}" ] || echo "$paranoid" >/proc/sys/kernel/perf_event_paranoid
	echo "$output" | tee "$T/json"
	[ $status = 0 ]
	jq -se 'map(select(.works)) | length == 3' "$T/json"
	has CAP_BPF true
	has CAP_SYSLOG false
}

@test "snoopkit-check: asks by trying" {
	needs_root
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it switches kprobes off"
	echo 0 >/sys/kernel/debug/kprobes/enabled
	"$C" --json profile >"$T/json"
	echo 1 >/sys/kernel/debug/kprobes/enabled
	has kprobes false
	[ "$(feature kprobes note)" = "its programs attach, but the kernel does not run them" ]
	has fentry true
	old=$(cat /proc/sys/kernel/kptr_restrict)
	echo 2 >/proc/sys/kernel/kptr_restrict
	run -0 "$C" --json profile
	echo "$old" >/proc/sys/kernel/kptr_restrict
	echo "$output" >"$T/json"
	has "kernel symbols" false
}

@test "snoopkit-check: finds the tools that are installed beside it, under any name" {
	[ -z "${SNOOPKIT_VM:-}" ] || skip "the same in every kernel"
	mkdir "$T/bin"
	cp "$C" "$T/bin/x-snoopkit-check-y"
	run -1 --separate-stderr "$T/bin/x-snoopkit-check-y"
	[[ $stderr == "x-snoopkit-check-y: no snoopkit tool is installed beside x-snoopkit-check-y" ]]
	cp "$B/opensnoop" "$T/bin/x-opensnoop-y"
	ln -s x-opensnoop-y "$T/bin/x-alias-y"
	# These are not ours, lack the prefix, or are not executable
	printf '#!/bin/sh\necho tcptop 7\n' >"$T/bin/x-tcptop-y"
	cp "$B/profile" "$T/bin"
	printf '#!/bin/sh\ntouch %s/touched\n' "$T" >"$T/bin/x-other-y"
	chmod +x "$T/bin"/*
	run "$T/bin/x-snoopkit-check-y" --json
	[ "$(jq -r '.tool // empty' <<<"$output")" = opensnoop ]
	[ ! -e "$T/touched" ]
	run -1 "$T/bin/x-snoopkit-check-y" --json opensnoop profile
	[ "$(jq -r 'select(.tool == "profile").why' <<<"$output")" = "it is not installed beside snoopkit-check" ]
	run -2 "$C" nosnoop
	run -2 "$C" --no-such-option
	run -1 --separate-stderr bash -c "'$C' >/dev/full"
	[[ $stderr == *"write error: No space left on device" ]]
	"$C" --version | grep -q '^snoopkit-check (snoopkit) '
	"$C" --help | grep -q '^Usage: '
}

@test "snoopkit-check: the text fits a terminal, and says the same as JSON" {
	[ -z "${SNOOPKIT_VM:-}" ] || skip "the same in every kernel"
	"$C" >"$T/text" || true
	"$C" --json >"$T/json" || true
	[ "$(wc -L <"$T/text")" -le 100 ]
	jq -r 'select(.feature and .has != null) | .feature + " " + if .has then "yes" else "no" end' "$T/json" >"$T/expected"
	jq -r 'select(.tool) | .tool + " " + if .works | not then "no" elif .missing == [] then "yes" else "less" end' "$T/json" >>"$T/expected"
	awk '/^(FEATURE|TOOL|Linux|$)|^ / { next }
		{ f = substr($0, 1, 33); sub(/ +$/, "", f) }
		tools { f = $1 }
		f ~ /^(lockdown$|kernel\.|net\.)/ { next }
		{ match($0, / (yes|no|less) /); print f, substr($0, RSTART + 1, RLENGTH - 2) }
		f == "CAP_DAC_READ_SEARCH" { tools = 1 }' "$T/text" | same "$T/expected" -
}
