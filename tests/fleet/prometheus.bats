# --openmetrics, as Prometheus sees it: traced, written, read by node_exporter, scraped, queried.
load lib

setup_file() {
	S=$BATS_FILE_TMPDIR
	mkdir "$S/textfiles"
	exporter=127.0.0.1:$(free_port) server=127.0.0.1:$(free_port)
	echo "$server" >"$S/server"
	start exporter prometheus-node-exporter --collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$S/textfiles" --web.listen-address="$exporter"
	cat >"$S/prometheus.yml" <<-END
		global:
		  scrape_interval: 1s
		scrape_configs:
		- job_name: node
		  static_configs:
		  - targets: ['$exporter']
	END
	start prometheus prometheus --config.file="$S/prometheus.yml" --storage.tsdb.path="$S/data" \
		--web.listen-address="$server"
}

teardown_file() {
	S=$BATS_FILE_TMPDIR
	stop_all
}

setup() {
	S=$BATS_FILE_TMPDIR
	needs_root
}

teardown() {
	[ -z "${LOOP:-}" ] || losetup -d "$LOOP"
}

# The result of a PromQL expression: one [labels, value] per line, sorted.
query() {
	curl -sS --get --data-urlencode "query=$1" "http://$(cat "$S/server")/api/v1/query" |
		jq -c '.data.result[] | [(.metric | del(.__name__, .instance, .job)), (.value[1] | tonumber)]' | sort
}

# Wait until Prometheus answers what the file says.
answers() {
	query "$1" | diff -u "$2" -
}

@test "Prometheus: counts of funccount are cumulative over intervals, and begin anew with the tool" {
	needs_tool funccount t:syscalls:sys_enter_getppid
	prom=$S/textfiles/funccount.prom
	"$B/funccount" -i 1 --openmetrics "$prom" t:syscalls:sys_enter_getppid \
		--exec "$W/calls" "$T/expected" 5 800 >"$T/text"
	# calls makes 45 in three rounds, which several reports covered
	[ "$(awk '/getppid / { n++; sum += $2 } END { print (n > 1), sum }' "$T/text")" = "1 45" ]
	promtool check metrics <"$prom"
	[ "$(stat -c %a "$prom")" = 644 ]
	[ "$(ls "$S/textfiles")" = funccount.prom ]
	echo '[{"func":"syscalls:sys_enter_getppid"},45]' >"$T/want"
	eventually answers snoopkit_funccount_count_total "$T/want"
	"$B/funccount" --openmetrics "$prom" t:syscalls:sys_enter_getppid \
		--exec "$W/calls" "$T/expected" 3 >"$T/text"
	echo '[{"func":"syscalls:sys_enter_getppid"},27]' >"$T/want"
	eventually answers snoopkit_funccount_count_total "$T/want"
	# Prometheus takes a smaller number as a restart
	echo '[{"func":"syscalls:sys_enter_getppid"},1]' >"$T/want"
	answers 'resets(snoopkit_funccount_count_total[5m])' "$T/want"
	for m in lost rows_cut; do
		echo '[{},0]' >"$T/want"
		answers "snoopkit_funccount_${m}_total" "$T/want"
	done
}

@test "Prometheus: histograms of biolatency are those of its JSON, bucket by bucket" {
	needs_tool biolatency
	truncate -s 64M "$T/disk"
	LOOP=$(losetup -f --show "$T/disk") || skip "no loop device"
	prom=$S/textfiles/biolatency.prom
	"$B/biolatency" --json -F -d "$LOOP" --openmetrics "$prom" 1 -- "$W/blockio" "$T/expected" \
		"$LOOP" read 60 sleep 1100 write 40 sleep 1100 flush 7 read 10 >"$T/json"
	promtool check metrics <"$prom"
	cat "$T/json"
	# by hand: what the workload did, whatever a read is called
	[ "$(jq -s 'map(.count) | add' "$T/json")" = 117 ]
	jq -cs 'group_by(.flags)[] | [{flags: .[0].flags}, (map(.count) | add)]' "$T/json" >"$T/want"
	grep -Eq '"(Sync-)?Read"\},70\]' "$T/want"
	grep -Fq '"Idle-Sync-Write"},40]' "$T/want"
	grep -Fq '"Flush"},7]' "$T/want"
	sort -o "$T/want" "$T/want"
	eventually answers snoopkit_biolatency_seconds_count "$T/want"
	jq -cs 'group_by(.flags)[] | [{flags: .[0].flags}, (map(.total_ns) | add / 1e9)]' "$T/json" | sort >"$T/want"
	answers snoopkit_biolatency_seconds_sum "$T/want"
	query 'snoopkit_biolatency_seconds_bucket{le!="+Inf"}' >"$T/buckets"
	[ "$(wc -l <"$T/buckets")" -ge $((3 * 26)) ]
	jq -c --slurpfile rows "$T/json" '.[0] as {$le, $flags} | [.[0],
		([$rows[] | select(.flags == $flags) | .usecs[] | select(.hi < ($le | tonumber) * 1e6) | .count] | add // 0)]' \
		"$T/buckets" | same - "$T/buckets"
	query 'histogram_quantile(1, sum by (le) (snoopkit_biolatency_seconds_bucket))' |
		jq -e --slurpfile rows "$T/json" '.[1] * 1e6 == ([$rows[].usecs[].hi] | max + 1)'
}
