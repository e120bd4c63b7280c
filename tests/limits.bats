load common

# set_limit NAME VALUE: set a limit of this IPC namespace.
set_limit() {
	echo "$2" >"/proc/sys/kernel/$1"
}

# cells RESOURCE LIST: print these columns of one row in raw format.
cells() {
	"$SHMTOOL" limits -nr -o "RESOURCE,$2" | sed -n "s|^$1 ||p"
}

# pages N: create a segment of N pages.
pages() {
	"$SHMTOOL" create --noreserve -s $((N_PAGE * $1)) >/dev/null
}

# sizes BYTES...: print them as ls prints sizes.
sizes() {
	{
		head -n 1 /proc/sysvipc/shm
		printf '0 1 600 %s 0 0 0 0 0 0 0 0 0 0 0 0\n' "$@"
	} | "$SHMTOOL" ls --input - -n -o SIZE | xargs
}

# remount_devshm OPTIONS: make this file's /dev/shm empty, with these limits.
remount_devshm() {
	rm -f /dev/shm/*
	mount -o "remount,$1" /dev/shm
}

refused() {
	run_apart "$HELPERS/refuse" "$1" -- "$SHMTOOL" "${@:2}"
}

setup() {
	begin_test
	N_PAGE=$(getconf PAGESIZE)
	remount_devshm size=1M,nr_inodes=100
}

teardown() {
	end_test
	set_limit shmmax 18446744073692774399
	set_limit shmall 18446744073692774399
	set_limit shmmni 4096
	set_limit shm_rmid_forced 0
}

@test "limits shows what sysctl says, and what is in use" {
	set_limit shmmax 67108864
	set_limit shmall 1000
	set_limit shmmni 10
	pages 3
	"$SHMTOOL" create -s 1 >/dev/null
	shmtool limits -r -o RESOURCE,LIMIT,USED,FREE,PERCENT,STATUS,UNIT,PAGESIZE,RESERVED,OVERCOMMIT
	assert_done
	assert_equal "${lines[0]}" \
		"RESOURCE LIMIT USED FREE PERCENT STATUS UNIT PAGESIZE RESERVED OVERCOMMIT"
	assert_equal "${lines[1]}" "kernel.shmmax 67108864 - - - - bytes - - -"
	assert_equal "${lines[2]}" "kernel.shmall 1000 4 996 0 - pages $N_PAGE - -"
	assert_equal "${lines[3]}" "kernel.shmmni 10 2 8 20 - segments - - -"
	assert_equal "${lines[4]}" "shmmin 1 - - - - bytes - - -"
	assert_equal "${lines[5]}" "kernel.shm_rmid_forced 0 - - - - boolean - - -"
	group=$(cat /proc/sys/vm/hugetlb_shm_group)
	assert_equal "${lines[-3]}" "vm.hugetlb_shm_group $group - - - - gid - - -"
	assert_equal "${lines[-2]}" "/dev/shm 1048576 0 1048576 0 - bytes - - -"
	assert_equal "${lines[-1]}" "/dev/shm:inodes 100 1 99 1 - inodes - - -"
	set_limit shm_rmid_forced 1
	assert_equal "$(cells kernel.shm_rmid_forced LIMIT)" 1
}

@test "there is a row for each pool of huge pages of the host" {
	expected=$(for pool in /sys/kernel/mm/hugepages/*; do
		[ ! -d "$pool" ] || basename "$pool"
	done | sort -t - -k 2 -n)
	assert_equal "$("$SHMTOOL" limits -nr -o RESOURCE | grep hugepages)" "$expected"
	for pool in $expected; do
		kilobytes=${pool//[!0-9]/}
		pool=/sys/kernel/mm/hugepages/$pool
		assert_equal "$(cells "$(basename "$pool")" PAGESIZE,UNIT,OVERCOMMIT)" \
			"$((kilobytes * 1024)) pages $(cat "$pool/nr_overcommit_hugepages")"
	done
	refused memfd_create=EPERM limits -nr -o RESOURCE
	assert_success
	assert_line kernel.shmmni
	refute_output --partial hugepages
}

@test "the table for people" {
	set_limit shmmax 67108864
	set_limit shmmni 10
	pages 3
	used=$(sizes $((N_PAGE * 3)))
	shmtool limits -o RESOURCE,LIMIT,USED,FREE,PERCENT,STATUS,UNIT
	assert_done
	assert_output --partial "RESOURCE                   LIMIT USED      FREE PERCENT STATUS UNIT
kernel.shmmax                64M                               bytes
kernel.shmall          unlimited $(printf %4s "$used") unlimited       0        pages
kernel.shmmni                 10    1         9      10        segments
shmmin                         1                               bytes
kernel.shm_rmid_forced         0                               boolean
"
	shmtool limits
	assert_equal "$(xargs <<<"${lines[0]}")" \
		"RESOURCE LIMIT USED FREE PERCENT STATUS DESCRIPTION"
	assert_line --regexp "^kernel.shmmni .* 10 +number of segments$"
	shmtool limits -nb -o RESOURCE,LIMIT,USED
	assert_line "kernel.shmmax           67108864"
	assert_line "kernel.shmall          unlimited $(printf %5d $((N_PAGE * 3)))"
}

@test "a table shows amounts of memory as sizes, programs get the unit of the kernel" {
	need_64_bits
	pages 300
	set_limit shmall 1024
	for options in "" -b -r; do
		case $options in
		"") expected=$(sizes $((N_PAGE * 1024)) $((N_PAGE * 300)) $((N_PAGE * 724))) ;;
		-b) expected="$((N_PAGE * 1024)) $((N_PAGE * 300)) $((N_PAGE * 724))" ;;
		-r) expected="1024 300 724" ;;
		esac
		# shellcheck disable=SC2086
		assert_equal "$("$SHMTOOL" limits $options -o RESOURCE,LIMIT,USED,FREE | sed -n 's/^kernel.shmall *//p' | xargs)" \
			"$expected"
	done
	# The unit belongs to the default columns for programs.
	columns="RESOURCE LIMIT USED FREE PERCENT STATUS UNIT DESCRIPTION"
	assert_equal "$("$SHMTOOL" limits -r | sed -n 1p)" "$columns"
	for mode in -J -j -e; do
		"$SHMTOOL" limits "$mode" | grep -qi "unit"
	done
	# Pages whose bytes exceed 64 bits.
	set_limit shmall 18446744073692774398
	assert_equal "$("$SHMTOOL" limits -nb -o RESOURCE,LIMIT | sed -n 's/^kernel.shmall *//p')" \
		18446744073709551615
	for pool in /sys/kernel/mm/hugepages/*; do
		[ -d "$pool" ] || continue
		kilobytes=${pool##*-}
		kilobytes=${kilobytes%kB}
		name=$(basename "$pool")
		read -r limit used free reserved overcommit < <(cells "$name" LIMIT,USED,FREE,RESERVED,OVERCOMMIT)
		assert_equal "$("$SHMTOOL" limits -nb -o RESOURCE,LIMIT,USED,FREE,RESERVED,OVERCOMMIT |
			sed -n "s/^$name *//p" | xargs)" "$(for pages in $limit $used $free $reserved $overcommit; do
				echo $((pages * kilobytes * 1024))
			done | xargs)"
	done
}

