# shellcheck shell=bash
# Each row of the page's tables is a pair of commands: an old command and shmtool's. Run both on
# the same segments and compare. Both must name the same segments and leave the same segments
# behind. The new command must print every fact that the old command prints.

sysctl -q -w kernel.shmmni=4097
# No PID must look like a part of a date or time.
sysctl -q -w kernel.ns_last_pid=30000
container
ids="32769 65538 98307 131076 163845 196614"

# make ID CREATE_OPTION...: create a segment with this ID.
make() {
	echo "$1" >/proc/sys/kernel/shm_next_id
	[ "$(shmtool create "${@:2}")" = "$1" ]
}
export -f make

# Create the segments, two of them attached. $facts: the PIDs of the processes that
# attached them, the limit on segments, the pages of all segments, and an owner.
make_segments() {
	local id
	make 32769 --key 0x162e --size 64K --mode 0640 --owner billing:
	make 65538 --size 1M --mode 0600 --owner billing:
	make 98307 --key 7 --size 8K --mode 0666
	make 131076 --size 4K
	nsenter --ipc="/proc/$container/ns/ipc" -- bash -euc '
		make 163845 --key 0x162e --size 4K
		make 196614 --size 4K'
	holders=()
	for id in 32769 131076; do
		launch report "$id"
		holders+=("$launched")
	done
	facts="${holders[*]} 4097 275 billing"
	before=$(state)
}

remove_segments() {
	local pid
	for pid in "${holders[@]}"; do
		end "$pid"
	done
	shmtool rm --unattached
	shmtool rm --unattached --namespace "$container"
}

# Print the segments in both namespaces.
state() {
	shmtool ls -nr -o ID,KEY,OWNER,MODE,SIZE,NATTCH,STATUS
	echo "in the container:"
	shmtool ls -nr -o ID,KEY,OWNER,MODE,SIZE,NATTCH,STATUS -N "$container"
}

# named TEXT WORD...: print the words that are in the text, one per line.
named() {
	local word
	for word in "${@:2}"; do
		if [[ " $1 " =~ [^0-9A-Za-z]${word}[^0-9A-Za-z] ]]; then
			echo "$word"
		fi
	done
}

# try COMMAND: run it, then create the segments anew. $said: its output. $named_ids, $named_facts:
# the IDs and facts in that output. $changed: the segments afterwards, if the command changed them.
try() {
	local after
	sed "s/\\b5120\\b/$container/g; s/\\b1177\\b/${holders[0]}/g" <<<"$1" >"command"
	said=$(timeout 20 bash ./command 2>&1 </dev/null) || {
		echo "$1: ended with status $?: $said" >&2
		return 1
	}
	# ipcs counts pages; shmtool shows their size.
	said=${said//1.1M/275 pages}
	# shellcheck disable=SC2086
	named_ids=$(named "$said" $ids) named_facts=$(named "$said" $facts)
	after=$(state)
	changed=
	if [ "$after" != "$before" ]; then
		# Mask the ID of a new segment, and its key, which is random.
		changed=$(awk -v ids=" $ids in " 'index(ids, " " $1 " ") == 0 {
			$1 = "new"; $2 = $2 == "0x00000000" } { print }' <<<"$after" | sort)
		remove_segments
		make_segments
	fi
}

differ() {
	echo "$page: '$old' and '$new' differ in $1:" >&2
	diff <(echo "$2") <(echo "$3") >&2
	exit 1
}

# rows: print each row of the tables, with a tab between its two commands.
rows() {
	# shellcheck disable=SC2016
	sed -n 's/^| `\(.*\)` | `\(.*\)` |$/\1\t\2/p' "$page" | sed 's/\\|/|/g'
}

make_segments
pairs=0
while IFS=$'\t' read -r old new; do
	try "$old"
	old_ids=$named_ids old_facts=$named_facts old_changed=$changed old_said=$said
	try "$new"
	[ "$changed" = "$old_changed" ] || differ "the segments afterwards" "$old_changed" "$changed"
	if [[ $old_said =~ ^[0-9]+$ ]]; then
		[ -n "$(named "$said" "$old_said")" ] || differ "the number" "$old_said" "$said"
	elif [ -z "$changed" ]; then
		[ "$named_ids" = "$old_ids" ] || differ "the segments" "$old_ids" "$named_ids"
		[ -z "$(comm -23 <(sort <<<"$old_facts") <(sort <<<"$named_facts"))" ] ||
			differ "what is known" "$old_facts" "$named_facts"
		# Fail if there was nothing to compare; only a command that waits prints
		# nothing.
		[ -n "$old_ids$old_facts" ] || [[ $old == while* ]] || differ "nothing" "$old_said" "$said"
	fi
	pairs=$((pairs + 1))
done < <(rows)

# Each row is a pair, except the two header rows of each table.
[ "$pairs" -ge 25 ]
[ "$pairs" = $(($(grep -c '^|' "$page") - 2 * $(grep -c '^| ---' "$page"))) ]
echo "$pairs pairs"
