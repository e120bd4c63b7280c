load common

# Which segments ls shows and rm takes: the filters, which are the same in both.

# shown FILTER...: what ls shows, and that it is what rm would take and takes none else. Of
# attached segments too: rm takes these only where it is said.
shown() {
	shmtool ls -q "$@"
	assert_done
	if [[ " $* " != *" --unattached "* && " $* " != *" --orphaned "* ]]; then
		assert_equal "$(listed "$@" --attached; listed "$@" --unattached)" \
			"$(list "$@" --attached; list "$@" --unattached)"
	fi
}

# The IDs that ls, and rm --dry-run, select.
list() {
	"$SHMTOOL" ls -q "$@"
}

listed() {
	"$SHMTOOL" rm -n "$@" | awk 'NR > 1 { print $1 }'
}

# in_time_of UPTIME COMMAND...: runs a command where the system seems to be up for so long,
# and its table of segments is the file "table".
in_time_of() {
	unshare --time true 2>/dev/null || skip "this kernel has no time namespaces"
	local offset=$(($1 - $(cut -d . -f 1 /proc/uptime)))
	# shellcheck disable=SC2016
	run_apart with_mounts bash -euc '
		mount --bind table /proc/sysvipc/shm
		unshare --time --boottime "$1" --fork -- "${@:2}"' - "$offset" "${@:2}"
}

# table_line ID SIZE NATTCH ATIME DTIME CTIME [PERMS [KEY]]: one line of such a table.
table_line() {
	echo "${8:-0} $1 ${7:-600} $2 1 1 $3 0 0 0 0 $4 $5 $6 0 0"
}

@test "--user, --group and --creator" {
	need_root
	a=$("$SHMTOOL" create -s 1)
	b=$("$SHMTOOL" create -s 1 --owner nobody:daemon)
	c=$(setpriv --reuid=65534 --regid=65534 --clear-groups "$SHMTOOL" create -s 1)
	"$SHMTOOL" chown root:root "$c"
	shown --user root
	assert_output "$a
$c"
	shown -g daemon
	assert_output "$b"
	shown --group 1
	assert_output "$b"
	shown --creator nobody
	assert_output "$c"
	shown --creator 0 --group root
	assert_output "$a"
	"$SHMTOOL" rm --creator nobody
	"$SHMTOOL" rm -g 1
	assert_equal "$(list)" "$a"
	for command in ls rm; do
		shmtool $command --group no-such-group
		assert_wrong_usage "shmtool $command: --group: 'no-such-group': no such group"
		shmtool $command --creator no-such-user
		assert_wrong_usage "shmtool $command: --creator: 'no-such-user': no such user"
	done
	assert_equal "$(list)" "$a"
}

@test "--dest, --locked and --private" {
	need_root
	a=$("$SHMTOOL" create -s 1)
	b=$("$SHMTOOL" create -s 1 -k 7)
	c=$("$SHMTOOL" create -s 1 -k 8 --lock)
	d=$("$SHMTOOL" create -s 1)
	hold "$c"
	hold "$d"
	"$SHMTOOL" rm "$c" "$d" 2>/dev/null
	shown --dest
	assert_output "$c
$d"
	shown --locked
	assert_output "$c"
	shown --private
	assert_output "$a"
	shown --dest --locked
	assert_output "$c"
	shmtool ls --private --dest
	assert_wrong_usage "shmtool ls: --private: excludes --dest, which takes a segment's key away"
	shmtool rm --orphaned --attached
	assert_wrong_usage "shmtool rm: --orphaned: excludes --attached"
	"$SHMTOOL" rm --private
	assert_equal "$(list)" "$b
$c
$d"
	# What is marked is attached.
	shmtool rm --dest
	assert_done
	assert_equal "$(list --dest)" "$c
$d"
}

