# shellcheck shell=bash
# An object of each kind. stress-ng was killed with 64 MiB in a segment when memory ran out.
# Another program left a segment in the namespace of a container, and a file in its /dev/shm.
# importd uses files that it deleted: queue is only open, cache only mapped. renderd uses a
# memory file and anonymous memory. billingd still runs.

mount -t tmpfs -o size=64M none /dev/shm
launch_as billing billingd 0x162e 65536 "sessions: 17"
stands_for 1177 "$launched"
stress $((64 << 20))
stands_for 65538 "$stressed"
stands_for 0x0000706a "$(shmtool ls -nr -o KEY "$stressed")"
stands_for 2231 "$(shmtool ls -nr -o CPID "$stressed")"
end_stress

container
stands_for 5120 "$container"
# shellcheck disable=SC2016
nsenter --ipc="/proc/$container/ns/ipc" -- bash -c '
	shmtool write --fill x "$(shmtool create --size 32M --owner billing:)"'
nsenter --target "$container" --mount -- mount -t tmpfs -o size=64M none /dev/shm
head -c 48M /dev/zero >"/proc/$container/root/dev/shm/spool"
touch --date "3 hours ago" "/proc/$container/root/dev/shm/spool"
stands_for 4026532194 "$(namespace_of "$container")"
stands_for 4026532193 "$(stat -L -c %i "/proc/$container/ns/mnt")"
stands_for 4026531839 "$(namespace_of 1)"
stands_for 4026531840 "$(stat -L -c %i /proc/1/ns/mnt)"
stands_for 5133 "$(shmtool ls -nr -o CPID -N "$container")"

for name in importd renderd; do
	cp /usr/bin/python3 "/opt/billing/$name"
done
cat >/opt/billing/import.py <<-'E'
	import ctypes, os, time
	libc = ctypes.CDLL(None)
	libc.mmap.restype = ctypes.c_void_p
	queue, cache = (os.open("/dev/shm/" + name, os.O_RDWR | os.O_CREAT) for name in ("queue", "cache"))
	os.posix_fallocate(queue, 0, 24 << 20)
	os.posix_fallocate(cache, 0, 20 << 20)
	libc.mmap(None, ctypes.c_size_t(20 << 20), 3, 1, cache, ctypes.c_long(0))
	os.close(cache)
	os.unlink("/dev/shm/queue")
	os.unlink("/dev/shm/cache")
	print(flush=True)
	time.sleep(600)
	E
launch importd /opt/billing/import.py
stands_for 5140 "$launched"
cat >/opt/billing/render.py <<-'E'
	import mmap, os, time
	frames = os.memfd_create("frames")
	os.posix_fallocate(frames, 0, 28 << 20)
	shared = mmap.mmap(-1, 16 << 20)
	shared.write(bytes(16 << 20))
	print(flush=True)
	time.sleep(600)
	E
launch renderd /opt/billing/render.py
stands_for 5150 "$launched"
# Other programs of the machine use shared memory, too.
stands_for 7.3M
stands_for 244M
stands_for 2G

section "Symptom"
section "Look"
section "Segments"
section "Files of a tmpfs"
section "Memory without a path"
section "Check the result"
