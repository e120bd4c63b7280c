load common

# Where the table of segments comes from, and what its text may look like. A table of
# another kernel is mounted over this one's, in a mount namespace of its own.

setup_file() {
	with_mounts true || skip "needs mount namespaces"
}

# with_table FILE ARGUMENT...: run the program with FILE as /proc/sysvipc/shm.
with_table() {
	# shellcheck disable=SC2016
	run_apart with_mounts bash -euc '
		mount --bind "$1" /proc/sysvipc/shm
		shift
		"$SHMTOOL" "$@"' - "$@"
}

# without_proc COMMAND...: run a command with an empty /proc/sysvipc.
without_proc() {
	# shellcheck disable=SC2016
	run_apart with_mounts bash -euc '
		mount -t tmpfs tmpfs /proc/sysvipc
		"$@"' - "$@"
}

all=ID,KEY,UID,GID,CUID,CGID,MODE,SIZE,RSS,SWAP,NATTCH,ATTACH,DETACH,CTIME,CPID,LPID,STATUS

@test "the table of this kernel" {
	with_table "$SOURCE/tests/data/shm-6.18" ls -nr --time-format epoch -o "$all"
	assert_done
	assert_output "0 0x0000162e 0 0 0 0 0666 27 4096 0 1 1763802000 1763802001 1763801999 0 0 -
32769 0xdeadbeef 105 112 0 0 0600 67108864 8192 4096 0 - - 1763802005 0 0 locked
7 0x00000000 4294967294 65534 1000 1000 0640 18446744073692774399 0 0 3 1763802000 - 1763801000 0 0 dest"
}

@test "a kernel without rss and swap: 14 columns" {
	with_table "$SOURCE/tests/data/shm-2.6.18" ls -nr --time-format epoch -o "$all"
	assert_done
	assert_output "0 0x0000162e 0 0 0 0 0666 27 - - 1 1763802000 1763802001 1763801999 0 0 -
32769 0xdeadbeef 105 112 0 0 0600 67108864 - - 0 - - 1763802005 0 0 locked"
	with_table "$SOURCE/tests/data/shm-2.6.18" ls -J -o RSS,SWAP
	assert_line --partial '"rss": null'
	with_table "$SOURCE/tests/data/shm-2.6.18" ls -n -o ID,RSS,SIZE
	assert_line --index 0 --regexp '^ +0 +27$'
}

@test "a 32-bit kernel: narrower columns" {
	with_table "$SOURCE/tests/data/shm-32bit" ls -nr --time-format epoch -o "$all"
	assert_done
	assert_output "0 0x0000162e 0 0 0 0 0666 27 4096 0 1 1763802000 1763802001 1763801999 0 0 -
65538 0xdeadbeef 105 112 0 0 0600 4294967295 8192 4096 0 - - 1763802005 0 0 locked"
}

@test "columns that a later kernel may add are ignored" {
	sed '1s/$/ new/;2,$s/$/ 5/' "$SOURCE/tests/data/shm-6.18" >table
	with_table table ls -nr -o ID,RSS
	assert_done
	assert_output "0 4096
32769 8192
7 0"
}

