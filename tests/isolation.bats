load common

# No test may see or touch segments that are not its own.

@test "test files run in an IPC namespace of their own" {
	[ "$(readlink /proc/self/ns/ipc)" != "$HOST_IPC" ]
}

@test "a test file refuses to run outside such a namespace" {
	run env HOST_IPC="$(readlink /proc/self/ns/ipc)" bats "$SOURCE/tests/rm.bats"
	assert_failure
	assert_output --partial "not in an IPC namespace of its own"
	run env -u HOST_IPC bats "$SOURCE/tests/rm.bats"
	assert_failure
}

@test "tests neither see nor touch the segments of the user who runs them" {
	# Let this namespace play the host, and run a test file from here.
	a=$("$SHMTOOL" create -s 1M -k 5678)
	"$SHMTOOL" create -s 27
	hold "$a"
	before=$(cat /proc/sysvipc/shm)
	mkdir -p build/tests
	cp "$SHMTOOL" build/
	cp -r "$HELPERS" build/tests/helpers
	mkdir -p source
	cp -r "$SOURCE/tests" source/
	sed 's/^PROBE/@test "probe"/' >source/tests/probe.bats <<-'E'
		load common
		PROBE {
			assert_equal "$("$SHMTOOL" ls)" ""
			"$SHMTOOL" create -s 1 -k 5678
			"$SHMTOOL" rm --unattached
			"$SHMTOOL" create -s 1
		}
	E
	run source/tests/run build source/tests/probe.bats source/tests/textbook.bats
	assert_success
	assert_line "ok 1 probe"
	assert_equal "$(cat /proc/sysvipc/shm)" "$before"
}
