load lib
load disk

setup() {
	needs_root
	needs_tool biopattern
	disk_setup
}

teardown() {
	disk_teardown
}

@test "biopattern: a known sequence of sectors" {
	# No request precedes the first; 4 begin where the last one ended, 3 do not (one of them repeats the last).
	traced "$B/biopattern" --json -d "$DISK" -- "$W/bios" "$T/done" "/dev/$DISK" read:8:4096 read:16:8192 flush write:32:512 \
		read:33:512 read:33:512 write:8000:65536 read:8128:4096 discard:16:4096
	jq -c '[.disk, .random, .sequential, .rnd_pct, .seq_pct, .count, .bytes]' "$T/json" |
		same <(echo "[\"$DISK\",3,4,42,57,8,87552]") -
}

@test "biopattern: what was the last one is known in the next interval; disks are told apart" {
	truncate -s 16M "$T/disk2"
	other=$(losetup -f --show "$T/disk2")
	"$B/biopattern" --json 1 -- sh -c "$W/bios $T/1 /dev/$DISK read:8:4096; $W/bios $T/1 $other read:80:4096; sleep 1.2
		$W/bios $T/2 /dev/$DISK read:16:4096; $W/bios $T/2 $other read:96:4096" >"$T/json"
	losetup -d "$other"
	jq -c --arg disk "$DISK" 'select(.disk == $disk) | [.random, .sequential, .count, .bytes]' "$T/json" |
		same <(printf '%s\n' '[0,0,1,4096]' '[0,1,1,4096]') -
	jq -c --arg disk "${other#/dev/}" 'select(.disk == $disk) | [.random, .sequential, .count, .bytes]' "$T/json" |
		same <(printf '%s\n' '[0,0,1,4096]' '[1,0,1,4096]') -
}

@test "biopattern: text is BCC's" {
	"$B/biopattern" -d "$DISK" 1 -- sh -c "$W/bios $T/1 /dev/$DISK read:8:4096 read:16:4096 read:24:4096 read:8:1024; sleep 1.2; $W/bios $T/2 /dev/$DISK read:10:512" >"$T/text"
	[ "$(sed -n 1p "$T/text")" = "TIME      DISK     %RND  %SEQ    COUNT     KBYTES" ]
	[ "$(sed -n '2,$s/^[0-9:]\{8\}/HH:MM:SS/p' "$T/text")" = "HH:MM:SS  $(printf %-7s "$DISK")    33    66        4         13
HH:MM:SS  $(printf %-7s "$DISK")     0   100        1          0" ]
}
