load common

# contrib/prometheus: the units, the alerts and the dashboard, with a real node_exporter and a real
# Prometheus.

contrib=$SOURCE/contrib/prometheus

# The highest exposure allowed for the service, in tenths: systemd-analyze(1).
EXPOSURE=19

setup() {
	begin_test
	chmod 755 .
	mkdir textfile
	rm -f /dev/shm/object
}

# A segment in each state, and a POSIX object.
make_segments() {
	local id
	"$SHMTOOL" create -s 3000 >/dev/null
	"$SHMTOOL" create --name /object -s 3000 >/dev/null
	hold "$("$SHMTOOL" create -s 5000)"
	id=$("$SHMTOOL" create -s 7000)
	hold "$id"
	"$SHMTOOL" rm "$id" 2>/dev/null
	start /usr/bin/python3 -c '
import ctypes, time
print(ctypes.CDLL(None).shmget(0, 11000, 0o1600), flush=True)
time.sleep(600)'
}

@test "systemd-analyze finds nothing wrong in the units, and little exposed" {
	need systemd-analyze
	cp "$contrib"/shmtool-metrics.* .
	sed -i "s,/usr/bin/shmtool,$SHMTOOL," shmtool-metrics.service
	# Units of other packages, which may draw warnings, are not loaded.
	mkdir units
	for target in sysinit basic timers shutdown; do
		printf '[Unit]\nDefaultDependencies=no\n' >"units/$target.target"
	done
	export SYSTEMD_UNIT_PATH=$PWD/units
	run systemd-analyze verify --man=no ./shmtool-metrics.service ./shmtool-metrics.timer
	assert_output ""
	assert_success
	run systemd-analyze security --offline=true --threshold=$EXPOSURE ./shmtool-metrics.service
	assert_success
	# Check that both can fail.
	sed -i '/^SystemCallFilter/d; $aBogus=yes' shmtool-metrics.service
	run systemd-analyze verify --man=no ./shmtool-metrics.service ./shmtool-metrics.timer
	assert_output --partial "Bogus"
	run systemd-analyze security --offline=true --threshold=$EXPOSURE ./shmtool-metrics.service
	assert_failure
}

@test "the service writes where Debian's node_exporter looks, and nowhere else" {
	folder=/var/lib/prometheus/node-exporter
	run grep -h "^\(ExecStart\|ReadWritePaths\)=" "$contrib/shmtool-metrics.service"
	assert_line "ExecStart=/usr/bin/shmtool metrics --all-namespaces --shmem --output $folder/shmtool.prom"
	assert_line "ReadWritePaths=$folder"
	need prometheus-node-exporter
	run bash -c 'prometheus-node-exporter --help 2>&1 | grep -A 3 -e --collector.textfile.directory'
	assert_output --partial "$folder"
}

@test "each alert fires when it should, and only then" {
	need promtool
	cd "$contrib"
	run promtool check rules shmtool-alerts.yml
	assert_success
	run promtool test rules shmtool-alerts.test.yml
	assert_success
	# Each alert is in the tests, with its text.
	while read -r alert; do
		grep -q "alertname: $alert\$" shmtool-alerts.test.yml || fail "$alert has no test"
	done < <(sed -n 's/^ *- alert: //p' shmtool-alerts.yml)
}

