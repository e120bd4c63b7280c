load common

@test "ls prints nothing if there are no segments" {
	shmtool ls
	assert_done
	assert_output ""
}

@test "ls shows the default columns of every segment" {
	id=$("$SHMTOOL" create -k 5678 -s 27 -m 0640)
	"$SHMTOOL" create -s 1M
	shmtool ls
	assert_done
	assert_equal "$(xargs <<<"${lines[0]}")" \
		"ID KEY OWNER PERMS SIZE RSS NATTCH STATUS IDLE CPID COMMAND"
	assert_equal "${#lines[@]}" 3
	read -r -a row <<<"${lines[1]}"
	assert_equal "${row[*]:0:8}" "$id 0x0000162e root rw-r----- 27 0 0 orphan"
	read -r -a row <<<"${lines[2]}"
	assert_equal "${row[1]} ${row[4]}" "0x00000000 1M"
}

@test "ls with operands lists only these segments, in their order" {
	a=$("$SHMTOOL" create -s 1)
	b=$("$SHMTOOL" create -s 1 -k 7)
	c=$("$SHMTOOL" create -s 1)
	shmtool ls -q "$c" key:7
	assert_done
	assert_output "$c
$b"
	shmtool ls -q 0x7 "$a"
	assert_output "$b
$a"
}

@test "ls with operands shows their memory use" {
	id=$("$SHMTOOL" create -s 1M)
	"$SHMTOOL" write --string x "$id"
	shmtool ls -nr -o ID,RSS,SWAP "$id"
	assert_done
	assert_output "$id 4096 0"
}

@test "ls continues after a missing segment" {
	id=$("$SHMTOOL" create -s 1)
	shmtool ls -q 99 "$id" key:3
	assert_failed 3 "shmtool ls: 99: no such segment
shmtool ls: key:3: no such segment"
	assert_output "$id"
}

@test "ls --user takes names and numbers" {
	need_root
	a=$("$SHMTOOL" create -s 1)
	b=$("$SHMTOOL" create -s 1 --owner 65534)
	shmtool ls -q --user 65534
	assert_output "$b"
	shmtool ls -q -u nobody
	assert_output "$b"
	shmtool ls -q -u root
	assert_output "$a"
	shmtool ls -u no-such-user
	assert_wrong_usage "shmtool ls: --user: 'no-such-user': no such user"
}

@test "ls --unattached and --attached" {
	a=$("$SHMTOOL" create -s 1)
	b=$("$SHMTOOL" create -s 1)
	hold "$b" 3
	shmtool ls -q --unattached
	assert_output "$a"
	shmtool ls -q --attached
	assert_output "$b"
	shmtool ls --attached --unattached
	assert_wrong_usage "shmtool ls: --unattached and --attached cannot be combined"
	assert_equal "$(column NATTCH "$b")" 3
}

@test "ls --min-size; a segment must match all filters" {
	need_root
	a=$("$SHMTOOL" create -s 4K)
	b=$("$SHMTOOL" create -s 8K)
	c=$("$SHMTOOL" create -s 8K --owner nobody)
	shmtool ls -q --min-size 8K
	assert_output "$b
$c"
	shmtool ls -q --min-size 4097 --user root
	assert_output "$b"
	shmtool ls -q --min-size 4K --user root "$a" "$c"
	assert_output "$a"
	shmtool ls --min-size 8X
	assert_wrong_usage "shmtool ls: --min-size: '8X': not a size below 16E; give bytes, or a number with a unit, such as 4K or 1.5G"
}

@test "ls tells an orphan from a segment in use" {
	start "$HELPERS/daemon" 0x10 4096 text
	read -r table cache <<<"$started_line"
	assert_equal "$(column STATUS "$table")" "-"
	kill -KILL "${started[0]}"
	wait "${started[0]}" || true
	assert_equal "$(column STATUS "$table")" orphan
	assert_equal "$(column STATUS "$cache")" orphan
}

@test "a segment whose last user runs is not an orphan" {
	id=$("$SHMTOOL" create -s 1)
	assert_equal "$(column STATUS "$id")" orphan
	# This process attaches and detaches the segment, and keeps running.
	start /usr/bin/python3 -c '
import ctypes, sys, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
address = libc.shmat(int(sys.argv[1]), None, 0)
libc.shmdt(ctypes.c_void_p(address))
print("ready", flush=True)
time.sleep(600)' "$id"
	assert_equal "$(column NATTCH,STATUS "$id")" "0 -"
	kill -KILL "${started[0]}"
	wait "${started[0]}" || true
	assert_equal "$(column STATUS "$id")" orphan
}

