# What trace and argdist make of expressions, where kernels differ: their verifiers, and how they read memory.
load lib

@test "expressions: random ones are computed the same in the kernel and by C; 20,000 on the oldest and the newest kernel" {
	[ -n "${SNOOPKIT_VM:-}" ] || skip "this machine's unit tests do it"
	rounds=3000
	case $SNOOPKIT_VM in 5.10* | 7*) rounds=20000 ;; esac
	GEN_ROUNDS=$rounds run -0 "$B/tests/unit/gen_differs"
	echo "$output"
	[ "${lines[0]}" = "ok 1 - $rounds random expressions are computed the same in the kernel and by C" ]
}
