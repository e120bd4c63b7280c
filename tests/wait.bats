load common

# waits ARGUMENT...: start a wait, and return when it has checked in vain and sleeps. Its
# PID is in $waiter.
waits() {
	"$SHMTOOL" wait "$@" >printed 2>said 3>&- &
	waiter=$!
	started+=("$waiter")
	until_true is_asleep "$waiter"
}

is_asleep() {
	local name=shmtool
	[ -z "${MEMCHECK:-}" ] || name=memcheck-amd64-
	[ "$(cut -d ' ' -f 2,3 "/proc/$1/stat")" = "($name) S" ]
}

# until_ended: wait until the last wait ends, and set $status, $output and $stderr as
# "run" does.
until_ended() {
	status=0
	wait "$waiter" || status=$?
	output=$(cat printed)
	stderr=$(cat said)
}

let_go() {
	kill -KILL "$1"
	wait "$1" 2>/dev/null || true
}

is_stopped() {
	[ "$(cut -d " " -f 3 "/proc/$1/stat")" = T ]
}

has_ended() {
	[ "$(cut -d " " -f 3 "/proc/$1/stat")" = Z ]
}

is_asleep_or_ended() {
	is_asleep "$1" || has_ended "$1"
}

is_stopped_or_ended() {
	is_stopped "$1" || has_ended "$1"
}

# stopped_early SECONDS: start a wait with that limit and stop it. Fail if it ended
# before.
stopped_early() {
	"$SHMTOOL" wait --attached --timeout "${1}s" "$id" >printed 2>said 3>&- &
	waiter=$!
	started+=("$waiter")
	until_true is_asleep_or_ended "$waiter"
	kill -STOP "$waiter"
	until_true is_stopped_or_ended "$waiter"
	is_stopped "$waiter"
}

it_is() {
	[ "$SECONDS" -ge "$1" ]
}

nattch_is() {
	[ "$(column NATTCH "$1")" = "$2" ]
}

@test "wait returns at once if the condition holds" {
	id=$("$SHMTOOL" create -s 4 -k 7)
	"$SHMTOOL" write --string "a=7" "$id"
	shmtool wait --unattached "$id"
	assert_done
	assert_output ""
	shmtool wait --unattached --timeout 0 key:7
	assert_done
	for byte in 0=97 0=a "0='a'" 0=0x61 1== "1='='" "2='7'" 2=55 0x3=0; do
		shmtool wait --byte "$byte" --timeout 0 "$id"
		assert_done
	done
	hold "$id"
	shmtool wait --attached "$id"
	assert_done
	assert_output ""
}

@test "wait --exists returns when a segment with the key appears" {
	waits --exists 0x0000162e
	"$SHMTOOL" create -s 1 -k 7
	until_true is_asleep "$waiter"
	id=$("$SHMTOOL" create -s 1 -k 0x162e)
	until_ended
	assert_done
	assert_output ""
	for name in "$id" key:5678 key:7; do
		shmtool wait --exists --timeout 0 "$name"
		assert_done
	done
	# Marked for destruction, it has lost its key, and exists.
	hold "$id"
	"$SHMTOOL" rm "$id" 2>/dev/null
	shmtool wait --exists --timeout 0 "$id"
	assert_done
	for name in key:5678 99; do
		shmtool wait --exists --timeout 30ms --interval 1ms "$name"
		assert_failed 124 "shmtool wait: $name: timed out: no such segment"
	done
}

@test "wait --exists returns when a segment with the ID appears" {
	need_root
	[ -w /proc/sys/kernel/shm_next_id ] || skip "the kernel lets nobody choose an ID"
	waits --exists 98307
	echo 98307 >/proc/sys/kernel/shm_next_id
	assert_equal "$("$SHMTOOL" create -s 1)" 98307
	until_ended
	assert_done
}

@test "wait --exists with ftok: notices that the file appears or is replaced" {
	shmtool wait --exists --timeout 0 ftok:file:X
	assert_failed 124 "shmtool wait: ftok:file:X: timed out: no such file for ftok(3)"
	waits --exists ftok:file:X
	touch file
	until_true is_asleep "$waiter"
	shmtool wait --exists --timeout 0 ftok:file:X
	assert_failed 124 "shmtool wait: ftok:file:X: timed out: no such segment"
	id=$("$SHMTOOL" create -s 1 --ftok file:X)
	until_ended
	assert_done
	touch other
	mv other file
	waits --exists ftok:file:X
	"$SHMTOOL" rm "$id"
	touch other
	mv other file
	"$SHMTOOL" create -s 1 --ftok file:X
	until_ended
	assert_done
	shmtool wait --exists ftok:file/x:1
	assert_failed 1 "shmtool wait: ftok:file/x:1: Not a directory"
}

