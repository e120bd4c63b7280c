load common

# What other processes do to segments at the same moment.

@test "no crash, no wrong row and no wrong removal among segments that come and go" {
	need_root
	mkfifo until
	"$HELPERS/recreate" 8 <until >cycles 2>wrong 3>&- &
	started+=($!)
	exec {end}>until
	# Each run is checked. Sanitizers make them slow.
	runs=${RACE_RUNS:-6000}
	[[ $(ldd "$SHMTOOL" 2>/dev/null) != *libasan* ]] || runs=${RACE_RUNS:-800}
	[ -z "${MEMCHECK:-}" ] || runs=${RACE_RUNS:-200}
	run /usr/bin/python3 "$SOURCE/tests/helpers/races.py" "$runs"
	checked=$status
	echo "$output"
	exec {end}>&-
	churned=0
	wait "${started[0]}" || churned=$?
	cat wrong
	assert_equal "$(cat wrong)" ""
	assert_equal "$churned $checked" "0 0"
	# There was something to meet.
	cycles=$(awk '{ n += $1 } END { print n }' cycles)
	echo "$cycles segments were made"
	[ "$cycles" -ge "$((runs / 10))" ]
}
