load common

# The state of the host for Prometheus.

# sample SERIES: print its value, as metrics prints it.
sample() {
	"$SHMTOOL" metrics | sed -n "s/^shmtool_$1 //p"
}

# compare_with_ls: assert that the sums match the segments that ls shows, each counted
# once.
compare_with_ls() {
	/usr/bin/python3 - "$SHMTOOL" <<-'E'
		import collections, json, re, subprocess, sys
		def shmtool(*words):
		    return subprocess.check_output([sys.argv[1], *words], text=True)
		segments = json.loads(shmtool("ls", "-J", "-o", "OWNER,SIZE,RSS,SWAP,NATTCH,STATUS"))["segments"]
		expected, orphans = {}, []
		for s in segments:
		    state = "dest" if "dest" in s["status"] else "attached" if s["nattch"] else \
		        "orphan" if "orphan" in s["status"] else "unattached"
		    orphans += [s["size"]] if state == "orphan" else []
		    for other in "attached", "dest", "orphan", "unattached":
		        sums = expected.setdefault((s["owner"], other), collections.Counter())
		        if other == state:
		            sums.update(segments=1, segments_size_bytes=s["size"],
		                segments_resident_bytes=s["rss"] or 0, segments_swapped_bytes=s["swap"] or 0,
		                segments_memory_unknown=s["rss"] is None)
		text = shmtool("metrics", "--shmem")
		found = re.findall(r'^shmtool_(segments\w*)\{owner="(.*)",state="(.*)"\} (\d+)$', text, re.M)
		by_name = collections.defaultdict(list)
		for name, owner, state, value in found:
		    assert float(value) == float(expected[owner, state][name]), (name, owner, state, value, expected)
		    by_name[name].append((owner, state))
		assert by_name or not expected
		for name, series in by_name.items():
		    assert series == sorted(expected), (name, series)
		assert len(by_name) == 5 or not expected, by_name
		assert "\nshmtool_orphaned_segments %d\n" % len(orphans) in "\n" + text
		assert "\nshmtool_orphaned_size_bytes %.0f\n" % sum(orphans) in text
		assert "\nshmtool_shmmni_used_segments %d\n" % len(segments) in text
		assert sum(int(f[3]) for f in found if f[0] == "segments") == len(segments)
	E
}

# steady: filter metrics, without values that change by themselves or because of other
# programs.
steady() {
	grep -Ev '^shmtool_(scan|hugepages)_'
}

# make_objects: create POSIX objects; as root, also for other users.
make_objects() {
	"$SHMTOOL" create --name /reserved -s 64K >/dev/null
	"$SHMTOOL" create --name /sparse -s 100000 --noreserve >/dev/null
	if [ "$(id -u)" = 0 ]; then
		"$SHMTOOL" create --name /other -s 7000 --owner 65534 >/dev/null
	fi
}

# leave_unattached SIZE: create an unattached segment of this size whose creator keeps
# running.
leave_unattached() {
	start /usr/bin/python3 -c '
import ctypes, sys, time
print(ctypes.CDLL(None).shmget(0, int(sys.argv[1]), 0o1600), flush=True)
time.sleep(600)' "$1"
}

# make_all_states: create segments in all states; as root, also for other users.
make_all_states() {
	local id
	"$SHMTOOL" create -s 3000 >/dev/null
	"$SHMTOOL" write --fill x "$("$SHMTOOL" create -s 64K)"
	leave_unattached 5000
	hold "$("$SHMTOOL" create -s 7000)" 2
	id=$("$SHMTOOL" create -s 11000)
	hold "$id"
	"$SHMTOOL" rm "$id" 2>/dev/null
	if [ "$(id -u)" = 0 ]; then
		"$SHMTOOL" create -s 13000 --owner 65534 >/dev/null
		hold "$("$SHMTOOL" create -s 17000 --owner 65534)"
		"$SHMTOOL" create -s 19000 --owner 4711 >/dev/null
	fi
}

set_limit() {
	echo "$2" >"/proc/sys/kernel/$1"
}

# nothing_but NAME...: assert that the folder of the file contains only these files.
nothing_but() {
	assert_equal "$(find folder -mindepth 1 -printf '%P\n' | sort | xargs)" "$*"
}

setup() {
	begin_test
	mkdir folder
	file=folder/shmtool.prom
}

teardown() {
	end_test
	find /dev/shm -mindepth 1 -delete
	set_limit shmmax 18446744073692774399
	set_limit shmall 18446744073692774399
	set_limit shmmni 4096
	set_limit shm_rmid_forced 0
}

@test "each segment is counted once, by its owner and its state" {
	compare_with_ls
	make_all_states
	# Other tests check what ls shows. Here, check that no segment is missing.
	for state in attached dest unattached; do
		assert_equal "$state $(sample "segments{owner=\"root\",state=\"$state\"}")" "$state 1"
	done
	assert_equal "$(sample 'segments{owner="root",state="orphan"}')" 2
	assert_equal "$(sample 'segments_size_bytes{owner="root",state="dest"}')" 11000
	assert_equal "$(sample 'segments_size_bytes{owner="root",state="unattached"}')" 5000
	assert_equal "$(sample 'segments_resident_bytes{owner="root",state="orphan"}')" 65536
	compare_with_ls
}

