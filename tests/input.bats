load common

# Saved tables, of this host or another.

@test "ls --input shows a saved table as it shows the kernel's" {
	need_root
	"$SHMTOOL" create -k -2 -s 27 -m 0640 --owner nobody:daemon >/dev/null
	"$SHMTOOL" create -s 1M >/dev/null
	cat /proc/sysvipc/shm >saved
	columns=ID,KEY,UID,GID,CUID,CGID,PERMS,MODE,SIZE,RSS,SWAP,NATTCH,ATTACH,DETACH,CTIME,CPID,LPID
	expected=$("$SHMTOOL" ls -r -o "$columns")
	"$SHMTOOL" rm --unattached
	shmtool ls -r -o "$columns" --input saved
	assert_done
	assert_output "$expected"
	run_apart bash -c '"$SHMTOOL" ls -r -o "$1" --input - <saved' - "$columns"
	assert_done
	assert_output "$expected"
	assert_equal "$("$SHMTOOL" ls --input saved -J -o "$columns" | /usr/bin/python3 -c '
import json, sys; print(len(json.load(sys.stdin)["segments"]))')" 2
}

@test "ls --input does not believe an RSS that the kernel multiplied" {
	{
		head -n 1 /proc/sysvipc/shm
		echo "0 1 600 67108864 1 1 0 0 0 0 0 5 5 5 34359738368 0"
		echo "0 2 600 4096 1 1 0 0 0 0 0 5 5 5 2097152 0"
	} >saved
	shmtool ls -nr -o ID,SIZE,RSS --input saved
	assert_output "1 67108864 -
2 4096 2097152"
}

@test "ls --input of 20,000 segments keeps each, once" {
	{
		head -n 1 /proc/sysvipc/shm
		seq -f "0 %.0f 600 4096 1 1 0 0 0 0 0 5 5 5 4096 0" 20000
	} >saved
	assert_equal "$("$SHMTOOL" ls -q --input saved | md5sum)" "$(seq 20000 | md5sum)"
	assert_equal "$("$SHMTOOL" ls -nr -o ID,SIZE --sort -ID --input saved | md5sum)" \
		"$(seq -f "%.0f 4096" 20000 -1 1 | md5sum)"
}

@test "ls --input of tables from other kernels" {
	for file in shm-6.18 shm-2.6.18 shm-32bit; do
		shmtool ls -nr -o KEY,SIZE --input "$SOURCE/tests/data/$file" key:5678
		assert_done
		assert_output "0x0000162e 27"
		shmtool ls -q --input "$SOURCE/tests/data/$file" key:-559038737
		assert_done
		[ -n "$output" ]
	done
}

@test "ls --input shows no processes and no names of this host" {
	{
		head -n 1 /proc/sysvipc/shm
		echo "0 5 1600 4096 $$ $$ 1 1 2 65534 65534 5 0 5 4096 0"
		echo "0 6 600 4096 4000000 4000000 0 1 2 65534 65534 5 5 5 4096 0"
	} >saved
	shmtool ls -nr --input saved -o ID,CPID,COMMAND,LCOMMAND,PIDS,NS,NSCOMMAND,IDLE,AGE,STATUS
	assert_done
	assert_output "5 $$ - - - - - - - dest
6 4000000 - - - - - - - -"
	shmtool ls -nr --input saved -o OWNER,USER,GROUP,CUSER,CGROUP 5
	assert_output "1 - - - -"
	shmtool ls -nr --input saved --resolve-owner -o OWNER,USER,GROUP,CUSER,CGROUP 5
	assert_output "daemon daemon bin nobody nogroup"
	shmtool ls --resolve-owner
	assert_wrong_usage "shmtool ls: --resolve-owner requires --input"
	shmtool ls -q --input saved --orphaned
	assert_wrong_usage "shmtool ls: --orphaned and --input cannot be combined: the processes are not those of this host"
	shmtool ls --input saved --creator-gone
	assert_wrong_usage "shmtool ls: --creator-gone and --input cannot be combined: the processes are not those of this host"
	sed 's/$/\r/' saved >from-windows
	assert_equal "$("$SHMTOOL" ls -nr -o RSS --input from-windows | xargs)" "4096 4096"
	shmtool ls --input saved --pid 1
	assert_wrong_usage "shmtool ls: --pid and --input cannot be combined: the processes are not those of this host"
}

