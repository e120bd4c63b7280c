load common

# contrib/containers: the static build, the images, and containers of podman. Needs the network.

# The static program, and the folder that takes the place of the image's first stage.
stage=$BATS_FILE_TMPDIR/stage
static=$stage/build/shmtool

# podman writes below these, which are empty here and disappear with the mount namespace of this file.
setup_file() {
	for place in /run /var/lib; do
		mount -t tmpfs -o mode=755 tmpfs "$place"
	done
}

teardown_file() {
	local group
	[ ! -d /var/lib/containers ] || remove_containers
	for group in /sys/fs/cgroup{,/*}/"$(cgroup)"; do
		[ ! -d "$group" ] || until_true remove_groups "$group"
	done
}

remove_groups() {
	find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
	[ ! -e "$1" ]
}

cgroup() {
	basename "$BATS_FILE_TMPDIR" | tr -cd '[:alnum:]' | sed 's/^/shmtool-test-/'
}

podman() {
	timeout 120 podman --storage-driver vfs --events-backend none --cgroup-manager cgroupfs "$@"
}

# run_container OPTION... IMAGE [ARGUMENT...]: podman raises these limits otherwise, which root may not
# do everywhere.
run_container() {
	podman run --network none --cgroup-parent "/$(cgroup)" --ulimit nofile=1024:1024 \
		--ulimit nproc=1024:1024 "$@"
}

# A container whose namespace another one shares cannot be removed first.
remove_containers() {
	podman rm --force --time 0 --ignore shared >/dev/null
	podman rm --force --time 0 --all >/dev/null
}

need_podman() {
	need_root
	need podman
	[ -x "$static" ] || skip "the static program is not built"
	[ ! -e "$BATS_FILE_TMPDIR/reason" ] || skip "$(cat "$BATS_FILE_TMPDIR/reason")"
}

# build_image OPTION...: build from the Containerfile, with the program above instead of the first
# stage, which needs Debian's image.
build_image() {
	mkdir -p nothing
	podman build -f "$SOURCE/contrib/containers/Containerfile" --build-context "build=$stage" \
		--pull-never "$@" nothing >log 2>&1 || fail "$(cat log)"
}

@test "-Dstatic=true links a program that needs no file" {
	need readelf
	mkdir source
	tar -C "$SOURCE" --exclude='./build*' --exclude=./.git --exclude='./subprojects/util-linux*' -c . |
		tar -x -C source
	cd source
	# Compile fast.
	if ! timeout 300 meson setup build -Dstatic=true -Dwerror=true -Doptimization=0 -Ddebug=false \
		-Dman=disabled -Dtests=disabled >log 2>&1; then
		! grep -qi 'download' log || skip "no network: libsmartcols cannot be downloaded"
		fail "$(cat log)"
	fi
	# The linker's warnings are no errors.
	run ninja -C build shmtool
	assert_success
	refute_output --partial warning
	run readelf -hldW build/shmtool
	assert_line --partial "DYN (Position-Independent Executable file)"
	assert_line --partial GNU_RELRO
	refute_line --partial INTERP
	refute_line --partial NEEDED
	mkdir -p "$stage/build"
	strip -o "$static" build/shmtool
	for command in "ls -A" usage limits; do
		# shellcheck disable=SC2086
		run_apart "$static" $command
		assert_success
	done
	run "$static" -V
	assert_output --regexp "^shmtool .*
libpopt 1\..*
libsmartcols 2\.[0-9.]+
"
}

@test "the static program takes names from /etc/passwd and /etc/group" {
	need_root
	[ -x "$static" ] || skip "the static program is not built"
	mkdir -p root/etc root/proc
	cp "$static" root/
	echo "app:x:4242:4343::/:" >root/etc/passwd
	echo "apps:x:4343:" >root/etc/group
	inside() {
		# shellcheck disable=SC2016
		run_apart with_mounts bash -euc 'mount --bind /proc root/proc; exec chroot root /shmtool "$@"' - "$@"
	}
	inside create -s 1 -k 7 --owner app:
	assert_done
	inside ls -nr -o USER,UID,GROUP,GID -u app -g apps
	assert_done
	assert_output "app 4242 apps 4343"
	inside chown 4343:apps key:7
	assert_done
	inside ls -nr -o OWNER,GROUP
	assert_output "4343 apps"
	inside chown nobody key:7
	assert_wrong_usage "shmtool chown: 'nobody': no such user"
	rm root/etc/*
	inside ls -nr -o OWNER,GROUP,GID -u 4343
	assert_done
	assert_output "4343 - 4343"
}

@test "the image holds the program and nothing else, and runs it" {
	need_podman
	build_image --tag shmtool
	podman create --name bare shmtool >/dev/null
	assert_equal "$(podman export bare | tar -t)" shmtool
	if ! run_container --rm shmtool --version >output 2>log; then
		echo "no container can start here: $(tail -n 1 log)" | tee "$BATS_FILE_TMPDIR/reason"
		skip "$(cat "$BATS_FILE_TMPDIR/reason")"
	fi
	assert_equal "$(cat output)" "$("$static" --version)"
	id=$("$SHMTOOL" create -s 4096)
	assert_equal "$(run_container --rm --ipc host --read-only --cap-drop all shmtool ls -nr -o ID,OWNER)" \
		"$id 0"
	# The other image has a shell. Make what it starts from.
	need busybox
	mkdir -p root/bin
	cp "$(command -v busybox)" root/bin/
	ln -s busybox root/bin/sh
	ln -s busybox root/bin/sleep
	tar -C root -c . | podman import - docker.io/library/busybox:stable >/dev/null 2>&1
	build_image --tag shmtool:shell --target shell
	assert_equal "$(run_container --rm shmtool:shell sh -c 'shmtool --version')" "$(cat output)"
}

# start_container NAME OPTION...: start a container that uses a segment with the key keys[NAME] and an
# object called /NAME; set pids[NAME] to its process and ids[NAME] to what CONTAINER shows.
start_container() {
	# shellcheck disable=SC2016
	run_container --detach --name "$1" --env key="${keys[$1]}" --env name="$1" "${@:2}" shmtool:shell \
		sh -euc '
			shmtool create -k "$key" -s 64K
			shmtool create --name "/$name" -s 64K
			sleep 1000 | shmtool write "key:$key" &
			exec sleep 1000 </dev/shm/$name' >id
	ids[$1]=$(head -c 12 id)
	pids[$1]=$(podman inspect --format '{{.State.Pid}}' "$1")
}

# shows EXPECTED LS_OPTION...: is this the output of ls? Other containers may run here.
shows() {
	[ "$("$SHMTOOL" ls -nr "${@:2}" 2>/dev/null)" = "$1" ]
}

# ns_of NAME KIND: print the inode number of a namespace of a container, or of this process.
ns_of() {
	stat -L -c %i "/proc/${pids[$1]-self}/ns/$2"
}

@test "segments and objects of containers, with their namespaces" {
	need_podman
	not_in_valgrind "openat2(2) is unknown"
	podman image exists shmtool:shell || skip "the image is not built"
	declare -A pids ids keys=([own]=0x000051e1 [shared]=0x000051e2 [host]=0x000051e3 [mapped]=0x000051e4)
	start_container own --ipc shareable
	start_container shared --ipc container:own
	start_container host --ipc host
	start_container mapped --uidmap 0:100000:65536
	assert_equal "$(ns_of shared ipc)" "$(ns_of own ipc)"
	assert_equal "$(ns_of host ipc)" "$(ns_of self ipc)"
	for name in own shared host mapped; do
		key=${keys[$name]} owner=0
		[ "$name" != mapped ] || owner=100000
		until_true shows "$owner 1 $(ns_of "$name" ipc) ${ids[$name]}" \
			-A -Q "KEY == \"$key\"" -o UID,NATTCH,NS,CONTAINER
		until_true shows "$key 1" -N "${pids[$name]}" -o KEY,NATTCH "key:$key"
		until_true shows "$owner 1 ${ids[$name]}" -A -P -Q "NAME == \"/$name\"" -o UID,OPEN,CONTAINER
		until_true shows "/$name 1" -N "${pids[$name]}" -o NAME,OPEN "/$name"
		# One mount namespace is shown if several have the same /dev/shm.
		case $name in
		own | shared) mounts="$(ns_of own mnt)|$(ns_of shared mnt)" ;;
		host) mounts="$(ns_of self mnt)|$(ns_of host mnt)" ;;
		mapped) mounts=$(ns_of mapped mnt) ;;
		esac
		run "$SHMTOOL" ls -A -P -nr -Q "NAME == \"/$name\"" -o NAME,NS
		assert_line --regexp "^/$name ($mounts)$"
	done

	# From another container, as the README says, with the runtime's seccomp profile.
	outside=(--rm --pid host --read-only --cap-drop all --security-opt no-new-privileges)
	read -r -a words < <(grep -o -- '--cap-add .*ls -A$' "$SOURCE/contrib/containers/README.md")
	run run_container "${outside[@]}" "${words[@]}" -nr -o KEY,NS,CONTAINER
	assert_line "${keys[mapped]} $(ns_of mapped ipc) ${ids[mapped]}"
	read -r -a words < <(grep -o -- '--cap-add .*ls -A -P$' "$SOURCE/contrib/containers/README.md")
	run run_container "${outside[@]}" "${words[@]}" -nr -o NAME,OPEN,NS,CONTAINER
	assert_line "/mapped 1 $(ns_of mapped mnt) ${ids[mapped]}"

	# By inode number, and only there.
	key=${keys[own]}
	"$SHMTOOL" create -k "$key" -s 1 >/dev/null
	inode=$(ns_of own ipc)
	segment=$("$SHMTOOL" ls -q -N "$inode" "key:$key")
	shmtool rm -N "$inode" "key:$key"
	assert_success
	assert_equal "$("$SHMTOOL" ls -nr -N "$inode" -o STATUS "$segment")" dest
	assert_equal "$("$SHMTOOL" ls -nr -o SIZE "key:$key")" 1
	shmtool rm -N "${pids[mapped]}" /mapped
	assert_done
	assert_equal "$("$SHMTOOL" ls -N "${pids[mapped]}" -P -q)" ""

	remove_containers
	key=${keys[mapped]}
	assert_equal "$("$SHMTOOL" ls -A -nr -Q "KEY == \"$key\"" -o KEY 2>/dev/null)" ""
}
