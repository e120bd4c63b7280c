# shellcheck shell=bash
# stress-ng was killed with 64 MiB in a segment when memory ran out. Another program left
# a segment in a namespace of its own. billingd still runs.

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
