load common

# The columns UNIT and CONTAINER, with control groups of the names that systemd and container
# runtimes give them.

id=4f1c8f6e0d3b5a7c9e2d4f6a8b0c1d3e5f7a9b1c3d5e7f90a1b2c3d4e5f60718
short=${id:0:12}
pod=kubepods-burstable-pod12ab34cd_0000_4000_8000_0123456789ab.slice

setup() {
	begin_test
	need_root
	groups=()
	# The hierarchy that comes first: systemd's in version 1, else version 2.
	unified=$(mount_of 'cgroup2')
	first=$(mount_of 'cgroup name=systemd')
	first=${first:-$unified}
	[ -n "$first" ] || skip "no control groups of systemd or of version 2 here"
	mkdir "$first/shmtool-test.$$" 2>/dev/null || skip "control groups cannot be made here"
	groups+=("$first/shmtool-test.$$")
}

teardown() {
	local group
	end_test
	for group in "${groups[@]}"; do
		until_true remove_groups "$group"
	done
}

# A group can be removed a moment after its last process ended.
remove_groups() {
	find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
	[ ! -e "$1" ]
}

# mount_of "TYPE[ OPTION]": print where a hierarchy is mounted; nothing if it is not.
mount_of() {
	awk -v want="$1" '{ n = split($4, options, ",") }
		$3 == want { print $2; exit }
		{ for (i = 1; i <= n; i++) if ($3 " " options[i] == want) { print $2; exit } }' /proc/mounts
}

# move PID PATH [MOUNT]: move a process to a group below the test's own.
move() {
	local group=${3:-$first}/shmtool-test.$$
	if [ ! -d "$group" ]; then
		mkdir "$group" || return
		groups+=("$group")
	fi
	mkdir -p "$group/$2" && echo "$1" >"$group/$2/cgroup.procs"
}

# names [OPTION...] [SEGMENT]: print UNIT and CONTAINER.
names() {
	"$SHMTOOL" ls -nr -o UNIT,CONTAINER "$@"
}

@test "UNIT and CONTAINER of every runtime" {
	start "$HELPERS/daemon" 0x10 4096 text
	while read -r path unit container; do
		move "${started[0]}" "$path"
		assert_equal "$path: $(names 0x10)" "$path: $unit $container"
	done <<-E
		system.slice/docker-$id.scope docker-$id.scope $short
		docker/$id - $short
		system.slice/docker-$id.scope/docker/f${id:1} docker-$id.scope $short
		lxc.payload.web/system.slice/docker-$id.scope/init.scope init.scope web
		user.slice/user@1000.service/user.slice/libpod-$id.scope/container libpod-$id.scope $short
		user.slice/user@1000.service/app.slice/web.service/libpod-payload-$id web.service $short
		user.slice/user@1000.service/app.slice/web.service/runtime web.service -
		libpod_parent/libpod-$id - $short
		libpod_parent/f${id:1}/libpod-$id - $short
		machine.slice/libpod-conmon-$id.scope libpod-conmon-$id.scope -
		kubepods.slice/$pod/crio-$id.scope/container crio-$id.scope $short
		kubepods.slice/$pod/crio-conmon-$id.scope crio-conmon-$id.scope -
		kubepods.slice/$pod/cri-containerd-$id.scope cri-containerd-$id.scope $short
		system.slice/containerd.service/$pod:cri-containerd:$id containerd.service $short
		kubepods/burstable/pod12ab34cd-0000-4000-8000-0123456789ab/$id - $short
		kubepods/burstable/pod12ab34cd-0000-4000-8000-0123456789ab/crio-$id - $short
		ecs/0123456789abcdef0123456789abcdef/$id - $short
		ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-42 - 0123456789abcdef0123456789abcdef-42
		lxc.payload.my-web/.lxc - my-web
		lxc.payload/web - web
		lxc/101/ns/system.slice/cron.service cron.service 101
		lxc.monitor.web - -
		machine.slice/machine-web.scope/payload machine-web.scope web
		machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service nginx.service web
		system.slice/systemd-nspawn@.service systemd-nspawn@.service -
		system.slice/_cpu.service cpu.service -
		system.slice/docker-f$id.scope docker-f$id.scope -
		system.slice/docker-${id^^}.scope docker-${id^^}.scope -
		system.slice/web.slice - -
		user.slice/user-1000.slice/session-2.scope session-2.scope -
	E
	# Machines, whose names systemd escapes: a virtual machine is no container.
	move "${started[0]}" 'machine.slice/machine-my\x2dhost.scope/supervisor'
	assert_equal "$(names 0x10)" 'machine-my\x5cx2dhost.scope my-host'
	move "${started[0]}" 'machine.slice/machine-qemu\x2d1\x2dweb.scope/libvirt/emulator'
	assert_equal "$(names 0x10)" 'machine-qemu\x5cx2d1\x5cx2dweb.scope -'
}