@test "limits --check fails if more than a percentage of a limit is used" {
	set_limit shmmni 10
	set_limit shmall 1000
	pages 900
	shmtool limits --check
	assert_done
	assert_output "$("$SHMTOOL" limits)"
	pages 1
	shmtool limits --check
	assert_failed 1 "shmtool limits: kernel.shmall: 91 % used, above 90 %"
	assert_output "$("$SHMTOOL" limits)"
	shmtool limits --check=91 -nr -o RESOURCE
	assert_done
	assert_line kernel.shmall
	shmtool limits --check=19
	assert_failed 1 "shmtool limits: kernel.shmall: 91 % used, above 19 %
shmtool limits: kernel.shmmni: 20 % used, above 19 %"
	shmtool limits --check=20
	assert_failed 1 "shmtool limits: kernel.shmall: 91 % used, above 20 %"
	set_limit shmall 901
	shmtool limits --check=100
	assert_done
	set_limit shmall 450
	shmtool limits --check=100
	assert_failed 1 "shmtool limits: kernel.shmall: 201 % used, above 100 %"
	set_limit shmall 0
	shmtool limits --check=100
	assert_failed 1 "shmtool limits: kernel.shmall: the limit is 0"
	for percent in 0 101 -1 90% 1.5 09 x ""; do
		shmtool limits --check="$percent"
		assert_wrong_usage "shmtool limits: --check: '$percent': not a number from 1 to 100"
	done
}

