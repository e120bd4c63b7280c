# shellcheck shell=bash
# Two clusters of a real PostgreSQL. First, the server of main is killed during a query,
# and the process that runs the query survives. Later, both servers are killed, and no
# process survives.

user=postgres
mount -t tmpfs -o mode=755 none /var/lib/postgresql
chown postgres:postgres /var/lib/postgresql
programs=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
export PATH=$programs:$PATH PGHOST=/var/lib/postgresql

as_postgres() {
	runuser -u postgres -- "$@"
}

# postmaster_of CLUSTER: print the PID of its server.
postmaster_of() {
	head -n 1 "/var/lib/postgresql/$1/postmaster.pid"
}

# end_server CLUSTER: kill its server, and no other process.
end_server() {
	local postmaster
	postmaster=$(postmaster_of "$1")
	kill -KILL "$postmaster"
	until_true is_gone "$postmaster"
}

# attaches COUNT CLUSTER: does its segment have COUNT attaches?
attaches() {
	[ "$(shmtool ls -nr -o NATTCH "key:$(stat -c %i "/var/lib/postgresql/$2")")" = "$1" ]
}

computes() {
	[ "$(as_postgres psql -XAtc "select state from pg_stat_activity where pid = $1")" = active ]
}

as_postgres initdb -D /var/lib/postgresql/main -A trust --no-sync --no-instructions >/dev/null
# By default, dynamic shared memory would be files in the host's /dev/shm.
cat >>/var/lib/postgresql/main/postgresql.conf <<-END
	listen_addresses = ''
	unix_socket_directories = '/var/lib/postgresql'
	shared_memory_type = sysv
	dynamic_shared_memory_type = sysv
	shared_buffers = 16MB
	fsync = off
END
cp -a /var/lib/postgresql/main /var/lib/postgresql/reports
echo "port = 5433" >>/var/lib/postgresql/reports/postgresql.conf
for cluster in main reports; do
	as_postgres pg_ctl -D "/var/lib/postgresql/$cluster" -l "/var/lib/postgresql/$cluster.log" \
		-w start >/dev/null
done
key=$(stat -c %i /var/lib/postgresql/main)
stands_for 1580074 "$key"
stands_for 0x00181c2a "$(printf '0x%08x' "$key")"
stands_for 32772 "$(shmtool ls -q "key:$key")"
stands_for 812 "$(postmaster_of main)"
key=$(stat -c %i /var/lib/postgresql/reports)
stands_for 1580911 "$key"
stands_for 0x00181f6f "$(printf '0x%08x' "$key")"
stands_for 32775 "$(shmtool ls -q "key:$key")"
stands_for 847 "$(postmaster_of reports)"
# A query that takes for ever, but little memory.
launch runuser -u postgres -- psql -XAtc "select pg_backend_pid()" -c "select count(*)
	from generate_series(1, 9999) a, generate_series(1, 9999) b, generate_series(1, 9999) c"
backend=$first_line
stands_for 1204 "$backend"
until_true computes "$backend"
end_server main
until_true attaches 1 main

# What the versions of PostgreSQL and chance decide.
for word in 823 1398 1431 32776 32777 32778 32779 32780 32781 32782 32783 0x0013e32c 0x6c200dc6 \
	0x085f732c 0x4a468562 0x71720dfc 0x46c14636 24M 26K 4.9M 80K 24895488 26976; do
	stands_for "$word"
done

section "Symptom"
section "Look"
section "A process still has it"
section "Check the result"

end_server main
end_server reports
until_true attaches 0 main
until_true attaches 0 reports
section "No process has it"
rm -r /var/lib/postgresql/reports
section "A deleted cluster"
