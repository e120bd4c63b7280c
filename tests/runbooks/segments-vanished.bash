# shellcheck shell=bash
# The kernel is told to remove segments with their last detach, so it removed those of billingd, which
# has ended. ordersd still runs. A script removes all segments at night.

echo kernel.shm_rmid_forced = 1 >/etc/sysctl.d/60-hardening.conf
sysctl -q -p /etc/sysctl.d/60-hardening.conf
cp -a /etc/systemd /opt/systemd
mount --bind /opt/systemd /etc/systemd
printf '%s\n' '#!/bin/sh' 'ipcrm --all=shm' >/opt/billing/nightly-cleanup
launch_as billing billingd 0x162e 65536 "sessions: 17"
end "$launched"
cp "$HELPERS/daemon" /opt/billing/ordersd
launch_as billing ordersd 0x1630 65536 "orders: 3"
stands_for 1199 "$launched"
stands_for 4026531839 "$(namespace_of 1)"
stands_for /sbin/init "$(xargs -0 </proc/1/cmdline)"

section "Symptom"
section "Look"
section "kernel.shm_rmid_forced"
section "RemoveIPC of logind"
section "Somebody removes them"
section "Check the result"
