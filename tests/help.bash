# What tests read from --help.
# shellcheck shell=bash

commands() {
	"$SHMTOOL" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

# options_of_help COMMAND: print all options in --help, one a line, sorted.
options_of_help() {
	# shellcheck disable=SC2086
	"$SHMTOOL" $1 --help | sed -n '/^Usage/,/^\(Columns\|Commands\)/p' |
		sed -n 's/^  \(-.,\|   \) \(--[a-z-]*\).*/\1\n\2/p' |
		tr -d ' ,' | grep . | sort -u
}

# commands_with_columns: print the commands whose --help lists columns.
commands_with_columns() {
	local command
	for command in $(commands); do
		[[ $("$SHMTOOL" "$command" --help) != *$'\nColumns '* ]] || echo "$command"
	done
}

# columns_of_help COMMAND: print the columns in --help as lines "NAME HELP".
columns_of_help() {
	"$SHMTOOL" "$1" --help |
		sed -n '/^Columns/,/^$/s/^  \([A-Z]*\)  *\*\{0,1\}+\{0,1\} *\([^ ].*\)/\1 \2/p'
}
