# An interactive zsh reads this file. Write each command line of the file $OFFERS.in to $OFFERS.out, and
# below it a line "OFFER<tab>HELP" for each offer at its end. $OFFERS_DUMP caches zsh's completions.

stty columns 1000
LISTMAX=100000
fpath=("$COMPLETIONS" $fpath)
autoload -Uz compinit
compinit -u -C -d "$OFFERS_DUMP"
zstyle ':completion:*' list-grouped false

# Print the matches too. With some options, compadd only reports matching words.
compadd() {
	local -a hits texts
	local -A options
	local -i i

	zparseopts -E -A options -- O: A: D: d:
	if [[ -n $options[-O]$options[-A]$options[-D] ]]; then
		builtin compadd "$@"
		return
	fi
	[[ -z $options[-d] ]] || texts=("${(@P)options[-d]}")
	builtin compadd -O hits -D texts "$@"
	for ((i = 1; i <= $#hits; i++)); do
		print -r -- "$hits[i]"$'\t'"${${(M)texts[i]:#* -- *}#* -- }" >>$OFFERS.out
	done
	builtin compadd "$@"
}

zle-line-init() {
	local line

	while IFS= read -r line; do
		print -r -- "== $line" >>$OFFERS.out
		BUFFER=$line CURSOR=$#line
		zle list-choices
	done <$OFFERS.in
	exit
}
zle -N zle-line-init
