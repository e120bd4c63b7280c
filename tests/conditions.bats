load common

# Hosts that lack something: memory, descriptors, /proc, newer system calls, or a clock
# that only goes forward.

# without CALL=ERRNO... -- COMMAND...: run a command on a kernel without these calls.
without() {
	run_apart "$HELPERS/refuse" "$@"
}

quick() {
	printf 'The quick brown fox'
}

setup() {
	begin_test
	quick >fox
	fox=$("$SHMTOOL" create -s 8K -k 0x162e --from fox)
}

teardown() {
	end_posix_test
}

# The calls that shmtool uses and that Linux 4.17, or the filter of a container, may lack.
old=(ioctl=ENOTTY cachestat=ENOSYS memfd_create=ENOSYS splice=ENOSYS vmsplice=ENOSYS
	madvise=EINVAL kcmp=ENOSYS fallocate=EOPNOTSUPP)

@test "every command works without the newer system calls" {
	for error in ENOSYS EPERM EINVAL; do
		rules=("${old[@]/%=*/=$error}" shmctl:15=EINVAL)
		without "${rules[@]}" -- "$SHMTOOL" ls -nr -o ID,KEY,SIZE,NATTCH
		assert_done
		assert_output "$fox 0x0000162e 8192 0"
		without "${rules[@]}" -- "$SHMTOOL" info -nr -o ID,SIZE 0x162e
		assert_done
		assert_output "$fox 8192"
		without "${rules[@]}" -- "$SHMTOOL" cat -s "$fox"
		assert_done
		assert_output "$(quick)"
		without "${rules[@]}" -- "$SHMTOOL" create --from fox
		assert_done
		id=$output
		without "${rules[@]}" -- "$SHMTOOL" write --string THE "$id"
		assert_done
		without "${rules[@]}" -- "$SHMTOOL" cat -s "$id"
		assert_output "THE quick brown fox"
		without "${rules[@]}" -- "$SHMTOOL" wait --unattached "$id"
		assert_done
		without "${rules[@]}" -- "$SHMTOOL" rm --unattached --private
		assert_done
		assert_equal "$("$SHMTOOL" ls -q)" "$fox"
	done
}

@test "attaches are found without the newer system calls" {
	hold "$fox"
	for error in ENOTTY EINVAL; do
		without "ioctl=$error" shmctl:15=EINVAL kcmp=ENOSYS cachestat=ENOSYS -- \
			"$SHMTOOL" ls -nr -o ID,NATTCH,PIDS
		assert_done
		assert_output "$fox 1 ${started[-1]}"
	done
}

@test "any standard descriptors may be closed at the start" {
	not_in_valgrind "it opens closed descriptors"
	for closed in "<&-" ">&-" "2>&-" "<&- >&-" "<&- 2>&-" ">&- 2>&-" "<&- >&- 2>&-"; do
		for command in "ls -q" "info $fox" "cat $fox" "limits" "create -s 4096 --from fox" \
			"write $fox fox" "rm --unattached --private" "key fox"; do
			run bash -c "\"\$SHMTOOL\" $command $closed"
			# Output that cannot be written is an error; its message may be lost too.
			if [[ $closed == *">&- 2"* || $closed == *" >&-"* || $closed == ">&-"* ]] &&
				[[ $command != write* && $command != rm* ]]; then
				assert_failure 1
			else
				assert_success
			fi
		done
		"$SHMTOOL" rm -f --unattached --private
		assert_equal "$("$SHMTOOL" ls -q)" "$fox"
		assert_equal "$("$SHMTOOL" cat -s "$fox")" "$(quick)"
		assert_equal "$(cat fox)" "$(quick)"
	done
}