@test "--min-size and --max-size, of which the first may not be the larger" {
	a=$("$SHMTOOL" create -s 4095)
	b=$("$SHMTOOL" create -s 4K)
	c=$("$SHMTOOL" create -s 4097)
	shown --max-size 4K
	assert_output "$a
$b"
	shown --min-size 4096 --max-size 4096
	assert_output "$b"
	shown --max-size 0
	assert_output ""
	for command in ls rm; do
		shmtool $command --min-size 4097 --max-size 4K
		assert_wrong_usage "shmtool $command: --min-size: '4097': more than --max-size, so no segment can be meant"
		shmtool $command --max-size 4X
		assert_wrong_usage "shmtool $command: --max-size: '4X': not a size below 16E; give a whole number of bytes, or of K, M, G, T, P or E"
		shmtool $command --max-size 16E
		assert_equal "$status" 2
	done
	"$SHMTOOL" rm --max-size 4K
	assert_equal "$(list)" "$c"
}

@test "--older-than and --idle, to the second" {
	need_root
	now=$(date +%s)
	{
		head -n 1 /proc/sysvipc/shm
		# What happened while the test runs does not count: a minute is far from that.
		table_line 1 1 0 0 0 $((now - 3600))
		table_line 2 1 0 $((now - 7200)) $((now - 3660)) $((now - 86400))
		table_line 3 1 1 $((now - 7260)) 0 $((now - 60))
		table_line 4 1 0 0 0 $((now + 1000))
		table_line 5 1 0 $((now + 1000)) 0 $((now - 86400))
		table_line 6 1 0 0 0 "$now"
	} >table
	in_time_of 1000000 bash -c 'for filter in "$@"; do
			ids=$("$SHMTOOL" ls -nr -o ID,RSS $filter | cut -d " " -f 1 | xargs)
			echo "$filter: ${ids:-none}"
		done' - "--older-than 0" "--older-than 50s" "--older-than 59m" "--older-than 3540.001" \
		"--older-than 61m" "--older-than 23h59m" "--older-than 1d2m" \
		"--idle 0" "--idle 59m" "--idle 60m58s" "--idle 1h2m" "--idle 2h" "--idle 2h2m" \
		"--idle 59m --older-than 61m"
	assert_done
	assert_output "--older-than 0: 1 2 3 5 6
--older-than 50s: 1 2 3 5
--older-than 59m: 1 2 5
--older-than 3540.001: 1 2 5
--older-than 61m: 2 5
--older-than 23h59m: 2 5
--older-than 1d2m: none
--idle 0: 1 2 3 6
--idle 59m: 1 2 3
--idle 60m58s: 2 3
--idle 1h2m: 3
--idle 2h: 3
--idle 2h2m: none
--idle 59m --older-than 61m: 2"
}

@test "--older-than and --idle are never early: AGE has to be past by a second" {
	need_root
	{
		head -n 1 /proc/sysvipc/shm
		table_line 1 1 0 0 0 $(($(date +%s) - 100))
	} >table
	# A segment only gets older meanwhile.
	in_time_of 1000000 bash -euc '
		age=$("$SHMTOOL" ls -nr -o AGE,RSS | cut -d " " -f 1)
		for filter in --older-than --idle; do
			shown=$("$SHMTOOL" ls -nr -o AGE,RSS $filter "$((age - 1))")
			[ "${shown% *}" -ge "$age" ] || echo "$filter is late"
			shown=$("$SHMTOOL" ls -nr -o AGE,RSS $filter "$age")
			[ -z "$shown" ] || [ "${shown% *}" -gt "$age" ] || echo "$filter is early"
		done
		echo "$age"'
	assert_done
	assert_output --regexp "^1[0-9]+$"
}

@test "no segment is older than the boot, whatever the clock says" {
	need_root
	{
		head -n 1 /proc/sysvipc/shm
		table_line 1 1 0 1 1 1
	} >table
	in_time_of 100 bash -c '
		"$SHMTOOL" ls -nr -o IDLE,AGE,RSS
		"$SHMTOOL" ls -nr -o ID,RSS --older-than 1h
		"$SHMTOOL" ls -nr -o ID,RSS --idle 1h
		"$SHMTOOL" ls -nr -o ID,RSS --older-than 1m --idle 1m'
	assert_done
	assert_line --index 0 --regexp '^(100|1[01][0-9]) (100|1[01][0-9]) 0$'
	assert_equal "${lines[*]:1}" "1 0"
}

