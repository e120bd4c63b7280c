# Print each command line of standard input, and below it what bash offers at its end, one a line. Only
# blanks separate words.

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
		# readline also splits words at = and :.
		[ -n "$word" ] || COMP_WORDS+=("")
		mapfile -t -O ${#COMP_WORDS[@]} COMP_WORDS < <(grep -o "[=:]\|[^=:]*" <<<"$word")
	done
	[[ $line != *= ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_shmtool
	[ "${#COMPREPLY[@]}" = 0 ] || printf '%s\n' "${COMPREPLY[@]}"
done