@test "unlimited is a word in a table, and a number in JSON and raw output" {
	pages 2
	shmtool limits -J
	/usr/bin/python3 - "$output" <<-'E'
		import json, sys
		rows = {row["resource"]: row for row in json.loads(sys.argv[1])["limits"]}
		none = 2 ** 64 - 1 - 2 ** 24
		assert rows["kernel.shmmax"]["limit"] == none
		assert rows["kernel.shmall"]["limit"] == none
		assert rows["kernel.shmall"]["free"] == none - 2
		assert rows["kernel.shmall"]["percent"] == 0
	E
	assert_equal "$(cells kernel.shmall LIMIT,FREE)" "18446744073692774399 18446744073692774397"
	set_limit shmmax 18446744073709551615
	shmtool limits -n -o LIMIT,FREE
	assert_equal "$(xargs <<<"${lines[0]}")" unlimited
	assert_equal "$(xargs <<<"${lines[1]}")" "unlimited unlimited"
	assert_equal "$(cells kernel.shmmax LIMIT)" 18446744073709551615
	# One less than the default is a limit.
	set_limit shmall 18446744073692774398
	shmtool limits -n -o LIMIT,FREE
	assert_line --index 1 --regexp "^ *15E +15E$"
	assert_equal "$(cells kernel.shmall LIMIT)" 18446744073692774398
}

@test "JSON has numbers, null, and arrays" {
	shmtool limits -J -O
	assert_done
	/usr/bin/python3 - "$output" <<-'E'
		import json, sys
		document = json.loads(sys.argv[1])
		assert list(document) == ["limits"]
		for row in document["limits"]:
		    assert list(row) == "resource limit used free percent status unit " \
		        "description pagesize reserved overcommit".split(), row
		    assert type(row["limit"]) is int, row
		    assert type(row["status"]) is list, row
		    counted = row["unit"] in ("pages", "segments", "inodes") or row["resource"] == "/dev/shm"
		    for name in "used", "free":
		        assert type(row[name]) is (int if counted else type(None)), row
		    assert (row["pagesize"] is not None) == (row["unit"] == "pages"), row
		    pool = row["resource"].startswith("hugepages-")
		    for name in "reserved", "overcommit":
		        assert (row[name] is not None) == pool, row
	E
}

@test "STATUS is near above 90 percent, and full at 100 percent" {
	pages 900
	while read -r limit expected; do
		set_limit shmall "$limit"
		assert_equal "$limit $(cells kernel.shmall USED,FREE,PERCENT,STATUS)" "$limit $expected"
	done <<-'E'
		1001 900 101 89 -
		1000 900 100 90 -
		999 900 99 90 near
		901 900 1 99 near
		900 900 0 100 full
		450 900 0 200 full
		0 900 0 - full
	E
	set_limit shmall 1000
	set_limit shmmni 2
	assert_equal "$(cells kernel.shmmni PERCENT,STATUS)" "50 -"
	pages 1
	assert_equal "$(cells kernel.shmmni PERCENT,STATUS)" "100 full"
	set_limit shmmni 0
	assert_equal "$(cells kernel.shmmni FREE,PERCENT,STATUS)" "0 - full"
	shmtool limits -J -o STATUS
	assert_done
	assert_output --partial '"status": ["full"]'
	assert_output --partial '"status": []'
}

