load common

# contrib/kubernetes, with the users and capabilities of the manifests, but without Kubernetes.

contrib=$SOURCE/contrib/kubernetes

setup() {
	begin_test
	/usr/bin/python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
	chmod 755 .
	# As kubelet mounts an emptyDir in memory.
	mount_shm size=1M,mode=777
}

teardown() {
	end_posix_test
}

# container FILE NAME: read a container of a manifest. Set $as to the command that runs a program as it
# would, $capabilities to what it adds, and $arguments to its arguments.
container() {
	local user
	/usr/bin/python3 - "$contrib/$1" "$2" >container <<-'E'
		import sys, yaml
		path, name = sys.argv[1:]
		manifest = yaml.safe_load(open(path))
		if path.endswith(".json"):
		    pod, found = {}, [manifest]
		else:
		    pod = manifest["spec"]
		    pod = pod.get("template", {"spec": pod})["spec"]
		    found = [c for c in pod.get("initContainers", []) + pod["containers"] if c["name"] == name]
		    volumes = {volume["name"] for volume in pod["volumes"]}
		    for mount in found[0]["volumeMounts"]:
		        assert mount["name"] in volumes, mount
		# Least privileges, and nothing misspelled.
		assert not {"hostIPC", "hostNetwork", "shareProcessNamespace"} & set(pod), pod
		context = {**pod.get("securityContext", {}), **found[0]["securityContext"]}
		assert set(context) <= {"allowPrivilegeEscalation", "capabilities", "readOnlyRootFilesystem",
		    "runAsGroup", "runAsNonRoot", "runAsUser", "seccompProfile"}, context
		assert context["allowPrivilegeEscalation"] is False
		assert context["readOnlyRootFilesystem"] is True
		assert context["seccompProfile"] == {"type": "RuntimeDefault"}
		assert context["capabilities"]["drop"] == ["ALL"]
		assert context["runAsUser"] == 0 or context["runAsNonRoot"] is True
		print(context["runAsUser"], context.get("runAsGroup", 0))
		print(*context["capabilities"].get("add", []))
		for argument in found[0].get("args", []):
		    print(argument, end="\0")
	E
	{
		read -r -a user
		read -r -a capabilities
		mapfile -d "" arguments
	} <container
	as=(setpriv --reuid="${user[0]}" --regid="${user[1]}" --clear-groups --no-new-privs --inh-caps=-all)
	with=("${as[@]}" --bounding-set="$(bounds "${capabilities[@]}")")
}