@test "COMMAND and LCOMMAND are the command lines of running processes" {
	start "$HELPERS/daemon" 0x10 4096 "some text"
	read -r table _ <<<"$started_line"
	assert_equal "$(column COMMAND "$table")" \
		"$HELPERS/daemon\\x200x10\\x204096\\x20some\\x20text"
	assert_equal "$(column LCOMMAND "$table")" "$(column COMMAND "$table")"
	assert_equal "$(column CPID,LPID "$table")" "${started[0]} ${started[0]}"
	kill -KILL "${started[0]}"
	wait "${started[0]}" || true
	assert_equal "$(column COMMAND,LCOMMAND "$table")" "- -"
	assert_equal "$(column CPID "$table")" "${started[0]}"
}

@test "ls shows dest and locked" {
	need_root
	id=$("$SHMTOOL" create -s 4K --lock)
	hold "$id"
	assert_equal "$(column STATUS "$id")" locked
	"$SHMTOOL" rm "$id" 2>/dev/null
	assert_equal "$(column KEY,STATUS "$id")" "0x00000000 dest,locked"
}

@test "ls --sort sorts by value, and equal rows keep their order" {
	a=$("$SHMTOOL" create -s 9K)
	b=$("$SHMTOOL" create -s 10)
	c=$("$SHMTOOL" create -s 1M)
	d=$("$SHMTOOL" create -s 10)
	shmtool ls -q --sort SIZE
	assert_output "$b
$d
$a
$c"
	shmtool ls -q --sort -size
	assert_output "$c
$a
$b
$d"
	shmtool ls --sort SZE
	assert_wrong_usage "shmtool ls: --sort: 'SZE': no such column; --help lists them; did you mean 'SIZE'?"
}

@test "ls --sort by several columns" {
	a=$("$SHMTOOL" create -s 9K -m 0600)
	b=$("$SHMTOOL" create -s 10 -m 0640)
	c=$("$SHMTOOL" create -s 9K -m 0640)
	d=$("$SHMTOOL" create -s 10 -m 0600)
	shmtool ls -q --sort SIZE,MODE
	assert_output "$d
$b
$a
$c"
	shmtool ls -q --sort=-mode,size
	assert_output "$b
$c
$d
$a"
	shmtool ls -q --sort MODE,-SIZE,-ID
	assert_output "$a
$d
$c
$b"
	shmtool ls --sort SIZE,
	assert_wrong_usage "shmtool ls: --sort: '': a column's name is missing"
	shmtool ls --sort SIZE,-MOED
	assert_wrong_usage "shmtool ls: --sort: 'MOED': no such column; --help lists them; did you mean 'MODE'?"
}

# Three segments of two owners, whose sum is beyond 64 bits.
save_table() {
	{
		head -n 1 /proc/sysvipc/shm
		echo "0 5 600 4096 1 1 2 0 0 0 0 0 0 5 4096 0"
		echo "0 6 600 8192 1 1 1 4294967294 0 0 0 0 0 5 0 8192"
		echo "0 7 600 1048576 1 1 0 4294967294 0 0 0 0 0 5 4096 0"
	} >saved
	sed '$s/1048576/18446744073709551615/' saved >beyond
}

@test "ls --total sums up the rows in a last line" {
	save_table
	shmtool ls --input saved --total -o ID
	assert_done
	assert_output "ID
 5
 6
 7
total: 3 segments, SIZE 1M, RSS 8K, SWAP 8K"
	shmtool ls --input saved --total -n -b -o SIZE --min-size 1M
	assert_output "1048576
total: 1 segment, SIZE 1048576, RSS 4096, SWAP 0"
	shmtool ls --input saved --total --dest
	assert_output "total: 0 segments, SIZE 0, RSS 0, SWAP 0"
	shmtool ls --input saved --total -r -o SIZE,RSS
	assert_line --index 0 "SIZE RSS"
	assert_line --index -1 "total 3 1060864 8192 8192"
	shmtool ls --input saved --total -e -o SIZE
	assert_line --index -1 'COUNT="3" SIZE="1060864" RSS="8192" SWAP="8192"'
	shmtool ls --input saved --total -j -o ID
	assert_line --index -1 '{"total":{"count":3,"size":1060864,"rss":8192,"swap":8192}}'
	for option in "" --dest; do
		# shellcheck disable=SC2086
		"$SHMTOOL" ls --input saved --total -J -o ID $option | /usr/bin/python3 -c '
import json, sys
document = json.load(sys.stdin)
total = document.pop("total")
assert list(total) == ["count", "size", "rss", "swap"], total
assert total["count"] == len(document.pop("segments")), total
assert total["size"] == (1060864 if total["count"] else 0), total
assert not document, document'
	done
	# The kernel's own numbers.
	"$SHMTOOL" create -s 1M >/dev/null
	"$SHMTOOL" write --string x "$("$SHMTOOL" ls -q)"
	shmtool ls -n -o SIZE --total
	assert_line "total: 1 segment, SIZE 1M, RSS 4K, SWAP 0"
}

