# shellcheck shell=bash
# stress-ng was killed with 64 MiB in a segment when memory ran out. Another program left
# a segment in a namespace of its own. billingd still runs. importd uses objects in /dev/shm
# that it deleted. The container has its own /dev/shm.

mount -t tmpfs -o size=64M none /dev/shm
launch_as billing billingd 0x162e 65536 "sessions: 17"
stands_for 1177 "$launched"
stress $((64 << 20))
stands_for 65538 "$stressed"
key=$(shmtool ls -nr -o KEY "$stressed")
stands_for 0x0000706a "$key"
stands_for 2231 "$(shmtool ls -nr -o CPID "$stressed")"
end_stress
container
# shellcheck disable=SC2016
nsenter --ipc="/proc/$container/ns/ipc" -- bash -c '
	shmtool write --fill x "$(shmtool create --size 32M --owner billing:)"'
stands_for 4026532194 "$(namespace_of "$container")"
stands_for 4026531839 "$(namespace_of 1)"
stands_for /sbin/init "$(xargs -0 </proc/1/cmdline)"
stands_for 5133 "$(shmtool ls -nr -o CPID -N "$container")"

section "Symptom"
section "Look"
section "Decide"
section "Remove"
section "Check the result"

stands_for 5120 "$container"
nsenter --target "$container" --mount -- mount -t tmpfs -o size=64M none /dev/shm
head -c 16M /dev/zero >"/proc/$container/root/dev/shm/spool"
# It maps cache, and has queue open.
cp /usr/bin/python3 /opt/billing/importd
launch importd -c '
import ctypes, os, time
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
size = 16 << 20
cache, queue = (os.open("/dev/shm/" + name, os.O_RDWR | os.O_CREAT) for name in ("cache", "queue"))
os.posix_fallocate(cache, 0, size)
os.posix_fallocate(queue, 0, size)
memory = libc.mmap(None, ctypes.c_size_t(size), 3, 1, cache, ctypes.c_long(0))
ctypes.memset(memory, 1, size)
os.close(cache)
os.unlink("/dev/shm/cache")
os.unlink("/dev/shm/queue")
print(flush=True)
time.sleep(600)'
stands_for 5140 "$launched"
stands_for 3u
section "If it is not in segments"