# bounds CAPABILITY...: print the argument that leaves only these.
bounds() {
	printf -- '-all'
	[ $# = 0 ] || printf ',+%s' "${@,,}"
}

# as_first COMMAND...: run a command as the first process of a PID namespace, as in a container.
as_first() {
	run_apart with_mounts unshare --pid --fork --mount-proc "$@"
}

@test "the init container clears /dev/shm as the application's user" {
	need_root
	container clear-shm.yaml clear-shm
	assert_equal "${#capabilities[@]}" 0
	"${with[@]}" "$SHMTOOL" create --name /left -s 4096 -m 600
	as_first "${with[@]}" "$SHMTOOL" "${arguments[@]}"
	assert_done
	assert_output "removed /left (4096 bytes)"
	# Root needs no capability either.
	"${with[@]}" "$SHMTOOL" create --name /left -s 4096 -m 600
	as_first setpriv --bounding-set=-all "$SHMTOOL" "${arguments[@]}"
	assert_done
	assert_output "removed /left (4096 bytes)"
}

@test "rm sees what other processes use only if it sees the processes" {
	need_root
	container clear-shm.yaml clear-shm
	start "${with[@]}" "$HELPERS/object" /used map 4096
	# As the README warns: in another container of the pod.
	as_first "${with[@]}" "$SHMTOOL" ls -P -nr -o NAME,NATTCH
	assert_output "/used 0"
	# With a process of another user, such as pause.
	run_apart "${with[@]}" "$SHMTOOL" "${arguments[@]}"
	assert_output "kept /used: mapped once
nothing matches"
	"${with[@]}" "$SHMTOOL" create --name /left -s 4096
	run_apart "${with[@]}" "$SHMTOOL" "${arguments[@]}"
	assert_line "kept /left: cannot be known: not every process could be examined"
}

# Start a process in namespaces of its own, as another user; set $ipc and $mounts to their inodes.
start_other() {
	# shellcheck disable=SC2016
	start unshare --ipc --mount --propagation private -- bash -euc '
		mount -t tmpfs -o size=1M,mode=777 tmpfs /dev/shm
		exec setpriv --reuid=4242 --regid=4242 --clear-groups bash -euc "
			\"\$SHMTOOL\" create -k 7 -s 4096 >&2
			exec \"\$HELPERS/object\" /other read 4096"'
	ipc=$(stat -L -c %i "/proc/${started[-1]}/ns/ipc")
	mounts=$(stat -L -c %i "/proc/${started[-1]}/ns/mnt")
}

# without CAPABILITY: set $less to $with without this one.
without() {
	local left=()
	for capability in "${capabilities[@]}"; do
		[ "$capability" = "$1" ] || left+=("$capability")
	done
	less=("${as[@]}" --bounding-set="$(bounds "${left[@]}")")
}

@test "the DaemonSet writes the metrics of all namespaces, and needs each of its capabilities" {
	need_root
	container metrics.yaml metrics
	start_other
	mkdir textfile
	command=$(grep -o 'shmtool metrics.*' <<<"${arguments[0]}")
	assert_equal "$command" "shmtool metrics -A --output /textfile/shmtool.prom"
	read -r -a words <<<"${command/\/textfile/textfile}"
	words[0]=$SHMTOOL
	"${with[@]}" "${words[@]}" || true
	grep -q "namespace=\"$ipc\"" textfile/shmtool.prom
	[ "${#capabilities[@]}" -ge 2 ]
	for capability in "${capabilities[@]}"; do
		without "$capability"
		rm textfile/shmtool.prom
		"${less[@]}" "${words[@]}" || true
		! grep -q "namespace=\"$ipc\"" textfile/shmtool.prom || fail "$capability is not needed"
	done
}

@test "what the DaemonSet's capabilities show, and which one shows users of objects" {
	need_root
	not_in_valgrind "openat2(2) is unknown"
	container metrics.yaml metrics
	start_other
	run "${with[@]}" "$SHMTOOL" ls -A -nr -o NS,KEY
	assert_line "$ipc 0x00000007"
	for capability in "${capabilities[@]}"; do
		without "$capability"
		run "${less[@]}" "$SHMTOOL" ls -A -nr -o NS,KEY
		refute_line "$ipc 0x00000007"
	done
	run setpriv --bounding-set=-all,+sys_ptrace "$SHMTOOL" ls -A -P -nr -o NS,NAME,NATTCH,OPEN
	assert_line "$mounts /other 0 0"
	run setpriv --bounding-set=-all,+sys_ptrace,+dac_read_search "$SHMTOOL" ls -A -P -nr -o NS,NAME,NATTCH,OPEN
	assert_line "$mounts /other 0 1"
	run setpriv --bounding-set=-all "$SHMTOOL" ls -A -P -nr -o NS,NAME
	refute_output --partial "/other"
}

@test "the debug container examines the application as its user" {
	need_root
	container debug.json debug
	assert_equal "${#capabilities[@]}" 0
	start "${with[@]}" "$HELPERS/object" /object map 4096
	run_apart "${with[@]}" "$SHMTOOL" info -nr -o NAME,NATTCH,PIDS /object
	assert_success
	assert_output "/object 1 ${started[0]}"
	# Root without capabilities sees less.
	run setpriv --bounding-set=-all "$SHMTOOL" ls -P -nr -o NAME,NATTCH,PIDS /object
	assert_line "/object 0 -"
	run setpriv --bounding-set=-all,+sys_ptrace,+dac_read_search "$SHMTOOL" ls -P -nr -o NAME,NATTCH,PIDS /object
	assert_line "/object 1 ${started[0]}"
}