@test "segments of other users, with and without a name" {
	need_root
	make_all_states
	compare_with_ls
	assert_equal "$(sample 'segments_size_bytes{owner="nobody",state="attached"}')" 17000
	assert_equal "$(sample 'segments_size_bytes{owner="4711",state="orphan"}')" 19000
	assert_equal "$(sample orphaned_segments)" 4
	assert_equal "$(sample orphaned_size_bytes)" $((3000 + 65536 + 13000 + 19000))
	# Other users see the same, except for the times of the scan.
	expected=$("$SHMTOOL" metrics | steady)
	as_stranger "$SHMTOOL" metrics
	assert_done
	assert_equal "$(steady <<<"$output")" "$expected"
}

@test "POSIX objects by owner" {
	make_objects
	mkdir /dev/shm/directory
	ln -s reserved /dev/shm/link
	echo 12345 >/dev/shm/sem.semaphore
	for expected in "posix_objects 2" "posix_objects_size_bytes $((65536 + 100000))" \
		"posix_objects_resident_bytes 65536" "posix_objects_swapped_bytes 0" \
		"posix_objects_memory_unknown 0"; do
		assert_equal "${expected% *} $(sample "${expected% *}{owner=\"root\"}")" "$expected"
	done
	# They are no segments.
	run "$SHMTOOL" metrics
	refute_output --partial shmtool_segments
	assert_line "shmtool_orphaned_segments 0"
	need_root
	assert_equal "$(sample 'posix_objects_size_bytes{owner="nobody"}')" 7000
	make_all_states
	compare_with_ls
	expected=$("$SHMTOOL" metrics | steady)
	as_stranger "$SHMTOOL" metrics
	assert_done
	assert_equal "$(steady <<<"$output")" "$expected"
}

@test "the objects of another process, and a host without /dev/shm" {
	need_root
	not_in_valgrind "openat2(2) is unknown"
	make_objects
	# shellcheck disable=SC2016
	start unshare --ipc --mount --propagation unchanged bash -euc '
		mount -t tmpfs -o size=64K,nr_inodes=20 tmpfs /dev/shm
		"$SHMTOOL" create --name /inside -s 5000 >/dev/null
		exec "$0" 5678 4096 text' "$HELPERS/daemon"
	shmtool metrics -N "${started[0]}"
	assert_done
	assert_line 'shmtool_posix_objects{owner="root"} 1'
	assert_line 'shmtool_posix_objects_size_bytes{owner="root"} 5000'
	assert_line "shmtool_devshm_bytes 65536"
	assert_line "shmtool_devshm_used_inodes 2"
	shmtool metrics -N "/proc/${started[0]}/ns/ipc"
	assert_done
	assert_line 'shmtool_segments{owner="root",state="attached"} 2'
	refute_output --regexp "posix|devshm"
	run_apart with_mounts bash -euc '
		mount --make-rprivate /dev
		mount -t tmpfs tmpfs /dev
		"$SHMTOOL" metrics'
	assert_done
	assert_line "shmtool_shmmni_used_segments 0"
	refute_output --regexp "posix|devshm"
}

@test "without segments, orphans and limits are printed, too" {
	shmtool metrics
	assert_done
	assert_line "shmtool_orphaned_segments 0"
	assert_line "shmtool_orphaned_size_bytes 0"
	assert_line "shmtool_shmmni_used_segments 0"
	refute_output --partial shmtool_segments
	refute_output --partial shmtool_posix_objects
	assert_line "shmtool_devshm_used_inodes 1"
	assert_line "shmtool_build_info{version=\"$("$SHMTOOL" --version | sed -n '1s/.* //p')\"} 1"
}

@test "the limits equal the output of shmtool limits" {
	leave_unattached 5000
	"$SHMTOOL" create -s 100000 >/dev/null
	compare_limits() {
		/usr/bin/python3 - "$SHMTOOL" "$(getconf PAGESIZE)" <<-'E'
			import json, re, subprocess, sys
			def shmtool(*words):
			    return subprocess.check_output([sys.argv[1], *words], text=True)
			page, none = int(sys.argv[2]), 2 ** 64 - 1 - 2 ** 24
			expected = {}
			for row in json.loads(shmtool("limits", "-J", "-O"))["limits"]:
			    name, limit, used = row["resource"], row["limit"], row["used"]
			    size = row["pagesize"] or 1
			    shown = "+Inf" if limit >= none else "%.0f" % (limit * size)
			    if name.startswith("hugepages"):
			        expected['hugepages_pool_bytes{page_size="%d"}' % size] = shown
			        expected['hugepages_used_bytes{page_size="%d"}' % size] = str(used * size)
			    elif name == "kernel.shmall":
			        assert size == page
			        expected.update(shmall_bytes=shown, shmall_used_bytes=str(used * size))
			    elif name == "kernel.shmmni":
			        expected.update(shmmni_segments=shown, shmmni_used_segments=str(used))
			    elif name == "/dev/shm":
			        expected.update(devshm_bytes=shown, devshm_used_bytes=str(used))
			    elif name == "/dev/shm:inodes":
			        expected.update(devshm_inodes=shown, devshm_used_inodes=str(used))
			    elif name == "kernel.shmmax":
			        expected["shmmax_bytes"] = shown
			    elif name == "kernel.shm_rmid_forced":
			        expected["shm_rmid_forced"] = shown
			found = dict(re.findall(r"^shmtool_((?:shm|huge|devshm)\S+) (\S+)$", shmtool("metrics"), re.M))
			assert found == expected, (found, expected)
			assert len(found) >= 10
		E
	}
	compare_limits
	assert_equal "$(sample shmmax_bytes) $(sample shmall_bytes)" "+Inf +Inf"
	set_limit shmmax 200000
	set_limit shmall 1000
	set_limit shmmni 77
	compare_limits
	assert_equal "$(sample shmmax_bytes) $(sample shmmni_segments)" "200000 77"
	assert_equal "$(sample shmall_bytes)" $((1000 * $(getconf PAGESIZE)))
	# The highest value that is a limit has more than 64 bits when converted to bytes.
	set_limit shmall 18446744073692774398
	compare_limits
	set_limit shm_rmid_forced 1
	assert_equal "$(sample shm_rmid_forced)" 1
}