@test "wait --exists needs no read permission on the segment" {
	need_root
	id=$("$SHMTOOL" create -s 1 -m 0 -k 7)
	as_stranger "$SHMTOOL" wait --exists --timeout 0 key:7
	assert_done
	as_stranger "$HELPERS/refuse" shmctl:15=EINVAL -- "$SHMTOOL" wait --exists --timeout 0 "$id"
	assert_done
	mkdir -m 700 closed
	touch closed/file
	chmod 755 .
	as_stranger "$SHMTOOL" wait --exists ftok:closed/file
	assert_failed 4 "shmtool wait: ftok:closed/file: cannot stat the ftok file"
}

@test "wait --attached and --unattached notice the change" {
	id=$("$SHMTOOL" create -s 1)
	waits --attached "$id"
	hold "$id"
	until_ended
	assert_done
	hold "$id"
	waits --unattached "$id"
	let_go "${started[1]}"
	until_true nattch_is "$id" 1
	until_true is_asleep "$waiter"
	let_go "${started[2]}"
	until_ended
	assert_done
}

@test "wait --removed: a segment is gone with its last detach" {
	id=$("$SHMTOOL" create -s 1 -k 7)
	waits --removed key:7
	"$SHMTOOL" rm "$id"
	until_ended
	assert_done
	id=$("$SHMTOOL" create -s 1 -k 7)
	hold "$id"
	waits --removed key:7
	"$SHMTOOL" rm "$id" 2>/dev/null
	# The wait watches the ID: the cleared key does not matter, nor a new segment with
	# the key.
	"$SHMTOOL" create -s 1 -k 7
	shmtool wait --removed --timeout 100ms "$id"
	assert_failed 124 "shmtool wait: $id: timed out: still attached 1 time"
	until_true is_asleep "$waiter"
	let_go "${started[1]}"
	until_ended
	assert_done
}

@test "wait --byte notices a byte that another process writes" {
	id=$("$SHMTOOL" create -s 8K)
	waits --byte 8191=7 "$id"
	until_true nattch_is "$id" 1
	"$SHMTOOL" write --offset 8191 --fill 8 "$id"
	"$SHMTOOL" write --offset 8190 --fill 7 --length 1 "$id"
	until_true is_asleep "$waiter"
	"$SHMTOOL" write --offset 8191 --fill 7 "$id"
	until_ended
	assert_done
	assert_equal "$(column NATTCH "$id")" 0
}

@test "wait --byte allocates no memory in the segment" {
	need_root
	id=$("$SHMTOOL" create -s 1M)
	shmtool wait --byte 1048575=1 --timeout 20ms "$id"
	assert_failed 124 "shmtool wait: $id: timed out: byte at offset 1048575 is 0"
	assert_equal "$(column RSS,NATTCH "$id")" "0 0"
	"$SHMTOOL" write --offset 512K --fill 200 --length 1 "$id"
	shmtool wait --byte 512K=1 --timeout 0 "$id"
	assert_failed 124 "shmtool wait: $id: timed out: byte at offset 524288 is 200"
	assert_equal "$(column RSS "$id")" 4096
}

@test "wait notices that another segment has the ID now" {
	need_root
	[ -w /proc/sys/kernel/shm_next_id ] || skip "this kernel has no kernel.shm_next_id"
	id=$("$SHMTOOL" create -s 4K)
	stop_after shmctl 1 "$SHMTOOL" wait --timeout 1m --removed "$id"
	"$SHMTOOL" rm "$id"
	echo "$id" >/proc/sys/kernel/shm_next_id
	assert_equal "$("$SHMTOOL" create -s 8K)" "$id"
	go_on
	assert_done
}

@test "wait for a segment that is removed meanwhile" {
	id=$("$SHMTOOL" create -s 1)
	waits --attached "$id"
	"$SHMTOOL" rm "$id"
	until_ended
	assert_failed 3 "shmtool wait: $id: no such segment"
	id=$("$SHMTOOL" create -s 1)
	hold "$id"
	waits --unattached "$id"
	"$SHMTOOL" rm "$id" 2>/dev/null
	until_true is_asleep "$waiter"
	let_go "${started[1]}"
	until_ended
	assert_done
	# Only the attach of the wait keeps the segment alive, and the wait detaches it.
	id=$("$SHMTOOL" create -s 1)
	waits --byte 0=1 "$id"
	until_true nattch_is "$id" 1
	"$SHMTOOL" rm "$id" 2>/dev/null
	until_ended
	assert_failed 3 "shmtool wait: $id: no such segment"
	assert_equal "$("$SHMTOOL" ls -q)" ""
}