@test "the commands and the runbooks that alerts name exist" {
	commands=$(tr -s ' \n' ' ' <"$contrib/shmtool-alerts.yml" | grep -o '`shmtool [^`]*`' | tr -d '`' | sort -u)
	[ "$(wc -l <<<"$commands")" -ge 7 ]
	# Without the labels of --all-namespaces, and with them.
	with='{{ with $labels.namespace }} -N {{ . }}{{ end }}'
	ipc=$(stat -L -c %i /proc/self/ns/ipc)
	mount=$(stat -L -c %i /proc/self/ns/mnt)
	commands=$(while read -r command; do
		ns=$ipc
		[[ $command != *--posix* ]] || ns=$mount
		echo "${command/"$with"/}"
		echo "${command/"$with"/" -N $ns"}"
	done <<<"$commands" | sort -u)
	[[ $commands == *" -N "* && $commands != *"{"* ]]
	make_segments
	while read -r command; do
		run_apart bash -euc "\"\$SHMTOOL\" ${command#shmtool }"
		# Some say what they cannot examine here; rm then has status 4.
		[ "$status" = 0 ] || [ "$status $stderr" = "4 $(grep "^shmtool rm: cannot examine" <<<"$stderr")" ]
		stderr=$(sed '/^shmtool usage: \(not \)\?examined\b/d; /, which may keep other namespaces alive/d' <<<"$stderr")
		assert_equal "$stderr" ""
	done <<<"$commands"
	alerts=$(grep -c '^ *summary:' "$contrib/shmtool-alerts.yml")
	runbooks=$(sed -n 's/^ *runbook: //p' "$contrib/shmtool-alerts.yml")
	assert_equal "$(wc -l <<<"$runbooks")" "$alerts"
	for runbook in $runbooks; do
		[ -s "$SOURCE/$runbook" ] || fail "$runbook is not there"
	done
}

@test "the dashboard is valid" {
	/usr/bin/python3 - "$contrib/shmtool-dashboard.json" <<-'E'
		import json, sys
		dashboard = json.load(open(sys.argv[1]))
		assert dashboard["schemaVersion"] == 42
		variables = {v["name"]: v for v in dashboard["templating"]["list"]}
		assert variables["datasource"]["type"] == "datasource", variables
		for name in "instance", "container":
		    assert variables[name]["multi"] and variables[name]["includeAll"]
		    # Series without the label count, too.
		    assert variables[name]["allValue"] == ".*"
		ids, cells = set(), set()
		for panel in dashboard["panels"]:
		    assert panel["id"] not in ids, panel["id"]
		    ids.add(panel["id"])
		    at = panel["gridPos"]
		    assert at["x"] + at["w"] <= 24, panel["title"]
		    for x in range(at["x"], at["x"] + at["w"]):
		        for y in range(at["y"], at["y"] + at["h"]):
		            assert (x, y) not in cells, "two panels at one place: " + panel["title"]
		            cells.add((x, y))
		    if panel["type"] == "row":
		        continue
		    assert panel["description"], panel["title"]
		    for part in [panel, *panel["targets"]]:
		        assert part["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, part
		    assert all('{instance=~"$instance"' in t["expr"] for t in panel["targets"]), panel["title"]
		    assert len({t["refId"] for t in panel["targets"]}) == len(panel["targets"])
	E
}

# expressions FILE: write all expressions of the alerts and of the dashboard as recording rules.
expressions() {
	/usr/bin/python3 - "$contrib" "$1" <<-'E'
		import json, sys, yaml
		folder, out = sys.argv[1:]
		alerts = yaml.safe_load(open(folder + "/shmtool-alerts.yml"))
		found = [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]
		assert len(found) >= 10
		dashboard = json.load(open(folder + "/shmtool-dashboard.json"))
		for panel in dashboard["panels"]:
		    found += [t["expr"].replace("$instance", ".*").replace("$container", ".*") for t in panel.get("targets", [])]
		assert len(found) >= 35 and not any("$" in expr for expr in found), found
		rules = [{"record": "shmtool:expression_%d" % i, "expr": e} for i, e in enumerate(found)]
		json.dump({"groups": [{"name": "shmtool", "rules": rules}]}, open(out, "w"))
	E
}

@test "each expression parses, and uses only metrics that exist" {
	need promtool
	/usr/bin/python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
	expressions rules.yml
	run promtool check rules rules.yml
	assert_success
	make_segments
	"$SHMTOOL" metrics --all-namespaces --shmem --output exported
	run promtool check metrics <exported
	assert_output ""
	assert_success
	/usr/bin/python3 - <<-'E'
		import json, re
		text = open("exported").read()
		exported = set(re.findall(r"^([a-z_]+)", text, re.M))
		labels = {"job", "instance"} | set(re.findall(r'([a-z_]+)="', text))
		states = set(re.findall(r'state="(\w+)"', text))
		assert states == {"attached", "dest", "orphan", "unattached"}, states
		kinds = set(re.findall(r'kind="(\w+)"', text))
		# Of node_exporter and of Prometheus itself.
		exported |= {"node_memory_MemTotal_bytes", "node_textfile_mtime_seconds", "up"}
		labels |= {"file"}
		known = {"and", "or", "unless", "on", "by", "without", "offset", "sum", "max", "topk",
		    "time", "min_over_time", "last_over_time"}
		used = set()
		for rule in json.load(open("rules.yml"))["groups"][0]["rules"]:
		    expr = rule["expr"]
		    assert set(re.findall(r'state="([^"]*)"', expr)) <= states, expr
		    for chosen in re.findall(r'kind=~?"([^"]*)"', expr):
		        assert set(chosen.split("|")) <= kinds, expr
		    bare = re.sub(r'"[^"]*"|\[\d+[a-z]\]|offset \d+[a-z]', "", expr)
		    names = re.findall(r"[A-Za-z_][A-Za-z_0-9]*", re.sub(r"(by|without|on) \([^)]*\)|\{[^}]*\}", "", bare))
		    for name in set(names) - known:
		        assert name in exported, "%s is not exported: %s" % (name, expr)
		        used.add(name)
		    for group in re.findall(r"(?:by|without|on) \(([^)]*)\)", bare) + re.findall(r"\{([^}]*)\}", bare):
		        for label in re.findall(r"[a-z_]+", group):
		            assert label in labels, "there is no label %s: %s" % (label, expr)
		# Make sure that the check found names.
		assert {"shmtool_segments", "shmtool_shmall_bytes", "shmtool_build_info", "up"} <= used, used
	E
}

# serve NAME PROGRAM [ARGUMENT...]: start a server on a free port of 127.0.0.1 and set $port to it; its
# log is NAME.log.
serve() {
	local name=$1
	shift
	"$@" >"$name.log" 2>&1 3>&- &
	started+=($!)
	# shellcheck disable=SC2317
	listening() {
		sleep 0.1
		kill -0 "${started[-1]}" || fail "$name ended: $(cat "$name.log")"
		port=$(sed -n 's/.*address=127\.0\.0\.1:\([1-9][0-9]*\).*/\1/p' "$name.log" | head -n 1)
		[ -n "$port" ]
	}
	until_true listening
}

# get URL
get() {
	/usr/bin/python3 -c '
import sys, urllib.request
sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())' "$1"
}