@test "sums above 64 bits are as exact as in Prometheus" {
	for size in 4E 4E 4E 4E 4611686018427387905; do
		"$SHMTOOL" create --noreserve -s "$size" >/dev/null ||
			skip "this kernel has no segments of 4 EiB"
	done
	assert_equal "$(sample orphaned_size_bytes)" 23058430092136939520
	compare_with_ls
}

@test "each metric is complete, in order, and the same each time" {
	make_all_states
	make_objects
	"$SHMTOOL" metrics >text
	/usr/bin/python3 - <<-'E'
		import re
		text = open("text").read()
		assert text.endswith("\n")
		families, name, kind = [], None, None
		for line in text[:-1].split("\n"):
		    if line.startswith("# HELP "):
		        name, help = re.fullmatch(r"# HELP (shmtool_[a-z_]+) (\S.*\.)", line).groups()
		        families.append(name)
		        kind = None
		    elif line.startswith("# TYPE "):
		        assert line == "# TYPE %s gauge" % name and kind is None, line
		        kind = "gauge"
		    else:
		        sample = r'%s(\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\})? (\d+(\.\d+)?|\+Inf)' % name
		        assert kind and re.fullmatch(sample, line), line
		assert len(families) == len(set(families)) == 27, families
	E
	"$SHMTOOL" metrics >again
	diff <(steady <text) <(steady <again)
}

@test "the time of the scan" {
	before=$(date +%s)
	"$SHMTOOL" metrics >text
	after=$(date +%s.%N)
	awk -v before="$before" -v after="$after" '
		/^shmtool_scan_timestamp_seconds [0-9]+\.[0-9][0-9][0-9]$/ { good += $2 >= before && $2 <= after }
		/^shmtool_scan_duration_seconds [0-9]+\.[0-9]+$/ { good += $2 > 0 && $2 <= after - before }
		END { exit good != 2 }' text || fail "$(cat text)"
}

@test "promtool finds no error" {
	need promtool
	run promtool check metrics < <("$SHMTOOL" metrics)
	assert_success
	assert_output ""
	make_all_states
	make_objects
	run promtool check metrics < <("$SHMTOOL" metrics)
	assert_success
	assert_output ""
	# Check that promtool finds an error.
	run promtool check metrics < <("$SHMTOOL" metrics; "$SHMTOOL" metrics)
	assert_failure
}

@test "hostile user names, and names that several users have" {
	need_root
	unshare --mount true 2>/dev/null || skip "needs mount namespaces, and / to be a mount"
	{
		printf 'root:x:0:0::/:/bin/sh\n'
		printf '"},a{x="\\\\n\033[2J\r\t\x9b\xff\xc2\x9b\\:x:4711:4711::/:/bin/sh\n'
		printf 'twin:x:4712:4712::/:/bin/sh\ntwin:x:4713:4713::/:/bin/sh\n'
		printf '4714:x:4715:4715::/:/bin/sh\n'
		# Two names that are printed in the same way.
		printf '\\x1b:x:4716:4716::/:/bin/sh\n\033:x:4717:4717::/:/bin/sh\n'
		printf 'Zoë\xe2\x82\xac:x:4718:4718::/:/bin/sh\n'
	} >passwd
	for uid in {4711..4718}; do
		"$SHMTOOL" create -s "$uid" --owner "$uid:0" >/dev/null
	done
	cat >look <<-'E'
		mount --bind passwd /etc/passwd
		"$SHMTOOL" metrics
	E
	unshare --mount bash -eu look >text
	run env LC_ALL=C grep -c -a -P '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' text
	assert_output 0
	iconv -f UTF-8 -t UTF-8 text >/dev/null
	run sed -n 's/^shmtool_segments_size_bytes{owner="\(.*\)",state="orphan"} /\1 /p' text
	assert_output '\"},a{x=\"\\\\n\\x1b[2J\\x0d\\x09\\x9b\\xff\\xc2\\x9b\\ 4711
4714 9429
Zoë€ 4718
\\x1b 9433
twin 9425'
	! command -v promtool >/dev/null || promtool check metrics <text
}