@test "wait --byte allocates a page if the kernel does not show holes" {
	need_root
	# An ordinary user cannot find holes here, as with swap or huge pages.
	id=$("$SHMTOOL" create -s 1M -m 0644)
	as_stranger "$HELPERS/refuse" mincore=ENOSYS -- "$SHMTOOL" wait --byte 1048575=0 "$id"
	assert_done
	assert_equal "$(column RSS "$id")" 4096
}

@test "two waits for a byte do not keep a segment marked for destruction alive for each other" {
	id=$("$SHMTOOL" create -s 1)
	hold "$id"
	waits --byte 0=1 --interval 1ms "$id"
	first=$waiter
	waits --byte 0=1 --interval 1ms "$id"
	until_true nattch_is "$id" 3
	"$SHMTOOL" rm "$id" 2>/dev/null
	# A process that has the segment attached may still write the byte.
	until_true nattch_is "$id" 1
	kill -0 "$first" "$waiter"
	let_go "${started[0]}"
	until_ended
	assert_failed 3 "shmtool wait: $id: no such segment"
	status=0
	wait "$first" || status=$?
	assert_equal "$status" 3
}

@test "wait --byte of a segment that was marked for destruction from the start" {
	id=$("$SHMTOOL" create -s 1)
	hold "$id"
	"$SHMTOOL" rm "$id" 2>/dev/null
	waits --byte 0=1 "$id"
	"$SHMTOOL" write --fill 1 "$id"
	until_ended
	assert_done
}

@test "wait for a segment that never existed" {
	for condition in --unattached --attached --removed --byte=0=0; do
		shmtool wait "$condition" 99
		assert_failed 3 "shmtool wait: 99: no such segment"
		shmtool wait "$condition" 0x0000162e
		assert_failed 3 "shmtool wait: 0x0000162e: no such segment"
	done
}

@test "wait --timeout ends with status 124, and reports the last state" {
	id=$("$SHMTOOL" create -s 1)
	for limit in 0 0s 1ms 30ms 0.03; do
		shmtool wait --attached --timeout "$limit" "$id"
		assert_failed 124 "shmtool wait: $id: timed out: not attached"
		assert_output ""
		shmtool wait --removed --timeout "$limit" "$id"
		assert_failed 124 "shmtool wait: $id: timed out: not removed"
		shmtool wait --byte 0=1 --timeout "$limit" "$id"
		assert_failed 124 "shmtool wait: $id: timed out: byte at offset 0 is 0"
	done
	hold "$id" 2
	shmtool wait --unattached --timeout 10ms --interval 1h "$id"
	assert_failed 124 "shmtool wait: $id: timed out: still attached 2 times"
}

@test "wait ends at the timeout, even with a longer --interval" {
	id=$("$SHMTOOL" create -s 1)
	before=${EPOCHREALTIME/./}
	# Use KILL: after TERM, timeout(1) would also exit with status 124.
	run_apart timeout -s KILL 120 "$SHMTOOL" wait --attached --timeout 300ms --interval 1h "$id"
	assert_equal "$status" 124
	took=$((${EPOCHREALTIME/./} - before))
	[ "$took" -ge 300000 ]
}

@test "very long times do not overflow" {
	id=$("$SHMTOOL" create -s 1)
	for limit in 18446744073709551615ms 30000000w 10000000000 9300000000; do
		waits --attached --timeout "$limit" --interval "$limit" "$id"
		let_go "$waiter"
	done
}

@test "wait checks once more after the timeout, even if it is late" {
	id=$("$SHMTOOL" create -s 1)
	limit=1
	# On a busy host, it may end before it is stopped.
	until stopped_early "$limit"; do
		limit=$((limit * 4))
		[ "$limit" -lt 300 ]
	done
	hold "$id"
	until_true it_is $((SECONDS + limit + 1))
	kill -CONT "$waiter"
	until_ended
	assert_done
}

@test "wait continues after it was stopped" {
	id=$("$SHMTOOL" create -s 1)
	waits --attached "$id"
	for _ in 1 2 3; do
		kill -STOP "$waiter"
		until_true is_stopped "$waiter"
		kill -CONT "$waiter"
		until_true is_asleep "$waiter"
	done
	hold "$id"
	until_ended
	assert_done
}

