load common
load postgresql

# Real programs that keep their memory in POSIX objects. tests/run gives this file processes and a
# /dev/shm of its own.

teardown() {
	remove_cluster
	end_test
}

# objects FILTER...: print the names of the POSIX objects.
objects() {
	"$SHMTOOL" ls -P -q "$@"
}

is_unused() {
	[ -z "$(objects --attached)" ]
}

# assert_kept NAME: assert that rm keeps the object because it is in use.
assert_kept() {
	shmtool rm -v -P --unattached --idle 0 --settle 0
	assert_done
	assert_line --regexp "^kept $1: "
	assert_equal "$(objects "$1")" "$1"
}

# assert_removed NAME...: assert that rm removes these objects and that no other is left.
assert_removed() {
	shmtool rm -v -P --unattached --idle 0
	assert_done
	assert_equal "$(cut -d ' ' -f 1,2 <<<"$output" | sort)" "$(printf 'removed %s\n' "$@" | sort)"
	assert_equal "$(objects)" ""
}

@test "Python's shared memory is in use, and left over when it is killed with its tracker" {
	cat >share.py <<-'E'
		import os, time
		from multiprocessing import resource_tracker, shared_memory
		block = shared_memory.SharedMemory(create=True, size=1 << 20)
		block.buf[:5] = b"hello"
		print("/" + block.name, os.getpid(), resource_tracker._resource_tracker._pid, flush=True)
		time.sleep(600)
	E
	start /usr/bin/python3 "$PWD/share.py"
	read -r name python tracker <<<"$started_line"
	assert_equal "$(objects)" "$name"
	# It is mapped, and open twice: Python's mmap duplicates the descriptor. The tracker knows only
	# its name.
	assert_equal "$(column SIZE,NATTCH,OPEN,PIDS "$name")" "1048576 1 2 $python"
	assert_equal "$("$SHMTOOL" cat --string "$name")" hello
	assert_kept "$name"

	# Alone, the tracker would remove the object.
	kill -KILL "$tracker" "$python"
	until_true is_unused
	assert_equal "$(column NATTCH,OPEN,PIDS "$name")" "0 0 -"
	assert_removed "$name"
}

@test "PostgreSQL's dynamic shared memory is in use, and left over when it is killed" {
	prepare_cluster
	postgres_init
	postgres_start
	assert_equal "$(query "show dynamic_shared_memory_type")" posix
	postmaster=$(head -n 1 data/postmaster.pid)

	mapfile -t names < <(objects)
	shmtool info "${names[@]}"
	assert_done
	# Its children have the same objects.
	assert_line --regexp "^ *$postmaster nobody +rw +0x[0-9a-f]+ .*/postgres -D $cluster/data"
	assert_line --regexp "^ *[0-9]+ nobody +rw +0x[0-9a-f]+ .*postgres: checkpointer"
	for name in "${names[@]}"; do
		[[ $name == /PostgreSQL.* && $(column OWNER "$name") == nobody ]]
		assert_kept "$name"
	done
	assert_equal "$(query 'select 1')" 1

	kill -KILL "$postmaster"
	until_true is_unused
	assert_removed "${names[@]}"

	postgres_start
	assert_equal "$(query 'select 6 * 7')" 42
	[[ $(objects --attached) == /PostgreSQL.* ]]
}

@test "Open MPI's segments are in use by all ranks, and left over when they are killed" {
	need mpirun.openmpi
	cat >rank.py <<-'E'
		import ctypes, os, time
		mpi = ctypes.CDLL("libmpi.so.40", mode=ctypes.RTLD_GLOBAL)
		mpi.MPI_Init(None, None)
		mpi.MPI_Barrier(ctypes.byref(ctypes.c_char.in_dll(mpi, "ompi_mpi_comm_world")))
		os.write(1, b"%d\n" % os.getpid())
		time.sleep(600)
	E
	export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
	start mpirun.openmpi --oversubscribe -n 2 /usr/bin/python3 "$PWD/rank.py"
	is_ready() {
		[ "$("$SHMTOOL" ls -nr -P -o NATTCH | xargs)" = "2 2" ]
	}
	until_true is_ready

	mapfile -t names < <(objects)
	ranks=$(column PIDS "${names[0]}")
	[[ $ranks =~ ^[0-9]+,[0-9]+$ && ,$ranks, == *,$started_line,* ]]
	assert_kept "${names[1]}"

	# mpirun would remove them.
	pkill -KILL -f "$PWD/rank.py"
	until_true is_unused
	assert_removed "${names[@]}"
}