@test "unknown values are left out" {
	need_root
	with_mounts true || skip "needs mount namespaces"
	"$SHMTOOL" write --fill x "$("$SHMTOOL" create -s 10000)"
	"$SHMTOOL" create -s 1 --owner 65534
	run_apart with_mounts bash -euc '
		mount --make-rprivate /sys
		mount -t tmpfs tmpfs /sys
		mount -t tmpfs tmpfs /proc/sysvipc
		mount -t tmpfs tmpfs /proc/sys
		"$SHMTOOL" metrics'
	assert_done
	assert_line 'shmtool_segments{owner="root",state="orphan"} 1'
	assert_line 'shmtool_segments_size_bytes{owner="root",state="orphan"} 10000'
	assert_line 'shmtool_segments_memory_unknown{owner="root",state="orphan"} 1'
	assert_line 'shmtool_segments_memory_unknown{owner="root",state="attached"} 0'
	# If there are no segments in a state, their memory use is known.
	assert_line 'shmtool_segments_resident_bytes{owner="root",state="attached"} 0'
	refute_line --partial 'bytes{owner="root",state="orphan"} 0'
	refute_line --regexp '^shmtool_segments_(resident|swapped)_bytes.*"orphan"'
	assert_line 'shmtool_shmmni_used_segments 2'
	refute_line --partial shm_rmid_forced
	refute_line --partial hugepages
}

@test "the metrics of another namespace" {
	need_root
	start unshare --ipc bash -euc '
		echo 7 >/proc/sys/kernel/shmmni
		exec "$0" 5678 4096 text' "$HELPERS/daemon"
	shmtool metrics -N "${started[0]}"
	assert_done
	assert_line "shmtool_shmmni_segments 7"
	assert_line 'shmtool_segments{owner="root",state="attached"} 2'
	shmtool metrics --namespace "${started[0]}" --output "$file"
	assert_done
	grep -qx "shmtool_shmmni_segments 7" "$file"
	as_stranger "$SHMTOOL" metrics -N "${started[0]}"
	assert_failed 4 "shmtool metrics: ${started[0]}: permission denied; run as root"
	assert_output ""
}

# inode_of PID KIND: print the namespace of a process.
inode_of() {
	stat -L -c %i "/proc/$1/ns/$2"
}

@test "--all-namespaces labels the values of each namespace, with the same owner in two" {
	need_root
	start unshare --ipc bash -euc '
		echo 7 >/proc/sys/kernel/shmmni
		echo 1 >/proc/sys/kernel/shm_rmid_forced
		exec "$0" 5678 4096 text' "$HELPERS/daemon"
	other=$(inode_of "${started[0]}" ipc)
	own=$(inode_of self ipc)
	"$SHMTOOL" create -s 3000 >/dev/null
	shmtool metrics -A
	assert_done
	for line in 'segments{N,owner="root",state="attached"} 2' 'segments{N,owner="root",state="orphan"} 0' \
		'orphaned_segments{N} 0' 'shmmni_segments{N} 7' 'shmmni_used_segments{N} 2' \
		'shm_rmid_forced{N} 1' 'shmall_bytes{N} +Inf' 'shmmax_bytes{N} +Inf'; do
		assert_line "shmtool_${line/N/namespace=\"$other\",container=\"\"}"
	done
	for line in 'segments_size_bytes{N,owner="root",state="orphan"} 3000' 'orphaned_segments{N} 1' \
		'orphaned_size_bytes{N} 3000' 'shmmni_segments{N} 4096' 'shm_rmid_forced{N} 0'; do
		assert_line "shmtool_${line/N/namespace=\"$own\",container=\"\"}"
	done
	# What the host has once has no such labels.
	refute_line --regexp '^shmtool_(huge|scan|build|namespaces).*(namespace|container)='
	assert_line --regexp '^shmtool_namespaces_unexamined [0-9]+$'
	! command -v promtool >/dev/null || promtool check metrics < <("$SHMTOOL" metrics -A)
	# Without the option, one namespace has neither label.
	shmtool metrics
	refute_output --partial namespace
	refute_output --partial container
	"$SHMTOOL" metrics --all-namespaces -o "$file"
	grep -q "^shmtool_shmmni_segments{namespace=\"$other\",container=\"\"} 7$" "$file"
	shmtool metrics -A -N $$
	assert_wrong_usage "shmtool metrics: --namespace and --all-namespaces cannot be combined"
}

@test "--all-namespaces has the values that metrics -N prints" {
	need_root
	not_in_valgrind "openat2(2) is unknown"
	# shellcheck disable=SC2016
	start unshare --ipc --mount --propagation private bash -euc '
		mount -t tmpfs -o size=64K,nr_inodes=20,mode=1777 tmpfs /dev/shm
		"$SHMTOOL" create --name /inside -s 5000 >/dev/null
		"$SHMTOOL" create -s 100 --owner 4711 >/dev/null
		exec "$0" 5678 4096 text' "$HELPERS/daemon"
	ipc=$(inode_of "${started[0]}" ipc)
	mount=$(inode_of "${started[0]}" mnt)
	make_all_states
	make_objects
	"$SHMTOOL" metrics -A | steady >all
	sed -n "s/{namespace=\"\($ipc\|$mount\)\",container=\"\",\?/{/p" all | sed 's/{}//' | sort >labeled
	"$SHMTOOL" metrics -N "${started[0]}" | grep -v "^#\|build_info" | steady | sort >alone
	diff alone labeled
	grep -qx 'shmtool_devshm_bytes 65536' alone
	grep -qx 'shmtool_posix_objects_size_bytes{owner="root"} 5000' alone
}

