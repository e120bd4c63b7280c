load common

# A command that fails in a pipeline fails the test.
set -o pipefail

# Transfers that hold the semaphore with which programs lock a segment.

setup() {
	begin_test
	id=$("$SHMTOOL" create -s 8M -m 0666)
	set=$(make_set 1 0666)
}

# make_set VALUE MODE: create a set of one semaphore, and print its ID.
make_set() {
	/usr/bin/python3 -c 'import sys, sysv_ipc
print(sysv_ipc.Semaphore(None, sysv_ipc.IPC_CREX, mode=int(sys.argv[2], 8),
                         initial_value=int(sys.argv[1])).id)' "$@"
}

teardown() {
	end_test
	ipcrm --all=sem
}

# Print the value of the semaphore.
value() {
	ipcs -s -i "$set" | awk '$1 == 0 && NF == 5 { print $2 }'
}

# give_one [N]: add N to the semaphore, by default 1.
give_one() {
	/usr/bin/python3 - "$set" "${1:-1}" <<-'E'
		import ctypes, sys
		class sembuf(ctypes.Structure):
		    _fields_ = [("num", ctypes.c_ushort), ("op", ctypes.c_short), ("flag", ctypes.c_short)]
		assert ctypes.CDLL(None).semop(int(sys.argv[1]), ctypes.byref(sembuf(0, int(sys.argv[2]), 0)), 1) == 0
	E
}

# Decrement the semaphore by one.
take_one() {
	give_one -1
}

value_is() {
	[ "$(value)" = "$1" ]
}

# waiters_of SET N: return whether N processes wait for the semaphore.
waiters_of() {
	[ "$(ipcs -s -i "$1" | awk '$1 == 0 && NF == 5 { print $3 }')" = "$2" ]
}

waiters_are() {
	waiters_of "$set" "$1"
}

# Create files as long as the segment, each with one letter throughout.
make_letters() {
	head -c 8M /dev/zero | tr '\0' A >letters.A
	head -c 8M /dev/zero | tr '\0' B >letters.B
	"$SHMTOOL" write "$id" letters.A
}

# write_on OPTION...: start two writers, which fill the segment with one letter each,
# again and again, until the file "end" exists.
write_on() {
	local letter
	for letter in A B; do
		while [ ! -e end ]; do
			"$SHMTOOL" write "$@" "$id" "letters.$letter" || touch failed
		done 3>&- &
		started+=($!)
	done
}

# is_torn FILE: return whether a copy has more than one letter.
is_torn() {
	[ "$(tr -d A <"$1" | wc -c)" -gt 0 ] && [ "$(tr -d B <"$1" | wc -c)" -gt 0 ]
}

@test "a copy is consistent while two writers write, but only with the semaphore" {
	make_letters
	# A pipe could share pages of the segment after the lock was released.
	torn_copy() {
		"$SHMTOOL" cat "$@" "$id" | cat >copy
		is_torn copy
	}
	write_on
	until_true torn_copy
	touch end
	wait "${started[@]}"
	rm end
	"$SHMTOOL" write "$id" letters.A
	write_on --semaphore "$set"
	for _ in $(often 15); do
		! torn_copy --semaphore "$set:0"
		"$SHMTOOL" cat --semaphore "$set" "$id" >copy
		! is_torn copy
		"$SHMTOOL" cat -x --semaphore "$set" "$id" >copy
		assert_equal "$(wc -l <copy)" 3
	done
	touch end
	wait "${started[@]}"
	[ ! -e failed ]
	assert_equal "$(value)" 1
}

