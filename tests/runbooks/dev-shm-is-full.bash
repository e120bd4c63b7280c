# shellcheck shell=bash
# renderd uses two objects and a third one, which it deleted. A program that was killed left two.

mount -t tmpfs -o size=64M,mode=1777 none /dev/shm
cp /usr/bin/python3 /opt/billing/renderd
cat >/opt/billing/render.py <<-'E'
	import mmap, os, time
	kept = []
	for name in "render-cache", "render-queue", "render-tiles":
	    file = os.open("/dev/shm/" + name, os.O_RDWR | os.O_CREAT, 0o640)
	    os.posix_fallocate(file, 0, 12 << 20)
	    kept.append(mmap.mmap(file, 12 << 20))
	    os.close(file)
	os.unlink("/dev/shm/render-tiles")
	print(flush=True)
	time.sleep(600)
	E
launch_as billing renderd /opt/billing/render.py
stands_for 1177 "$launched"
for name in psm_4f1c2a9e psm_b07d33c1; do
	head -c 12M /dev/zero >"/dev/shm/$name"
	chown billing: "/dev/shm/$name"
	chmod 600 "/dev/shm/$name"
	touch --date "3 hours ago" "/dev/shm/$name"
done
touch /dev/shm/sem.render

section "Symptom"
section "Look"
section "Decide"
section "Remove"
section "Check the result"
section "Deleted files"
section "Raise the size"
