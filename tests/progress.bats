load common

# Progress is shown for long transfers, and only on a terminal.

setup() {
	begin_test
	need script
	mkfifo fifo
	id=$("$SHMTOOL" create -s 1G --noreserve)
}

# on_terminal COMMAND: run a shell command whose messages go to a terminal of its own, and
# from there into the file "log". Its input comes from the FIFO, or its output goes there.
on_terminal() {
	script -qec "$1" /dev/null </dev/null >log 3>&- &
	started+=($!)
}

# read_some: read a little from the FIFO, as a slow reader does.
read_some() {
	head -c 65536 <&"$fifo" >/dev/null
}

write_some() {
	head -c 65536 /dev/zero >&"$fifo"
}

# shown STEP: run STEP, which lets the transfer continue. Return whether progress was
# shown.
shown() {
	"$1"
	[ -n "$(states)" ]
}

# Print the states of the progress line, one per line; each has a rate.
states() {
	tr '\r' '\n' <log | grep -E '[0-9][KMG]?/s(,| *$)'
}

# Assert that everything on the terminal's last line was overwritten with blanks.
assert_cleared() {
	local last
	last=$(tr -d '\n' <log)
	last=${last%$'\r'}
	assert_equal "$(tr -d ' ' <<<"${last##*$'\r'}")" ""
}

# work_for_a_while STEP: repeat STEP for more than a second.
work_for_a_while() {
	local end=$((${EPOCHREALTIME/./} + 1500000))
	while [ "${EPOCHREALTIME/./}" -lt "$end" ]; do
		"$1"
	done
}

@test "cat shows bytes, percentage, rate and time left, and clears the line" {
	on_terminal "$SHMTOOL cat $id >fifo"
	exec {fifo}<fifo
	until_true shown read_some
	cat <&"$fifo" >/dev/null
	wait $!
	assert_regex "$(states | head -n 1)" '^[0-9.]+[KM] of 1G, [0-9]+%, [0-9.]+[KM]/s, [0-9]+[smhd] left *$'
	assert_cleared
}

@test "write from a pipe shows bytes and rate" {
	on_terminal "$SHMTOOL write $id <fifo"
	exec {fifo}>fifo
	until_true shown write_some
	exec {fifo}>&-
	wait $!
	assert_regex "$(states | head -n 1)" '^[0-9.]+[KM], [0-9.]+[KM]/s *$'
	assert_cleared
}

@test "create shows progress, too" {
	on_terminal "$SHMTOOL create -s 1G --noreserve --from - <fifo >id"
	exec {fifo}>fifo
	until_true shown write_some
	exec {fifo}>&-
	wait $!
	assert_cleared
	assert_equal "$(cat id)" "$("$SHMTOOL" ls -q | tail -n 1)"
}

@test "a message is on a line of its own" {
	on_terminal "$SHMTOOL cat $id >fifo"
	exec {fifo}<fifo
	until_true shown read_some
	pid=$(column PIDS "$id")
	kill -TERM "$pid"
	wait $! || true
	exec {fifo}<&-
	# The progress line was cleared, and the message starts in the first column.
	assert_regex "$(tr '\r' '\n' <log | grep interrupted)" "^shmtool cat: $id: interrupted after [0-9]+ of 1073741824 bytes$"
	before=$(tr '\r' '\n' <log | grep -B 1 interrupted | head -n 1)
	assert_equal "$(tr -d ' ' <<<"$before")" ""
}

@test "no progress with --no-progress, without a terminal, or in the background" {
	on_terminal "$SHMTOOL cat --no-progress $id >fifo"
	exec {fifo}<fifo
	work_for_a_while read_some
	cat <&"$fifo" >/dev/null
	wait $!
	assert_equal "$(states)" ""

	"$SHMTOOL" cat "$id" >fifo 2>errors 3>&- &
	started+=($!)
	exec {fifo}<&- {fifo}<fifo
	work_for_a_while read_some
	cat <&"$fifo" >/dev/null
	wait $!
	assert_equal "$(cat errors)" ""

	on_terminal "bash -ic '$SHMTOOL cat $id >fifo & wait'"
	exec {fifo}<&- {fifo}<fifo
	work_for_a_while read_some
	cat <&"$fifo" >/dev/null
	wait $!
	assert_equal "$(states)" ""
}

# is_quick: read the segment. Return whether that took less than a second.
is_quick() {
	local before=${EPOCHREALTIME/./}
	script -qec "$SHMTOOL cat $id >/dev/null" /dev/null </dev/null >log
	[ $((${EPOCHREALTIME/./} - before)) -lt 1000000 ]
}

@test "no progress for a transfer that takes less than a second" {
	not_in_valgrind "it takes longer"
	until_true is_quick
	assert_equal "$(states)" ""
}