@test "UNIT and CONTAINER of a process in several hierarchies" {
	systemd=$(mount_of "cgroup name=systemd")
	pids=$(mount_of "cgroup pids")
	[ -n "$systemd" ] && [ -n "$pids" ] && [ -n "$unified" ] || skip "version 1 is not mounted"
	start "$HELPERS/daemon" 0x10 4096 text
	move "${started[0]}" "pids.service/docker/f${id:1}" "$pids"
	assert_equal "$(names 0x10)" "pids.service f${short:1}"
	move "${started[0]}" "unified.service" "$unified"
	assert_equal "$(names 0x10)" "unified.service f${short:1}"
	move "${started[0]}" "web.service/docker/$id" "$systemd"
	assert_equal "$(names 0x10)" "web.service $short"
}

@test "CONTAINER of a process outside the caller's cgroup namespace" {
	unshare --cgroup true 2>/dev/null || skip "no cgroup namespaces here"
	start "$HELPERS/daemon" 0x10 4096 text
	move "${started[0]}" "system.slice/docker-$id.scope"
	start bash -c 'echo; exec sleep infinity'
	move "${started[1]}" system.slice/other.scope
	# shellcheck disable=SC2016
	start bash -c 'echo $$ >"$0/cgroup.procs"; exec unshare --cgroup bash -c "echo; exec sleep infinity"' \
		"$first/shmtool-test.$$/system.slice/other.scope"
	# shellcheck disable=SC2016
	run nsenter --cgroup --target "${started[2]}" sh -c \
		'cat /proc/"$1"/cgroup; exec "$SHMTOOL" ls -nr -o UNIT,CONTAINER 0x10' - "${started[0]}"
	assert_line --regexp ":/../docker-$id.scope\$"
	assert_line "docker-$id.scope $short"
}

@test "UNIT is that of the creator, else of a user, else of a process in the namespace" {
	start "$HELPERS/daemon" 0x10 4096 text
	move "${started[0]}" creator.service
	hold "$("$SHMTOOL" ls -q)"
	move "${started[1]}" user.service
	hold "$("$SHMTOOL" ls -q)"
	move "${started[2]}" last.service
	assert_equal "$(names 0x10)" "creator.service -"
	run_apart "$SHMTOOL" info 0x10
	assert_line "  Unit          creator.service (PID ${started[0]})"
	kill -KILL "${started[0]}"
	wait "${started[0]}" || true
	assert_equal "$(names 0x10)" "user.service -"
	kill -KILL "${started[1]}"
	wait "${started[1]}" || true
	assert_equal "$(names 0x10)" "last.service -"
	"$SHMTOOL" rm 0x10 2>/dev/null
	# Nobody uses this one.
	# shellcheck disable=SC2016
	start unshare --ipc bash -c '"$SHMTOOL" create -s 4096 -k 7; exec sleep infinity'
	other=${started[3]}
	move "$other" namespace.service
	for options in "-A" "-N $other" "-N $(stat -L -c %i "/proc/$other/ns/ipc")"; do
		# shellcheck disable=SC2086
		assert_equal "$(names $options -Q "NSPID == $other")" "namespace.service -"
	done
	run_apart "$SHMTOOL" info -N "$other" key:7
	assert_line "  Unit          namespace.service (PID $other)"
	refute_output --partial Container
}

