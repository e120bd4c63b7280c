# What the tests of documents and of completions read from --help.
# shellcheck shell=bash

commands() {
	"$SHMTOOL" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

# options_of_help COMMAND: all options in --help, one a line, sorted.
options_of_help() {
	# shellcheck disable=SC2086
	"$SHMTOOL" $1 --help | sed -n '/^Usage/,/^\(Columns\|Commands\)/p' |
		sed -n 's/^  \(-.,\|   \) \(--[a-z-]*\).*/\1\n\2/p' |
		tr -d ' ,' | grep . | sort -u
}
