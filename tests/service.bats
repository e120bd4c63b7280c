load common

# The units of contrib/prometheus under a systemd that runs them, with all their restrictions.

pool=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages

setup() {
	begin_test
	need_root
	need systemd-analyze
	[ -x /lib/systemd/systemd ] || skip "systemd is not installed"
	[ -d /var/lib/prometheus/node-exporter ] || skip "prometheus-node-exporter is not installed"
	mountpoint -q / || skip "in a chroot, systemd cannot mount what it has to"
	unshare --mount --cgroup -- mount -t cgroup2 cgroup2 . 2>/dev/null ||
		skip "control groups cannot be mounted here"
	mkdir units bin textfile
	cp "$SHMTOOL" bin/shmtool
	for target in sysinit basic timers shutdown; do
		printf '[Unit]\nDefaultDependencies=no\n' >"units/$target.target"
	done
	printf '#!/bin/sh\n' >prepare
	chmod 755 prepare
}

teardown() {
	end_test
	[ -z "${old_pool:-}" ] || echo "$old_pool" >"$pool"
}

# unit NAME [SETTING...]: make the service NAME, which writes NAME.prom, with more settings. Each run
# appends its result to NAME.result.
unit() {
	local name=$1
	shift
	sed "s,/usr/bin/,/usr/local/bin/,; s,/shmtool\.prom,/$name.prom," \
		"$SOURCE/contrib/prometheus/shmtool-metrics.service" >"units/$name.service"
	printf '%s\n' "$@" \
		"ExecStopPost=/bin/sh -c 'echo \$SERVICE_RESULT >>/var/lib/prometheus/node-exporter/$name.result'" \
		"StandardError=append:/var/lib/prometheus/node-exporter/$name.messages" \
		>>"units/$name.service"
}

# plain_unit: make the service plain, which writes plain.prom without any restriction.
plain_unit() {
	cat >units/plain.service <<-'E'
		[Service]
		Type=oneshot
		ExecStart=/usr/local/bin/shmtool metrics --all-namespaces --shmem --output /var/lib/prometheus/node-exporter/plain.prom
		ExecStopPost=/bin/sh -c 'echo $SERVICE_RESULT >/var/lib/prometheus/node-exporter/plain.result'
	E
}

# want UNIT...: make systemd start these.
want() {
	printf '[Unit]\nWants=%s\n' "$*" >units/test.target
}

# ended COUNT: did all services together end so often?
ended() {
	[ "$(cat textfile/*.result 2>/dev/null | wc -l)" -ge "$1" ]
}
export -f ended

# run_units COUNT: start the wanted units and wait until services ended so often.
run_units() {
	"$SOURCE/tests/with-systemd" . bash -c "ended $1"
}

# said NAME: print NAME.prom without the facts of the scan, which always differ, and without the
# memory of the whole host.
said() {
	grep -v '^shmtool_\(scan\|shmem\)_' "textfile/$1.prom"
}

# shmem NAME METRIC [KIND]: print the value of shmtool_shmem_METRIC in NAME.prom.
shmem() {
	sed -n "s/^shmtool_shmem_$2${3:+{kind=\"$3\"\}} //p" "textfile/$1.prom"
}

# Create segments in all states for two users, and one of huge pages, whose memory use
# only the mapping of another user's process shows.
make_segments() {
	old_pool=$(cat "$pool" 2>/dev/null) || skip "this kernel has no huge pages of 2 MiB"
	echo 2 >"$pool"
	[ "$(cat "$pool")" = 2 ] || skip "the pool of huge pages cannot be of 2"
	cat >prepare <<-'E'
		#!/bin/bash
		set -eu
		# hold ID: start a process of the user nobody that attaches it.
		hold() {
			: >ready
			setpriv --reuid=65534 --regid=65534 --clear-groups "$HELPERS/hold" "$1" >ready &
			until [ -s ready ]; do sleep 0.1; done
		}
		make() {
			"$SHMTOOL" create --owner nobody "$@"
		}
		cd /run
		make -s 3000 >/dev/null
		"$SHMTOOL" create -s 5000 --owner 4711 >/dev/null
		hold "$(make -s 7000)"
		id=$(make -s 11000)
		hold "$id"
		"$SHMTOOL" rm "$id" 2>/dev/null
		id=$("$HELPERS/huge" 512)
		"$SHMTOOL" write --string x "$id"
		"$SHMTOOL" chown nobody "$id"
		hold "$id"
		/usr/bin/python3 -c '
		import ctypes, time
		print(ctypes.CDLL(None).shmget(0, 13000, 0o1600), flush=True)
		time.sleep(600)' >made &
		until [ -s made ]; do sleep 0.1; done
	E
}