@test "an empty table is not full, and neither is a pool that was never set up" {
	ipcrm --all=shm
	for pool in /sys/kernel/mm/hugepages/*; do
		[ "$(cat "$pool/nr_hugepages" "$pool/nr_overcommit_hugepages" | xargs)" = "0 0" ] || continue
		assert_equal "$(cells "$(basename "$pool")" LIMIT,USED,FREE,PERCENT,STATUS)" "0 0 0 - -"
	done
	assert_equal "$(cells kernel.shmall USED,PERCENT,STATUS)" "0 0 -"
}

@test "STATUS is full where create fails" {
	set_limit shmall 10
	pages 9
	assert_equal "$(cells kernel.shmall FREE)" 1
	shmtool create -s $((2 * N_PAGE))
	assert_equal "$status" 1
	pages 1
	assert_equal "$(cells kernel.shmall FREE,STATUS)" "0 full"
	set_limit shmall 1000
	set_limit shmmni 3
	assert_equal "$(cells kernel.shmmni FREE)" 1
	pages 1
	shmtool create -s 1
	assert_equal "$status" 1
	assert_equal "$(cells kernel.shmmni FREE,STATUS)" "0 full"
}

@test "the limits of another namespace" {
	need_root
	# shellcheck disable=SC2016
	start unshare --ipc bash -euc '
		echo 4194304 >/proc/sys/kernel/shmmax
		echo 500 >/proc/sys/kernel/shmall
		echo 7 >/proc/sys/kernel/shmmni
		echo 1 >/proc/sys/kernel/shm_rmid_forced
		exec "$0" 5678 $(($1 * 460 - 1048576)) text' "$HELPERS/daemon" "$N_PAGE"
	set_limit shmmni 99
	columns=RESOURCE,LIMIT,USED,FREE,STATUS
	shmtool limits -nr -N "${started[0]}" -o "$columns"
	assert_done
	assert_line --index 0 "kernel.shmmax 4194304 - - -"
	assert_line --index 1 "kernel.shmall 500 460 40 near"
	assert_line --index 2 "kernel.shmmni 7 2 5 -"
	assert_line --index 4 "kernel.shm_rmid_forced 1 - - -"
	shmtool limits -nr -o "$columns" --namespace $$
	assert_line --index 0 "kernel.shmmax 18446744073692774399 - - -"
	assert_line --index 2 "kernel.shmmni 99 0 99 -"
	assert_line --index 4 "kernel.shm_rmid_forced 0 - - -"
	as_stranger "$SHMTOOL" limits -N "${started[0]}"
	assert_failed 4 "shmtool limits: ${started[0]}: permission denied; run as root"
	assert_output ""
}

@test "the size and the inodes of /dev/shm" {
	columns=LIMIT,USED,FREE,PERCENT,STATUS
	remount_devshm size=$((N_PAGE * 10)),nr_inodes=10
	assert_equal "$(cells /dev/shm "$columns")" "$((N_PAGE * 10)) 0 $((N_PAGE * 10)) 0 -"
	# The root directory is an inode, too.
	assert_equal "$(cells /dev/shm:inodes "$columns")" "10 1 9 10 -"
	"$SHMTOOL" create --name /a -s $((N_PAGE * 9)) >/dev/null
	"$SHMTOOL" create --name /b -s $((N_PAGE * 50)) --noreserve >/dev/null
	assert_equal "$(cells /dev/shm "$columns")" "$((N_PAGE * 10)) $((N_PAGE * 9)) $N_PAGE 90 -"
	assert_equal "$(cells /dev/shm:inodes USED)" 3
	shmtool limits --check
	assert_done
	shmtool limits --check=89
	assert_failed 1 "shmtool limits: /dev/shm: 90 % used, above 89 %"
	assert_line --regexp "^/dev/shm +$(sizes $((N_PAGE * 10))) +$(sizes $((N_PAGE * 9))) +$(sizes "$N_PAGE") +90 +memory "
	"$SHMTOOL" create --name /c -s "$N_PAGE" >/dev/null
	mkdir /dev/shm/{1,2,3,4,5,6}
	shmtool limits --check
	assert_failed 1 "shmtool limits: /dev/shm: 100 % used, above 90 %
shmtool limits: /dev/shm:inodes: 100 % used, above 90 %"
	assert_equal "$(cells /dev/shm "$columns")" "$((N_PAGE * 10)) $((N_PAGE * 10)) 0 100 full"
	assert_equal "$(cells /dev/shm:inodes "$columns")" "10 10 0 100 full"
	rmdir /dev/shm/{1,2,3,4,5,6}
	# Without limits, there are no rows.
	run_apart unshare --mount --propagation unchanged -- bash -euc '
		mount -t tmpfs -o size=0,nr_inodes=20 tmpfs /dev/shm
		"$SHMTOOL" limits -nr -o RESOURCE,LIMIT
		mount -t tmpfs -o size=64K,nr_inodes=0 tmpfs /dev/shm
		"$SHMTOOL" limits -nr -o RESOURCE,LIMIT'
	assert_done
	assert_equal "$(grep /dev/shm <<<"$output")" "/dev/shm:inodes 20
/dev/shm 65536"
	run_apart with_mounts bash -euc '
		mount --make-rprivate /dev
		mount -t tmpfs tmpfs /dev
		"$SHMTOOL" limits -nr -o RESOURCE'
	assert_done
	assert_line kernel.shmmni
	refute_line --partial /dev/shm
}

@test "the /dev/shm of another process" {
	need_root
	not_in_valgrind "openat2(2) is unknown"
	# shellcheck disable=SC2016
	start unshare --ipc --mount --propagation unchanged bash -euc '
		mount -t tmpfs -o size=64K,nr_inodes=20 tmpfs /dev/shm
		exec "$0" 5678 4096 text' "$HELPERS/daemon"
	shm() {
		"$SHMTOOL" limits -nr -o RESOURCE,LIMIT "$@" | grep /dev/shm | xargs
	}
	assert_equal "$(shm -N "${started[0]}")" "/dev/shm 65536 /dev/shm:inodes 20"
	assert_equal "$(shm -N $$)" "/dev/shm 1048576 /dev/shm:inodes 100"
	# An IPC namespace alone does not say which /dev/shm.
	for namespace in "/proc/${started[0]}/ns/ipc" "$(stat -Lc %i "/proc/${started[0]}/ns/ipc")"; do
		shmtool limits -nr -o RESOURCE,USED -N "$namespace"
		assert_done
		assert_line "kernel.shmmni 2"
		refute_line --partial /dev/shm
	done
	# Neither does a process without a /dev/shm.
	# shellcheck disable=SC2016
	start unshare --mount --propagation unchanged bash -euc '
		mount --make-rprivate /dev
		mount -t tmpfs tmpfs /dev
		exec "$0" 5679 4096 text' "$HELPERS/daemon"
	shmtool limits -nr -o RESOURCE -N "${started[1]}"
	assert_done
	assert_line kernel.shmmni
	refute_line --partial /dev/shm
}

@test "another user sees the same" {
	need_root
	set_limit shmmni 2
	"$SHMTOOL" create -s 1 -m 0600
	"$SHMTOOL" create -s 1 -m 0600
	expected=$("$SHMTOOL" limits -J -O)
	as_stranger "$SHMTOOL" limits -J -O
	assert_done
	assert_output "$expected"
	assert_output --partial '"full"'
}

@test "without /proc/sys and /sys, unknown values are empty" {
	with_mounts true || skip "needs mount namespaces"
	need_root
	set_limit shmmni 20
	pages 1
	run_apart with_mounts bash -euc '
		mount --make-rprivate /sys
		mount -t tmpfs tmpfs /sys
		mount -t tmpfs tmpfs /proc/sys
		"$SHMTOOL" limits -nr -o RESOURCE,LIMIT,USED,FREE,PERCENT,STATUS
		"$SHMTOOL" limits -J -o RESOURCE,LIMIT'
	assert_done
	assert_line "kernel.shmall 18446744073692774399 1 18446744073692774398 0 -"
	assert_line "kernel.shmmni 20 1 19 5 -"
	assert_line "kernel.shm_rmid_forced - - - - -"
	assert_line "vm.hugetlb_shm_group - - - - -"
	for pool in /sys/kernel/mm/hugepages/*; do
		[ ! -d "$pool" ] || assert_line "$(basename "$pool") - - - - -"
	done
	assert_line '         "limit": null'
}

@test "every mode prints the same values" {
	set_limit shmmni 10
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		"$SHMTOOL" create -s 1 >/dev/null
	done
	for column in $("$SHMTOOL" limits -r -O | head -n 1); do
		/usr/bin/python3 - "$SHMTOOL" "$column" <<-'E'
			import json, re, subprocess, sys
			shmtool, column = sys.argv[1:]
			def limits(mode):
			    return subprocess.check_output([shmtool, "limits", mode, "-o", column], text=True)
			def plain(text):
			    return re.sub(r"\\x(..)", lambda m: chr(int(m.group(1), 16)), text)
			def flat(value):
			    if isinstance(value, list):
			        value = ",".join(value)
			    return "" if value is None else str(value)
			rows = [flat(s[column.lower()]) for s in json.loads(limits("-J"))["limits"]]
			lines = [flat(json.loads(line)[column.lower()]) for line in limits("-j").splitlines()]
			assert lines == rows, lines
			raw = [plain(r) for r in limits("-r").splitlines()]
			assert raw == [column] + [r or "-" for r in rows], (raw, rows)
			export = limits("-e").splitlines()
			assert [plain(e) for e in export] == ['%s="%s"' % (column, r) for r in rows], export
			assert len(rows) >= 6
		E
	done
}

@test "output for programs is the same in any locale and at any width" {
	for mode in -r -e -J -j; do
		expected=$("$SHMTOOL" limits "$mode" -O)
		for locale in C C.UTF-8 POSIX; do
			assert_equal "$(LC_ALL=$locale "$SHMTOOL" limits "$mode" -O)" "$expected"
		done
		assert_equal "$(COLUMNS=20 "$SHMTOOL" limits "$mode" -O)" "$expected"
		assert_equal "$("$SHMTOOL" limits "$mode" -O --time-format epoch)" "$expected"
	done
}

@test "--sort sorts by value, with unknown values first" {
	set_limit shmall 1000
	set_limit shmmni 10
	set_limit shmmax $((N_PAGE * 300))
	pages 300
	pages 1
	shmtool limits -nr -o RESOURCE --sort -PERCENT
	assert_line --index 0 kernel.shmall
	assert_line --index 1 kernel.shmmni
	assert_equal "$("$SHMTOOL" limits -nr -o RESOURCE,LIMIT --sort LIMIT | grep kernel.shm | xargs)" \
		"kernel.shm_rmid_forced 0 kernel.shmmni 10 kernel.shmall 1000 kernel.shmmax $((N_PAGE * 300))"
	assert_equal "$("$SHMTOOL" limits -nr -o RESOURCE --sort percent | tail -n 1)" kernel.shmall
}

@test "wrong usage, and what the kernel refuses" {
	shmtool limits 1
	assert_wrong_usage "shmtool limits: unexpected argument '1'"
	shmtool limits -o NATTCH
	assert_wrong_usage "shmtool limits: --output: 'NATTCH': no such column; --help lists them"
	shmtool limits --sort USD
	assert_wrong_usage "shmtool limits: --sort: 'USD': no such column; --help lists them; did you mean 'USED'?"
	shmtool limits -J -r
	assert_wrong_usage "shmtool limits: --json and --raw cannot be combined"
	shmtool limits -O -o USED
	assert_wrong_usage "shmtool limits: --output and --output-all cannot be combined"
	shmtool limits -q
	assert_wrong_usage "shmtool limits: unknown option '-q'"
	# IPC_INFO is 3, SHM_INFO 14.
	refused shmctl:3=ENOSYS limits
	assert_failed 1 "shmtool limits: Function not implemented"
	assert_output ""
	refused shmctl:14=EACCES limits
	assert_failed 4 "shmtool limits: permission denied"
	shmtool limits -N 4194304
	assert_failed 1 "shmtool limits: 4194304: no such process or namespace"
	run_apart bash -c '"$SHMTOOL" limits >/dev/full'
	assert_failed 1 "shmtool limits: standard output: No space left on device"
}

@test "the status of near and full rows has a colour, on a terminal with colours" {
	set_limit shmmni 1
	set_limit shmall 1000
	pages 950
	# on TERM COMMAND: print what a command writes to a terminal.
	on() {
		TERM=$1 on_terminal 132 "$2"
	}
	escape=$(printf '\033')
	on xterm "$SHMTOOL limits" >page
	assert_equal "$(grep -c "$escape" page)" 2
	grep -q "^kernel.shmmni .* $escape\[31mfull *$escape\[0m " page || fail "$(cat -v page)"
	grep -q "^kernel.shmall .* $escape\[1;33mnear *$escape\[0m " page || fail "$(cat -v page)"
	assert_equal "$(sed "s/$escape\[[0-9;]*m//g" page)" "$(on dumb "$SHMTOOL limits")"
	NO_COLOR='' on xterm "$SHMTOOL limits" | grep -q "$escape"
	plain() {
		run grep -c "$escape" <<<"$1"
		assert_output 0
		grep -q shmmni <<<"$1"
	}
	plain "$(NO_COLOR=1 on xterm "$SHMTOOL limits")"
	plain "$(on dumb "$SHMTOOL limits")"
	plain "$(on '' "$SHMTOOL limits")"
	plain "$(on xterm "env -u TERM $SHMTOOL limits")"
	plain "$(on xterm "$SHMTOOL limits | cat")"
	for mode in -J -r -e; do
		plain "$(on xterm "$SHMTOOL limits $mode")"
	done
	# Nothing is marked: nothing is coloured.
	set_limit shmmni 100
	set_limit shmall 10000
	plain "$(on xterm "$SHMTOOL limits")"
}