@test "the semaphore is held during a transfer, and released at its end" {
	mkfifo input
	"$SHMTOOL" write --semaphore "$set" "$id" input 3>&- &
	started+=($!)
	exec {writer}>input
	until_true value_is 0
	exec {writer}>&-
	wait $!
	assert_equal "$(value)" 1
	for signal in KILL TERM INT; do
		env --default-signal=INT,TERM,HUP "$SHMTOOL" write --semaphore "$set" "$id" input 2>/dev/null 3>&- &
		started+=($!)
		exec {writer}>input
		until_true value_is 0
		kill -"$signal" $!
		wait $! || status=$?
		assert_equal "$status" $((128 + $(kill -l "$signal")))
		exec {writer}>&-
		assert_equal "$(value)" 1
	done
	# The segment is missing.
	shmtool cat --semaphore "$set" 99
	assert_equal "$status" 3
	# Nobody waits for the semaphore if the segment is missing.
	locked=$(make_set 0 0666)
	shmtool cat --semaphore "$locked" --timeout 1h 99
	assert_failed 3 "shmtool cat: 99: no such segment"
	shmtool write --semaphore "$set" "$id" nowhere
	assert_equal "$status" 1
	assert_equal "$(value)" 1
}

@test "the segment is looked up again when the semaphore is free" {
	locked=$(make_set 0 0666)
	old=$("$SHMTOOL" create -s 8K -k 77)
	hold "$old"
	replace() {
		until_true waiters_of "$locked" 1
		"$SHMTOOL" rm "$1" 2>/dev/null
		"$SHMTOOL" create -s "$2" -k 77 >/dev/null
		set=$locked give_one
		wait "${started[-1]}" && status=0 || status=$?
	}
	"$SHMTOOL" write --semaphore "$locked" --string new key:77 2>err 3>&- &
	started+=($!)
	replace "$old" 4K
	assert_equal "$status $(cat err)" "0 "
	assert_equal "$("$SHMTOOL" cat -s key:77)" new
	# What no longer fits is not written.
	set=$locked take_one
	"$SHMTOOL" write --semaphore "$locked" -o 3K --string new key:77 2>err 3>&- &
	started+=($!)
	replace key:77 1K
	assert_equal "$status $(cat err)" \
		"2 shmtool write: key:77: --offset 3K is past the end: size is 1024 bytes. Try 'shmtool write --help'."
	set=$locked take_one
	"$SHMTOOL" cat -s --semaphore "$locked" key:77 >out 2>err 3>&- &
	started+=($!)
	until_true waiters_of "$locked" 1
	"$SHMTOOL" rm key:77
	"$SHMTOOL" create -s 1K -k 77 >/dev/null
	"$SHMTOOL" write --string newest key:77
	set=$locked give_one
	wait "${started[-1]}"
	assert_equal "$(cat out err)" newest
	[ "$(set=$locked value)" = 1 ]
	# A missing segment does not hide the others.
	set=$locked take_one
	gone=$("$SHMTOOL" create -s 4K)
	"$SHMTOOL" cat -s --semaphore "$locked" "$gone" key:77 >out 2>err 3>&- &
	started+=($!)
	until_true waiters_of "$locked" 1
	"$SHMTOOL" rm key:77 "$gone"
	"$SHMTOOL" create -s 1K -k 77 >/dev/null
	"$SHMTOOL" write --string again key:77
	set=$locked give_one
	wait "${started[-1]}" && status=0 || status=$?
	assert_equal "$status $(cat out err)" "3 againshmtool cat: $gone: no such segment"
}

@test "--semaphore with --namespace and an object names no namespace" {
	for words in "write --string x" cat; do
		# shellcheck disable=SC2086
		shmtool $words --namespace $$ --semaphore "$set" /x
		assert_wrong_usage "shmtool ${words%% *}: --semaphore cannot be combined with --namespace and an object: that names a mount namespace"
	done
}