# alert_is STATE ALERT FILE [SEVERITY]: does Prometheus report this state of the rule in that file?
alert_is() {
	sleep 0.2
	get "http://127.0.0.1:$prometheus/api/v1/rules?type=alert" | /usr/bin/python3 -c '
import json, sys
state, name, file, severity = sys.argv[1:]
rules = [rule for group in json.load(sys.stdin)["data"]["groups"] if group["file"].endswith(file)
    for rule in group["rules"] if rule["name"] == name and rule["labels"]["severity"] == severity]
assert len(rules) == 1, rules
assert rules[0]["health"] != "err", rules
sys.exit(rules[0]["state"] != state)' "$1" "$2" "$3" "${4:-warning}"
}

# has_sample NAME: has Prometheus a sample of that name?
has_sample() {
	sleep 0.2
	get "http://127.0.0.1:$prometheus/api/v1/query?query=$1" | grep -q '"value"'
}

# Print the samples of a text, one a line, sorted, with labels and numbers in one format.
samples() {
	/usr/bin/python3 -c '
import re, sys
found = re.findall(r"^(shmtool_\w+)(\S*) (\S+)$", sys.stdin.read(), re.M)
for name, labels, value in sorted((name, sorted(labels[1:-1].split(",")), value) for name, labels, value in found):
    print(name, *labels, float(value))'
}

