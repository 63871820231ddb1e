load lib

setup() {
	needs_tool tcpsubnet
}

# All that the workload sent (6) or received (5), by the default subnets.
all_moved() {
	jq -sc "[[\"$2\", (map(select(.[2] == 4) | .[$1]) | add)], [\"$3\", (map(select(.[2] == 6) | .[$1]) | add)]][]" \
		"$T/moved" >"$T/expected"
}

# Each row: [subnet, bytes].  Several reports are added up.
rows() {
	jq -sc 'group_by(.subnet) | map([.[0].subnet, (map(.bytes) | add)]) | sort[]' "$T/json"
}

@test "tcpsubnet: every way to send, to the byte, over IPv4, IPv6 and mapped addresses" {
	traced "$B/tcpsubnet" -i 0 -J -- "$W/tcpmoves" "$T/moved" ways
	[ ! -s "$T/err" ] || { cat "$T/err"; return 1; }
	all_moved 6 127.0.0.1/32 ::1/128
	rows | same "$T/expected" -
}

@test "tcpsubnet: -r counts what was received" {
	traced "$B/tcpsubnet" -r -i 0 --json -- "$W/tcpmoves" "$T/moved" ways
	all_moved 5 127.0.0.1/32 ::1/128
	rows | same "$T/expected" -
	# By the address it came from, which for the client's ends is the server's.
	traced "$B/tcpsubnet" --received -i 0 --json 127.0.0.2/31 -- "$W/tcpmoves" "$T/moved" addresses
	[ ! -s "$T/json" ]
}

@test "tcpsubnet: MPTCP, to the byte, once" {
	[ "$(cat /proc/sys/net/mptcp/enabled 2>/dev/null)" = 1 ] || skip "this kernel has no MPTCP"
	traced "$B/tcpsubnet" -i 0 -J -- "$W/tcpmoves" "$T/moved" mptcp 3
	all_moved 6 127.0.0.1/32 ::1/128
	rows | same "$T/expected" -
	traced "$B/tcpsubnet" -r -i 0 -J ::/0,0.0.0.0/0 -- "$W/tcpmoves" "$T/moved" mptcp 3
	all_moved 5 0.0.0.0/0 ::/0
	rows | same "$T/expected" -
}

@test "tcpsubnet: the first subnet that contains the address counts it" {
	one() {
		traced "$B/tcpsubnet" -i 0 --json "$1" -- "$W/tcpmoves" "$T/moved" addresses
		rows | same <(printf '%s\n' "${@:2}") -
	}
	# The workload sends 1000 to 127.0.0.1, 20000 to .0.2, 300000 to .1.2.3, 4000000 to .1.255.255, 3000 to
	# 127.2.0.0, 70000 to ::1.
	one 127.0.0.1/32,127.1.2.3/32,127.1.0.0/16,127.0.0.0/8,::/0 \
		'["127.0.0.0/8",23000]' '["127.0.0.1/32",1000]' '["127.1.0.0/16",4000000]' '["127.1.2.3/32",300000]' '["::/0",70000]'
	one 127.0.0.2/31,0.0.0.0/0 '["0.0.0.0/0",4304000]' '["127.0.0.2/31",20000]'
	# Bits after the length don't matter; mapped addresses are IPv4's.
	one 127.1.2.3/15,::ffff:127.2.3.4/112,::1/128 '["127.1.2.3/15",4321000]' '["::1/128",70000]' '["::ffff:127.2.3.4/112",3000]'
	traced "$B/tcpsubnet" -i 0 --json 10.0.0.0/8,2001:db8::/32,::2/127 -- "$W/tcpmoves" "$T/moved" addresses
	[ ! -s "$T/json" ]
	one ::/127,::/0 '["::/127",70000]'
	one "$(printf '127.1.0.0/%d,' {32..17})$(printf '10.%d.0.0/16,' {0..255})127.0.0.0/8" \
		'["127.0.0.0/8",4024000]' '["127.1.0.0/22",300000]'
}

@test "tcpsubnet: a subnet that one before it contains is said to count nothing" {
	traced "$B/tcpsubnet" -i 0 --json 127.0.0.0/8,::/0,127.1.0.0/16,::1/128 -- "$W/tcpmoves" "$T/moved" addresses
	same <(printf '%s\n' "tcpsubnet: nothing counts for 127.1.0.0/16: 127.0.0.0/8 comes first, which contains it" \
		"tcpsubnet: nothing counts for ::1/128: ::/0 comes first, which contains it") "$T/err"
	rows | same <(printf '%s\n' '["127.0.0.0/8",4324000]' '["::/0",70000]') -
}

@test "tcpsubnet: over several intervals no byte is lost or counted twice" {
	traced "$B/tcpsubnet" -J -- "$W/tcpmoves" "$T/moved" stream 3
	all_moved 6 127.0.0.1/32 ::1/128
	rows | same "$T/expected" -
	[ "$(jq -r .time "$T/json" | sort -u | wc -l)" -ge 3 ]
}

@test "tcpsubnet: -p, --localport, --remoteport and --netns choose" {
	for none in "-p $$" "--localport 1" "--remoteport 1" "--netns 1"; do
		# shellcheck disable=SC2086
		traced "$B/tcpsubnet" -i 0 -J $none -- "$W/tcpmoves" "$T/moved" addresses
		[ ! -s "$T/json" ]
	done
	traced "$B/tcpsubnet" -i 0 -J --netns "/proc/$$/ns/net" 0.0.0.0/0 -- "$W/tcpmoves" "$T/moved" addresses
	rows | same <(echo '["0.0.0.0/0",4324000]') -
	"$B/tcpsubnet" -i 0 -J --exec "$W/tcpmoves" "$T/moved" addresses >"$T/json"
	jq -e 'select(.subnet == "::1/128") | .bytes == 70000' "$T/json"
}

@test "tcpsubnet: bad subnets are refused" {
	for bad in 10.0.0.0 10.0.0.0/33 10.0.0/8 /8 ::/129 10.0.0.0/-1 10.0.0.0/8x host/8 "10.0.0.0/8 5" "-f x" "-f B,K"; do
		# shellcheck disable=SC2086
		run -2 "$B/tcpsubnet" $bad
		[ "${#lines[@]}" = 1 ]
	done
}

@test "tcpsubnet: the text is BCC's" {
	export LC_ALL=C
	"$B/tcpsubnet" -i 5 127.0.0.1/32,127.1.0.0/16,127.0.0.0/8,::1/128 -- "$W/tcpmoves" "$T/moved" addresses >"$T/text"
	head -n1 "$T/text" | same <(echo "Tracing... Output every 5 secs. Hit Ctrl-C to end") -
	sed -n 2p "$T/text" | grep -Eqx '\[[0-9]{2}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\]'
	sed -n '3,$p' "$T/text" | same <(printf '%s\n' "127.1.0.0/16          4300000" "::1/128                70000" \
		"127.0.0.0/8            23000" "127.0.0.1/32            1000") -
	unit() {
		"$B/tcpsubnet" -i 5 -f "$1" 127.0.0.0/8,::1/128 -- "$W/tcpmoves" "$T/moved" addresses | sed -n '3,$p' |
			same <(printf '%-21s %6d\n' 127.0.0.0/8 "$2" ::1/128 "$3") -
	}
	unit B 4324000 70000
	unit K 4222 68
	unit M 4 0
	unit b 34592000 560000
	unit k 33781 546
	unit m 32 0
}
