# Prints what bash offers at the end of each command line in standard input: these, and below each
# the offers, one a line. Blanks are all that parts words.

shopt -s extglob
. /usr/share/bash-completion/bash_completion
. "$COMPLETIONS/shmtool"
compopt() { :; }

while IFS= read -r line; do
	printf '== %s\n' "$line"
	COMP_LINE=$line COMP_POINT=${#line} COMP_TYPE=9 COMP_KEY=9 COMP_WORDS=()
	read -ra words <<<"$line"
	[[ $line != *' ' ]] || words+=("")
	for word in "${words[@]}"; do
		# As readline parts words: at = and : too.
		[ -n "$word" ] || COMP_WORDS+=("")
		mapfile -t -O ${#COMP_WORDS[@]} COMP_WORDS < <(grep -o "[=:]\|[^=:]*" <<<"$word")
	done
	[[ $line != *= ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_shmtool
	[ "${#COMPREPLY[@]}" = 0 ] || printf '%s\n' "${COMPREPLY[@]}"
done
