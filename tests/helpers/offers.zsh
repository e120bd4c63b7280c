# Has the interactive zsh that reads this file print what it offers at the end of each command line
# in the file $OFFERS.in: these, and below each a line "OFFER<tab>HELP" for each offer, go to
# $OFFERS.out. In $OFFERS_DUMP, zsh notes for the next time what completions it has.

stty columns 1000
LISTMAX=100000
fpath=("$COMPLETIONS" $fpath)
autoload -Uz compinit
compinit -u -C -d "$OFFERS_DUMP"
zstyle ':completion:*' list-grouped false

# Prints the matches too. With some options it only says which words match.
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
