# shellcheck shell=bash
# Two clusters of a real PostgreSQL, as Debian sets them up. First, the server of main is killed
# during a query, and the process that runs the query survives. Then both servers are killed, and no
# process survives. At last, the PID file of main names the server of reports.

user=postgres
version=$(printf '%s\n' /usr/lib/postgresql/*/ | sort -V | tail -n 1 | xargs basename)
data=/var/lib/postgresql/$version
for folder in /etc/postgresql /var/log/postgresql /var/lib/postgresql; do
	mount -t tmpfs -o mode=755,uid=postgres,gid=postgres none "$folder"
done
# pg_ctlcluster creates /run/postgresql, and does not find systemd here.
mount -t tmpfs -o mode=755 none /run
mount -t tmpfs -o mode=1777 none /dev/shm

# postmaster_of CLUSTER: print the PID of its server.
postmaster_of() {
	head -n 1 "$data/$1/postmaster.pid"
}

# key_of CLUSTER: print the key of its segment, in decimal.
key_of() {
	stat -c %i "$data/$1"
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
	[ "$(shmtool ls -nr -o NATTCH "key:$(key_of "$2")")" = "$1" ]
}

computes() {
	[ "$(runuser -u postgres -- psql -XAtc "select state from pg_stat_activity where pid = $1")" = active ]
}

start_cluster() {
	pg_ctlcluster "$version" "$1" start
}

for cluster in main reports; do
	pg_createcluster "$version" "$cluster" -o fsync=off --locale C.UTF-8 -- --no-sync >/dev/null
	start_cluster "$cluster" &
	starters+=($!)
done
wait "${starters[@]}"
stands_for 15 "$version"
stands_for 1580074 "$(key_of main)"
stands_for 0x00181c2a "$(printf '0x%08x' "$(key_of main)")"
stands_for 32772 "$(shmtool ls -q "key:$(key_of main)")"
stands_for 812 "$(postmaster_of main)"
stands_for 1580911 "$(key_of reports)"
stands_for 0x00181f6f "$(printf '0x%08x' "$(key_of reports)")"
stands_for 32775 "$(shmtool ls -q "key:$(key_of reports)")"
# A query that takes for ever, but little memory.
launch runuser -u postgres -- psql -XAtc "select pg_backend_pid()" -c "select count(*)
	from generate_series(1, 9999) a, generate_series(1, 9999) b, generate_series(1, 9999) c"
backend=$first_line
stands_for 1204 "$backend"
until_true computes "$backend"
end_server main
until_true attaches 1 main

# Values that differ from run to run.
for word in 1398 1431 32778 32781; do
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

start_cluster reports
end_server main
until_true attaches 0 main
sed -i "1s/.*/$(postmaster_of reports)/" "$data/main/postmaster.pid"
stands_for 847 "$(postmaster_of reports)"
section "A stale PID file"

stands_for 32775 "$(shmtool ls -q "key:$(key_of reports)")"
end_server reports
until_true attaches 0 reports
mapfile -t objects < <(shmtool ls -P -nr --unattached --user postgres -o NAME)
[ "${#objects[@]}" = 2 ]
stands_for /PostgreSQL.1552939896 "${objects[0]}"
stands_for /PostgreSQL.1594375758 "${objects[1]}"
section "A deleted cluster"
