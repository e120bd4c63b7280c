load common

# contrib/ansible. All hosts are this one, in the test's IPC namespace.

setup() {
	begin_test
	need_root
	need ansible-playbook
	mkdir bin
	ln -s "$SHMTOOL" bin/shmtool
	PATH=$PWD/bin:$PATH
	export ANSIBLE_PIPELINING=1 ANSIBLE_NOCOLOR=1 ANSIBLE_HOME=$PWD/ansible
	export ANSIBLE_LOCAL_TEMP=$PWD/ansible/tmp ANSIBLE_CONFIG=$PWD/ansible.cfg
	: >ansible.cfg
}

# inventory HOST...: write these hosts, each followed by its variables.
inventory() {
	printf '%s\n' "$@" '[all:vars]' ansible_connection=local ansible_become=false \
		ansible_python_interpreter=/usr/bin/python3 >inventory
}

# play OPTION...: run the playbook; $output is its output.
play() {
	run ansible-playbook -i inventory "$SOURCE/contrib/ansible/orphans.yml" "$@"
}

# recap HOST COUNT...: assert these counts in the last line of the host.
recap() {
	local host=$1 count
	shift
	for count; do
		assert_line --regexp "^$host .* $count "
	done
}

ids() {
	"$SHMTOOL" ls -q | xargs
}

# Ansible takes seconds for each run, so there are few runs, of several hosts each.

@test "ansible: a report changes nothing, and wrong values remove nothing" {
	"$SHMTOOL" create -s 5000 -k 7 >/dev/null
	"$SHMTOOL" create -s 1M --owner nobody >/dev/null
	hold "$("$SHMTOOL" create -s 4096)"
	before=$(ids)
	inventory here \
		"large shmtool_min_size=1M" \
		"old shmtool_older_than=1d shmtool_idle=1h" \
		"bare shmtool_program=/nowhere/shmtool" \
		"command shmtool_remove=true shmtool_owner='\$(touch $PWD/hacked)'" \
		"option shmtool_remove=true shmtool_owner=--attached" \
		"empty shmtool_remove=true shmtool_idle=" \
		"slip shmtool_remove=true shmtool_min_idel=1d" \
		"perhaps shmtool_remove=perhaps"
	play
	assert_failure 2
	assert_output --partial "ok: [here] => {
    \"msg\": {
        \"bytes\": 1053576,
        \"bytes_by_owner\": {
            \"nobody\": 1048576,
            \"root\": 5000
        },
        \"count\": 2,
        \"count_by_owner\": {
            \"nobody\": 1,
            \"root\": 1
        },"
	for host in here:2 large:1 old:0; do
		recap "${host%:*}" changed=0 failed=0
		[[ $output == *"ok: [${host%:*}] => {
    \"msg\": {"*"\"count\": ${host#*:},"* ]]
	done
	for host in bare command option empty slip perhaps; do
		recap "$host" changed=0 failed=1
	done
	assert_output --partial \
		"This host lacks shmtool: [Errno 2] No such file or directory: b'/nowhere/shmtool'"
	assert_output --partial "shmtool ls: --user: '--attached': no such user"
	assert_output --partial "shmtool ls: --idle: ''"
	assert_equal "$(ids)" "$before"
	[ ! -e hacked ]
}

