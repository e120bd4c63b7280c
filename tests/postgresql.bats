load common

load postgresql

# A database that keeps its memory in System V segments.

setup() {
	begin_test
	prepare_cluster
}

teardown() {
	remove_cluster
	end_test
}

@test "a database is killed, its segments are found and removed, and it starts again" {
	postgres_init "shared_memory_type = sysv" "dynamic_shared_memory_type = sysv" "shared_buffers = 16MB"
	postgres_start
	assert_equal "$(query 'select 6 * 7')" 42
	postmaster=$(head -n 1 data/postmaster.pid)

	# While the database runs, its main segment is attached and not an orphan.
	run "$SHMTOOL" ls -nr -o ID,OWNER,SIZE,CPID,STATUS --user nobody --attached --sort -SIZE
	read -r id owner size cpid status <<<"${lines[0]}"
	assert_equal "$owner $cpid $status" "nobody $postmaster -"
	[ "$size" -gt $((16 << 20)) ]
	assert_equal "$("$SHMTOOL" ls -q --user nobody --unattached)" ""
	[[ $(column COMMAND "$id") == *postgres* ]]
	# The segment starts with a header that contains the PID of its creator.
	assert_equal "$("$SHMTOOL" cat -o 4 -l 4 "$id" | od -An -td4 | xargs)" "$postmaster"
	run "$SHMTOOL" rm --user nobody
	assert_success
	assert_equal "$(query 'select 1')" 1

	kill -KILL "$postmaster"
	nobody_attached() {
		[ -z "$("$SHMTOOL" ls -q --user nobody --attached)" ]
	}
	until_true nobody_attached
	# PostgreSQL itself checks whether that process exists, even as a zombie.
	reaped() {
		! kill -0 "$postmaster" 2>/dev/null
	}
	until_true reaped

	# Find and remove what the database left behind.
	run "$SHMTOOL" ls -nr -o ID,STATUS --user nobody --unattached
	assert_line "$id orphan"
	run "$SHMTOOL" rm -v --user nobody --unattached
	assert_success
	assert_line --partial "removed $id "
	assert_equal "$("$SHMTOOL" ls -q)" ""

	postgres_start
	assert_equal "$(query 'select 6 * 7')" 42
}