@test "with a limit on open files, commands work or print a message" {
	not_in_valgrind "its own files count"
	for limit in 4 5 6 7; do
		for command in "ls -q" "info -nr -o ID $fox" "cat -s $fox" "create --from fox" \
			"write --string The $fox" "limits" "key fox"; do
			# The dynamic loader needs one descriptor to start the program.
			run_apart bash -c "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
				ulimit -n $limit; exec \"\$0\" $command" "$SHMTOOL"
			[ "$status" = 0 ] || assert_regex "$stderr" "^shmtool"
			[ "$status" -lt 2 ] || fail "$command under $limit: $status: $stderr"
		done
		"$SHMTOOL" rm -f --unattached --private
		assert_equal "$("$SHMTOOL" ls -q)" "$fox"
	done
}

@test "with a limit on address space, commands work or print a message, and no signal ends them" {
	not_in_valgrind "it needs more itself"
	big=$("$SHMTOOL" create -s 1G --noreserve)
	for limit in 6000 8000 12000 20000 60000; do
		for command in "ls -q" "cat -l 1 $big" "write --string x $big" "info $big" \
			"create -s 4K --from fox" "rm -n --unattached"; do
			run_apart bash -c "ulimit -v $limit; exec \"\$0\" $command" \
				"$SHMTOOL"
			[ "$status" -lt 5 ] || fail "$command under $limit: $status: $stderr"
			[ "$status" = 0 ] || [ -n "$stderr" ]
		done
	done
	run_apart bash -c 'ulimit -v 60000; exec "$0" cat "$1"' "$SHMTOOL" "$big"
	assert_failed 1 "shmtool cat: $big: no room in the address space; see 'ulimit -v'"
}

@test "at the file size limit, cat prints a message, and create leaves no segment" {
	not_in_valgrind "its own log counts"
	run_apart bash -c 'trap "" XFSZ; ulimit -f 1; "$SHMTOOL" cat "$0" >out' "$fox"
	assert_failed 1 "shmtool cat: standard output: File too large"
	mount_shm size=64M,mode=1777
	for more in "" --noreserve; do
		run_apart bash -c "ulimit -f 1; '$SHMTOOL' create --name /x -s 1M $more"
		assert_failed 1 "shmtool create: too large for a file: files may have 1024 bytes; see 'ulimit -f'"
	done
	assert_equal "$(find /dev/shm -type f)" ""
	run_apart bash -c 'ulimit -f 0; "$SHMTOOL" create -s 4K >out; exit $?'
	assert_equal "$status" 153
	assert_equal "$("$SHMTOOL" ls -q)" "$fox"
}

# with_proc COMMAND: run a bash command that may mount over /proc; $S is the program.
with_proc() {
	S=$SHMTOOL run_apart with_mounts bash -c "$1"
}

@test "commands work where /proc is not mounted" {
	not_in_valgrind "it needs /proc itself"
	need_root
	with_proc 'mount -t tmpfs none /proc; $S ls -q; $S cat -s 0x162e; $S create -s 4K;
		$S write --string The 0x162e; $S wait --unattached 0x162e; $S rm 0x162e'
	assert_done
	assert_output "$fox
$(quick)$("$SHMTOOL" ls -q)"
}

@test "metrics replaces a file where /proc is not mounted" {
	not_in_valgrind "it needs /proc itself"
	need_root
	echo old >shmtool.prom
	chmod 640 shmtool.prom
	with_proc 'mount -t tmpfs none /proc; $S metrics --output shmtool.prom'
	assert_done
	tail -n 1 shmtool.prom | grep -q "^shmtool_build_info"
	assert_equal "$(stat -c %a shmtool.prom; find . -name '.*tmp')" 640
}

@test "RSS and SWAP are unknown if /proc/sysvipc/shm is missing" {
	need_root
	with_proc 'mount -t tmpfs none /proc/sysvipc; $S ls -nr -o ID,KEY,SIZE,RSS,SWAP'
	assert_done
	assert_output "$fox 0x0000162e 8192 - -"
}

@test "an orphan is found if /proc hides the processes of other users" {
	need_root
	chmod 755 .
	with_proc "mount -t proc -o hidepid=2 none /proc
		exec setpriv --reuid=65534 --regid=65534 --clear-groups \$S ls -nr -o ID,NATTCH,STATUS"
	assert_done
	# Any user can see that the creator of an orphan is gone.
	assert_output "$fox 0 orphan"
}

