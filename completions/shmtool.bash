# bash completion of shmtool(1)                            -*- shell-script -*-

# Sort the lines of completions/table.c into names to offer, the argument of each option, and the
# operands of each command.
_shmtool_load()
{
	declare -gA _shmtool_names=() _shmtool_takes=() _shmtool_operands=()
	local kind name a b c rest
	while read -r kind name a b c rest; do
		case $kind in
		command) _shmtool_names[commands]+=" $name" ;;
		option)
			[ "$a" != - ] || a=""
			_shmtool_names[options $name]+=" $a $b"
			_shmtool_takes[$name $b]=${c#-}
			[ -z "$a" ] || _shmtool_takes[$name $a]=${c#-}
			;;
		operands) _shmtool_operands[$name $a]="$b $c $rest" ;;
		column) _shmtool_names[columns $name]+=" $a" ;;
		value) _shmtool_names[values $name]+=" $a" ;;
		esac
	done
}
_shmtool_load <<<'@TABLE@'

# Read the words before the cursor: find the command, its options given, the number of operands, and
# the argument that the option before the cursor needs. After --, $options is empty.
_shmtool_read_words()
{
	local word i
	for ((i = 1; i < cword; i++)); do
		word=${words[i]}
		if [ -n "$waiting" ]; then
			_shmtool_given "$waiting" "$word"
			waiting=""
		elif [[ -n $options && $word == -?* ]] && _shmtool_read_option "$word"; then
			:
		elif [ "$command" = shmtool ]; then
			command=$word
		else
			operands=$((operands + 1))
		fi
	done
}

# Note the argument given to an option.
_shmtool_given()
{
	[ "$1" != NS ] || namespace=$2
}