@test "a truncated or malformed line is reported and skipped" {
	good=$("$SHMTOOL" ls -nr) # nothing: the real table is empty
	assert_equal "$good" ""
	line='0 1 600 4096 0 0 0 0 0 0 0 1 1 1 0 0'
	while read -r bad; do
		{
			head -n 1 "$SOURCE/tests/data/shm-6.18"
			echo "$line"
			echo "$bad"
			echo "${line/0 1 /0 2 }"
		} >table
		with_table table ls -nr -o ID,RSS
		assert_failed 1 "shmtool ls: /proc/sysvipc/shm: line 3: malformed, skipped (1 in all)"
		assert_output "1 0
2 0"
	done <<-'E'

		0 5 600 4096 0 0 0 0 0 0 0 1 1 1 0
		0 5 600 4096 0 0 0 0 0 0 0 1 1 1 0 0 0
		0 -5 600 4096 0 0 0 0 0 0 0 1 1 1 0 0
		0 5x 600 4096 0 0 0 0 0 0 0 1 1 1 0 0
		0 x5 600 4096 0 0 0 0 0 0 0 1 1 1 0 0
		0 5 680 4096 0 0 0 0 0 0 0 1 1 1 0 0
		0 5 600 0x10 0 0 0 0 0 0 0 1 1 1 0 0
		0 2147483648 600 4096 0 0 0 0 0 0 0 1 1 1 0 0
		4294967296 5 600 4096 0 0 0 0 0 0 0 1 1 1 0 0
		-2147483649 5 600 4096 0 0 0 0 0 0 0 1 1 1 0 0
		-- 5 600 4096 0 0 0 0 0 0 0 1 1 1 0 0
		0 5 600 18446744073709551616 0 0 0 0 0 0 0 1 1 1 0 0
		0 5 600 4096 0 0 0 4294967296 0 0 0 1 1 1 0 0
		0 5 600 4096 0 0 0 0 0 0 0 -1 1 1 0 0
		0 5 60000 4096 0 0 0 0 0 0 0 1 1 1 0 0
		0	5 600 4096 0 0 0 0 0 0 0 1 1 1 0 0
		key shmid perms size cpid lpid nattch uid gid cuid cgid atime dtime ctime rss swap
	E
	# The end of the file in the middle of a number: 4096 might have been 40960.
	{
		head -n 1 "$SOURCE/tests/data/shm-6.18"
		echo "$line"
		printf '%s' "${line/0 1 /0 2 }"
	} >table
	with_table table ls -nr -o ID,RSS
	assert_failed 1 "shmtool ls: /proc/sysvipc/shm: line 3: malformed, skipped (1 in all)"
	assert_output "1 0"
	{
		head -n 1 "$SOURCE/tests/data/shm-6.18"
		printf '0 5 600\0 4096 0 0 0 0 0 0 0 1 1 1 0 0\n'
		echo "$line"
		echo x
	} >table
	with_table table ls -nr -o ID,RSS
	assert_failed 1 "shmtool ls: /proc/sysvipc/shm: line 2: malformed, skipped (2 in all)"
	assert_output "1 0"
}

@test "rm by filter asks the kernel, whatever the table says" {
	id=$("$SHMTOOL" create -s 4096)
	kept=$("$SHMTOOL" create -s 4096)
	hold "$kept"
	sed 's/4096/4x96/' /proc/sysvipc/shm >table
	with_table table rm -n --unattached
	assert_failed 1 "shmtool rm: /proc/sysvipc/shm: line 2: malformed, skipped (2 in all)"
	assert_output "nothing matches"
	# Without --dry-run, rm asks the kernel for the segments, and ignores the table.
	echo "0 99 600 4096 0 0 0 0 0 0 0 1 1 1 0 0" >>table
	with_table table rm --verbose --unattached --max-size 4095
	assert_done
	assert_output "kept $id: does not match --max-size
kept $kept: attached once
nothing matches"
	with_table table rm --verbose --unattached
	assert_done
	assert_output "kept $kept: attached once
removed $id (key 0x00000000, 4096 bytes)"
	assert_equal "$("$SHMTOOL" ls -q)" "$kept"
}

@test "if memory use is not needed, the slots are walked and the table is not read" {
	need_strace
	id=$("$SHMTOOL" create -s 1)
	for words in "ls -q" "ls -nr -o ID,SIZE" "ls -q --min-size 1"; do
		# shellcheck disable=SC2086
		traced -e trace=openat -o calls "$SHMTOOL" $words >/dev/null
		run grep -c sysvipc calls
		assert_output 0
	done
	# A kernel without SHM_STAT_ANY hides segments from other users that the file
	# shows.
	need_root
	chmod 755 .
	as_stranger "$HELPERS/refuse" shmctl:15=EINVAL -- "$SHMTOOL" ls -q
	assert_done
	assert_output "$id"
}

