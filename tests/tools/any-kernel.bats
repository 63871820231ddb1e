# What holds for every tool alike, on whatever kernel: run on the machine's own only.
load lib

setup() {
	TOOLS=${TOOLS:-$(all_tools)}
}

# For messages: one sentence, from the tool itself.
one_sentence() {
	[ "$(wc -l <<<"$output")" -le 2 ]
	[[ $output == *"$1: "* ]]
}

@test "all: bad numbers and unknown options are exit 2 and a sentence" {
	for t in $TOOLS; do
		for bad in "--duration 0" "--duration 12x" "--buffer 1Q" "--no-such-option" "--duration"; do
			# shellcheck disable=SC2086
			run -2 --separate-stderr "$B/$t" $bad
			output=$stderr one_sentence "$t"
		done
	done
	for t in $TOOLS; do
		"$B/$t" --help | grep -q -e '--pid' || continue
		for bad in 12x -1 0 "" 1,x 99999999999; do
			run -2 --separate-stderr "$B/$t" -p "$bad"
			output=$stderr one_sentence "$t"
		done
	done
}

@test "all: --help, --usage, --version, -h, without privilege" {
	for t in $TOOLS; do
		"$B/$t" --help | grep -q "^Usage: "
		"$B/$t" -h | grep -q "^Usage: "
		"$B/$t" --usage >/dev/null
		"$B/$t" --version | grep -q "^$t (snoopkit) "
	done
}

@test "all: TERM unknown or unset, stdin closed, a narrow terminal: no difference" {
	for t in $TOOLS; do
		args=$(args_of "$t")
		can_trace "$t" $args || continue
		env -u TERM "$B/$t" $args -- true <&- >"$T/unset"
		TERM=no-such-terminal COLUMNS=10 "$B/$t" $args -- true >"$T/unknown"
		! grep -q $'\033' "$T/unset" "$T/unknown"
	done
}

# setpriv with these capabilities and no others, as nobody.
with_caps() {
	local caps=$1
	shift
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all,$caps --ambient-caps=-all,$caps "$@"
}

@test "all: CAP_BPF and CAP_PERFMON are enough, and which one is missing is said" {
	needs_root
	needs_command setpriv
	for t in $TOOLS; do
		args=$(args_of "$t")
		can_trace "$t" $args || continue
		# Tracepoints' numbers are in tracefs, which only root may read.
		run -0 --separate-stderr with_caps +bpf,+perfmon,+dac_read_search "$B/$t" $args -- true
		[ -n "${SNOOPKIT_VM:-}" ] && continue
		run -1 --separate-stderr with_caps +bpf "$B/$t" $args -- true
		[[ $stderr == *"or with CAP_PERFMON, which is missing." ]]
		run -1 --separate-stderr with_caps +perfmon "$B/$t" $args -- true
		[[ $stderr == *"or with CAP_BPF, which is missing." ]]
	done
}

@test "all: once its probes are attached, a tool has no privilege and gains none" {
	needs_root
	for t in $TOOLS; do
		args=$(args_of "$t")
		can_trace "$t" $args || continue
		"$B/$t" $args -- sh -c "grep -E '^(CapEff|CapPrm|NoNewPrivs)' /proc/\$PPID/status >$T/status" >/dev/null
		grep -q '^NoNewPrivs:.*1' "$T/status"
		# Kernels before 5.19 let nobody read a map without CAP_BPF (bit 39); symbols are in
		# other users' files (CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, CAP_CHECKPOINT_RESTORE: 2, 19, 40).
		while read -r _ caps; do
			[[ $caps == 00000[01][08]0000[08]000[04] ]] || [[ $caps == 1 ]] || { cat "$T/status"; return 1; }
		done <"$T/status"
	done
}
