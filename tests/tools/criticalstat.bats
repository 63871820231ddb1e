load lib

# kaddr NAME: the address of a function of the kernel.
kaddr() {
	awk -v name="$1" '$3 == name { print "0x" $1; exit }' /proc/kallsyms
}

@test "criticalstat: sections of at least -d, with where they begin and end; without tracepoints, a sentence" {
	needs_root
	if ! [ -e /sys/kernel/tracing/events/preemptirq ]; then
		for options in "preemption -p" "interrupts -p -i" "interrupts -d 200"; do
			# shellcheck disable=SC2086
			run -1 --separate-stderr "$B/criticalstat" ${options#* }
			[ "$stderr" = "criticalstat: cannot trace sections with ${options%% *} off: the kernel was built without CONFIG_PREEMPTIRQ_TRACEPOINTS, as most are" ]
		done
	fi
	export W begin end
	begin="$(kaddr vfs_read) $(kaddr ksys_read)" end="$(kaddr vfs_write) $(kaddr ksys_write)"
	"$W/burn" - one=1 # so that it need not be read, which could make the processor idle
	# On one processor, because each has its own: one section that is long enough, an end without a beginning, one that
	# is too short, and one in which the processor sleeps.
	for kind in irq preempt; do
		kind=$kind with_tracepoints taskset -c 0 "$B/criticalstat" --btf /sys/kernel/btf/vmlinux \
			$([ $kind = irq ] || echo -p) -d 300000 --json -- bash -ec '
			LD_PRELOAD=
			"$W/rawtp" ${kind}_on $end
			"$W/rawtp" ${kind}_off $begin
			"$W/burn" - one=400
			"$W/rawtp" ${kind}_on $end , ${kind}_on $end , ${kind}_off $begin , ${kind}_on $end , ${kind}_off $begin
			"$W/burn" - one=400
			"$W/rawtp" idle_raw 1 0 , ${kind}_on $end' >"$T/json"
		nothing_lost "$T/json"
		[ "$(jq -c '[.comm, .start, .start_caller, .end, .end_caller, .ns > 400e6, .ns < 10e9, .pid == .tid]' "$T/json")" = \
			'["rawtp","vfs_read","ksys_read","vfs_write","ksys_write",true,true,true]' ]
		jq -e '.stack | any(test("sys_bpf"))' "$T/json"
	done
	# The same as text, here of any length.
	with_tracepoints taskset -c 0 "$B/criticalstat" -d 0 -- bash -ec '
		LD_PRELOAD=
		"$W/rawtp" irq_off $begin , irq_on $end' >"$T/text"
	[ "$(head -n 2 "$T/text")" = "Finding critical section with IRQ disabled for > 0us
===================================" ]
	sed -n 3p "$T/text" | grep -Eqx 'TASK: rawtp \(pid +[0-9]+ tid +[0-9]+\) Total Time: [0-9]+\.[0-9]{3} *us'
	[ "$(sed -n 4,6p "$T/text")" = "
Section start: vfs_read -> ksys_read
Section end:   vfs_write -> ksys_write" ]
	grep -Eqx '  .*sys_bpf' "$T/text"
	[ "$(tail -n 2 "$T/text")" = "===================================" ]
	for bad in "-d x" "1"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr "$B/criticalstat" $bad
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