# Read an option. Fail if the command has no such option: in "chmod -w", -w is an operand.
_shmtool_read_option()
{
	local name=${1%%=*} i takes
	if [ "$1" = -- ]; then
		options=""
		return
	elif [[ $1 == --* ]]; then
		given+=" $name "
		takes=${_shmtool_takes[$command $name]-}
		if [ "$name" != "$1" ]; then
			_shmtool_given "$takes" "${1#*=}"
		elif [[ $takes != =* ]]; then
			waiting=$takes
		fi
		return
	fi
	# Letters; the last may have its argument attached.
	for ((i = 1; i < ${#1}; i++)); do
		name=-${1:i:1}
		[ "${_shmtool_takes[$command $name]+known}" ] || return
		given+=" $name "
		takes=${_shmtool_takes[$command $name]}
		[ -n "$takes" ] || continue
		if [ $((i + 1)) -lt ${#1} ]; then
			_shmtool_given "$takes" "${1:i+1}"
		else
			waiting=$takes
		fi
		return 0
	done
}

# Print the name of the operand at the cursor.
_shmtool_operand()
{
	local key way=- list
	for key in "${!_shmtool_operands[@]}"; do
		[[ $key != "$command --"* || $given != *" ${key#* } "* ]] || way=${key#* }
	done
	read -ra list <<<"${_shmtool_operands[$command $way]-}"
	if [ "$operands" -lt ${#list[@]} ]; then
		echo "${list[operands]%...}"
	elif [[ ${#list[@]} -gt 0 && ${list[-1]} == *... ]]; then
		echo "${list[-1]%...}"
	fi
}

# Offer the lines of standard input that begin with a word. "compgen -W" would expand text from
# outside as the shell does; mapfile reads a pipe byte by byte.
_shmtool_reply()
{
	local text
	text=$(word=$1 awk 'index($0, ENVIRON["word"]) == 1')
	[ -z "$text" ] || mapfile -t COMPREPLY <<<"$text"
}

# Print IDs and keys of the segments in the namespace of the command line.
_shmtool_segments()
{
	[[ $given != *" --input "* ]] || return
	command shmtool ls -nr -o ID,KEY ${namespace:+"--namespace=$namespace"} 2>/dev/null |
		awk '{ print $1 } $2 != "0x00000000" { print $2 }'
}

# Offer the names of the POSIX objects in the namespace of the command line, quoted. The word at the
# cursor may be quoted, too. Of more than 10,000, offer none: the loop would take too long.
_shmtool_objects()
{
	local name quoted plain=${cur%%[!a-zA-Z0-9/._-]*}
	[[ $given != *" --input "* ]] || return
	while read -r name; do
		printf -v name %b "$name"
		printf -v quoted %q "$name"
		[[ $name != "$cur"* && $quoted != "$cur"* ]] || COMPREPLY+=("$quoted")
	done < <(command shmtool ls -P -nr -o NAME ${namespace:+"--namespace=$namespace"} 2>/dev/null |
		plain=$plain awk '
			index($0, ENVIRON["plain"]) == 1 { rows[++count] = $0 }
			END {
				for (i = 1; i <= count && count <= 10000; i++)
					print rows[i]
			}')
	__ltrim_colon_completions "$cur"
}

# USER, USER:GROUP or :GROUP
_shmtool_owner()
{
	case $cur in
	*:*)
		mapfile -t COMPREPLY < <(compgen -g -P "${cur%%:*}:" -- "${cur#*:}")
		__ltrim_colon_completions "$cur"
		;;
	*)
		mapfile -t COMPREPLY < <(compgen -u -- "$cur")
		;;
	esac
}

# Users (-u) or groups (-g) separated by commas.
_shmtool_members()
{
	local last=${cur##*,}
	mapfile -t COMPREPLY < <(compgen "$1" -P "${cur%"$last"}" -- "$last")
}

# Columns separated by commas, in upper or lower case. A + may precede the list, and a - each column.
_shmtool_list()
{
	local column columns="" last=${cur##*[,+-]}
	local before=${cur%"$last"}
	for column in ${_shmtool_names[columns $command]-}; do
		[[ ,${before//[+-]/} == *,$column,* ]] || columns+=" $column"
	done
	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$columns" -- "${last^^}")
	compopt -o nospace
}

_shmtool_column()
{
	mapfile -t COMPREPLY < <(compgen -W "${_shmtool_names[columns $command]-}" -- "${cur^^}")
}

# Print the sizes of huge pages on this host.
_shmtool_page_sizes()
{
	local pool size
	for pool in /sys/kernel/mm/hugepages/hugepages-*kB; do
		size=${pool##*-}
		size=${size%kB}
		if [[ $size != *[!0-9]* ]]; then
			case $((size % 1048576)):$((size % 1024)) in
			0:*) echo "$((size / 1048576))G" ;;
			*:0) echo "$((size / 1024))M" ;;
			*) echo "${size}K" ;;
			esac
		fi
	done
}

# Complete the argument or operand at the cursor, named as in --help; = marks an optional one.
_shmtool_complete()
{
	case $1 in
	COMMAND) mapfile -t COMPREPLY < <(compgen -W "${_shmtool_names[commands]}" -- "$cur") ;;
	SEGMENT)
		if [[ $cur == ftok:* ]]; then
			cur=${cur#ftok:}
			_filedir
			COMPREPLY=("${COMPREPLY[@]/#/ftok:}")
			__ltrim_colon_completions "ftok:$cur"
		elif [[ $command != *lock && ($cur == /* || $given == *" -P "* || $given == *" --posix "*) ]]; then
			_shmtool_objects
		else
			_shmtool_reply "$cur" < <(_shmtool_segments)
		fi
		;;
	KEY)
		# create needs a new key.
		[ "$command" = create ] ||
			_shmtool_reply "$cur" < <(_shmtool_segments | grep ^0x)
		;;
	USER) _shmtool_members -u ;;
	GROUP) _shmtool_members -g ;;
	USER:GROUP) _shmtool_owner ;;
	PID) _shmtool_reply "$cur" < <(ps -e -o pid= 2>/dev/null | tr -d ' ') ;;
	NS)
		case $cur in
		*/*) _filedir ;;
		*) _shmtool_reply "$cur" < <(lsns -n -t ipc -o NS,PID 2>/dev/null | tr -s ' ' '\n') ;;
		esac
		;;
	SEMID:NUM)
		[ -n "$namespace" ] || _shmtool_reply "$cur" < <(
			awk 'NR > 1 { print $2 }' /proc/sysvipc/sem 2>/dev/null)
		;;
	LIST | COLUMN,COLUMN...) _shmtool_list ;;
	COLUMN) _shmtool_column ;;
	FORMAT | MODE)
		local values=${_shmtool_names[values $1]}
		[ "$command" != chmod ] || values+=${_shmtool_names[values CHANGE]}
		mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
		;;
	=PAGESIZE) _shmtool_reply "$cur" < <(_shmtool_page_sizes) ;;
	FILE | PATH:PROJ) _filedir ;;
	DIR) _filedir -d ;;
	esac
}

_shmtool()
{
	local cur prev words cword split
	_init_completion -s -n : || return

	local command=shmtool given=" " namespace="" options=yes operands=0 waiting=""
	_shmtool_read_words
	if [ "$split" = true ]; then
		_shmtool_complete "${_shmtool_takes[$command $prev]-}"
	elif [ -n "$waiting" ]; then
		_shmtool_complete "$waiting"
	elif [[ -n $options && $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "${_shmtool_names[options $command]-}" -- "$cur")
	elif [ "$command" = shmtool ]; then
		_shmtool_complete COMMAND
	else
		_shmtool_complete "$(_shmtool_operand)"
	fi
}

complete -F _shmtool shmtool
