load common

# Run commands while other processes create, change and remove segments.

@test "no crash, wrong row or wrong removal while segments are created and removed" {
	need_root
	# Each run is checked. If runs take longer, segments must live longer, too:
	# otherwise no command would find one.
	runs=1000 stay=12
	[ -z "${SANITIZED:-}" ] || runs=300 stay=60
	[ -z "${MEMCHECK:-}" ] || runs=200 stay=900
	runs=${RACE_RUNS:-$runs}
	mkfifo until
	"$HELPERS/recreate" 8 "$stay" <until >cycles 2>wrong 3>&- &
	started+=($!)
	exec {end}>until
	run /usr/bin/python3 "$SOURCE/tests/helpers/races.py" "$runs"
	checked=$status
	echo "$output"
	exec {end}>&-
	churned=0
	wait "${started[0]}" || churned=$?
	cat wrong
	assert_equal "$(cat wrong)" ""
	assert_equal "$churned $checked" "0 0"
	# Enough segments were created.
	cycles=$(awk '{ n += $1 } END { print n }' cycles)
	echo "$cycles segments were made"
	[ "$cycles" -ge "$((runs / 10))" ]
}
