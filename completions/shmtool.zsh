#compdef shmtool
# zsh completion of shmtool(1)

# The lines of completions/table.c.
typeset -ga _shmtool_table=(${(f):-'@TABLE@'})

# Set rows to the rest of each line that begins with these words: NAME:HELP
_shmtool_rows() {
	rows=(${${(M)_shmtool_table:#"$* "*}#"$* "})
	rows=(${rows/ /:})
}

# Add to specs an option for _arguments, from its line: option COMMAND -S --LONG ARGUMENT HELP
# _arguments sets state to ARGUMENT, with _ for a colon.
_shmtool_add_option() {
	local short=$3 long=$4 argument=$5 help=${(j: :)@[6,-1]}
	local one="($short $long)" more=

	help="[${help//(#m)[\\\[\]:]/\\$MATCH}]"
	case $argument in
	-) ;;
	'='*) long+='=-' more="::$argument[2,-1]:->$argument[2,-1]" ;;
	*) long+='=' more=":${argument//:/\\:}:->${argument//:/_}" ;;
	esac
	if [[ $short == - ]]; then
		specs+=("$long$help$more")
	else
		specs+=("$one$short${more:++}$help$more" "$one$long$help$more")
	fi
}

# Add operands to specs, from their line: operands COMMAND OPTION WORD...
_shmtool_add_operands() {
	local word
	local -i place=0

	for word in $@[4,-1]; do
		if [[ $word == *... ]]; then
			word=${word%...} place=0
			specs+=("*:${word//:/\\:}:->${word//:/_}")
		else
			specs+=("$((++place)):${word//:/\\:}:->${word//:/_}")
		fi
	done
}

