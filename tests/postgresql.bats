load common

# A real database that keeps its memory in System V segments, in the test's own directory,
# without a network, as a user of its own.

setup() {
	begin_test
	programs=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
	[ -x "$programs/initdb" ] || skip "initdb of PostgreSQL is not installed"
	need_root
	cluster=$(mktemp -d)
	chown nobody "$cluster"
	cd "$cluster" || return
}

teardown() {
	if [ -s "$cluster/data/postmaster.pid" ]; then
		as_nobody "$programs/pg_ctl" -D "$cluster/data" -m immediate stop >/dev/null 2>&1 || true
	fi
	cd /
	rm -rf "$cluster"
	ipcrm --all=shm
}

as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
}

postgres_start() {
	as_nobody "$programs/pg_ctl" -D "$cluster/data" -w -t 60 -l "$cluster/log" start >/dev/null 3>&- ||
		fail "$(cat "$cluster/log")"
}

query() {
	as_nobody "$programs/psql" -X -A -t -h "$cluster" -U nobody -d postgres -c "$1" 3>&-
}

@test "a database is killed, its segments are found and removed, and it starts again" {
	as_nobody "$programs/initdb" -D data -A trust -U nobody --no-sync >/dev/null
	cat >>data/postgresql.conf <<-E
		listen_addresses = ''
		unix_socket_directories = '$cluster'
		shared_memory_type = sysv
		dynamic_shared_memory_type = sysv
		shared_buffers = 16MB
		fsync = off
	E
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