@test "node_exporter reads the file, Prometheus scrapes it, and alerts fire" {
	need_root
	need prometheus
	need prometheus-node-exporter
	/usr/bin/python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
	make_segments
	echo 4 >/proc/sys/kernel/shmmni
	"$SHMTOOL" metrics --all-namespaces --shmem --output textfile/shmtool.prom

	# As another user, as on Debian.
	serve exporter setpriv --reuid=65534 --regid=65534 --clear-groups \
		prometheus-node-exporter --web.listen-address=127.0.0.1:0 --collector.disable-defaults \
		--collector.textfile --collector.textfile.directory=textfile
	exporter=$port
	get "http://127.0.0.1:$exporter/metrics" >scraped
	assert_equal "$(samples <scraped)" "$(samples <textfile/shmtool.prom)"
	[ "$(samples <scraped | wc -l)" -ge 30 ]
	grep -qx 'node_textfile_scrape_error 0' scraped
	grep -q '^node_textfile_mtime_seconds{file=".*textfile/shmtool\.prom"}' scraped

	# The alerts unchanged, and with a short delay.
	cp "$contrib/shmtool-alerts.yml" .
	sed 's/for: .*/for: 1s/' shmtool-alerts.yml >impatient.yml
	cat >prometheus.yml <<-E
		global: {scrape_interval: 1s, evaluation_interval: 1s}
		rule_files: [shmtool-alerts.yml, impatient.yml]
		scrape_configs:
		  - job_name: node
		    static_configs: [{targets: ["127.0.0.1:$exporter"]}]
	E
	run promtool check config prometheus.yml
	assert_success
	serve prometheus prometheus --config.file=prometheus.yml --storage.tsdb.path=data \
		--web.listen-address=127.0.0.1:0
	prometheus=$port
	until_true has_sample shmtool_build_info
	# The limit of segments is reached.
	for severity in warning critical; do
		until_true alert_is pending ShmtoolSegmentsNearLimit shmtool-alerts.yml $severity
		until_true alert_is firing ShmtoolSegmentsNearLimit impatient.yml $severity
	done
	for alert in ShmtoolOrphanedMemory ShmtoolUnaccountedGrows ShmtoolBytesNearLimit \
		ShmtoolScanStale ShmtoolScanMissing; do
		alert_is inactive "$alert" impatient.yml
	done

	# Each panel shows something, except huge pages if there are none.
	expressions rules.yml
	/usr/bin/python3 - "$prometheus" <<-'E'
		import json, sys, urllib.parse, urllib.request
		rules = json.load(open("rules.yml"))["groups"][0]["rules"]
		panels = [rule["expr"] for rule in rules if "=~\".*\"" in rule["expr"]]
		assert len(panels) >= 25
		for expr in panels:
		    url = "http://127.0.0.1:%s/api/v1/query?query=%s" % (sys.argv[1], urllib.parse.quote(expr))
		    answer = json.load(urllib.request.urlopen(url, timeout=10))
		    assert answer["status"] == "success", (expr, answer)
		    assert answer["data"]["result"] or "hugepages" in expr, expr
	E

	# One segment less; then the file is missing.
	"$SHMTOOL" rm --orphaned
	"$SHMTOOL" metrics --all-namespaces --shmem --output textfile/shmtool.prom
	until_true alert_is inactive ShmtoolSegmentsNearLimit shmtool-alerts.yml
	rm textfile/shmtool.prom
	until_true alert_is pending ShmtoolScanMissing shmtool-alerts.yml
	until_true alert_is firing ShmtoolScanMissing impatient.yml
	# A malformed file fires too; a good one does not.
	echo "{" >textfile/shmtool.prom
	get "http://127.0.0.1:$exporter/metrics" >scraped
	grep -qx 'node_textfile_scrape_error 1' scraped
	alert_is firing ShmtoolScanMissing impatient.yml
	"$SHMTOOL" metrics --all-namespaces --shmem --output textfile/shmtool.prom
	until_true alert_is inactive ShmtoolScanMissing impatient.yml
	# An old scan.
	sed -i 's/^shmtool_scan_timestamp_seconds .*/shmtool_scan_timestamp_seconds 1e9/' textfile/shmtool.prom
	until_true alert_is firing ShmtoolScanStale impatient.yml
}
