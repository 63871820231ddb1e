load lib
load bpfprogs

setup() {
	needs_tool bps
}

teardown() {
	exec 7>&-
	[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || :
}

@test "bps: programs and their maps" {
	before=$(date +%s)
	hold maps 2 progs 1 link
	after=$(date +%s)
	id=$(jq '.ids[0]' "$T/did")
	"$B/bps" --json >"$T/json"
	[ "$(jq -c "select(.id == $id) | [.prog_type, .uid, .maps, .name]" "$T/json")" = '["socket_filter",0,1,"snoopkit_prog"]' ]
	jq -e "select(.id == $id) | .code_bytes > 0" "$T/json"
	loaded=$(date -d "$(jq -r "select(.id == $id) | .load_time" "$T/json")" +%s)
	[ "$loaded" -ge $((before - 1)) ] && [ "$loaded" -le $((after + 1)) ]
	[ "$(jq -s 'map(select(.map_type)) | length' "$T/json")" = 0 ]
	# This one alone
	"$B/bps" --json "$id" >"$T/json"
	[ "$(jq -c 'select(.prog_type) | .id' "$T/json")" = "$id" ]
	[ "$(jq -c 'select(.map_type) | [.map_type, .flags, .key_size, .value_size, .max_entries, .name]' "$T/json")" = '["array",0,4,1024,64,null]' ]
	jq -e 'select(.map_type) | .memory_bytes >= 65536' "$T/json"
	# All maps, also the one that no program uses
	"$B/bps" --json -m >"$T/json"
	[ "$(jq -s 'map(select(.map_type and .value_size == 1024 and .max_entries == 64)) | length' "$T/json")" = 2 ]
	jq -se 'all(.name != "bps_bpf.bss")' "$T/json"
	release
	run -1 --separate-stderr "$B/bps" "$id"
	[ "$stderr" = "bps: there is no BPF program with the ID $id" ]
	"$B/bps" --json -m >"$T/json"
	[ "$(jq -s "map(select(.id == $id and .prog_type)) | length" "$T/json")" = 0 ]
}

@test "bps: headers and rows are BCC's" {
	hold maps 1 progs 1
	id=$(jq '.ids[0]' "$T/did")
	"$B/bps" >"$T/text"
	[ "$(head -n1 "$T/text")" = "      BID TYPE                 UID  #MAPS LoadTime     NAME" ]
	row="$(printf '%9s' "$id") socket filter          0      1 [A-Z][a-z]{2}[0-9]{2}/[0-9:]{5}  snoopkit_prog"
	grep -Eqx "$row" "$T/text"
	"$B/bps" "$id" >"$T/text"
	sed -n 2p "$T/text" | grep -Eqx "$row"
	[ -z "$(sed -n 3p "$T/text")" ]
	[ "$(sed -n 4p "$T/text")" = "     MID TYPE            FLAGS         KeySz  ValueSz  MaxEnts NAME" ]
	sed -n 5p "$T/text" | grep -Eqx '[ 0-9]{8} array           0x0               4     1024       64 '
	[ "$(wc -l <"$T/text")" = 5 ]
	release
	# The second header also without maps
	hold progs 1
	"$B/bps" "$(jq '.ids[0]' "$T/did")" >"$T/text"
	[ "$(wc -l <"$T/text")" = 4 ]
	[ "$(sed -n 4p "$T/text")" = "     MID TYPE            FLAGS         KeySz  ValueSz  MaxEnts NAME" ]
	release
}

@test "bps: bad IDs" {
	for bad in 0 x -1 4294967296 1x; do
		run -2 --separate-stderr "$B/bps" "$bad"
		[[ $stderr == "bps: "* ]]
	done
}
