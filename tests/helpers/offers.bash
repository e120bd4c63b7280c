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
		while [[ $word =~ ^([=:]|[^=:]+) ]]; do
			COMP_WORDS+=("${BASH_REMATCH[0]}")
			word=${word:${#BASH_REMATCH[0]}}
		done
	done
	[[ $line != *= ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_shmtool
	[ "${#COMPREPLY[@]}" = 0 ] || printf '%s\n' "${COMPREPLY[@]}"
done