@test "--timeout bounds the waiting" {
	before=$(md5sum < <("$SHMTOOL" cat "$id"))
	ipcrm -s "$set"
	set=$(make_set 0 0666)
	for time in 0 10ms 0.02 0.00005m; do
		shmtool write --semaphore "$set" --timeout "$time" --fill x "$id"
		assert_failed 124 "shmtool write: $set: timed out: semaphore not free within $time"
		shmtool cat --semaphore "$set:0" --timeout "$time" "$id"
		assert_failed 124 "shmtool cat: $set:0: timed out: semaphore not free within $time"
		assert_output ""
	done
	assert_equal "$(md5sum < <("$SHMTOOL" cat "$id"))" "$before"
	# The semaphore becomes free in time.
	"$SHMTOOL" write --semaphore "$set" --timeout 1w2d3h4m5s6ms --string ready "$id" 3>&- &
	started+=($!)
	until_true waiters_are 1
	give_one
	wait $!
	assert_equal "$("$SHMTOOL" cat -s "$id")" ready
	assert_equal "$(value)" 1
}

@test "being stopped and continued does not end the waiting" {
	ipcrm -s "$set"
	set=$(make_set 0 0666)
	"$SHMTOOL" write --semaphore "$set" --timeout 1h --string ready "$id" 2>errors 3>&- &
	started+=($!)
	until_true waiters_are 1
	kill -STOP $!
	until_true grep -q '^State:.T' "/proc/$!/status"
	kill -CONT $!
	until_true waiters_are 1
	until_true grep -q '^State:.S' "/proc/$!/status"
	give_one
	wait $!
	assert_equal "$(cat errors)" ""
	assert_equal "$("$SHMTOOL" cat -s "$id")" ready
}

@test "a signal while waiting for the semaphore ends the command at once" {
	ipcrm -s "$set"
	set=$(make_set 0 0666)
	env --default-signal=INT,TERM,HUP "$SHMTOOL" write --semaphore "$set" --fill x "$id" 2>errors 3>&- &
	started+=($!)
	until_true waiters_are 1
	kill -INT $!
	wait $! || status=$?
	assert_equal "$status" 130
	assert_equal "$(column RSS "$id")" 0
}

@test "a semaphore that is missing or not accessible" {
	for command in cat "write --fill x"; do
		name=${command%% *}
		# shellcheck disable=SC2086
		try() { shmtool $command "$@" "$id"; }
		try --semaphore 99999
		assert_failed 1 "shmtool $name: 99999: no such semaphore set"
		try --semaphore "$set:1"
		assert_failed 1 "shmtool $name: $set:1: the set has no semaphore with this number"
		for text in "" x 1: :1 1:2:3 -1 1:65536 2147483648 0x1; do
			try --semaphore="$text"
			assert_wrong_usage "shmtool $name: --semaphore: '$text': not the ID of a semaphore set, or ID:NUMBER"
		done
		for text in "" x 1x 1m1 -1 1.0001 0.00001m 0.00000000005w; do
			try --semaphore "$set" --timeout="$text"
			assert_wrong_usage "shmtool $name: --timeout: '$text': not a duration; give seconds, or a sum of w, d, h, m, s and ms such as 1h30m"
		done
		try --timeout 1
		assert_wrong_usage "shmtool $name: --timeout requires --semaphore"
	done
	assert_equal "$(column RSS "$id")" 0
	run_apart "$HELPERS/refuse" semtimedop=ENOSPC -- "$SHMTOOL" cat --semaphore "$set" "$id"
	assert_failed 1 "shmtool cat: $set: the kernel's limit on SEM_UNDO is reached; see kernel.sem"
	need_root
	private=$(make_set 1 0600)
	as_stranger "$SHMTOOL" cat --semaphore "$private" "$id"
	assert_failed 4 "shmtool cat: $private: permission denied; write permission on the semaphore set required"
}

@test "the removal of the semaphore set during the transfer is reported" {
	mkfifo input
	"$SHMTOOL" write --semaphore "$set" "$id" input 2>errors 3>&- &
	started+=($!)
	exec {writer}>input
	until_true value_is 0
	echo text >&"$writer"
	ipcrm -s "$set"
	exec {writer}>&-
	wait $! || status=$?
	assert_equal "$status" 1
	assert_equal "$(cat errors)" "shmtool write: $set: semaphore set was removed meanwhile"
	assert_equal "$("$SHMTOOL" cat -s "$id")" text
}
