# shellcheck shell=bash
# billingd has a segment, which it locks with a semaphore. Later, billingd has ended. Its group has a
# name as in Active Directory.

launch_as billing billingd 0x162e 65536 "sessions: 17"
groups=$(sed 's/^billing:/Domänen-Benutzer (Süd):/' /etc/group)
echo "$groups" >/etc/group
/usr/bin/python3 -c 'import sysv_ipc; sysv_ipc.Semaphore(0x162f, sysv_ipc.IPC_CREX, 0o600, 1)'
section "Back it up"
section "Under the program's lock"
end "$launched"
shmtool rm --orphaned
section "Restore it"
section "Restore into an existing segment"
container
stands_for 5120 "$container"
section "Move it"
