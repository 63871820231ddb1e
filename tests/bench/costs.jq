# What the results of a run say: included by table, plot and baseline.

# A sample of profile is what an operation is elsewhere: how many there were tells the clock.  A tool whose options say
# no frequency is measured by turns.
def op_name: if .op == "burn" then "sample" else .op end;
def hertz: first((.options | capture("-[Ff] (?<n>[0-9]+)").n | tonumber), null);
def made($o): hertz as $hertz | if $o.op == "burn" and $hertz then $o.traced * $o.n * $hertz / 1e9 else $o.n end;
# Instructions that the traced program pays for an operation.
def added($o): ($o.traced - $o.alone) * (if $o.op == "burn" then $o.n / .seen else 1 end);
# What the tool itself does for an event that it shows.
def spent: .ops[0].tool * .ops[0].n / .seen;
def peak_kb: [.peak_kb, .rss_kb] | max;
def measured: (.failed | not) and .seen > 0;
def called: "\(.tool)\(if .options == "" then "" else " " + .options end)";

def commas: tostring | until(test("^[0-9]{1,3}(,|$)"); sub("(?<a>[0-9])(?<b>[0-9]{3})(?<c>,|$)"; .a + "," + .b + .c));
def number: round + 0 | if . < 0 then "−" + (-. | commas) else commas end;
def tenths: . * 10 | round | "\(. / 10 | floor).\(. % 10)";
def millions: . / 1e6 | if . < 10 then tenths else number end | . + " M";

# The costs of our tools, as baseline.json has them: {TOOL AND OPTIONS: {COST: NUMBER}}
def our_costs: [.results[] | select(.by == "snoopkit" and measured) | . as $r | {
	key: called,
	value: (([.ops[] as $o | {key: "added per \($o | op_name)", value: ($r | added($o) | round)}] | from_entries)
		+ {"spent per event": (spent | round), start: .start, end: .end, "peak memory": (peak_kb * 1024), size})
}] | from_entries;