# Set specs to the options of a command and to the operands that go with the options given.
_shmtool_specs() {
	local row operands
	local -a parts

	specs=()
	for row in ${(M)_shmtool_table:#(option|operands) $1 *}; do
		parts=(${(s: :)row})
		if [[ $parts[1] == option ]]; then
			_shmtool_add_option $parts
		elif [[ $parts[3] == - || -n ${(M)words:#$parts[3](|=*)} ]]; then
			operands=$row
		fi
	done
	_shmtool_add_operands ${(s: :)operands}
}

# Print IDs and keys of the segments in the namespace of the command line, with their size, owner and
# status: 32769:64K postgres, orphan
_shmtool_segments() {
	local namespace=${(Q)opt_args[-N]:-${(Q)opt_args[--namespace]}}

	(( ! $+opt_args[--input] )) || return
	command shmtool ls -n -o ID,KEY,SIZE,OWNER,STATUS ${namespace:+--namespace=$namespace} \
		2>/dev/null | awk '{
			help = $3
			for (i = 4; i <= NF; i++)
				help = help (i > 4 && i == NF ? ", " : " ") $i
			print $1 ":" help
			if ($2 != "0x00000000")
				print $2 ":" help
		}'
}

# Offer the names of the POSIX objects in the namespace of the command line, with their size and owner.
# compadd quotes the names. Of thousands, offer only what begins with the word, and none if these
# are more than 10,000: zsh would take too long.
_shmtool_objects() {
	local namespace=${(Q)opt_args[-N]:-${(Q)opt_args[--namespace]}}
	local -a rows names expl

	(( ! $+opt_args[--input] )) || return
	rows=(${(f)"$(command shmtool ls -P -nr -o NAME,SIZE,OWNER \
		${namespace:+--namespace=$namespace} 2>/dev/null |
		plain=${PREFIX%%[^a-zA-Z0-9/._-]*} awk '
			{ rows[NR] = $0 }
			index($0, ENVIRON["plain"]) == 1 { begins[NR] = 1; count++ }
			END {
				for (i = 1; i <= NR; i++)
					if (NR < 1000 || (i in begins && count <= 10000))
						print rows[i]
			}' | awk '{
			unit = 0
			for (size = $2; size >= 1024; size /= 1024)
				unit++
			print $1 " " int(size) (unit ? substr("KMGTPE", unit, 1) : "") " " $3
		}')"})
	names=(${(g::)${rows%% *}})
	rows=(${rows/ / -- })
	_wanted -V objects expl object compadd -l -d rows -a names
}

# Offer lines NAME:HELP from outside; _describe must not interpret their backslashes. With thousands
# of lines, leave out the help: _describe is slow.
_shmtool_offer() {
	local -a rows=(${(f)3}) names expl

	(( $#rows < 1000 )) || rows=(${(M)rows:#${(b)PREFIX}*})
	if (( $#rows < 1000 )); then
		rows=(${rows//\\/\\\\})
		_describe -V -t $1 $2 rows
	else
		names=(${rows%%:*})
		_wanted -V $1 expl $2 compadd -a names
	fi
}

# Columns separated by commas, in upper or lower case. A + may precede the list, and a - each column.
_shmtool_list() {
	local -a rows named

	_shmtool_rows column $command
	compset -P '*[,+-]'
	named=(${(s:,:)${${(U)IPREFIX##*[=+]}//-/}})
	rows=(${rows:#(${(j:|:)~named}):*})
	_describe -V -t columns column rows -M 'm:{a-z}={A-Z}' -qS ,
}

# A column, in upper or lower case.
_shmtool_column() {
	local -a rows

	_shmtool_rows column $command
	_describe -V -t columns column rows -M 'm:{a-z}={A-Z}'
}

# The sizes of huge pages on this host.
_shmtool_page_sizes() {
	local pool
	local -i size
	local -a rows

	for pool in /sys/kernel/mm/hugepages/hugepages-<->kB(N); do
		size=${${pool##*-}%kB}
		if (( size % 1048576 == 0 )); then
			rows+=($((size / 1048576))G)
		elif (( size % 1024 == 0 )); then
			rows+=($((size / 1024))M)
		else
			rows+=(${size}K)
		fi
	done
	_describe -V -t sizes 'page size' rows
}

# Complete what state names.
_shmtool_complete() {
	local -a rows changes

	case $state in
	COMMAND)
		_shmtool_rows command
		_describe -V -t commands command rows
		;;
	SEGMENT)
		if compset -P ftok:; then
			_files
		elif [[ $PREFIX == /* && $command != *lock ]] ||
			(( $+opt_args[-P] || $+opt_args[--posix] )); then
			_shmtool_objects
		else
			_shmtool_offer segments segment "$(_shmtool_segments)"
		fi
		;;
	KEY)
		# create needs a new key.
		[[ $command != create ]] || return
		_shmtool_offer keys key "$(_shmtool_segments | grep "^0x")"
		;;
	USER)
		compset -P '*,'
		_users
		;;
	GROUP)
		compset -P '*,'
		_groups
		;;
	USER_GROUP)
		if compset -P '*:'; then
			_groups
		else
			_users
		fi
		;;
	PID)
		_shmtool_offer processes process \
			"$(ps -e -o pid= -o args= 2>/dev/null | sed 's/^ *\([0-9]*\) /\1:/')"
		;;
	NS)
		if [[ $PREFIX == */* ]]; then
			_files
		else
			_shmtool_offer namespaces 'IPC namespace' "$(
				lsns -nl -t ipc -o NS,PID,COMMAND 2>/dev/null |
					sed 's/^ *\([0-9]*\) *\([0-9]*\) *\(.*\)/\1:\3\n\2:\3/')"
		fi
		;;
	SEMID_NUM)
		(( ! $+opt_args[-N] && ! $+opt_args[--namespace] )) || return
		_shmtool_offer semaphores 'set of semaphores' "$(ipcs -s 2>/dev/null | awk '/^0x/ {
			print $2 ":" $3 ", " $5 ($5 == 1 ? " semaphore" : " semaphores")
		}')"
		;;
	LIST | COLUMN,COLUMN...) _shmtool_list ;;
	COLUMN) _shmtool_column ;;
	FORMAT)
		_shmtool_rows value FORMAT
		_describe -V -t formats format rows
		;;
	MODE)
		_shmtool_rows value CHANGE
		[[ $command != chmod ]] || changes=($rows)
		_shmtool_rows value MODE
		_describe -V -t modes mode rows -- changes
		;;
	PAGESIZE) _shmtool_page_sizes ;;
	FILE | PATH_PROJ) _files ;;
	DIR) _files -/ ;;
	*) _message -e arguments $state_descr ;;
	esac
}

_shmtool() {
	local curcontext=$curcontext context state state_descr line command=shmtool
	local -a specs
	local -i ret=1
	typeset -A opt_args

	_shmtool_specs shmtool
	_arguments -C -s -S $specs '(-): :->COMMAND' '(-)*:: :->words' && ret=0
	if [[ $state == words ]]; then
		command=$words[1]
		curcontext=${curcontext%:*:*}:shmtool-$command:
		opt_args=()
		_shmtool_specs $command
		_arguments -C -s -S $specs && ret=0
	fi
	[[ -z $state ]] || _shmtool_complete && ret=0
	return ret
}

_shmtool "$@"