@test "UNIT of a POSIX object" {
	not_in_valgrind "openat2(2) is unknown"
	# shellcheck disable=SC2016
	other_mounts '"$SHMTOOL" create -s 4096 --name /unused.$$ >/dev/null'
	move "$other" mounts.service
	use /object map 4096
	use /object read
	move "${started[1]}" first.service
	move "${started[2]}" second.service
	assert_equal "$(names /object)" "first.service -"
	run_apart "$SHMTOOL" info /object
	assert_line "  Unit          first.service (PID ${started[1]})"
	kill -KILL "${started[1]}"
	wait "${started[1]}" || true
	assert_equal "$(names /object)" "second.service -"
	# A process in the mount namespace of a container tells the container. Many services share
	# the caller's own /dev/shm.
	assert_equal "$(names -A "/unused.$other")" "mounts.service -"
	assert_equal "$(nsenter --mount --root --target "$other" "$SHMTOOL" ls -nr -o UNIT "/unused.$other")" -
	rm /dev/shm/object
}

@test "UNIT of an unused object is not that of a service that shares /dev/shm" {
	mount_shm size=1M,mode=1777
	"$SHMTOOL" create --name /a -s 4K >/dev/null
	start unshare --mount -- sh -c 'echo; exec sleep infinity'
	move "${started[0]}" system.slice/billing.service || skip "no processes can be moved here"
	shmtool ls -P -N "${started[0]}" -nr -o NAME,UNIT
	umount --lazy /dev/shm
	assert_output "/a -"
}

