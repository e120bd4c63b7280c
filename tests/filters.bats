load common

# Which segments ls and info show and rm takes: the filters, which are the same in all.

# shown FILTER...: run ls, and assert that info and rm select the same segments, rm attached ones only
# with --attached.
shown() {
	shmtool info -nr -o ID "$@"
	assert_done
	told=$output
	shmtool ls -q "$@"
	assert_done
	assert_equal "$told" "$output"
	if [[ " $* " == *" --dest "* ]]; then
		assert_equal "$(listed "$@" --attached)" "$output"
	elif [[ " $* " != *" --unattached "* && " $* " != *" --orphaned "* ]]; then
		assert_equal "$(listed "$@" --attached; listed "$@" --unattached)" \
			"$(list "$@" --attached; list "$@" --unattached)"
	fi
}

# Print the IDs that ls selects (list), and that rm --dry-run selects, now (removable) or once no
# segment is in motion (listed).
list() {
	"$SHMTOOL" ls -q "$@"
}

removable() {
	"$SHMTOOL" rm -n "$@" | awk 'NR > 1 { print $1 }'
}

listed() {
	at_rest "$@"
	removable "$@"
}

# in_time_of UPTIME COMMAND...: run a command with this uptime, in seconds, and with the
# file "table" as the table of segments.
in_time_of() {
	unshare --time true 2>/dev/null || skip "this kernel has no time namespaces"
	local offset=$(($1 - $(cut -d . -f 1 /proc/uptime)))
	# shellcheck disable=SC2016
	run_apart with_mounts bash -euc '
		mount --bind table /proc/sysvipc/shm
		unshare --time --boottime "$1" --fork -- "${@:2}"' - "$offset" "${@:2}"
}

# table_line ID SIZE NATTCH ATIME DTIME CTIME [PERMS [KEY]]: print one line of such a
# table.
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
	shown --user 0,nobody
	assert_output "$a
$b
$c"
	shown --user nobody,daemon --group daemon,root
	assert_output "$b"
	shown --creator nobody,1
	assert_output "$c"
	"$SHMTOOL" rm --creator nobody
	"$SHMTOOL" rm -g 1
	assert_equal "$(list)" "$a"
	for command in ls rm; do
		shmtool $command --group no-such-group
		assert_wrong_usage "shmtool $command: --group: 'no-such-group': no such group"
		shmtool $command --creator no-such-user
		assert_wrong_usage "shmtool $command: --creator: 'no-such-user': no such user"
	done
	for command in ls info rm; do
		shmtool $command --user root,no-such-user,nobody
		assert_wrong_usage "shmtool $command: --user: 'no-such-user': no such user"
		for list in "" "," "root," ",root" "root,,nobody"; do
			shmtool $command --user "$list"
			assert_wrong_usage "shmtool $command: --user: '': no such user"
			shmtool $command --group "$list"
			assert_equal "$status" 2
		done
	done
	assert_equal "$(list)" "$a"
}

@test "an owner, group or creator that is not mapped here matches no filter" {
	need_root
	unshare --user --map-root-user true 2>/dev/null || skip "user namespaces are not allowed"
	# Root may remove all of them: it created, or owns, each.
	a=$("$SHMTOOL" create -s 1 --owner daemon)
	b=$("$SHMTOOL" create -s 1 --owner :daemon)
	c=$(setpriv --reuid=1 --regid=1 --clear-groups "$SHMTOOL" create -s 1)
	"$SHMTOOL" chown root:root "$c"
	inside() {
		run_apart unshare --user --map-root-user -- "$SHMTOOL" "$@"
		assert_done
	}
	inside ls -nr -o UID,GID,CUID "$a" "$b" "$c"
	assert_output "65534 0 0
0 65534 0
0 0 65534"
	for filter in --user=nobody --user=65534 --group=nogroup --creator=nobody \
		--filter={UID,GID,CUID}==65534 --filter='OWNER=="nobody"' \
		--filter="!("{UID,GID,CUID}"==0)" --filter='USER!="root"'; do
		inside ls -q "$filter"
		assert_equal "$filter: $output" "$filter: "
		inside rm "$filter"
	done
	assert_equal "$(list | xargs)" "$a $b $c"
	inside rm --user root --group root --creator root
	assert_equal "$(list | xargs)" "$a $b $c"
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
	assert_wrong_usage "shmtool ls: --private and --dest cannot be combined"
	shmtool rm --orphaned --attached
	assert_wrong_usage "shmtool rm: --orphaned and --attached cannot be combined"
	"$SHMTOOL" rm --private
	assert_equal "$(list)" "$b
$c
$d"
	# Segments marked for destruction are attached.
	shmtool rm --dest
	assert_wrong_usage "shmtool rm: --dest: only attached segments match; add --attached"
	assert_equal "$(list --dest)" "$c
$d"
}