@test "--all-namespaces finds a namespace without a process, and the reason why not" {
	need_root
	not_in_valgrind "openat2(2) is unknown"
	chmod 755 .
	: >kept
	unshare --ipc=kept "$SHMTOOL" create -s 5000 >/dev/null 2>&1 || skip "a namespace cannot be mounted here"
	inode=$(stat -c %i kept)
	shmtool metrics -A
	umount kept
	assert_done
	assert_line "shmtool_orphaned_size_bytes{namespace=\"$inode\",container=\"\"} 5000"
	assert_line "shmtool_shmmni_used_segments{namespace=\"$inode\",container=\"\"} 1"
	# This is no error, and the file is written.
	start unshare --ipc "$HELPERS/daemon" 5678 4096 text
	before=$("$SHMTOOL" metrics -A | sed -n 's/^shmtool_namespaces_unexamined //p')
	run_apart "$HELPERS/refuse" setns=EPERM -- "$SHMTOOL" metrics -A -o "$file"
	assert_done
	[ "$(sed -n 's/^shmtool_namespaces_unexamined //p' "$file")" -gt "$before" ]
	run grep -c "namespace=\"$(inode_of "${started[0]}" ipc)\"" "$file"
	assert_output 0
	as_stranger "$SHMTOOL" metrics -A
	assert_done
	assert_line --regexp '^shmtool_namespaces_unexamined [1-9]'
	assert_line "shmtool_shmmni_segments{namespace=\"$(inode_of self ipc)\",container=\"\"} 4096"
}

@test "a /dev/shm of several mount namespaces counts once, in that of PID 1" {
	need_root
	not_in_valgrind "openat2(2) is unknown"
	# As a service does that has a mount namespace for each run.
	# shellcheck disable=SC2016
	run_apart unshare --pid --fork --mount-proc --propagation private bash -euc '
		mount -t tmpfs -o size=1M,mode=1777 tmpfs /dev/shm
		"$SHMTOOL" create --name /object -s 5000 >/dev/null
		unshare --mount -- sleep infinity >/dev/null &
		stat -L -c %i /proc/self/ns/mnt
		unshare --mount -- "$SHMTOOL" metrics -A
		unshare --mount -- "$SHMTOOL" ls -P -A -nr -o NAME,NS,CONTAINER
		echo'
	assert_success
	inode=${lines[0]}
	assert_line "shmtool_posix_objects_size_bytes{namespace=\"$inode\",container=\"\",owner=\"root\"} 5000"
	assert_line "shmtool_devshm_bytes{namespace=\"$inode\",container=\"\"} 1048576"
	assert_equal "$(grep -c ^shmtool_devshm_bytes <<<"$output")" 1
	assert_line "/object $inode -"
}

@test "the number of series has a bound, and what is beyond is summed up" {
	need_root
	# 300 namespaces, each with a segment of the same owner.
	start /usr/bin/python3 -u - <<-'E'
		import ctypes, os, subprocess, time
		libc = ctypes.CDLL(None, use_errno=True)
		kept = []
		for i in range(300):
		    if libc.unshare(0x08000000) < 0:
		        raise OSError(ctypes.get_errno())
		    kept.append(os.open("/proc/self/ns/ipc", os.O_RDONLY))
		    os.seteuid(5000)
		    if libc.shmget(0, ctypes.c_size_t(100), 0o1600) < 0:
		        raise OSError(ctypes.get_errno())
		    os.seteuid(0)
		print("ready")
		time.sleep(600)
	E
	assert_equal "$started_line" ready
	"$SHMTOOL" metrics -A >text
	# The owners of the caller's own namespace come first.
	/usr/bin/python3 -c '
import ctypes, os
for uid in range(20000, 20510):
    os.seteuid(uid)
    ctypes.CDLL(None).shmget(0, ctypes.c_size_t(1), 0o1600)
    os.seteuid(0)'
	"$SHMTOOL" metrics -A >later
	/usr/bin/python3 - "$(inode_of self ipc)" <<-'E'
		import collections, re, sys
		def read(name):
		    found = re.findall(r'^shmtool_(\w+)\{namespace="(\w+)",container="(.*?)"(?:,owner="(.*?)",state="(\w+)")?\} (\d+|\+Inf)$',
		        open(name).read(), re.M)
		    assert len(found) == len({f[:5] for f in found})
		    return found
		def places(found, metric):
		    return [f[1:3] for f in found if f[0] == metric]
		def sum_of(found, metric, owner):
		    return sum(int(f[5]) for f in found if f[0] == metric and re.fullmatch(owner, f[3]))
		found = read("text")
		assert len(places(found, "shmmni_segments")) == 256
		assert len(places(found, "orphaned_segments")) == 257
		assert places(found, "shmmni_segments")[0][0] == sys.argv[1]
		numbers = [p[0] for p in places(found, "shmmni_segments")[1:]]
		assert numbers == sorted(numbers, key=int)
		assert ("other", "") in places(found, "orphaned_segments")
		# No segment is missing.
		assert sum_of(found, "segments", "5000") == 300
		assert sum_of(found, "segments_size_bytes", "5000") == 30000
		found = read("later")
		owners = [f for f in found if f[0] == "segments" and f[4] == "orphan"]
		assert len([f for f in owners if f[3] != "other"]) == 500
		assert {f[1] for f in owners if f[3] != "other"} == {sys.argv[1]}
		assert sum_of([f for f in owners if f[1] == sys.argv[1]], "segments", ".*") == 510
		assert sum_of(found, "segments", "other") >= 310
	E
}

