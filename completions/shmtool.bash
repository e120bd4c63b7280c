# bash completion of shmtool(1)                            -*- shell-script -*-

# IDs and keys of the segments that exist.
_shmtool_segments()
{
	local id key
	while read -r id key; do
		echo "$id"
		[ "$key" = 0x00000000 ] || echo "$key"
	done < <(shmtool ls -nr -o ID,KEY 2>/dev/null)
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

# The columns of what a command lists.
_shmtool_column_names()
{
	case $1 in
	limits) echo "@LIMIT-COLUMNS@" ;;
	*) echo "@COLUMNS@" ;;
	esac
}

# A list of columns with commas between them, and perhaps a + before it.
_shmtool_columns()
{
	local columns before=${cur%"${cur##*[,+]}"}
	columns=$(_shmtool_column_names "$1")
	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$columns" -- "${cur##*[,+]}")
	compopt -o nospace
}

# Sets kind to what an option of a command takes; empty: nothing.
_shmtool_kind()
{
	kind=""
	case $1:$2 in
	ls:--user | ls:-u | rm:--user | rm:-u | ls:--creator | rm:--creator) kind=user ;;
	ls:--group | ls:-g | rm:--group | rm:-g) kind=group ;;
	ls:--pid | ls:-p | rm:--pid | rm:-p) kind=pid ;;
	*:--namespace | *:-N) kind=namespace ;;
	ls:--output | ls:-o | info:--output | info:-o | limits:--output | limits:-o)
		kind=columns
		;;
	ls:--sort | limits:--sort) kind="sort" ;;
	ls:--time-format | info:--time-format | limits:--time-format) kind="time" ;;
	key:--find) kind="key" ;;
	cat:--semaphore | write:--semaphore) kind=semaphore ;;
	ls:--input | create:--from | create:--ftok | metrics:--output | metrics:-o) kind="file" ;;
	create:--owner) kind=owner ;;
	ls:--min-size | rm:--min-size | ls:--max-size | rm:--max-size | \
		ls:--older-than | rm:--older-than | ls:--idle | rm:--idle | \
		ls:--filter | ls:-Q | rm:--filter | rm:-Q | create:--size | create:-s | create:--mode | create:-m | \
		create:--key | create:-k | cat:--offset | cat:-o | cat:--length | cat:-l | \
		write:--offset | write:-o | write:--length | write:-l | write:--string | \
		write:--fill | cat:--timeout | write:--timeout | wait:--byte | wait:--timeout | \
			wait:--interval)
		kind=text
		;;
	esac
}

# Completes the argument of an option of a command.
_shmtool_argument()
{
	case $2 in
	user) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
	group) mapfile -t COMPREPLY < <(compgen -g -- "$cur") ;;
	pid) _pids ;;
	namespace)
		case $cur in
		*/*) _filedir ;;
		*) mapfile -t COMPREPLY < <(compgen -W "$(lsns -n -t ipc -o NS,PID 2>/dev/null)" -- "$cur") ;;
		esac
		;;
	columns) _shmtool_columns "$1" ;;
	semaphore)
		mapfile -t COMPREPLY < <(compgen -W \
			"$(awk 'NR > 1 { print $2 }' /proc/sysvipc/sem 2>/dev/null)" -- "$cur")
		;;
	sort)
		local columns sign=""
		columns=$(_shmtool_column_names "$1")
		[[ $cur != -* ]] || sign=-
		mapfile -t COMPREPLY < <(compgen -P "$sign" -W "$columns" -- "${cur#-}")
		;;
	time) mapfile -t COMPREPLY < <(compgen -W "short full iso epoch" -- "$cur") ;;
	file) _filedir ;;
	owner) _shmtool_owner ;;
	key) mapfile -t COMPREPLY < <(compgen -W "$(_shmtool_segments | grep ^0x)" -- "$cur") ;;
	esac
}

_shmtool_options()
{
	local help="-h --help --usage"
	local filters="-u --user -g --group --creator -p --pid --orphaned --unattached --attached
		--dest --locked --private --older-than --idle --min-size --max-size -Q --filter"
	local where="-N --namespace"
	local transfer="--semaphore --timeout --no-progress"
	local forms="-o --output -J --json -r --raw -e --export -n --noheadings -b --bytes
		--time-format"
	case $1 in
	"") echo "$help -V --version" ;;
	ls)
		echo "$help $where $filters $forms -q --quiet -O --output-all --sort
			-A --all-namespaces --input --resolve-owner"
		;;
	info) echo "$help $where $forms" ;;
	limits) echo "$help $where $forms -O --output-all --sort" ;;
	key) echo "$help --find --all-file-systems" ;;
	chown | chmod | lock | unlock) echo "$help $where" ;;
	wait)
		echo "$help $where --unattached --attached --removed --byte --timeout --interval"
		;;
	metrics) echo "$help $where -o --output" ;;
	cat)
		echo "$help $where $transfer -o --offset -l --length -s --string -x --hex -r --raw"
		;;
	create)
		echo "$help $where -s --size -m --mode --owner --from --huge --noreserve --lock -k
			--key --ftok --new-key --exist-ok --no-progress"
		;;
	write)
		echo "$help $where $transfer --string --fill -l --length -o --offset --nul
			--zero-rest -v --verbose"
		;;
	rm)
		echo "$help $where $filters -n --dry-run -i --interactive -f --force -v --verbose"
		;;
	*) echo "$help" ;;
	esac
}

_shmtool()
{
	local cur prev words cword split
	_init_completion -s -n : || return

	local commands="ls info cat limits create write rm chown chmod lock unlock key wait metrics help"
	local command="" kind="" options=yes operands=0 i
	for ((i = 1; i < cword; i++)); do
		if [ "${words[i]}" = -- ]; then
			options=""
			continue
		fi
		_shmtool_kind "$command" "${words[i - 1]}"
		# A mode such as -w is no option.
		if [[ -n $kind || (-n $options && ${words[i]} == -* &&
			$command:${words[i]} != chmod:-[rwxugo]*) ]]; then
			continue
		elif [ -z "$command" ]; then
			command=${words[i]}
		else
			operands=$((operands + 1))
		fi
	done

	_shmtool_kind "$command" "$prev"
	if [ -n "$kind" ]; then
		_shmtool_argument "$command" "$kind"
		return
	fi
	if [[ -n $options && $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_shmtool_options "$command")" -- "$cur")
		return
	fi
	case $command:$operands in
	:*)
		mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
		;;
	help:0)
		mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
		;;
	help:* | create:* | limits:* | metrics:* | chmod:0) ;;
	key:*)
		# What --find looks into, or the one file that a key is made of.
		if [[ " ${words[*]:0:cword} " == *" --find"[\ =]* ]]; then
			_filedir
		elif [ "$operands" = 0 ]; then
			_filedir
		fi
		;;
	chown:0)
		_shmtool_owner
		;;
	write:1)
		_filedir
		;;
	write:0 | wait:0 | ls:* | info:* | cat:* | rm:* | chown:* | chmod:* | lock:* | unlock:*)
		mapfile -t COMPREPLY < <(compgen -W "$(_shmtool_segments)" -- "$cur")
		;;
	esac
}

complete -F _shmtool shmtool