@test "rm --idle and --older-than wait for nobody, and take what is old" {
	"$SHMTOOL" create -s 1 -k 7
	"$SHMTOOL" create -s 1 -k 8
	shmtool rm --older-than 1h
	assert_done
	shmtool rm --idle 1h 0x7
	assert_done
	assert_equal "$(list | wc -l)" 2
	is_removed() {
		"$SHMTOOL" rm --force "${@:2}"
		! "$SHMTOOL" ls "$1" 2>/dev/null
	}
	until_true is_removed 0x7 --idle 1 0x7
	until_true is_removed 0x8 --older-than 1s
}

@test "ages that are none" {
	for option in --older-than --idle; do
		for age in "" x -1 1y 1h30 "1 h" 99999999999999999999 1.0001; do
			shmtool rm $option "$age"
			assert_wrong_usage "shmtool rm: $option: '$age': not a duration; give seconds, or a sum of w, d, h, m, s and ms such as 1h30m"
		done
	done
	"$SHMTOOL" create -s 1 >/dev/null
	shown --older-than 1000000w
	assert_output ""
	shown --idle 18446744073709551s
	assert_output ""
}

@test "a filter given twice is an error" {
	for filter in "--group 0" "--creator 0" "--older-than 1" "--idle 1" "--max-size 1" "--filter true"; do
		# shellcheck disable=SC2086
		shmtool rm $filter $filter
		assert_wrong_usage "shmtool rm: option '${filter% *}' was given twice"
	done
}

@test "a saved table has no age" {
	cat /proc/sysvipc/shm >saved
	shmtool ls --input saved --older-than 1
	assert_wrong_usage "shmtool ls: --older-than: excludes --input, which does not say when it was saved"
	shmtool ls --input saved --idle 0
	assert_wrong_usage "shmtool ls: --idle: excludes --input, which does not say when it was saved"
	{
		head -n 1 /proc/sysvipc/shm
		table_line 1 10 1 5 0 5 1600
		table_line 2 20 0 5 5 5 2600 7
		table_line 3 30 0 5 5 5 600
	} >saved
	assert_equal "$(list --input saved --dest)" 1
	assert_equal "$(list --input saved --locked)" 2
	assert_equal "$(list --input saved --private)" 3
	assert_equal "$(list --input saved --max-size 20 --group 0 --creator root | xargs)" "1 2"
}

# Expressions, which need a libsmartcols that is not everywhere.

has_expressions() {
	[[ $("$SHMTOOL" ls -Q true 2>&1 >/dev/null) != *"needs libsmartcols"* ]]
}

need_expressions() {
	has_expressions || skip "libsmartcols is older than 2.40"
}

@test "--filter says where libsmartcols is too old for it" {
	"$SHMTOOL" create -s 1 >/dev/null
	for command in ls rm; do
		shmtool $command --unattached -Q 'SIZE > 0'
		if has_expressions; then
			assert_done
		else
			assert_equal "$status" 2
			assert_output ""
			assert_regex "$stderr" "^shmtool $command: --filter: needs libsmartcols 2\.40 or newer, and this program was built with 2\.[0-9.]+\. Try 'shmtool $command --help'\.$"
		fi
	done
	has_expressions || assert_equal "$(list | wc -l)" 1
}