# at SECONDS ARGUMENT...: run the program with the clock set forward by SECONDS, or back
# if negative.
at() {
	run_apart env LD_PRELOAD="$HELPERS/clock.so" CLOCK_AHEAD="$1" "$SHMTOOL" "${@:2}"
}

# A program that creates a segment, prints its ID, and runs on without attaching it.
creator='
import ctypes, sys, time
print(ctypes.CDLL(None).shmget(int(sys.argv[1], 0), 4096, 0o1600), flush=True)
time.sleep(600)'

@test "if the clock was set back, segments have no age and match no filter by age" {
	start /usr/bin/python3 -c "$creator" 0x70
	running=$started_line
	shmtool ls -nr -o ID,IDLE,AGE "$fox"
	refute_output --partial " -"
	at -3600 ls -nr -o ID,IDLE,AGE,STATUS
	assert_done
	assert_output "$fox - - orphan
$running - - -"
	at -3600 ls -J -o IDLE,AGE "$fox"
	assert_line --partial '"idle": null'
	assert_line --partial '"age": null'
	at -3600 info "$fox"
	assert_done
	assert_line "  Idle          unknown: the clock was set back"
	for age in 0 1ms 1s 1h 52w; do
		for filter in --older-than --idle; do
			at -3600 rm -v "$filter" "$age"
			assert_done
			assert_line "kept $fox: does not match $filter"
			assert_line --index -1 "nothing matches"
		done
	done
	# Whether the creator is gone does not depend on the clock.
	at -3600 rm --orphaned
	assert_done
	assert_equal "$("$SHMTOOL" ls -q)" "$running"
	at -3600 wait --attached --timeout 100ms "$running"
	assert_equal "$status" 124
}

@test "if the clock was set forward, no segment is older than the boot" {
	read -r up _ </proc/uptime
	at 1000000000 ls -nr -o AGE,IDLE "$fox"
	assert_done
	for seconds in $output; do
		[ "$seconds" -ge "${up%.*}" ]
		[ "$seconds" -le "$((${up%.*} + 600))" ]
	done
	at 1000000000 info "$fox"
	refute_line --regexp "Idle .*y"
	at 1000000000 rm --older-than "$((${up%.*} + 600))"
	assert_done
	assert_equal "$("$SHMTOOL" ls -q)" "$fox"
}

@test "if the clock was set forward, a running creator still counts as running" {
	need_root
	# Set the clock forward by less than the uptime, so that no time is before the
	# boot. Mount /proc before that.
	CREATOR=$creator run_apart unshare --pid --fork --mount --propagation unchanged \
		bash -euc '
		mount --make-rprivate /proc
		mount -t proc proc /proc
		"$SHMTOOL" rm 0x162e
		/usr/bin/python3 -c "$CREATOR" 0x70 >id &
		until [ -s id ]; do :; done
		read -r up _ </proc/uptime
		for ahead in 0 3 $((${up%.*} / 2)); do
			export LD_PRELOAD=$HELPERS/clock.so CLOCK_AHEAD=$ahead
			"$SHMTOOL" ls -nr -o KEY,STATUS
			"$SHMTOOL" rm --orphaned
			unset LD_PRELOAD
		done
		"$SHMTOOL" ls -nr -o KEY,STATUS
		kill -KILL $!'
	assert_output "0x00000070 -
0x00000070 -
0x00000070 -
0x00000070 -"
}

# start_bystander BYTES: start a process in the control group that allocates BYTES and
# then sleeps.
start_bystander() {
	start bash -c 'echo $$ >"$0/cgroup.procs" && exec /usr/bin/python3 -c "$1" "$2"' "$memory_group" '
import sys, time
taken = b"x" * int(sys.argv[1])
print("ready", flush=True)
time.sleep(600)' "$1"
}

