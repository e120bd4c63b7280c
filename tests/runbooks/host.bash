#!/bin/bash
# host.bash PAGE: follow a page of docs/runbooks on a host of its own, made of namespaces:
# with its own processes, /proc, segments and mounts. PAGE.bash beside this file creates
# the problem that the page is about, and calls "section" for each section that has
# commands.
#
# tests/runbooks.bats starts it, as the first process of these namespaces.
set -euE
page=$SOURCE/docs/runbooks/$1.md
here=$SOURCE/tests/runbooks
trap 'echo "failed: $BASH_COMMAND (${BASH_SOURCE[0]##*/}, line $LINENO)" >&2' ERR
if [ $$ != 1 ]; then
	echo "host.bash: not the first process of its own namespaces" >&2
	exit 1
fi

# The programs of the scenes, under the names that the pages use.
mount -t tmpfs -o mode=755 none /opt
mkdir -m 1777 /opt/work
mkdir /opt/billing
ln -s "$SHMTOOL" /opt/billing/shmtool
cp "$HELPERS/daemon" /opt/billing/billingd
cp "$(command -v sleep)" /opt/billing/pause
cp "$HELPERS/hold" /opt/billing/report
export PATH=/opt/billing:$PATH
cd /opt/work
: >stands
: >sections
user=billing
for file in passwd group; do
	cp "/etc/$file" "/opt/$file"
	mount --bind "/opt/$file" "/etc/$file"
done
echo "billing:x:990:990::/opt/work:/bin/sh" >>/etc/passwd
echo "billing:x:990:" >>/etc/group
mount -t tmpfs -o mode=755 none /etc/sysctl.d

# stands_for WORD [ACTUAL]: let WORD of the page stand for ACTUAL or, without ACTUAL, for
# the word that the output of a command has in its place.
stands_for() {
	echo "$1 ${2:--}" >>stands
}

# section HEADING: run the commands under this heading of the page.
section() {
	echo "$1" >>sections
	/usr/bin/python3 "$here/page.py" "$page" "$1" "$user"
}

# launch PROGRAM [ARGUMENT...]: start a program, wait for its first line, and put it into
# $first_line. The PID is in $launched.
launch() {
	local out
	exec {out}< <(exec "$@")
	launched=$!
	# shellcheck disable=SC2034 # for the scenes
	read -r -u "$out" first_line
}

# launch_as USER PROGRAM [ARGUMENT...]: the same as another user.
launch_as() {
	local user=$1
	shift
	launch setpriv --reuid="$user" --regid="$user" --clear-groups -- "$@"
}

# end PID: kill a child process and reap it.
end() {
	kill -KILL "$1"
	wait "$1" 2>/dev/null || true
}

# until_true COMMAND...: wait until the command succeeds; fail after two minutes.
until_true() {
	local end=$((SECONDS + 120))
	until "$@"; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "waited in vain for: $*" >&2
			return 1
		fi
	done
}

# family PID: print the PIDs of a process and of its descendants.
family() {
	local child
	echo "$1"
	# shellcheck disable=SC2013 # they are words of one line
	for child in $(cat /proc/"$1"/task/*/children); do
		family "$child"
	done
}

# stress BYTES: stop stress-ng when all pages of its segment of this size are in memory. $stressed:
# the segment's ID. $stressing: the process group, since its processes come and go.
stress() {
	while :; do
		setsid stress-ng --quiet --shm-sysv 1 --shm-sysv-segs 1 --shm-sysv-bytes "$1" &
		stressing=$!
		until_true has_filled "$1"
		kill -STOP -- "-$stressing"
		until_true is_halted "$stressing"
		if has_filled "$1"; then
			# Write to the pages: the kernel may take back a page that was only read.
			shmtool write --fill x "$stressed"
			return
		fi
		end_stress
		shmtool rm "$stressed" 2>/dev/null || true
	done
}

# is_halted GROUP: return whether no process of this group runs.
is_halted() {
	ps -e -o pgid=,stat= | awk -v group="$1" '$1 == group && $2 !~ /^[TZ]/ { exit 1 }'
}

has_filled() {
	local size rss status
	read -r stressed size rss status < <(
		shmtool ls -nr -o ID,SIZE,RSS,STATUS --min-size "$1" --max-size "$1"
	) && [ "$size $rss $status" = "$1 $1 -" ]
}

# end_stress: kill stress-ng without a chance to clean up, as the kernel does if memory
# runs out.
end_stress() {
	kill -KILL -- "-$stressing"
	until_true is_gone "-$stressing"
}

# namespace_of PID: print the inode number of its IPC namespace.
namespace_of() {
	stat -L -c %i "/proc/$1/ns/ipc"
}

# container: start a process with PID, IPC and mount namespaces of its own, which does
# nothing, like the first process of a pod. $container is its PID.
container() {
	local outside
	# shellcheck disable=SC2016
	launch unshare --pid --fork --kill-child -- unshare --ipc --mount --mount-proc -- \
		sh -c 'echo; exec pause infinity'
	outside=$launched
	# shellcheck disable=SC2034 # for the scenes
	container=$(tail -n 1 <(family "$outside"))
}

is_gone() {
	! kill -0 -- "$1" 2>/dev/null
}

# shellcheck source=/dev/null
. "$here/$1.bash"

# Check that every section of the page was run once, in the order of the page.
/usr/bin/python3 "$here/page.py" "$page" >all
cut -d ' ' -f 2- all | diff - sections >&2
awk '{ n += $1 } END { print n + 0 " commands" }' all
