# shellcheck shell=bash
# An inference server in a pod was killed and restarted. Its object stays in the pod's /dev/shm, a
# volume in memory, which the first process of the pod keeps.

mount -t tmpfs -o size=64M,mode=1777 none /dev/shm
shmtool create --name /render-cache --size 4M >/dev/null
cp /usr/bin/python3 /opt/billing/engine
cat >/opt/billing/serve.py <<-'E'
	import time
	from multiprocessing import shared_memory
	block = shared_memory.SharedMemory(create=True, size=16 << 20)
	block.buf[:] = bytes(16 << 20)
	print("/" + block.name, flush=True)
	time.sleep(600)
	E
container
stands_for 5120 "$container"
nsenter --target "$container" --mount -- mount -t tmpfs -o size=64M,mode=1777 none /dev/shm

# restart PROGRAM [ARGUMENT...]: start it as the first process of another container of the pod, and set
# $object to the object that it prints, and $process to its PID.
restart() {
	launch nsenter --target "$container" --mount --ipc -- \
		unshare --pid --fork --kill-child --mount-proc -- "$@"
	object=${first_line##* }
	process=$(shmtool ls -P -N "$container" -nr -o PIDS "$object")
}

# Kill the server, and its resource tracker first: if that ran a moment longer, it would remove the object.
kill_server() {
	kill -KILL "$(pgrep --parent "$process")"
	end "$launched"
	until_true is_gone "$process"
}

restart engine /opt/billing/serve.py
stands_for /psm_4f1c2a9e "$object"
kill_server
restart engine /opt/billing/serve.py
stands_for /psm_b07d33c1 "$object"
stands_for 5178 "$process"
# Several mount namespaces have this /dev/shm; the first by number is shown.
stands_for 4026532194 "$(shmtool ls -P -A -nr -o NAME,NS | awk -v name="$object" '$1 == name { print $2 }')"
stands_for 4026531841

section "Symptom"
section "Look"
section "Remove"
section "Check the result"

kill_server
awk '/^#!/ { on = 1 } /^```$/ { on = 0 } on' "$page" >entrypoint
chmod 755 entrypoint
# The first line is that of rm.
# shellcheck disable=SC2016
restart sh -c '/opt/work/entrypoint "$@" | grep --line-buffered -v "^removed "' - \
	engine /opt/billing/serve.py
stands_for /psm_9d60e7f4 "$object"
stands_for 5230 "$process"
section "Clean up when a container starts"