@test "the restrictions of the service hide nothing from it" {
	not_in_valgrind "it needs what the service may not do"
	make_segments
	unit restricted
	plain_unit
	want restricted.service plain.service
	run_units 2
	assert_equal "$(cat textfile/restricted.result textfile/restricted.messages)" success
	assert_equal "$(said restricted)" "$(said plain)"
	assert_equal "$(stat -c %a textfile/restricted.prom)" 644
	# Each run of it has a mount namespace of its own, but not a /dev/shm.
	assert_equal "$(grep -c '^shmtool_devshm_bytes{namespace="[0-9]*",container=""}' textfile/restricted.prom)" 1
	run sed 's/namespace="[0-9]*",container="",\?//' textfile/restricted.prom
	assert_line 'shmtool_segments{owner="nobody",state="attached"} 2'
	assert_line 'shmtool_segments{owner="nobody",state="dest"} 1'
	assert_line 'shmtool_segments{owner="nobody",state="orphan"} 1'
	assert_line 'shmtool_segments{owner="4711",state="orphan"} 1'
	assert_line 'shmtool_segments{owner="root",state="unattached"} 1'
	assert_line 'shmtool_segments_resident_bytes{owner="nobody",state="attached"} 2097152'
	assert_line 'shmtool_segments_memory_unknown{owner="nobody",state="attached"} 0'
}

# Create shared memory of each kind, of the user nobody, and a container with a tmpfs and a /dev/shm of
# its own, a segment that is unattached and a segment that is attached.
make_shmem() {
	cat >prepare <<-'E'
		#!/bin/bash
		set -eu
		cd /run
		"$SHMTOOL" write --fill x "$("$SHMTOOL" create -s 1M --owner nobody)"
		setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/python3 -c '
		import ctypes, mmap, os, time
		libc = ctypes.CDLL(None)
		memory = os.memfd_create("memory")
		opened, mapped = (os.open("/dev/shm/" + name, os.O_RDWR | os.O_CREAT) for name in ("opened", "mapped"))
		for file, mebibytes in (memory, 2), (opened, 4), (mapped, 5):
		    os.posix_fallocate(file, 0, mebibytes << 20)
		anonymous = mmap.mmap(-1, 3 << 20)
		anonymous.write(bytes(3 << 20))
		# An object of mmap.mmap() would keep the file open.
		libc.mmap(None, ctypes.c_size_t(5 << 20), 3, 1, mapped, ctypes.c_long(0))
		os.close(mapped)
		os.unlink("/dev/shm/opened")
		os.unlink("/dev/shm/mapped")
		print(flush=True)
		time.sleep(600)' >used &
		unshare --ipc --mount -- bash -euc '
			mount -t tmpfs none /mnt
			mount -t tmpfs -o size=3M none /dev/shm
			head -c 6M /dev/zero >/mnt/file
			"$SHMTOOL" write --fill x "$("$SHMTOOL" create -s 7M)"
			id=$("$SHMTOOL" create -s 8M)
			"$SHMTOOL" write --fill x "$id"
			exec "$HELPERS/hold" "$id"' >held &
		until [ -s used ] && [ -s held ]; do sleep 0.1; done
	E
}