@test "a sum never wraps, and is unknown if a part of it is" {
	save_table
	shmtool ls --input beyond --total -nr -o ID
	assert_line "total 3 18446744073709551615 8192 8192"
	shmtool ls --input beyond --total -n -o ID
	assert_line "total: 3 segments, SIZE 15E, RSS 8K, SWAP 8K"
	old=$SOURCE/tests/data/shm-2.6.18
	shmtool ls --input "$old" --total -n -o ID
	assert_line "total: 2 segments, SIZE 64M, RSS unknown, SWAP unknown"
	shmtool ls --input "$old" --total -nr -o ID
	assert_line "total 2 67108891 - -"
	shmtool ls --input "$old" --total -e -o ID
	assert_line 'COUNT="2" SIZE="67108891" RSS="" SWAP=""'
	shmtool ls --input "$old" --total -j -o ID
	assert_line '{"total":{"count":2,"size":67108891,"rss":null,"swap":null}}'
	shmtool ls --input "$old" --group-by ID -nr
	assert_output "32769 1 67108864 - - 0
0 1 27 - - 1"
}

@test "ls --group-by has one row a value, the largest first" {
	save_table
	shmtool ls --input saved --group-by UID
	assert_done
	assert_output "       UID COUNT SIZE RSS SWAP NATTCH
4294967294     2   1M  4K   8K      1
         0     1   4K  4K    0      2"
	shmtool ls --input saved --group-by owner -r --total
	assert_output "OWNER COUNT SIZE RSS SWAP NATTCH
4294967294 2 1056768 4096 8192 1
0 1 4096 4096 0 2
total 3 1060864 8192 8192"
	shmtool ls --input saved --group-by UID -e -o UID,COUNT
	assert_output 'OWNER_UID="4294967294" COUNT="2"
OWNER_UID="0" COUNT="1"'
	shmtool ls --input saved --group-by STATUS -j --min-size 8K
	assert_output '{"status":[],"count":2,"size":1056768,"rss":4096,"swap":8192,"nattch":1}'
	assert_equal "$("$SHMTOOL" ls --input saved --group-by UID -J --total | /usr/bin/python3 -c '
import json, sys
document = json.load(sys.stdin)
print(*document, *[tuple(group.values()) for group in document["groups"]])')" \
		"groups total (4294967294, 2, 1056768, 4096, 8192, 1) (0, 1, 4096, 4096, 0, 2)"
	# By other columns, and in another order.
	shmtool ls --input saved --group-by OWNER -nr -o COUNT,OWNER --sort COUNT,-SIZE
	assert_output "1 0
2 4294967294"
	shmtool ls --input saved --group-by MODE -nr -o +nattch
	assert_output "0600 3 1060864 8192 8192 3"
	# What is unknown is one group, too.
	shmtool ls --input saved --group-by COMMAND -nr
	assert_output "- 3 1060864 8192 8192 3"
	shmtool ls --input saved --group-by COMMAND -j -o COMMAND,COUNT
	assert_output '{"command":null,"count":3}'
	# No two columns have the same name.
	shmtool ls --input saved --group-by SIZE -r
	assert_output "SIZE COUNT RSS SWAP NATTCH
1048576 1 4096 0 0
8192 1 0 8192 1
4096 1 4096 0 2"
	shmtool ls --input saved --group-by NATTCH -r --dest
	assert_output ""
	shmtool ls --group-by OWNR
	assert_wrong_usage "shmtool ls: --group-by: 'OWNR': no such column; --help lists them; did you mean 'OWNER'?"
	shmtool ls --group-by OWNER -o KEY
	assert_wrong_usage "shmtool ls: --output: 'KEY': no such column; --help lists them"
}