@test "--creator-gone selects by the creator, not by the users of the segment" {
	need_root
	start "$HELPERS/daemon" 0x10 4096 text
	read -r table cache <<<"$started_line"
	a=$("$SHMTOOL" create -s 1)
	b=$("$SHMTOOL" create -s 1)
	hold "$a"
	shown --creator-gone
	assert_output "$a
$b"
	shown --creator-gone --attached
	assert_output "$a"
	kill -KILL "${started[0]}"
	wait "${started[0]}" || true
	shown --creator-gone
	assert_output "$(printf '%s\n' "$table" "$cache" "$a" "$b" | sort -n)"
	# If that is not known, it does not match.
	setarch --uname-2.6 true 2>/dev/null || skip "setarch has no --uname-2.6"
	assert_equal "$(setarch --uname-2.6 "$SHMTOOL" ls -q --creator-gone)" ""
}

@test "--min-size and --max-size filter by size; --min-size may not be larger" {
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
		assert_wrong_usage "shmtool $command: --min-size: '4097': larger than --max-size"
		shmtool $command --max-size 4X
		assert_wrong_usage "shmtool $command: --max-size: '4X': not a size below 16E; give bytes, or a number with a unit, such as 4K or 1.5G"
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
		# The ages differ from the filters by a minute, so the duration of the
		# test does not matter.
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

@test "--older-than and --idle match only when AGE has certainly passed" {
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

@test "rm --idle and --older-than remove segments only when they are old enough" {
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

@test "malformed ages" {
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
	assert_wrong_usage "shmtool ls: --older-than and --input cannot be combined: the copy does not say when it was saved"
	shmtool ls --input saved --idle 0
	assert_wrong_usage "shmtool ls: --idle and --input cannot be combined: the copy does not say when it was saved"
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

@test "--filter compares numbers and text" {
	need_root
	a=$("$SHMTOOL" create -s 4K)
	b=$("$SHMTOOL" create -s 2M -k 5678)
	c=$("$SHMTOOL" create -s 1M --owner nobody:daemon -m 0640)
	start "$HELPERS/daemon" 0x10 8K text
	# shellcheck disable=SC2034
	read -r d e <<<"$started_line"
	at_rest --attached
	at_rest --unattached
	while read -r expected expression; do
		[ "$expected" != none ] || expected=""
		for name in a b c d e; do
			[[ $expected != *$name* ]] || expected=${expected//$name/${!name}}
		done
		found=$(list -Q "$expression")
		assert_equal "$expression: ${found//$'\n'/,}" "$expression: $expected"
		# The search for leaks takes as long as everything else, and one search is
		# enough.
		usual=$ASAN_OPTIONS ASAN_OPTIONS=detect_leaks=0
		assert_equal "$(removable --attached -Q "$expression")$(removable -Q "$expression")" \
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

@test "--filter: a comparison with an unknown value is unknown, and so is its negation" {
	need_root
	id=$("$SHMTOOL" create -s 4K)
	for expression in 'COMMAND == "x"' 'COMMAND != "x"' 'COMMAND < "x"' 'COMMAND <= "x"' \
		'COMMAND > ""' 'COMMAND >= ""' 'COMMAND =~ ""' 'COMMAND !~ "x"' '"x" > COMMAND' \
		'COMMAND != LCOMMAND' 'COMMAND == LCOMMAND' 'COMMAND' \
		'ATTACH == 0' 'ATTACH != 0' 'ATTACH < 5' 'ATTACH < 5.5' 'ATTACH >= 0' '0 <= ATTACH'; do
		assert_equal "$expression: $(list -Q "$expression")" "$expression: "
		assert_equal "$expression: $(list -Q "!($expression)")" "$expression: "
		assert_equal "$expression: $(list -Q "$expression || SIZE > 1")" "$expression: $id"
		assert_equal "$expression: $(list -Q "SIZE > 1 && ($expression)")" "$expression: "
		assert_equal "$expression: $(list -Q "!(SIZE > 1 && ($expression))")" "$expression: "
		assert_equal "$expression: $(list -Q "!(SIZE < 1 && ($expression))")" "$expression: $id"
	done
	cat /proc/sysvipc/shm >saved
	assert_equal "$(list --input saved -Q 'IDLE >= 0 || USER != "" || COMMAND != ""')" ""
	assert_equal "$(list --input saved -Q 'SIZE >= 0')" "$id"
}

@test "--filter takes sizes and durations as the table prints them" {
	id=$("$SHMTOOL" create -s 1610612736 --noreserve)
	for expression in 'SIZE == 1.5G' 'SIZE==1536MiB' 'SIZE > 1500MB' 'SIZE<=0x60000000' \
		'AGE < 5m' 'AGE < 1h30m' 'AGE<0.5d and 1.5 == 1500ms' '90s == 1.5m' '3K > 3000' '1.001s > 1'; do
		assert_equal "$expression: $(list -Q "$expression")" "$expression: $id"
	done
	# 100m are no megabytes.
	for expression in 'SIZE > 100m' '1h < RSS' 'AGE < 5M'; do
		shmtool ls -Q "$expression"
		assert_wrong_usage "shmtool ls: --filter: '$expression': a size and a duration; 5M are bytes, 5m are minutes"
	done
	for expression in 'SIZE == 1.5X' 'SIZE == 5Mb5' 'AGE < 0.00001s' '5m5'; do
		shmtool ls -Q "SIZE > 0 and $expression"
		assert_equal "$status" 2
		assert_regex "$stderr" ": not a number, a size such as 1.5G, or a duration such as 1h30m"
	done
}

@test "--filter: STATUS holds what is known, however the rest may be" {
	need_root
	id=$("$SHMTOOL" create -s 4K)
	"$SHMTOOL" lock "$id"
	cat /proc/sysvipc/shm >saved
	# A saved table does not tell whether it is an orphan.
	for expression in 'STATUS =~ "locked"' 'STATUS !~ "dest"' 'STATUS != "dest"' STATUS 'STATUS > "a"'; do
		assert_equal "$expression: $(list --input saved -Q "$expression")" "$expression: $id"
		assert_equal "$expression: $(list --input saved -Q "not ($expression)")" "$expression: "
	done
	for expression in 'STATUS =~ "orphan"' 'STATUS =~ "huge"' 'STATUS == "locked"' 'STATUS == "orphan,locked"' 'STATUS < "m"'; do
		assert_equal "$expression: $(list --input saved -Q "$expression")" "$expression: "
		assert_equal "$expression: $(list --input saved -Q "not ($expression)")" "$expression: "
	done
	# On a host with huge pages, an untouched segment may consist of them.
	echo "Hugetlb: 2048 kB" >meminfo
	# shellcheck disable=SC2016
	run_apart with_mounts bash -euc '
		mount --bind meminfo /proc/meminfo
		for expression in "STATUS =~ \"orphan\"" "STATUS =~ \"locked\"" "STATUS !~ \"huge\"" \
			"STATUS == \"orphan,locked\"" "STATUS =~ \"huge\""; do
			"$SHMTOOL" ls -q -Q "$expression"
			echo "$expression"
		done'
	assert_done
	assert_output "$id
STATUS =~ \"orphan\"
$id
STATUS =~ \"locked\"
STATUS !~ \"huge\"
STATUS == \"orphan,locked\"
STATUS =~ \"huge\""
}

@test "--filter: messages say what is wrong, and where" {
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
		SIZE > 1XB or true
		1XB or true
		not a number, a size such as 1.5G, or a duration such as 1h30m
		SIZE > "1M" && KEY == "0"
		SIZE > "1M" && KEY == "0"
		both sides must be numbers, or both text; quote text, not numbers
		SIZE > 1 || OWNER == 0
		OWNER == 0
		both sides must be numbers, or both text; quote text, not numbers
		SIZE == true
		SIZE == true
		both sides must be numbers, or both text; quote text, not numbers
		OWNER =~ USER
		OWNER =~ USER
		=~ and !~ compare a column of text with a "string"
		SIZE =~ "1"
		SIZE =~ "1"
		=~ and !~ compare a column of text with a "string"
		SIZE > -5
		-5
		syntax error; see shmtool-ls(1)
		SIZE = 5
		= 5
		syntax error; see shmtool-ls(1)
		SIZE > 5 @
		@
		syntax error; see shmtool-ls(1)
		SIZE > 5 & NATTCH == 0
		& NATTCH == 0
		syntax error; see shmtool-ls(1)
		OWNER == "root
		"root
		syntax error; see shmtool-ls(1)
		SIZE > 5) || true
		) || true
		syntax error; see shmtool-ls(1)
		SIZE NATTCH
		NATTCH
		syntax error; see shmtool-ls(1)
		1 < SIZE < 5
		< 5
		syntax error; see shmtool-ls(1)
		SIZE > 18446744073709551616
		18446744073709551616
		number out of range
		SIZE > 16EiB
		16EiB
		number out of range
		SIZE > 0.1234567890123456789 || true
		0.1234567890123456789 || true
		number out of range
		SIZE > && true
		&& true
		expected a column, a number or a "string"
		OWNER =~ (1 == 2)
		(1 == 2)
		expected a column, a number or a "string"
		(SIZE > 5
		(SIZE > 5
		incomplete expression
		SIZE >
		SIZE >
		incomplete expression
	E
	shmtool rm -Q ""
	assert_wrong_usage "shmtool rm: --filter: '': incomplete expression"
	shmtool rm -Q 'OWNER =~ "["'
	assert_wrong_usage "shmtool rm: --filter: 'OWNER =~ \"[\"': invalid regular expression"
	shmtool rm -Q "$(printf '(%.0s' {1..100000})true"
	assert_equal "$status" 2
	[[ $stderr == *"': nested too deeply. Try "* ]]
	assert_equal "$(list | wc -l)" 1
}

@test "--filter reads only what its columns need" {
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

@test "rm --filter removes attached segments only with --attached" {
	a=$("$SHMTOOL" create -s 4K)
	b=$("$SHMTOOL" create -s 4K)
	hold "$a"
	shmtool rm -v -Q 'SIZE == 4K'
	assert_done
	assert_output "kept $a: attached once
removed $b (key 0x00000000, 4096 bytes)"
	shmtool rm -v -Q 'SIZE == 4K && NATTCH == 1'
	assert_done
	assert_output "kept $a: attached once
nothing matches"
	shmtool rm -v -Q 'SIZE != 4K' "$a"
	assert_done
	assert_output "kept $a: does not match --filter"
	at_rest --attached -Q 'NATTCH == 1'
	shmtool rm --attached -Q 'NATTCH == 1'
	assert_failed 0 "shmtool rm: $a: marked for destruction; 1 attach keeps it alive"
}

@test "rm --filter: PIDS is unknown if an attach is not visible" {
	need_root
	id=$("$SHMTOOL" create -s 4K)
	hold "$id"
	at_rest --attached
	for expression in 'not (PIDS =~ "[0-9]")' 'PIDS !~ "[0-9]"' 'PIDS == ""' 'not PIDS' 'PIDS != "0"'; do
		run_apart unshare --pid --fork --mount-proc -- "$SHMTOOL" rm --attached -Q "$expression"
		assert_success
		assert_output ""
		[[ $stderr == "shmtool rm: 1 of 1 attaches is not visible"* ]]
		assert_equal "$expression: $(list --dest)" "$expression: "
	done
	assert_equal "$(list -Q 'not (PIDS =~ "[0-9]")')" ""
	assert_equal "$(list -Q 'PIDS =~ "[0-9]"')" "$id"
}

@test "--filter of PIDS shows all of them where huge pages make it look for page sizes" {
	need_root
	id=$("$SHMTOOL" create -s 4K)
	hold "$id"
	hold "$id"
	echo "Hugetlb: 2048 kB" >meminfo
	# shellcheck disable=SC2016
	run_apart with_mounts bash -euc '
		mount --bind meminfo /proc/meminfo
		"$SHMTOOL" ls -nr -o PIDS,STATUS -Q "PIDS =~ \"[0-9]\""'
	assert_done
	assert_output "$(printf '%s\n' "${started[@]}" | sort -n | paste -sd ,) -"
}

@test "rm --filter evaluates the expression again right before the removal" {
	need_strace
	a=$("$SHMTOOL" create -s 1M)
	# Even memory use that took long to read before the question is read again after
	# it.
	ask traced -qq -o trace -P /proc/sysvipc/shm -e inject=openat:delay_exit=300000 \
		"$SHMTOOL" rm -v -i -Q 'RSS == 0' "$a"
	"$SHMTOOL" write --string x "$a"
	answer y
	end_of_answers
	assert_success
	assert_output "kept $a: does not match --filter"

	ask "$SHMTOOL" rm -v -i -Q 'STATUS =~ "orphan"' "$a"
	hold "$a"
	answer y
	end_of_answers
	assert_success
	assert_output "kept $a: does not match --filter"
	assert_equal "$(list)" "$a"
}

@test "rm --filter reads memory use again before a removal that is delayed" {
	need_strace
	need_root
	export ASAN_OPTIONS=detect_leaks=0
	cat >later <<-'E'
		# later CALL: remove segments 0 and 1, which a process has attached, if
		# their RSS is 0. Stop after this call of shmctl(2) until the process has
		# touched segment 1. CALL 0: print the number of the call that removes
		# segment 0.
		"$SHMTOOL" create -s 1M >/dev/null
		"$SHMTOOL" create -s 1M >/dev/null
		mkfifo orders
		exec {held}< <(exec /usr/bin/python3 -c '
		import ctypes, time
		libc = ctypes.CDLL(None)
		libc.shmat.restype = ctypes.c_void_p
		libc.shmat(0, None, 0)
		address = libc.shmat(1, None, 0)
		print(flush=True)
		open("orders").readline()
		ctypes.memset(address, 1, 1)
		time.sleep(0.06)
		print(flush=True)
		time.sleep(600)' 3>&-)
		holder=$!
		trap 'kill "$holder"' EXIT
		read -r _ <&"$held"
		rm -f calls
		remove=("$SHMTOOL" rm -v -Q "RSS == 0" 0 1)
		if [ "$1" = 0 ]; then
			strace -o calls -e trace=shmctl "${remove[@]}" >/dev/null 2>&1
			grep -n "shmctl(0, IPC_RMID" calls | cut -d : -f 1 >&3
			exit
		fi
		strace -o calls -e trace=shmctl -e "inject=shmctl:signal=STOP:when=$1" "${remove[@]}" &
		strace=$!
		until grep -q "stopped by SIGSTOP" calls 2>/dev/null; do
			kill -0 "$strace"
		done
		echo >orders
		read -r _ <&"$held"
		kill -CONT "$(cut -d " " -f 1 "/proc/$strace/task/$strace/children")"
		wait "$strace"
	E
	# IDs and calls are the same in each new IPC namespace.
	call=$(unshare --ipc bash -eu later 0 3>&1 >/dev/null)
	rm orders
	run_apart unshare --ipc bash -eu later "$call"
	assert_failed 0 "shmtool rm: 0: marked for destruction; 1 attach keeps it alive"
	assert_output "kept 1: does not match --filter"
}