@test "a file that is not a table of segments" {
	for text in "" "key shmid perms" "hello" "  shmid key perms size cpid lpid nattch uid gid cuid cgid atime dtime ctime"; do
		echo "$text" >table
		with_table table ls
		assert_failed 1 "shmtool ls: /proc/sysvipc/shm: not a copy of /proc/sysvipc/shm"
		assert_output ""
	done
	: >table
	with_table table ls
	assert_failed 1 "shmtool ls: /proc/sysvipc/shm: not a copy of /proc/sysvipc/shm"
}

@test "without /proc/sysvipc, the slots are walked" {
	need_root
	"$SHMTOOL" create -s 4096 -k 7
	b=$("$SHMTOOL" create -s 5000 -m 0000 --owner nobody)
	c=$("$SHMTOOL" create -s 1M)
	"$SHMTOOL" rm "$b"
	hold "$c"
	columns=ID,KEY,OWNER,MODE,SIZE,NATTCH,CTIME,ATTACH,CPID,LPID
	expected=$("$SHMTOOL" ls -nr -o "$columns")
	without_proc "$SHMTOOL" ls -nr -o "$columns"
	assert_done
	assert_output "$expected"
	without_proc "$HELPERS/refuse" shmctl:15=EINVAL -- "$SHMTOOL" ls -nr -o "$columns"
	assert_done
	assert_output "$expected"
	without_proc "$SHMTOOL" ls -nr -o ID,RSS,SWAP "$c"
	assert_equal "$status" 0
	assert_output "$c - -"
	without_proc "$SHMTOOL" info "$c"
	assert_line "  Memory        unknown"
}

@test "without /proc/sysvipc and without segments" {
	without_proc "$SHMTOOL" ls
	assert_done
	assert_output ""
}

@test "segments that are not accessible are counted" {
	need_root
	"$SHMTOOL" create -s 1
	id=$("$SHMTOOL" create -s 1 -m 0604)
	"$SHMTOOL" create -s 1
	stranger=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	without_proc "${stranger[@]}" "$HELPERS/refuse" shmctl:15=EINVAL -- "$SHMTOOL" ls -q
	assert_failed 4 "shmtool ls: 2 segments not accessible; run as root"
	assert_output "$id"
	without_proc "${stranger[@]}" "$SHMTOOL" ls -q
	assert_done
	assert_equal "${#lines[@]}" 3
}

@test "rm and ls of one segment do not read the table of all segments" {
	need_strace
	id=$("$SHMTOOL" create -s 1 -k 7)
	traced -e trace=openat,shmget,shmctl -o calls "$SHMTOOL" rm key:7
	run grep -c sysvipc calls
	assert_output 0
	id=$("$SHMTOOL" create -s 1)
	traced -e trace=openat,shmctl -o calls "$SHMTOOL" ls -o ID,OWNER,SIZE "$id"
	run grep -c sysvipc calls
	assert_output 0
}

@test "the table is read in large pieces" {
	need_strace
	for _ in {1..100}; do
		"$SHMTOOL" create -s 1
	done >/dev/null
	traced -e trace=read -o calls "$SHMTOOL" ls >/dev/null
	# The kernel returns about a page at most, even if more is requested.
	run grep -c 'read([0-9]*, "[^"]*"\.*, 65536)' calls
	[ "$output" -ge 1 ]
}

@test "user names are looked up once each" {
	need_root
	need_strace
	for _ in {1..20}; do
		"$SHMTOOL" create -s 1 --owner nobody
	done >/dev/null
	traced -e trace=openat -o calls "$SHMTOOL" ls -o OWNER,USER,CUSER >/dev/null
	[ "$(grep -c /etc/passwd calls)" -le 2 ]
}

@test "4,096 segments" {
	/usr/bin/python3 -c '
import ctypes
libc = ctypes.CDLL(None)
for size in range(1, 4097):
    assert libc.shmget(0, size, 0o1600) >= 0'
	assert_equal "$("$SHMTOOL" ls -q | wc -l)" 4096
	assert_equal "$("$SHMTOOL" ls -nr -o SIZE --sort -SIZE | md5sum)" "$(seq 4096 -1 1 | md5sum)"
	"$SHMTOOL" rm --unattached
	assert_equal "$("$SHMTOOL" ls -q)" ""
}