@test "UNIT and CONTAINER in every output mode, in filters and in groups" {
	start "$HELPERS/daemon" 0x10 4096 text
	start "$HELPERS/daemon" 0x11 8192 text
	start "$HELPERS/daemon" 0x12 4096 text
	# Systems differ in where a test runs.
	move "${started[2]}" none
	move "${started[0]}" "web.service/docker/$id"
	move "${started[1]}" "lxc.payload.db/db.service"
	shmtool ls -o KEY,UNIT,CONTAINER --sort UNIT 0x10 0x11
	assert_done
	assert_output "KEY        UNIT        CONTAINER
0x00000011 db.service  db
0x00000010 web.service $short"
	shmtool ls -e -n -o UNIT,CONTAINER 0x10 0x12
	assert_output "UNIT=\"web.service\" CONTAINER=\"$short\"
UNIT=\"\" CONTAINER=\"\""
	shmtool ls -j -o unit,container 0x10 0x12
	assert_output "{\"unit\":\"web.service\",\"container\":\"$short\"}
{\"unit\":null,\"container\":null}"
	shmtool info -nr -o CONTAINER 0x11
	assert_output db
	shmtool info 0x10
	assert_line "  Unit          web.service (PID ${started[0]})"
	assert_line "  Container     $short (PID ${started[0]})"
	shmtool info 0x12
	refute_output --partial "  Unit  "
	for expression in 'UNIT == "web.service"' 'CONTAINER =~ "^4f1c"' 'UNIT != "db.service"' \
		'not CONTAINER == "db"'; do
		shmtool ls -nr -o KEY -Q "$expression" 0x10 0x11 0x12
		assert_done
		assert_output 0x00000010
	done
	shmtool ls -nr --group-by container -o CONTAINER,COUNT,SIZE --sort container 0x10 0x11 0x12
	assert_output "- 1 4096
$short 1 4096
db 1 8192"
	at_rest --attached
	shmtool rm --attached -Q 'CONTAINER == "db"'
	assert_success
	assert_equal "$("$SHMTOOL" ls -nr -o KEY,CONTAINER -Q 'KEY != "0x00000000"')" \
		"0x00000010 $short
0x00000012 -"
}

@test "metrics --all-namespaces names the container of segments, objects and limits" {
	not_in_valgrind "openat2(2) is unknown"
	# shellcheck disable=SC2016
	start unshare --ipc --mount --propagation private bash -euc '
		mount -t tmpfs -o size=64K,mode=1777 tmpfs /dev/shm
		"$SHMTOOL" create --name /inside -s 5000 >/dev/null
		"$SHMTOOL" create -s 100 >/dev/null
		exec "$HELPERS/daemon" 0x10 4096 text'
	move "${started[0]}" "docker/$id"
	# A container in the caller's own namespace.
	start "$HELPERS/daemon" 0x11 4096 text
	move "${started[1]}" lxc.payload.db
	ipc=$(stat -L -c %i "/proc/${started[0]}/ns/ipc")
	mount=$(stat -L -c %i "/proc/${started[0]}/ns/mnt")
	own=$(stat -L -c %i /proc/self/ns/ipc)
	shmtool metrics -A
	assert_done
	for labels in "namespace=\"$ipc\",container=\"$short\"" "namespace=\"$own\",container=\"db\""; do
		assert_line --regexp "^shmtool_segments\{$labels,owner=\"root\",state=\"attached\"\} [12]$"
	done
	# The creator of this one ended.
	assert_line "shmtool_orphaned_size_bytes{namespace=\"$ipc\",container=\"$short\"} 100"
	assert_line "shmtool_shmmni_segments{namespace=\"$ipc\",container=\"$short\"} 4096"
	assert_line "shmtool_devshm_bytes{namespace=\"$mount\",container=\"$short\"} 65536"
	assert_line "shmtool_posix_objects_size_bytes{namespace=\"$mount\",container=\"$short\",owner=\"root\"} 5000"
	# The limits are those of the namespace.
	refute_line --regexp '^shmtool_shmmni_segments.*container="db"'
	assert_equal "$(grep -c "^shmtool_shmmni_segments{namespace=\"$own\"" <<<"$output")" 1
}

@test "hostile names of control groups" {
	start "$HELPERS/daemon" 0x10 4096 text
	move "${started[0]}" $'lxc.payload.a\e[31m b/c\e]0;d\a\xff.service'
	for command in ls info; do
		for options in "" -J -r -e; do
			# shellcheck disable=SC2086
			"$SHMTOOL" $command $options 0x10 >page
			! LC_ALL=C grep -q $'[\e\a\xff]' page || fail "$command $options"
		done
	done
	shmtool info 0x10
	assert_line --regexp '^  Container     a\\x1b\[31m b \(PID '
	"$SHMTOOL" metrics -A >page
	! LC_ALL=C grep -q $'[\e\a\xff]' page || fail "control characters in metrics"
	grep -q 'container="a\\\\x1b\[31m b"' page
	! command -v promtool >/dev/null || promtool check metrics <page
	# shellcheck disable=SC2016
	start unshare --ipc sh -c '"$SHMTOOL" create -s 5M; exec sleep infinity'
	move "${started[1]}" $'machine-a\e]0;b\a\\x0aremoved 9.scope'
	at_rest -A --min-size 5M
	ask "$SHMTOOL" rm -A -v -i --min-size 5M
	[[ $question != *[$'\e\a\n']* ]] || fail "$question"
	answer y
	end_of_answers
	assert_equal "$(grep -c . <<<"$output")" 3
	! LC_ALL=C grep -q $'[\e\a]' <<<"$output" || fail "$output"
	# Nobody inside a container can name another one instead.
	move "${started[0]}" "lxc.payload.inside/docker/$id/docker-$id.scope/machine-host.scope"
	assert_equal "$(names 0x10)" "machine-host.scope inside"
}

@test "processes are searched for UNIT only if a creator does not run" {
	need_strace
	start "$HELPERS/daemon" 0x10 4096 text
	traced -o calls -e trace=open,openat "$SHMTOOL" ls -o UNIT >/dev/null
	run grep -c '/maps"' calls
	assert_output 0
	hold "$("$SHMTOOL" ls -q)"
	kill -KILL "${started[0]}"
	wait "${started[0]}" || true
	traced -o calls -e trace=open,openat "$SHMTOOL" ls -o UNIT >/dev/null
	grep -q '/maps"' calls
}

@test "usage names the container of an object and of a mount" {
	not_in_valgrind "openat2(2) is unknown"
	id_of_segment=$("$SHMTOOL" create -s 1M)
	"$SHMTOOL" write "$id_of_segment" --fill 1 -l 512K
	hold "$id_of_segment"
	move "${started[0]}" "docker/$id"
	assert_equal "$("$SHMTOOL" usage --objects -nr -o KIND,NAME,PIDS,CONTAINER 2>/dev/null |
		grep "^sysv $id_of_segment ")" "sysv $id_of_segment ${started[0]} $short"
	other_mounts "head -c 512K /dev/zero >/dev/shm/file"
	move "$other" "lxc.payload.web"
	assert_equal "$("$SHMTOOL" usage -nr -o NAME,NSPID,CONTAINER 2>/dev/null | grep " $other ")" \
		"/dev/shm $other web"
}