@test "ls --input with filters, operands and sorting" {
	shmtool ls -q --input "$SOURCE/tests/data/shm-6.18" --attached
	assert_output "0
7"
	shmtool ls -q --input "$SOURCE/tests/data/shm-6.18" --user 105
	assert_output 32769
	shmtool ls -q --input "$SOURCE/tests/data/shm-6.18" --min-size 1K --sort -SIZE
	assert_output "7
32769"
	shmtool ls -q --input "$SOURCE/tests/data/shm-6.18" 7 99 0x0000162e
	assert_failed 3 "shmtool ls: 99: no such segment"
	assert_output "7
0"
}

@test "ls --input of a malformed table names the line" {
	echo "not a table" >saved
	shmtool ls --input saved
	assert_failed 1 "shmtool ls: saved: not a copy of /proc/sysvipc/shm"
	{
		cat "$SOURCE/tests/data/shm-6.18"
		echo "not a segment"
	} >saved
	shmtool ls -q --input saved
	assert_failed 1 "shmtool ls: saved: line 5: malformed, skipped (1 in all)"
	assert_equal "${#lines[@]}" 3
	shmtool ls --input nowhere
	assert_failed 1 "shmtool ls: nowhere: No such file or directory"
	shmtool ls --input .
	assert_failed 1 "shmtool ls: .: Is a directory"
	shmtool ls --input /dev/null
	assert_failed 1 "shmtool ls: /dev/null: not a copy of /proc/sysvipc/shm"
}

@test "ls --input stops at an endless line" {
	header=$(head -n 1 /proc/sysvipc/shm)
	# Run in 1 GiB of address space, except with sanitizers, valgrind and qemu, which
	# need more.
	bounded() {
		run_apart bash -c '[ "$1" ] || ulimit -v 1048576; exec "$0" ls --input "$2"' \
			"$SHMTOOL" "${SANITIZED:-}${MEMCHECK:-}${QEMU:-}" "$1"
	}
	bounded /dev/zero
	assert_failed 1 "shmtool ls: /dev/zero: not a copy of /proc/sysvipc/shm"
	for start in "" "$header" "$header"$'\n' "$header"$'\n0 5 600 4096'; do
		mkfifo pipe
		{
			printf %s "$start"
			exec tr '\0' ' ' </dev/zero
		} >pipe 2>tr-errors &
		bounded pipe
		assert_failed 1 "shmtool ls: pipe: not a copy of /proc/sysvipc/shm"
		wait $! || true
		rm pipe
	done
}

@test "ls --input of times after the year 9999" {
	{
		head -n 1 /proc/sysvipc/shm
		echo "0 5 600 4096 1 1 0 0 0 0 0 253402300799 253402300800 67767976233532799 4096 0"
		echo "0 6 600 4096 1 1 0 0 0 0 0 0 67768036191676800 9223372036854775807 4096 0"
	} >saved
	for format in iso full epoch; do
		shmtool ls -nr --input saved -o ATTACH,DETACH,CTIME --time-format "$format"
		assert_done
		printf '%s\n' "${lines[@]}" >>shown
	done
	# A time without a date is shown in seconds.
	assert_equal "$(cat shown)" "9999-12-31T23:59:59+00:00 10000-01-01T00:00:00+00:00 \
2147483647-12-31T23:59:59+00:00
- 67768036191676800 9223372036854775807
9999-12-31\\x2023:59:59 10000-01-01\\x2000:00:00 2147483647-12-31\\x2023:59:59
- 67768036191676800 9223372036854775807
253402300799 253402300800 67767976233532799
- 67768036191676800 9223372036854775807"
}

@test "ls --input of a million lines" {
	/usr/bin/python3 -c '
import sys
sys.stdout.write(open("/proc/sysvipc/shm").readline())
for i in range(1000000):
    sys.stdout.write("%10d %10d  1600 %21d 1 1 0 0 0 0 0 0 0 1 4096 0\n" % (i, i, 4096 + i))' >saved
	assert_equal "$("$SHMTOOL" ls -q --input saved | tail -n 1)" 999999
	assert_equal "$("$SHMTOOL" ls -nr -o SIZE --input saved --min-size 1004000 | wc -l)" 96
}