@test "ansible: only reported segments that are still orphans are removed, once" {
	# Orphans of two owners, one with a name like a template; and two segments that are not orphans:
	# the creator of one runs, the other is attached.
	own=$("$SHMTOOL" create -s 5000 -k 7)
	"$SHMTOOL" create -s 1M --owner 4711 >/dev/null
	late=$("$SHMTOOL" create -s 4096 --owner 4711)
	start /usr/bin/python3 -c '
import ctypes, time
print(ctypes.CDLL(None).shmget(0, 4096, 0o1600), flush=True)
time.sleep(600)'
	unattached=$started_line
	attached=$("$SHMTOOL" create -s 4096)
	hold "$attached"
	before=$(ids)
	inventory here

	play --check -e shmtool_remove=true
	assert_success
	recap here changed=1 failed=0
	assert_equal "$(ids)" "$before"

	# Between the list and the removal, a process attaches one.
	{
		cat /etc/passwd
		echo "{{lookup('pipe','touch $PWD/hacked')}}:x:4711:4711::/:/bin/false"
	} >passwd
	mkfifo hold go
	cat >program <<-E
		#!/bin/sh
		if [ "\$1" = rm ]; then
			echo >"$PWD/go"
			read -r _ <"$PWD/hold"
		fi
		exec "$SHMTOOL" "\$@"
	E
	chmod 755 program
	start bash -c 'echo; read -r _ <go; exec "$HELPERS/hold" "$1" >hold' - "$late"
	run with_mounts bash -euc '
		mount --make-rprivate /
		mount --bind passwd /etc/passwd
		ansible-playbook -i inventory "$SOURCE/contrib/ansible/orphans.yml" \
			-e shmtool_remove=true -e shmtool_owner=4711 -e "shmtool_program=$PWD/program"'
	assert_success
	recap here changed=1 failed=0
	assert_output --partial "{{lookup('pipe'"
	[ ! -e hacked ]
	assert_equal "$("$SHMTOOL" ls -q --dest)" ""
	assert_equal "$(ids)" "$(printf '%s\n' "$own" "$late" "$unattached" "$attached" | xargs)"

	for changed in 1 0; do
		play -e shmtool_remove=true
		assert_success
		recap here "changed=$changed" failed=0
		assert_equal "$(ids)" "$(printf '%s\n' "$late" "$unattached" "$attached" | xargs)"
	done
}

@test "ansible: POSIX objects that no process uses, and that are idle" {
	local object
	for object in '/unused {{ 7 }}' /mapped /fresh; do
		"$SHMTOOL" create --name "$object" -s 5000 >/dev/null
	done
	touch -d "3 days ago" /dev/shm/unused* /dev/shm/mapped
	exec {open}</dev/shm/mapped
	inventory here "never shmtool_remove=true shmtool_idle=4d" "typo shmtool_posix=maybe"
	# All processes must be visible.
	in_pids() {
		run unshare --pid --fork --mount --propagation unchanged bash -euc '
			mount --make-rprivate /proc
			mount -t proc proc /proc
			exec {open}</dev/shm/mapped
			touch /dev/shm/fresh
			ansible-playbook -i inventory "$SOURCE/contrib/ansible/orphans.yml" -e shmtool_posix=true "$@"' - "$@"
	}
	in_pids --limit here -e shmtool_remove=true
	assert_failure 2
	assert_output --partial "shmtool_posix needs shmtool_idle"
	play --limit typo -e shmtool_idle=2m
	assert_failure 2
	in_pids --limit here,never --check -e shmtool_remove=true
	recap never changed=0 failed=0
	in_pids --limit here -e shmtool_idle=2m
	assert_success
	recap here changed=0 failed=0
	assert_output --partial '"name": "/unused {{ 7 }}"'
	refute_output --partial "/mapped"
	in_pids --limit here -e shmtool_idle=2m -e shmtool_remove=true
	assert_success
	recap here changed=1 failed=0
	assert_equal "$(find /dev/shm -type f -printf '%f\n' | sort | xargs)" "fresh mapped"
	exec {open}<&-
	rm -f /dev/shm/{fresh,mapped}
}

@test "ansible: the playbook passes ansible-lint, and its README has the variables" {
	names=$(sed -n 's/^      - \(shmtool_[a-z_]*\)$/\1/p' "$SOURCE/contrib/ansible/orphans.yml")
	assert_equal "$(sed -n 's/^| .\(shmtool_[a-z_]*\). |.*/\1/p' "$SOURCE/contrib/ansible/README.md" | sort)" \
		"$names"
	need ansible-lint
	cp -r "$SOURCE/contrib/ansible" linted
	cd linted
	run ansible-lint --offline --nocolor orphans.yml
	assert_success
}
