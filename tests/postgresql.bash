# A real database in the test's own directory, without a network, run by a user of its own.
# shellcheck shell=bash

# prepare_cluster: make $cluster, a directory of nobody, and change to it.
prepare_cluster() {
	programs=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
	[ -x "$programs/initdb" ] || skip "initdb of PostgreSQL is not installed"
	need_root
	cluster=$(mktemp -d)
	chown nobody "$cluster"
	cd "$cluster" || return
}

# remove_cluster: end the database, if there is one.
remove_cluster() {
	[ -n "${cluster:-}" ] || return 0
	if [ -s "$cluster/data/postmaster.pid" ]; then
		as_nobody "$programs/pg_ctl" -D "$cluster/data" -m immediate stop >/dev/null 2>&1 || true
	fi
	cd /
	rm -rf "$cluster"
}

as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
}

# postgres_init SETTING...: create the database, with these lines of postgresql.conf.
postgres_init() {
	as_nobody "$programs/initdb" -D "$cluster/data" -A trust -U nobody --no-sync >/dev/null
	printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$cluster'" "fsync = off" \
		"$@" >>data/postgresql.conf
}

postgres_start() {
	as_nobody "$programs/pg_ctl" -D "$cluster/data" -w -t 60 -l "$cluster/log" start >/dev/null 3>&- ||
		fail "$(cat "$cluster/log")"
}

query() {
	as_nobody "$programs/psql" -X -A -t -h "$cluster" -U nobody -d postgres -c "$1" 3>&-
}
