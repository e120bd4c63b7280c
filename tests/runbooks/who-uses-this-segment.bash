# shellcheck shell=bash
# billingd has two segments; report and its children have the first one attached, too. No
# process has the third one attached, whose key was made of billing.conf. The fourth one
# was removed while report had it attached. A Zabbix agent removes its two segments while
# it has them attached, as it always does.

launch_as billing billingd 0x162e 65536 "sessions: 17"
billingd=$launched
stands_for 1177 "$billingd"
touch /opt/billing/billing.conf
launch_as billing report 0 1 2
stands_for 2040 "$launched"
mapfile -t children < <(family "$launched" | tail -n +2)
stands_for 2041 "${children[0]}"
stands_for 2042 "${children[1]}"
cache=$(shmtool create --ftok /opt/billing/billing.conf:B --size 1M --owner billing:)
key=$(shmtool ls -nr -o KEY "$cache")
stands_for 0x42320a1b "$key"
stands_for 1110575643 "$((key))"
stands_for 0x..32 "0x..${key:4:2}"
stands_for 0x..0a1b "0x..${key:6:4}"
stands_for 1930 "$(shmtool ls -nr -o CPID "$cache")"
marked=$(shmtool create --key 9 --size 8K --owner billing:)
stands_for 2046 "$(shmtool ls -nr -o CPID "$marked")"
launch_as billing report "$marked"
stands_for 2047 "$launched"
shmtool rm "$marked" 2>/dev/null

section "Symptom"
section "Look"
user=nobody
section "If processes are missing"
section "If no process has it"
agent_has_attached() {
	[ "$(shmtool ls -nr -o NATTCH --user zabbix | xargs)" = "3 3" ]
}
printf '%s\n' LogType=console PidFile=/opt/zabbix/pid Hostname=db1 StartAgents=0 \
	ServerActive=127.0.0.1:1 >/opt/zabbix.conf
install -d -o zabbix /opt/zabbix
zabbix_agentd -f -c /opt/zabbix.conf </dev/null >/dev/null 2>&1 &
agent=$!
until_true agent_has_attached
mapfile -t agents < <(family "$agent")
stands_for 2101 "$agent"
stands_for 2103 "${agents[1]}"
stands_for 2104 "${agents[2]}"
stands_for /usr/sbin/zabbix_agentd "$(xargs -0 -n 1 <"/proc/$agent/cmdline" | head -n 1)"
# The number of processors decides.
stands_for 728
stands_for 214K
section "The status dest"
end "$billingd"
section "Wait until no process has it, then remove it"