@test "a signal ends wait, and its attach" {
	id=$("$SHMTOOL" create -s 1)
	for signal in TERM:143 HUP:129; do
		waits --byte 0=1 "$id"
		until_true nattch_is "$id" 1
		kill -"${signal%:*}" "$waiter"
		until_ended
		assert_equal "$status $stderr" "${signal#*:} "
		assert_equal "$(column NATTCH "$id")" 0
	done
	run_apart timeout -s INT 0.2 "$SHMTOOL" wait --attached "$id"
	assert_failed 124 ""
}

# sleeps ARGUMENT...: trace a wait that times out, and write the intended end of each
# sleep, in microseconds, to the file "slept".
sleeps() {
	run_apart traced -qq -e trace=shmctl,shmat,openat,clock_nanosleep -o trace \
		"$SHMTOOL" wait "$@"
	assert_equal "$status" 124
	sed -n 's/.*clock_nanosleep(.*TIMER_ABSTIME, {tv_sec=\([0-9]*\), tv_nsec=\([0-9]*\)}.*/\1 \2/p' trace |
		while read -r seconds nanoseconds; do
			echo $((seconds * 1000000 + nanoseconds / 1000))
		done >slept
}

# sleeps_often COUNT ARGUMENT...: trace a wait for an attach or for a byte 1 until it has
# slept COUNT times, then let it end.
sleeps_often() {
	local tracer
	: >trace
	traced -qq -e trace=shmat,clock_nanosleep -o trace "$SHMTOOL" wait "${@:2}" 3>&- &
	tracer=$!
	until_true has_slept "$1"
	"$SHMTOOL" write --fill 1 --length 1 "$id"
	hold "$id"
	wait "$tracer"
}

has_slept() {
	[ "$(grep -c TIMER_ABSTIME trace)" -ge "$1" ]
}

@test "wait examines only its segment, and not often" {
	need_strace
	id=$("$SHMTOOL" create -s 1)
	for _ in 1 2 3 4 5; do
		"$SHMTOOL" create -s 1 >/dev/null
	done
	sleeps --attached --timeout 1s --interval 100ms "$id"
	# wait checks at 0, 1, 3, 7, 15, 31, 63, 127, and then every 100 milliseconds. One
	# more call, before all others, finds the segment.
	looks=$(grep -c "shmctl($id, IPC_STAT" trace)
	[ "$looks" -ge 3 ]
	[ "$looks" -le 19 ]
	assert_equal "$(grep -c shmctl trace)" "$looks"
	# Files that a sanitizer opens for itself are opened without O_CLOEXEC.
	run grep -E "shmat|sysvipc|/proc.*O_CLOEXEC" trace
	assert_output ""
}

@test "wait sleeps no longer than --interval, and not beyond --timeout" {
	need_strace
	id=$("$SHMTOOL" create -s 1)
	sleeps --attached --timeout 300ms --interval 1h "$id"
	[ "$(($(tail -n 1 slept) - $(head -n 1 slept)))" -le 300000 ]
	[ "$(wc -l <slept)" -le 10 ]
	# If each sleep were twice as long as the one before, the thirtieth would take days.
	sleeps_often 30 --attached --interval 1ms "$id"
}

@test "wait --byte attaches once" {
	need_strace
	id=$("$SHMTOOL" create -s 1)
	sleeps_often 5 --byte 0=1 --interval 1ms "$id"
	assert_equal "$(grep -c shmat trace)" 1
}

@test "wait without read permission" {
	need_root
	not_in_valgrind "shmat(2) says EINVAL of what may not be read"
	id=$("$SHMTOOL" create -s 1 -m 0600)
	as_stranger "$SHMTOOL" wait --unattached "$id"
	assert_done
	as_stranger "$SHMTOOL" wait --attached --timeout 10ms "$id"
	assert_failed 124 "shmtool wait: $id: timed out: not attached"
	as_stranger "$SHMTOOL" wait --byte 0=0 "$id"
	assert_failed 4 "shmtool wait: $id: permission denied: owned by root, permissions rw-------; read permission required"
	as_stranger "$HELPERS/refuse" shmctl:15=EINVAL -- "$SHMTOOL" wait --unattached "$id"
	assert_failed 4 "shmtool wait: $id: permission denied; read permission required"
	"$SHMTOOL" chmod 0604 "$id"
	as_stranger "$SHMTOOL" wait --byte 0=0 "$id"
	assert_done
}

