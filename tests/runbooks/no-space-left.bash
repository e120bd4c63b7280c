# shellcheck shell=bash
# A program of the user billing left segments behind until their limit was reached. Later,
# the limit on the pages of all segments is reached.

sysctl -q -w kernel.shmmni=4096
launch_as billing billingd 0x162e 65536 "sessions: 17"
stands_for 1177 "$launched"
# importd creates these segments, and is killed before it removes them.
cp /usr/bin/python3 /opt/billing/importd
launch_as billing importd -c '
import ctypes, time
libc = ctypes.CDLL(None)
while libc.shmget(0, ctypes.c_size_t(8192), 0o1600) >= 0:
    pass
print(flush=True)
time.sleep(600)'
stands_for 20114 "$launched"
end "$launched"
cp "$HELPERS/daemon" /opt/billing/ledgerd
section "Symptom"
section "Look"
section "Decide"
section "Remove"

launch_as billing ledgerd 0x1a2b 4096 start
stands_for 31205 "$launched"
section "Check the result"
section "If all segments are in use: raise the limit"

stress $((48 << 20))
stands_for 32768 "$stressed"
echo kernel.shmall = 16384 >/etc/sysctl.d/90-database.conf
sysctl -q -p /etc/sysctl.d/90-database.conf
section "If kernel.shmall is reached"
section "Monitor the limits"
end_stress