@test "ls --group-by reads what its column needs" {
	id=$("$SHMTOOL" create -s 4K)
	hold "$id"
	"$SHMTOOL" create -s 1M >/dev/null
	shmtool ls -nr --group-by PIDS -o PIDS,COUNT
	assert_output "- 1
${started[0]} 1"
	shmtool ls -nr --group-by STATUS -o STATUS,RSS
	assert_output "orphan 0
- 0"
	shmtool ls -nr --group-by STATUS -o COUNT
	assert_output "1
1"
	"$SHMTOOL" write --string x "$id"
	shmtool ls -nr --group-by RSS -o COUNT
	assert_output "1
1"
}

@test "ls --total counts segments or objects, also if there are none" {
	shmtool ls --total
	assert_line "total: 0 segments, SIZE 0, RSS 0, SWAP 0"
	shmtool ls -P --total -u 12345
	assert_line "total: 0 objects, SIZE 0, RSS 0, SWAP 0"
}

@test "ls --pid of no process fails, also without segments" {
	shmtool ls -p 999999
	assert_failed 1 "shmtool ls: --pid 999999: no such process"
}

@test "ls says on a terminal that there is nothing" {
	assert_equal "$(on_terminal 80 "$SHMTOOL ls")" "shmtool ls: no System V segments"
	assert_equal "$(on_terminal 80 "$SHMTOOL ls --dest")" "shmtool ls: nothing matches"
	assert_equal "$(on_terminal 80 "$SHMTOOL ls | cat")" ""
	# What is missing was named already.
	assert_equal "$(on_terminal 80 "$SHMTOOL ls 99")" "shmtool ls: 99: no such segment"
	id=$("$SHMTOOL" create -s 1)
	assert_equal "$(on_terminal 80 "$SHMTOOL ls -q --orphaned")" "$id"
	assert_equal "$(on_terminal 80 "$SHMTOOL ls --dest $id")" "shmtool ls: nothing matches"
}

@test "ls colours what is left behind and what is marked for destruction" {
	escape=$(printf '\033')
	id=$("$SHMTOOL" create -s 1)
	dest=$("$SHMTOOL" create -s 1)
	hold "$dest"
	"$SHMTOOL" rm "$dest" 2>/dev/null
	used=$("$SHMTOOL" create -s 1)
	hold "$used"
	TERM=xterm on_terminal 80 "$SHMTOOL" ls -o ID,STATUS,SIZE >page
	grep -q "^ *$id $escape\[1;33morphan *$escape\[0m " page || fail "$(cat -v page)"
	grep -q "^ *$dest $escape\[31mdest *$escape\[0m " page || fail "$(cat -v page)"
	assert_equal "$(grep -c "$escape" page)" 2
	assert_equal "$(sed "s/$escape\[[0-9;]*m//g" page)" "$("$SHMTOOL" ls -o ID,STATUS,SIZE)"
	for command in "NO_COLOR=1 $SHMTOOL ls" "TERM=dumb $SHMTOOL ls" "$SHMTOOL ls | cat" \
		"$SHMTOOL ls -r" "$SHMTOOL ls -j"; do
		run grep -c "$escape" < <(TERM=xterm on_terminal 80 "$command")
		assert_output 0
	done
}

@test "ls sorts unknown values before all others" {
	a=$("$SHMTOOL" create -s 1)
	b=$("$SHMTOOL" create -s 1)
	"$SHMTOOL" cat "$a" >/dev/null
	shmtool ls -q --sort ATTACH
	assert_output "$b
$a"
	shmtool ls -q --sort=-ATTACH
	assert_output "$a
$b"
}

@test "ls and info change nothing, with any options" {
	for size in 1 4K 1M; do
		id=$("$SHMTOOL" create -s "$size")
		"$SHMTOOL" write --string x "$id"
		hold "$id" 2
	done
	"$SHMTOOL" create -s 64K -k 7
	"$SHMTOOL" rm "$id" 2>/dev/null
	cat /proc/sysvipc/shm >before
	for mode in "" -J -r -e -b -n; do
		for columns in "" -O "-o +PIDS"; do
			# shellcheck disable=SC2086
			"$SHMTOOL" ls $mode $columns >/dev/null
			# shellcheck disable=SC2086
			"$SHMTOOL" ls $mode $columns "$id" key:7 >/dev/null
		done
		# shellcheck disable=SC2086
		"$SHMTOOL" info $mode "$id" 0x7 >/dev/null
	done
	"$SHMTOOL" ls -A -O >/dev/null 2>&1
	"$SHMTOOL" ls -q --orphaned --sort PIDS >/dev/null
	"$SHMTOOL" ls -p "${started[0]}" >/dev/null
	"$SHMTOOL" rm -n --unattached >/dev/null
	cmp before /proc/sysvipc/shm
}