@test "metrics changes no segment" {
	make_all_states
	make_objects
	before=$(cat /proc/sysvipc/shm)
	objects=$(stat -c "%n %x %y %z %b" /dev/shm/*)
	traced -o calls "$SHMTOOL" metrics --output "$file"
	assert_equal "$(cat /proc/sysvipc/shm)" "$before"
	assert_equal "$(stat -c "%n %x %y %z %b" /dev/shm/*)" "$objects"
	run grep -cE 'shmat|shmget|shmdt|IPC_SET|IPC_RMID' calls
	assert_output 0
	grep -q SHM_INFO calls
}

@test "--output writes the same as standard output" {
	make_all_states
	shmtool metrics --output "$file"
	assert_done
	assert_output ""
	nothing_but shmtool.prom
	diff <(steady <"$file") <("$SHMTOOL" metrics | steady)
	shmtool metrics -o "$PWD/folder/other.prom"
	assert_done
	(cd folder && "$SHMTOOL" metrics -o third.prom)
	nothing_but other.prom shmtool.prom third.prom
	shmtool metrics -o -
	assert_done
	assert_line "# TYPE shmtool_orphaned_segments gauge"
	[ ! -e - ]
}

@test "the owner and the permissions of the file" {
	for mask in 022:644 077:600 002:644 0:644; do
		rm -f "$file"
		(umask "${mask%:*}" && "$SHMTOOL" metrics -o "$file")
		assert_equal "$mask $(stat -c %a "$file")" "$mask ${mask#*:}"
	done
	for mode in 640 604 666 400; do
		chmod "$mode" "$file"
		inode=$(stat -c %i "$file")
		(umask 077 && "$SHMTOOL" metrics -o "$file")
		assert_equal "$(stat -c %a "$file")" "$mode"
		[ "$(stat -c %i "$file")" != "$inode" ]
	done
	need_root
	chown nobody:daemon "$file"
	chmod 4640 "$file"
	"$SHMTOOL" metrics -o "$file"
	# The new file belongs to its writer and has no set-ID bits.
	assert_equal "$(stat -c %U:%G:%a "$file")" root:daemon:640
	chmod 755 .
	chown nobody folder
	chown root:daemon "$file"
	run_apart setpriv --reuid=65534 --regid=65534 --groups=1 "$SHMTOOL" metrics -o "$file"
	assert_done
	assert_equal "$(stat -c %U:%G:%a "$file")" nobody:daemon:640
	chown root:root "$file"
	as_stranger "$SHMTOOL" metrics -o "$file"
	assert_done
	assert_equal "$(stat -c %U:%G:%a "$file")" nobody:nogroup:640
}

# refused FILE STATUS MESSAGE: assert that metrics refuses to write FILE.
refused() {
	shmtool metrics --output "$1"
	assert_failed "$2" "shmtool metrics: $1: $3"
	assert_output ""
}

@test "only a regular file is replaced; no other file is written to" {
	why="not a regular file (symbolic links are not followed); use - for standard output"
	echo old >target
	ln -s ../target folder/link
	ln -s nowhere folder/dangling
	mkdir folder/inner
	mkfifo folder/pipe
	for name in link dangling inner pipe; do
		refused "folder/$name" 1 "$why"
	done
	for name in /dev/null /dev/full /dev/stdout folder folder/ folder/inner/ . /; do
		refused "$name" 1 "$why"
	done
	nothing_but dangling inner link pipe
	assert_equal "$(cat target)" old
	[ ! -e folder/nowhere ]
	[ -c /dev/null ]
	shmtool metrics --output ""
	assert_wrong_usage "shmtool metrics: --output: '': not a file name"
	shmtool metrics shmtool.prom
	assert_wrong_usage "shmtool metrics: unexpected argument 'shmtool.prom'"
}

@test "a folder that is missing or not accessible" {
	refused nowhere/shmtool.prom 1 "no such directory"
	refused folder/new/ 1 "no such directory"
	touch plain
	refused plain/shmtool.prom 1 "Not a directory"
	long=$(head -c 300 /dev/zero | tr '\0' x)
	refused "folder/$long" 1 "File name too long"
	nothing_but
	need_root
	chmod 755 .
	echo old >"$file"
	as_stranger "$SHMTOOL" metrics -o "$file"
	assert_failed 4 "shmtool metrics: $file: permission denied; needs write permission on the directory"
	as_stranger "$SHMTOOL" metrics -o folder/new.prom
	assert_failed 4 "shmtool metrics: folder/new.prom: permission denied; needs write permission on the directory"
	chmod 700 folder
	as_stranger "$SHMTOOL" metrics -o "$file"
	assert_failed 4 "shmtool metrics: $file: permission denied; needs write permission on the directory"
}

@test "another user's file is not replaced in a folder that others may write to" {
	need_root
	why="owned by another user, in a directory that others may write to; not replaced"
	chmod 755 .
	for mode in 1777 1755 777; do
		chmod "$mode" folder
		echo old >"$file"
		as_stranger "$SHMTOOL" metrics -o "$file"
		assert_failed 4 "shmtool metrics: $file: $why"
		chown nobody "$file"
		chmod 6666 "$file"
		refused "$file" 4 "$why"
		nothing_but shmtool.prom
		assert_equal "$(cat "$file") $(stat -c %U:%a "$file")" "old nobody:6666"
		rm "$file"
		# The caller's own file is replaced there, and a new file is created.
		"$SHMTOOL" metrics -o "$file"
		"$SHMTOOL" metrics -o "$file"
		assert_equal "$(stat -c %U:%a "$file")" root:644
		rm "$file"
	done
}

@test "on a full or read-only disk, the old file stays and no other file is left" {
	need_root
	with_mounts true || skip "needs mount namespaces"
	cat >try <<-'E'
		mount -t tmpfs -o "$1" none folder
		echo old >folder/shmtool.prom
		case $2 in
		full) dd if=/dev/zero of=folder/much bs=4k status=none 2>/dev/null || true ;;
		read-only) mount -o remount,ro folder ;;
		esac
		"$SHMTOOL" metrics --output folder/shmtool.prom && status=0 || status=$?
		ls -A folder
		cat folder/shmtool.prom
		exit "$status"
	E
	run_apart with_mounts bash -eu try size=64k full
	assert_failed 1 "shmtool metrics: folder/shmtool.prom: No space left on device"
	assert_output "much
shmtool.prom
old"
	run_apart with_mounts bash -eu try nr_inodes=2 inodes
	assert_failed 1 "shmtool metrics: folder/shmtool.prom: No space left on device"
	assert_output "shmtool.prom
old"
	run_apart with_mounts bash -eu try size=64k read-only
	assert_failed 1 "shmtool metrics: folder/shmtool.prom: Read-only file system"
	assert_output "shmtool.prom
old"
	run_apart bash -c '"$SHMTOOL" metrics >/dev/full'
	assert_failed 1 "shmtool metrics: standard output: No space left on device"
}

@test "with a limit on file size, the old file stays and no signal ends metrics" {
	echo old >"$file"
	for prepare in true "trap '' XFSZ"; do
		run_apart bash -c "$prepare; ulimit -f 1; exec \"\$SHMTOOL\" metrics -o $file"
		assert_failed 1 "shmtool metrics: $file: File too large"
		nothing_but shmtool.prom
		assert_equal "$(cat "$file")" old
	done
}

@test "a reader sees the old file or the new one, never a part of it" {
	need_root
	for uid in {1..40}; do
		"$SHMTOOL" create -s 1 --owner "$((100000 + uid)):0" >/dev/null
	done
	"$SHMTOOL" metrics -o "$file"
	start /usr/bin/python3 -u - "$file" <<-'E'
		import os, sys
		print("ready")
		seen, last = 0, None
		while True:
		    text = open(sys.argv[1]).read()
		    if not text.startswith("# HELP shmtool_segments ") or not text.endswith("} 1\n"):
		        open("torn", "w").write(text)
		    if text != last:
		        last, seen = text, seen + 1
		        open("seen.new", "w").write("%d" % seen)
		        os.rename("seen.new", "seen")
	E
	until_true test -e seen
	for _ in {1..20}; do
		"$SHMTOOL" metrics -o "$file"
	done
	until_true bash -c '[ "$(cat seen)" -ge 2 ]'
	[ ! -e torn ] || fail "a part was seen: $(tail -n 1 torn)"
	nothing_but shmtool.prom
}

# calls_of_writing: print the system calls from the creation of the temporary file on,
# which a signal could interrupt.
calls_of_writing() {
	traced -o calls "$SHMTOOL" metrics -o "$file"
	sed -n '/O_EXCL/,$s/^[0-9]* *\([a-z0-9_]*\)(.*/\1/p' calls
}

# inject CALL WHAT: run metrics while strace injects WHAT into the last such call.
inject() {
	local number
	number=$(grep -c "^[0-9]* *$1(" calls)
	ASAN_OPTIONS=detect_leaks=0 strace -f -o injected -e "trace=$1" -e "inject=$1:$2:when=$number" \
		"$SHMTOOL" metrics -o "$file"
}

@test "a signal at any moment leaves the old file or the new one, and no other file" {
	need_strace
	calls_of_writing >names
	for call in openat fchmod write fsync "$(grep -m 1 ^rename names)"; do
		grep -q "^$call$" names || fail "no $call"
	done
	mapfile -t cases < <(sort -u names | grep -vx exit_group | sed 's/$/ TERM/'
		printf 'fsync %s\n' HUP INT QUIT)
	for case in "${cases[@]}"; do
		echo old >"$file"
		run inject "${case% *}" "signal=${case#* }"
		grep -q "SIG${case#* }" injected || fail "$case: no signal came"
		nothing_but shmtool.prom
		[ "$(cat "$file")" = old ] || tail -n 1 "$file" | grep -q "^shmtool_build_info" ||
			fail "$case: $(cat "$file")"
	done
}

@test "metrics killed at any moment leaves the old file or the new one" {
	need_strace
	calls_of_writing >names
	for call in openat write fsync "$(grep -m 1 ^rename names)"; do
		echo old >"$file"
		run inject "$call" signal=KILL
		assert_failure 137
		assert_equal "$(cat "$file")" old
		rm -f folder/.shmtool-*.tmp
		nothing_but shmtool.prom
	done
}

@test "if any call fails, the old file stays and no other file is left" {
	need_strace
	calls_of_writing >names
	echo old >"$file"
	for call in openat fchmod write fsync "$(grep -m 1 ^rename names)"; do
		run inject "$call" error=EDQUOT
		[ "$status" = 1 ] || fail "$call: $output"
		assert_output "shmtool metrics: $file: Disk quota exceeded"
		nothing_but shmtool.prom
		assert_equal "$(cat "$file")" old
	done
}

@test "if segments cannot be read, the file stays as it was" {
	need_root
	with_mounts true || skip "needs mount namespaces"
	chmod 755 .
	chmod 777 folder
	"$SHMTOOL" create -s 4096 -m 0600
	{
		cat /proc/sysvipc/shm
		echo "no segment"
	} >table
	echo old >"$file"
	run_apart with_mounts bash -euc '
		mount --bind table /proc/sysvipc/shm
		"$SHMTOOL" metrics --output "$0"' "$file"
	assert_failed 1 "shmtool metrics: /proc/sysvipc/shm: line 3: malformed, skipped (1 in all)
shmtool metrics: $file: not written: metrics incomplete"
	# As before Linux 4.17, without /proc. SHM_STAT_ANY is 15.
	old_kernel() {
		run_apart with_mounts bash -euc '
			mount -t tmpfs none /proc/sysvipc
			exec setpriv --reuid=65534 --regid=65534 --clear-groups \
				"$HELPERS/refuse" shmctl:15=EINVAL -- "$SHMTOOL" metrics "$@"' - "$@"
	}
	old_kernel --output "$file"
	assert_failed 4 "shmtool metrics: 1 segment not accessible; run as root
shmtool metrics: $file: not written: metrics incomplete"
	nothing_but shmtool.prom
	assert_equal "$(cat "$file")" old
	# Standard output gets the incomplete metrics.
	old_kernel
	assert_failed 4 "shmtool metrics: 1 segment not accessible; run as root"
	assert_line "shmtool_orphaned_segments 0"
}

@test "metrics fails if the kernel refuses to show the limits" {
	echo old >"$file"
	# IPC_INFO is 3, SHM_INFO 14.
	for words in "" "-o $file"; do
		# shellcheck disable=SC2086
		run_apart "$HELPERS/refuse" shmctl:3=ENOSYS -- "$SHMTOOL" metrics $words
		assert_equal "$status" 1
		assert_equal "$(head -n 1 <<<"$stderr")" "shmtool metrics: Function not implemented"
		assert_output ""
	done
	assert_equal "$(cat "$file")" old
	nothing_but shmtool.prom
}

@test "--help, the man page and the output have the same metrics" {
	make_all_states
	make_objects
	/usr/bin/python3 - "$SHMTOOL" "$SOURCE/man/shmtool-metrics.1.scd" <<-'E'
		import re, subprocess, sys
		def shmtool(*words):
		    return subprocess.check_output([sys.argv[1], *words], text=True)
		help = re.findall(r"^  (shmtool_\w+)(.*)\n      (\S.*)$", shmtool("metrics", "--help"), re.M)
		def names(*words):
		    text, printed = shmtool("metrics", *words), []
		    for name, words in re.findall(r"^# HELP (\w+) (.*)$", text, re.M):
		        labels = re.search(r"^%s(\{.*\})? " % name, text, re.M)[1] or ""
		        printed.append((name, re.sub(r'="[^"]*"', "", labels), words))
		    return printed
		printed = names("--shmem")
		everywhere = [(name, re.sub(r"\{namespace,container,?", "{", labels).replace("{}", ""), words)
		    for name, labels, words in names("-A", "--shmem")]
		assert help == everywhere, (help, everywhere)
		assert printed == [line for line in help if "(--all-namespaces)" not in line[2]], printed
		page = open(sys.argv[2]).read()
		paged = re.findall(r"^\*(shmtool_\w+)\*(.*)\n\t(.*)$", page, re.M)
		assert len(help) == len(paged)
		for (name, labels, words), (its_name, its_labels, its_words) in zip(help, paged):
		    assert (name, labels.replace("_", "")) == (its_name, its_labels.replace("_", "")), its_name
		    assert (its_words + " ").startswith(words + " "), its_words
	E
}