@test "if memory runs out in the control group, only the process that fills a segment is killed" {
	not_in_valgrind "it needs more itself"
	limit_memory $((48 << 20))
	start_bystander 25000000
	head -c 64M /dev/urandom >big
	mount_shm size=200M,mode=1777
	id=$("$SHMTOOL" create -s 64M -k 7)
	for words in "write key:7 big" "write key:7" "write --fill x key:7" "create --from big" \
		"create -s 64M --from -" "create --name /x -s 64M" "create --name /x --noreserve --from big"; do
		# shellcheck disable=SC2086
		in_group "$SHMTOOL" $words <big >out 2>err && ended=0 || ended=$?
		assert_equal "$words: $ended" "$words: 137"
		kill -0 "${started[0]}" || fail "$words ended a bystander"
		assert_equal "$(cat out)" ""
		# The guard of create removes the segment and reports it.
		if [[ $words == create* ]]; then
			until_true grep -q "^shmtool" err
			# The shell reports that the command was killed, too.
			assert_equal "$(grep ^shmtool err)" "shmtool create: killed (out of memory?); segment removed"
			assert_equal "$(find /dev/shm -type f)" ""
		fi
		assert_equal "$("$SHMTOOL" ls -nr -o KEY)" "0x0000162e
0x00000007"
		# Each page is either written or unchanged.
		if [[ $words == "write key"* ]]; then
			"$SHMTOOL" cat "$id" | /usr/bin/python3 -c '
import itertools, sys
a, b = sys.stdin.buffer.read(), open("big", "rb").read()
assert len(a) == len(b)
for i in range(0, len(a), 4096):
    assert a[i:i+4096] in (b[i:i+4096], bytes(4096)), i'
		fi
		"$SHMTOOL" rm "$id"
		id=$("$SHMTOOL" create -s 64M -k 7)
	done
}

@test "commands that need little memory work in a control group with little memory left" {
	not_in_valgrind "it needs more itself"
	limit_memory $((48 << 20))
	big=$("$SHMTOOL" create -s 64M -k 7)
	start_bystander 30000000
	for words in "ls -O" "ls --orphaned" "info 0x162e" "cat 0x162e" "cat -x key:7" "limits" \
		"create -s 64M" "create --from fox" "write --string THE 0x162e" "lock key:7" \
		"unlock key:7" "chmod 640 key:7" "rm -n --unattached" "rm key:7"; do
		# shellcheck disable=SC2086
		run in_group "$SHMTOOL" $words
		assert_success
		kill -0 "${started[0]}" || fail "$words ended a bystander"
	done
	assert_equal "$("$SHMTOOL" cat -s "$fox")" "THE quick brown fox"
}

@test "create killed while it fills a segment leaves no segment" {
	mkfifo pipe
	for number in KILL TERM; do
		"$SHMTOOL" create -s 8K --from - <pipe 2>err &
		maker=$!
		exec {end}>pipe
		printf x >&"$end"
		until_true bash -c '[ "$("$SHMTOOL" ls -q | wc -l)" = 2 ]'
		kill "-$number" "$maker"
		exec {end}>&-
		wait "$maker" || true
		until_true bash -c '[ "$("$SHMTOOL" ls -q)" = "$0" ]' "$fox"
		[ "$number" != KILL ] || until_true grep -q "segment removed" err
	done
}

@test "a segment of 1 TiB that was never touched" {
	not_in_valgrind "that cannot be attached"
	id=$("$SHMTOOL" create -s 1T --noreserve)
	shmtool ls -nr -o SIZE,RSS "$id"
	assert_output "1099511627776 0"
	shmtool info -nr -o SIZE "$id"
	assert_done
	"$SHMTOOL" write -o 1099511627775 --string x "$id"
	shmtool cat -o 1099511627770 "$id"
	assert_done
	run_apart bash -c '"$SHMTOOL" cat -o 1099511627770 "$0" | od -An -tx1' "$id"
	assert_output " 00 00 00 00 00 78"
	assert_equal "$(column RSS "$id")" 4096
}