@test "--filter: numbers and text mean what they say" {
	need_expressions
	need_root
	a=$("$SHMTOOL" create -s 4K)
	b=$("$SHMTOOL" create -s 2M -k 5678)
	c=$("$SHMTOOL" create -s 1M --owner nobody:daemon -m 0640)
	start "$HELPERS/daemon" 0x10 8K text
	# shellcheck disable=SC2034
	read -r d e <<<"$started_line"
	while read -r expected expression; do
		[ "$expected" != none ] || expected=""
		for name in a b c d e; do
			[[ $expected != *$name* ]] || expected=${expected//$name/${!name}}
		done
		assert_equal "$expression: $(list -Q "$expression" | xargs)" \
			"$expression: $(tr , ' ' <<<"$expected")"
		# A look for leaks takes as long as all else, and once is enough.
		usual=$ASAN_OPTIONS ASAN_OPTIONS=detect_leaks=0
		assert_equal "$(listed --attached -Q "$expression")$(listed -Q "$expression")" \
			"$(list --attached -Q "$expression")$(list --unattached -Q "$expression")"
		ASAN_OPTIONS=$usual
	done <<-E
		b SIZE > 1M
		b,c,e SIZE >= 1MiB
		a,d 1048576 gt SIZE
		a SIZE == 4096
		c OWNER == "nobody"
		c OWNER == 'nobody'
		a,b,d,e owner NE "nobody"
		c UID != CUID
		c GROUP =~ "^dae" && MODE == "0640"
		b KEY == "0x0000162e"
		a,b,c STATUS =~ "orphan"
		d,e not STATUS =~ "orphan"
		d,e !(STATUS =~ "orphan")
		d,e STATUS == ""
		none IDLE > 3600
		a,b,c,d,e IDLE < 3600 and AGE < 3600.5
		a,b,c,d,e CTIME > 1700000000
		d,e NATTCH
		a,b,c !NATTCH
		d,e COMMAND =~ "daemon"
		d,e PIDS == "${started[0]}"
		d,e CPID == ${started[0]}
		a,c SIZE == 4K || OWNER == "nobody" && STATUS =~ "orphan"
		a,c STATUS =~ "orphan" && OWNER == "nobody" || SIZE == 4K
		c (SIZE == 4K || OWNER == "nobody") && OWNER != "root"
		b,c SWAP < SIZE && ((SIZE > 1000000)) && !(NATTCH > 0)
		none false
		a,b,c,d,e TRUE
	E
}

@test "--filter: a value that is not known matches no comparison" {
	need_expressions
	need_root
	id=$("$SHMTOOL" create -s 4K)
	for expression in 'COMMAND == "x"' 'COMMAND != "x"' 'COMMAND < "x"' 'COMMAND <= "x"' \
		'COMMAND > ""' 'COMMAND >= ""' 'COMMAND =~ ""' 'COMMAND !~ "x"' '"x" > COMMAND' \
		'COMMAND != LCOMMAND' 'COMMAND == LCOMMAND' 'COMMAND' \
		'ATTACH == 0' 'ATTACH != 0' 'ATTACH < 5' 'ATTACH < 5.5' 'ATTACH >= 0' '0 <= ATTACH'; do
		assert_equal "$expression: $(list -Q "$expression")" "$expression: "
		assert_equal "$expression: $(list -Q "!($expression)")" "$expression: $id"
		assert_equal "$expression: $(list -Q "$expression || SIZE > 1")" "$expression: $id"
		assert_equal "$expression: $(list -Q "SIZE > 1 && ($expression)")" "$expression: "
	done
	cat /proc/sysvipc/shm >saved
	assert_equal "$(list --input saved -Q 'IDLE >= 0 || USER != "" || COMMAND != ""')" ""
	assert_equal "$(list --input saved -Q 'SIZE >= 0')" "$id"
}

@test "--filter: what is wrong, and where" {
	need_expressions
	"$SHMTOOL" create -s 1 >/dev/null
	while read -r expression; do
		read -r where
		read -r what
		for command in ls rm; do
			shmtool $command -Q "$expression"
			assert_wrong_usage "shmtool $command: --filter: '$where': $what"
		done
	done <<-'E'
		SIZ > 5
		SIZ
		no such column; --help lists them; did you mean 'SIZE'?
		SIZE > 5 && FOO-BAR == "x"
		FOO-BAR
		no such column; --help lists them
		SIZE > 1MB
		B
		no such column; --help lists them
		SIZE > "1M" && KEY == "0"
		SIZE > "1M" && KEY == "0"
		compares a number with text; text is written in quotes, and a number without
		SIZE > 1 || OWNER == 0
		OWNER == 0
		compares a number with text; text is written in quotes, and a number without
		SIZE == true
		SIZE == true
		compares a number with text; text is written in quotes, and a number without
		OWNER =~ USER
		OWNER =~ USER
		=~ and !~ stand between a column of text and a "string"
		SIZE =~ "1"
		SIZE =~ "1"
		=~ and !~ stand between a column of text and a "string"
		SIZE > -5
		-5
		not understood here; see scols-filter(5)
		SIZE = 5
		= 5
		not understood here; see scols-filter(5)
		SIZE > 5 @
		@
		not understood here; see scols-filter(5)
		SIZE > 5 & NATTCH == 0
		& NATTCH == 0
		not understood here; see scols-filter(5)
		OWNER == "root
		"root
		not understood here; see scols-filter(5)
		SIZE > 5) || true
		) || true
		not understood here; see scols-filter(5)
		SIZE NATTCH
		NATTCH
		not understood here; see scols-filter(5)
		1 < SIZE < 5
		< 5
		not understood here; see scols-filter(5)
		SIZE > 18446744073709551616
		18446744073709551616
		not understood here; see scols-filter(5)
		SIZE > && true
		&& true
		a column, a number or a "string" should be here
		OWNER =~ (1 == 2)
		(1 == 2)
		a column, a number or a "string" should be here
		(SIZE > 5
		(SIZE > 5
		ends too early
		SIZE >
		SIZE >
		ends too early
	E
	shmtool rm -Q ""
	assert_wrong_usage "shmtool rm: --filter: '': ends too early"
	shmtool rm -Q 'OWNER =~ "["'
	assert_equal "$status" 2
	assert_regex "$stderr" "^shmtool rm: --filter: 'OWNER =~ \"\[\"': .+ Try 'shmtool rm --help'\.$"
	shmtool rm -Q "$(printf '(%.0s' {1..100000})true"
	assert_equal "$status" 2
	[[ $stderr == *"': too deep. Try "* ]]
	assert_equal "$(list | wc -l)" 1
}

@test "--filter costs what its columns need, and no more" {
	need_expressions
	need_strace
	id=$("$SHMTOOL" create -s 4K)
	hold "$id"
	looks() {
		traced -o trace -e trace=openat "$SHMTOOL" "$@" >/dev/null
		grep -c "\"/proc/${started[0]}/maps\"" trace || true
	}
	assert_equal "$(looks ls -q -Q 'SIZE > 1')" 0
	assert_equal "$(looks ls -q -Q 'PIDS != ""')" 1
	assert_equal "$(looks ls -q -Q 'PIDS != ""' --min-size 1M)" 0
	reads() {
		traced -o trace -e trace=openat "$SHMTOOL" "$@" >/dev/null
		grep -c '"/proc/sysvipc/shm"' trace || true
	}
	"$SHMTOOL" create -s 4K >/dev/null
	assert_equal "$(reads rm -i -Q 'SIZE > 1' </dev/null)" 0
	[ "$(reads rm -Q 'RSS >= 0')" -ge 1 ]
}

@test "rm --filter: attached segments only where that is said" {
	need_expressions
	a=$("$SHMTOOL" create -s 4K)
	b=$("$SHMTOOL" create -s 4K)
	hold "$a"
	shmtool rm -v -Q 'SIZE == 4K'
	assert_done
	assert_output "removed $b (key 0x00000000, 4096 bytes)"
	shmtool rm -v -Q 'SIZE == 4K && NATTCH == 1'
	assert_done
	assert_output ""
	shmtool rm -v -Q 'SIZE != 4K' "$a"
	assert_done
	assert_output "kept $a: it does not match"
	shmtool rm --attached -Q 'NATTCH == 1'
	assert_failed 0 "shmtool rm: $a: marked for destruction; 1 attach keeps it alive"
}

@test "rm --filter asks its question again right before the removal" {
	need_expressions
	a=$("$SHMTOOL" create -s 1M)
	ask "$SHMTOOL" rm -v -i -Q 'RSS == 0' "$a"
	"$SHMTOOL" write --string x "$a"
	answer $'y\nn'
	end_of_answers
	assert_success
	assert_output "kept $a: it changed after it was chosen"

	ask "$SHMTOOL" rm -v -i -Q 'STATUS =~ "orphan"' "$a"
	hold "$a"
	answer $'y\nn'
	end_of_answers
	assert_success
	assert_output "kept $a: it changed after it was chosen"
	assert_equal "$(list)" "$a"
}