@test "the service sees all shared memory, unattached segments of other namespaces included" {
	not_in_valgrind "it needs what the service may not do"
	make_shmem
	unit restricted
	unit RestrictSUIDSGID RestrictSUIDSGID=yes
	unit capability CapabilityBoundingSet='~CAP_CHECKPOINT_RESTORE CAP_SYS_ADMIN'
	# As README.md says for those who do not grant CAP_SYS_ADMIN, but with --all-namespaces.
	unit alone CapabilityBoundingSet='~CAP_SYS_ADMIN' RestrictNamespaces=yes
	plain_unit
	want restricted.service RestrictSUIDSGID.service capability.service alone.service plain.service
	run_units 5
	for name in restricted alone; do
		assert_equal "$(cat textfile/$name.result textfile/$name.messages)" success
	done
	assert_equal "$(shmem alone bytes sysv)" $((9 << 20))
	for name in restricted plain; do
		assert_equal "$(shmem $name bytes sysv)" $((16 << 20))
		grep -q '^shmtool_segments_size_bytes{.*,state="unattached"} 7340032$\|^shmtool_orphaned_size_bytes{.*} 7340032$' \
			"textfile/$name.prom"
		grep -q '^shmtool_devshm_bytes{.*} 3145728$' "textfile/$name.prom"
		assert_equal "$(shmem $name bytes memfd)" $((2 << 20))
		assert_equal "$(shmem $name bytes anonymous)" $((3 << 20))
		assert_equal "$(shmem $name bytes deleted)" $((9 << 20))
		[ "$(shmem $name bytes tmpfs)" -ge $((6 << 20)) ]
	done
	[ "$(shmem alone unexamined)" -ge 1 ]
	grep -q '^shmtool_namespaces_unexamined 1$' textfile/alone.prom
	grep -q '^shmtool_namespaces_unexamined 0$' textfile/restricted.prom
	# What is off would hide values.
	[ "$(shmem RestrictSUIDSGID bytes tmpfs)" -lt $((6 << 20)) ]
	[ "$(shmem capability bytes deleted)" -lt $((9 << 20)) ]
}

@test "more restrictions or fewer capabilities would hide values from the service" {
	not_in_valgrind "it needs what the service may not do"
	make_segments
	unit as-it-is
	unit ProtectProc ProtectProc=invisible
	settings=(PrivateUsers=yes ProcSubset=pid
		CapabilityBoundingSet='~CAP_SYS_PTRACE' CapabilityBoundingSet='~CAP_DAC_READ_SEARCH'
		CapabilityBoundingSet='~CAP_CHECKPOINT_RESTORE CAP_SYS_ADMIN')
	for i in "${!settings[@]}"; do
		unit "setting-$i" "${settings[i]}"
	done
	want as-it-is.service ProtectProc.service setting-{0..4}.service
	run_units 7
	assert_equal "$(said ProtectProc)" "$(said as-it-is)"
	for i in "${!settings[@]}"; do
		[ "$(said "setting-$i")" != "$(said as-it-is)" ] || fail "${settings[i]} changes nothing"
	done
}

@test "the timer starts the service again and again" {
	not_in_valgrind "it needs what the service may not do"
	unit shmtool-metrics
	sed 's/=1min/=1s/; s/^AccuracySec=.*/AccuracySec=10ms/' \
		"$SOURCE/contrib/prometheus/shmtool-metrics.timer" >units/shmtool-metrics.timer
	want shmtool-metrics.timer
	run_units 3
	assert_equal "$(sort -u textfile/shmtool-metrics.result)" success
	grep -q ^shmtool_build_info textfile/shmtool-metrics.prom
}

@test "RemoveIPC=yes of systemd removes what segments-vanished.md says" {
	attached=$("$SHMTOOL" create -s 4K --owner nobody)
	hold "$attached"
	cat >units/remove.service <<-'E'
		[Service]
		Type=oneshot
		User=nobody
		RemoveIPC=yes
		ExecStart=/bin/sh -c 'ipcmk --shmem 4096; ipcmk --semaphore 1; : >/dev/shm/left; ipcs'
		StandardOutput=append:/var/lib/prometheus/node-exporter/made
	E
	want remove.service
	"$SOURCE/tests/with-systemd" . bash -c 'grep -qs " nobody " textfile/made && [ ! -e /dev/shm/left ]'
	# It made a segment and a semaphore.
	assert_equal "$(grep -c " nobody .*4096\|nobody .* 1 *$" textfile/made)" 3
	assert_equal "$("$SHMTOOL" ls -nr -o ID,NATTCH,STATUS)" "$attached 1 -"
	assert_equal "$(ipcs --semaphores | grep -c nobody)" 0
}
