# shellcheck shell=bash
# billingd runs on the host, ordersd in a container. An earlier ordersd left a segment
# when it was restarted; the first process of the container keeps the namespace.

launch_as billing billingd 0x162e 65536 "sessions: 17"
stands_for 1177 "$launched"
cp "$HELPERS/daemon" /opt/billing/ordersd
container
# inside PROGRAM [ARGUMENT...]: start a program in the container.
inside() {
	launch nsenter --target "$container" --pid --mount --ipc -- "$@"
	mapfile -t started < <(family "$launched")
	launched=${started[-1]}
}
inside ordersd 0x162e 65536 "orders: 3"
stands_for 5131 "$launched"
kill -KILL "$launched"
until_true is_gone "$launched"
inside ordersd 0x1630 65536 "orders: 4"
stands_for 5178 "$launched"
stands_for 15 # the PID of 5178 inside
stands_for 5120 "$container"
stands_for 4026532194 "$(namespace_of "$container")"
stands_for 4026531839 "$(namespace_of 1)"
stands_for /sbin/init "$(xargs -0 </proc/1/cmdline)"

section "Symptom"
section "Look"

# CRI-O keeps the namespace of a pod like this.
mount -t tmpfs none /run
mkdir /run/ipcns
touch /run/ipcns/7b2e41c9-a0d5-4c2e-9b1a-3f6d8e0c5a47
# shellcheck disable=SC2016
unshare --ipc=/run/ipcns/7b2e41c9-a0d5-4c2e-9b1a-3f6d8e0c5a47 bash -c \
	'shmtool write --fill x "$(shmtool create --size 2M)"'
pinned=$(stat -c %i /run/ipcns/7b2e41c9-a0d5-4c2e-9b1a-3f6d8e0c5a47)
stands_for 4026532241 "$pinned"
stands_for 5301 "$(shmtool ls --namespace "$pinned" -nr -o CPID 0)"

section "Which container it is"
section "PIDs as the container sees them"
section "Remove"
section "Check the result"
section "Limits"

# anew PROGRAM [ARGUMENT...]: starts it as the first process of another container of the pod.
anew() {
	launch nsenter --target "$container" --mount --ipc -- \
		unshare --pid --fork --kill-child --mount-proc -- "$@"
}
creator() {
	shmtool ls --namespace "$container" -nr -o CPID "$1"
}
is_unattached() {
	[ "$(shmtool ls --namespace "$container" -nr -o NATTCH "$1")" = 0 ]
}
anew ordersd 0x1631 65536 "orders: 5"
stands_for 5201 "$(creator 0x1631)"
end "$launched"
until_true is_unattached 5
awk '/^#!/ { on = 1 } /^```$/ { on = 0 } on' "$page" >entrypoint
chmod 755 entrypoint
anew /opt/work/entrypoint ordersd 0x1632 65536 "orders: 6"
until_true creator 0x1632 2>/dev/null
stands_for 5230 "$(creator 0x1632)"
section "Clean up when a container starts"