@test "wait in another IPC namespace" {
	need_root
	# shellcheck disable=SC2016
	start unshare --ipc bash -c 'id=$("$0" create -s 1 -k 7); exec "$1" "$id"' \
		"$SHMTOOL" "$HELPERS/hold"
	"$SHMTOOL" create -s 1 -k 7
	shmtool wait -N "${started[0]}" --attached --timeout 0 key:7
	assert_done
	shmtool wait -N "${started[0]}" --exists --timeout 0 key:8
	assert_failed 124 "shmtool wait: key:8: timed out: no such segment"
	"$SHMTOOL" create -N "${started[0]}" -s 1 -k 8
	shmtool wait -N "${started[0]}" --exists --timeout 0 key:8
	assert_done
	waits -N "${started[0]}" --byte 0=1 key:7
	"$SHMTOOL" write --fill 1 key:7
	until_true is_asleep "$waiter"
	"$SHMTOOL" write -N "${started[0]}" --fill 1 key:7
	until_ended
	assert_done
}

@test "wait --byte if memory cannot be allocated" {
	id=$("$SHMTOOL" create -s 1)
	"$SHMTOOL" write --fill 2 "$id"
	run_apart "$HELPERS/refuse" memfd_create=ENOSYS madvise:20=EINVAL process_vm_readv=EFAULT -- "$SHMTOOL" wait --timeout 1m --byte 0=1 "$id"
	assert_failed 1 "shmtool wait: $id: cannot allocate memory at offset 0: out of huge pages (vm.nr_hugepages), or of memory in this control group"
	run_apart "$HELPERS/refuse" shmat=ENOMEM -- "$SHMTOOL" wait --timeout 1m --byte 0=1 "$id"
	assert_failed 1 "shmtool wait: $id: no room in the address space; see 'ulimit -v'"
	run_apart "$HELPERS/refuse" shmat=EINVAL -- "$SHMTOOL" wait --timeout 1m --byte 0=1 "$id"
	assert_failed 3 "shmtool wait: $id: no such segment"
}

@test "wait needs one condition and one segment" {
	id=$("$SHMTOOL" create -s 1)
	shmtool wait "$id"
	assert_wrong_usage "shmtool wait: condition is missing: --exists, --unattached, --attached, --removed or --byte"
	for two in "--attached --unattached" "--exists --attached" "--removed --byte 0=0" "--unattached --removed --attached"; do
		# shellcheck disable=SC2086
		shmtool wait $two "$id"
		assert_wrong_usage "shmtool wait: --exists, --unattached, --attached, --removed and --byte cannot be combined"
	done
	shmtool wait --timeout 0 --byte 0=0 --byte 0=1 "$id"
	assert_wrong_usage "shmtool wait: option '--byte' was given twice"
	shmtool wait --attached
	assert_wrong_usage "shmtool wait: SEGMENT is missing"
	shmtool wait --attached "$id" "$id"
	assert_wrong_usage "shmtool wait: unexpected argument '$id'"
	shmtool wait --attached x
	assert_wrong_usage "shmtool wait: 'x': not a segment: give an ID (32769), a key (0x0000162e or key:5678), ftok:PATH[:PROJ] or the /NAME of a POSIX object"
}

@test "wait refuses a malformed byte, offset or duration" {
	id=$("$SHMTOOL" create -s 4K)
	for byte in "" 0 = 0= =0 0=256 0=-1 0=ab x=1 -1=0 "0 =1" "0= 1"; do
		shmtool wait --byte "$byte" "$id"
		assert_wrong_usage "shmtool wait: --byte: '$byte': not OFFSET=VALUE, with VALUE a number from 0 to 255 or a character"
	done
	for offset in 4096 4K 0x1000; do
		shmtool wait --byte "$offset=0" "$id"
		assert_wrong_usage "shmtool wait: $id: --byte: offset 4096 is past the end: size is 4096 bytes"
	done
	shmtool wait --byte 4095=0 "$id"
	assert_done
	for option in --timeout --interval; do
		for duration in "" x -1 1y 1.0001 "1 s"; do
			shmtool wait --unattached "$option" "$duration" "$id"
			assert_wrong_usage "shmtool wait: $option: '$duration': not a duration; give seconds, or a sum of w, d, h, m, s and ms such as 1h30m"
		done
	done
	shmtool wait --unattached --interval 0s "$id"
	assert_wrong_usage "shmtool wait: --interval: '0s': minimum is 1ms"
}
