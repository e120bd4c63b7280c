/*
 * failing FILE -- PROGRAM [ARGUMENT...]: run PROGRAM, and write into FILE a line for each
 * system call since the start of its main(): NAME[:COMMAND] NUMBER ERRNO... NUMBER counts
 * the calls of that name and command, from 1. The errors are those in the manual of the
 * call.
 *
 * failing NAME[:COMMAND] NUMBER ERRNO -- PROGRAM [ARGUMENT...]: run PROGRAM, but let this
 * one call fail with ERRNO. Exit with PROGRAM's status, with 128 plus the number of the
 * signal that ended it, or with 120 if PROGRAM did not make the call.
 *
 * Uses a supervisor, see seccomp_unotify(2), on any architecture.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_REACHED 120

#define MAX_NAMED 4096

/* The calls and their errors, from section 2 of the manual, without errors that only a
 * wrong argument causes (EFAULT of the program's own variables, EBADF of its own
 * descriptors). An empty list: the call cannot fail. COMMAND: the number of the argument
 * that selects the operation, from 1; 0: none. */
static const struct call {
	const char *name;
	int number;
	int command;
	const char *errors;
} calls[] = {
	{ "brk", SYS_brk, 0, "ENOMEM" },
	{ "cachestat", 451, 0, "ENOSYS EOPNOTSUPP EINVAL" },
	{ "capget", SYS_capget, 0, "EINVAL EPERM ESRCH" },
#ifdef SYS_chmod
	{ "chmod", SYS_chmod, 0, "EPERM EACCES EIO ELOOP ENOENT ENOMEM EROFS" },
#endif
	{ "clone", SYS_clone, 0, "EAGAIN ENOMEM" },
	{ "clock_gettime", SYS_clock_gettime, 0, "" },
	{ "clock_nanosleep", SYS_clock_nanosleep, 0, "EINTR" },
	{ "close", SYS_close, 0, "EIO EINTR ENOSPC EDQUOT" },
	{ "connect", SYS_connect, 0, "ECONNREFUSED EACCES EAGAIN EINTR ENOENT" },
	{ "exit_group", SYS_exit_group, 0, "" },
	{ "faccessat2", SYS_faccessat2, 0, "EACCES ENOENT ENOMEM EIO ELOOP" },
#ifdef SYS_fadvise64
	{ "fadvise64", SYS_fadvise64, 0, "ESPIPE" },
#endif
	{ "fallocate", SYS_fallocate, 0,
		"EOPNOTSUPP EFBIG EINTR EIO ENODEV ENOSPC ENOSYS EPERM" },
	{ "fchmod", SYS_fchmod, 0, "EPERM EIO EROFS" },
	{ "fchmodat", SYS_fchmodat, 0, "EPERM EACCES EIO ELOOP ENOENT ENOMEM EROFS" },
	{ "fchown", SYS_fchown, 0, "EPERM EIO EROFS" },
	{ "fchownat", SYS_fchownat, 0, "EPERM EACCES EIO ENOMEM EROFS" },
	{ "fcntl", SYS_fcntl, 2, "EBADF EACCES EBUSY EINVAL EPERM" },
	{ "fstat", SYS_fstat, 0, "EIO EACCES ENOMEM EOVERFLOW" },
	{ "fsync", SYS_fsync, 0, "ENOSPC EDQUOT EINTR EINVAL EIO EROFS" },
	{ "fstatfs", SYS_fstatfs, 0, "EIO EINTR ENOMEM ENOSYS EOVERFLOW" },
	{ "ftruncate", SYS_ftruncate, 0, "ENOSPC EFBIG EINTR EINVAL EIO EPERM" },
	{ "futex", SYS_futex, 0, "" },
	{ "getdents64", SYS_getdents64, 0, "EIO ENOTDIR" },
	{ "getegid", SYS_getegid, 0, "" },
	{ "geteuid", SYS_geteuid, 0, "" },
	{ "getgid", SYS_getgid, 0, "" },
	{ "getpid", SYS_getpid, 0, "" },
	{ "getppid", SYS_getppid, 0, "" },
	{ "getrandom", SYS_getrandom, 0, "EAGAIN EINTR ENOSYS" },
	{ "getuid", SYS_getuid, 0, "" },
	{ "ioctl", SYS_ioctl, 2, "ENOTTY EINVAL EIO ESRCH ENAMETOOLONG" },
	{ "kcmp", SYS_kcmp, 0, "EPERM EINVAL ENOSYS ESRCH" },
	{ "kill", SYS_kill, 0, "EPERM ESRCH" },
	{ "linkat", SYS_linkat, 0,
		"ENOENT EACCES EDQUOT EEXIST EIO EMLINK ENOMEM ENOSPC EPERM EROFS EXDEV" },
	{ "lseek", SYS_lseek, 0, "ESPIPE EINVAL ENXIO EOVERFLOW" },
	{ "madvise", SYS_madvise, 3, "EINVAL EACCES EAGAIN EFAULT EIO ENOMEM EPERM" },
	{ "memfd_create", SYS_memfd_create, 0, "EMFILE EINVAL ENFILE ENOMEM EPERM" },
	{ "mincore", SYS_mincore, 0, "ENOMEM EAGAIN" },
#ifdef SYS_mmap
	{ "mmap", SYS_mmap, 0, "ENOMEM EACCES EAGAIN ENFILE ENODEV EOVERFLOW EPERM" },
#endif
	{ "mprotect", SYS_mprotect, 0, "ENOMEM EACCES" },
	{ "mremap", SYS_mremap, 0, "ENOMEM EAGAIN" },
	{ "munmap", SYS_munmap, 0, "EINVAL ENOMEM" },
#ifdef SYS_newfstatat
	{ "newfstatat", SYS_newfstatat, 4,
		"EACCES ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR EOVERFLOW" },
#endif
	{ "openat", SYS_openat, 0,
		"EMFILE EACCES EINTR ELOOP ENFILE ENODEV ENOENT ENOMEM ENOTDIR ENXIO "
		"EOVERFLOW EPERM" },
	{ "openat2", 437, 0,
		"EMFILE EACCES EAGAIN EINVAL ELOOP ENFILE ENOMEM ENOSYS ENOTDIR" },
	{ "pipe2", SYS_pipe2, 0, "EMFILE EINVAL ENFILE" },
	{ "ppoll", SYS_ppoll, 0, "EINTR EINVAL ENOMEM" },
	{ "prctl", SYS_prctl, 0, "EINVAL EPERM" },
	{ "pread64", SYS_pread64, 0, "EIO EAGAIN EINTR EISDIR ENXIO EOVERFLOW ESPIPE" },
	{ "prlimit64", SYS_prlimit64, 0, "EPERM" },
	{ "process_vm_readv", SYS_process_vm_readv, 0,
		"EFAULT EINVAL ENOMEM EPERM ESRCH" },
	{ "process_vm_writev", SYS_process_vm_writev, 0,
		"EFAULT EINVAL ENOMEM EPERM ESRCH" },
	{ "pwrite64", SYS_pwrite64, 0, "ENOSPC EAGAIN EFBIG EINTR EIO EPERM" },
	{ "read", SYS_read, 0, "EIO EAGAIN EFAULT EINTR EINVAL EISDIR" },
	{ "readlinkat", SYS_readlinkat, 0,
		"EACCES EINVAL EIO ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR" },
#ifdef SYS_readlink
	{ "readlink", SYS_readlink, 0,
		"EACCES EINVAL EIO ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR" },
	{ "access", SYS_access, 0, "EACCES ENOENT ENOMEM EIO ELOOP" },
	{ "poll", SYS_poll, 0, "EINTR EINVAL ENOMEM" },
#endif
#ifdef SYS_rename
	{ "rename", SYS_rename, 0,
		"ENOSPC EACCES EBUSY EDQUOT EISDIR ENOENT ENOMEM EPERM EROFS" },
	{ "unlink", SYS_unlink, 0, "EIO EACCES EBUSY ENOMEM EPERM EROFS" },
#endif
#ifdef SYS_renameat
	{ "renameat", SYS_renameat, 0,
		"ENOSPC EACCES EBUSY EDQUOT EISDIR ENOENT ENOMEM EPERM EROFS" },
#endif
	{ "renameat2", SYS_renameat2, 0,
		"ENOSPC EACCES EBUSY EDQUOT EISDIR ENOENT ENOMEM EPERM EROFS" },
	{ "rt_sigaction", SYS_rt_sigaction, 0, "" },
	{ "rt_sigprocmask", SYS_rt_sigprocmask, 0, "" },
	{ "rt_sigreturn", SYS_rt_sigreturn, 0, "" },
	{ "sched_yield", SYS_sched_yield, 0, "" },
	{ "semctl", SYS_semctl, 0, "EACCES EIDRM EINVAL EPERM" },
	{ "semget", SYS_semget, 0, "EACCES ENOENT ENOMEM" },
#ifdef SYS_semtimedop
	{ "semtimedop", SYS_semtimedop, 0,
		"EIDRM EACCES EAGAIN EFBIG EINTR EINVAL ENOMEM" },
#endif
	{ "sendto", SYS_sendto, 0, "ENOBUFS EPIPE EINTR ENOMEM" },
	{ "setns", SYS_setns, 0, "EPERM EINVAL ENOMEM" },
	{ "shmat", SYS_shmat, 0, "EACCES EIDRM EINVAL ENOMEM" },
	{ "shmctl", SYS_shmctl, 2, "EACCES EFAULT EIDRM EINVAL ENOMEM EOVERFLOW EPERM" },
	{ "shmdt", SYS_shmdt, 0, "EINVAL" },
	{ "shmget", SYS_shmget, 0,
		"ENOSPC EACCES EEXIST EINVAL ENFILE ENOENT ENOMEM EPERM" },
	{ "socket", SYS_socket, 0,
		"EMFILE EACCES EAFNOSUPPORT EINVAL ENFILE ENOBUFS ENOMEM" },
	{ "socketpair", SYS_socketpair, 0, "EMFILE EAFNOSUPPORT ENFILE" },
	{ "splice", SYS_splice, 0, "EINVAL EAGAIN EBADF ENOMEM ESPIPE EINTR EIO EPIPE" },
	{ "statx", SYS_statx, 0, "EACCES ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR" },
	{ "sysinfo", SYS_sysinfo, 0, "EFAULT" },
	{ "tgkill", SYS_tgkill, 0, "EPERM ESRCH" },
	{ "umask", SYS_umask, 0, "" },
	{ "uname", SYS_uname, 0, "EFAULT" },
	{ "unlinkat", SYS_unlinkat, 0, "EIO EACCES EBUSY ENOMEM EPERM EROFS" },
	{ "vmsplice", SYS_vmsplice, 0, "EINVAL EAGAIN EBADF ENOMEM EPIPE" },
	{ "write", SYS_write, 0,
		"ENOSPC EAGAIN EDQUOT EFAULT EFBIG EINTR EINVAL EIO EPERM EPIPE" },
	{ "wait4", SYS_wait4, 0, "EINTR" },
	{ "writev", SYS_writev, 0, "ENOSPC EAGAIN EIO EPIPE" },
};

#define NCALLS (sizeof(calls) / sizeof(*calls))

/* The request, and the state of the run. */
static FILE *list;
static const struct call *wanted;
static uint32_t wanted_command;
static unsigned int wanted_number;
static int wanted_error;
static bool begun, reached;
static uint32_t counted; /* count only the calls of this process */

static int error_number(const char *name)
{
	for (int number = 1; number < 200; number++) {
		const char *known = strerrorname_np(number);

		if (known && strcmp(known, name) == 0)
			return number;
	}
	errx(2, "unknown error: %s", name);
}

static const struct call *call_by_number(int number)
{
	for (size_t i = 0; i < NCALLS; i++) {
		if (calls[i].number == number)
			return &calls[i];
	}
	return NULL;
}

static void read_wanted(char *name, const char *number, const char *error)
{
	char *command = strchr(name, ':');

	if (command) {
		*command++ = '\0';
		wanted_command = (uint32_t)strtoul(command, NULL, 0);
	}
	for (size_t i = 0; i < NCALLS; i++) {
		if (strcmp(calls[i].name, name) == 0)
			wanted = &calls[i];
	}
	if (!wanted)
		errx(2, "unknown call: %s", name);
	wanted_number = (unsigned int)strtoul(number, NULL, 10);
	wanted_error = error_number(error);
}

static uint32_t command_of(const struct call *call, const struct seccomp_notif *asked)
{
	return call->command ? (uint32_t)asked->data.args[call->command - 1] : 0;
}

/* Return the number of calls with this command so far, including this one. */
static unsigned int count(const struct call *call, uint32_t command)
{
	static struct {
		const struct call *call;
		uint32_t command;
		unsigned int times;
	} seen[MAX_NAMED];
	size_t i = 0;

	while (seen[i].call && (seen[i].call != call || seen[i].command != command)) {
		if (++i == MAX_NAMED)
			errx(2, "too many kinds of calls");
	}
	seen[i].call = call;
	seen[i].command = command;
	return ++seen[i].times;
}

static void put_line(const struct call *call, uint32_t command, unsigned int number)
{
	if (call->command)
		fprintf(list, "%s:%u %u %s\n", call->name, command, number, call->errors);
	else
		fprintf(list, "%s %u %s\n", call->name, number, call->errors);
}

/* Decide whether a call fails. */
static void answer(const struct seccomp_notif *asked, struct seccomp_notif_resp *reply)
{
	const struct call *call = call_by_number(asked->data.nr);
	unsigned int number;
	uint32_t command;

	/* The first call of main(). */
	if (asked->data.nr == SYS_fcntl && asked->data.args[0] == 0 &&
		asked->data.args[1] == F_GETFD && !begun) {
		begun = true;
		counted = asked->pid;
	}
	reply->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	if (!begun || asked->pid != counted)
		return;
	if (!call) {
		if (list)
			fprintf(list, "unknown %d\n", asked->data.nr);
		return;
	}
	command = command_of(call, asked);
	number = count(call, command);
	if (list)
		put_line(call, command, number);
	if (call != wanted || command != wanted_command || number != wanted_number)
		return;
	reached = true;
	reply->flags = 0;
	/* The system call brk(2) reports failure by returning the old end. */
	if (asked->data.nr != SYS_brk)
		reply->error = -wanted_error;
}

/* Answer the calls of CHILD and its children until they have ended. Return its status. */
static int supervise(int listener, pid_t child)
{
	struct pollfd pollers[] = {
		{ .fd = listener, .events = POLLIN },
		{ .fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN },
	};
	int status = 0;

	if (pollers[1].fd < 0)
		err(2, "pidfd_open");
	for (;;) {
		struct seccomp_notif asked = { 0 };
		struct seccomp_notif_resp reply = { 0 };

		if (poll(pollers, 2, -1) < 0)
			continue;
		/* Before Linux 6.11, the listener reports the end only of processes that
		 * were waited for. */
		if (pollers[1].revents) {
			if (waitpid(child, &status, 0) < 0)
				err(2, "waitpid");
			pollers[1].fd = -1;
		}
		if ((pollers[0].revents & POLLHUP) && pollers[1].fd < 0)
			return status;
		if (!(pollers[0].revents & POLLIN) ||
			ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
			continue;
		reply.id = asked.id;
		answer(&asked, &reply);
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
	}
}

/* Send calls to the supervisor: all if they are listed, otherwise only the calls that
 * decide which one fails, since each takes two switches of processes. Execute the program
 * of WORDS. The descriptors are shared until then, so the supervisor only needs the
 * number of the listener. */
static _Noreturn void become(char *words[], volatile int *listener)
{
	struct sock_filter some[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, wanted ? (uint32_t)wanted->number : 0,
			1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { 5, some };
	struct sock_fprog all = { 1, some + 3 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	*listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		SECCOMP_FILTER_FLAG_NEW_LISTENER, wanted ? &filter : &all);
	execv(words[0], words);
	_exit(127);
}

int main(int argc, char *argv[])
{
	volatile int *listener = mmap(NULL, sizeof(*listener), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int i = 1, status;
	pid_t child;

	while (i < argc && strcmp(argv[i], "--") != 0)
		i++;
	if ((i != 2 && i != 4) || i + 1 >= argc || listener == MAP_FAILED)
		errx(2, "usage: failing FILE|NAME NUMBER ERRNO -- PROGRAM [ARGUMENT...]");
	if (i == 4)
		read_wanted(argv[1], argv[2], argv[3]);
	else if (!(list = fopen(argv[1], "we")))
		err(2, "%s", argv[1]);
	*listener = -2;
	child = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (child < 0)
		err(2, "clone");
	if (child == 0)
		become(argv + i + 1, listener);
	while (*listener == -2)
		sched_yield();
	if (*listener < 0)
		errx(2, "seccomp");
	status = supervise(*listener, child);
	if (list && fclose(list) != 0)
		err(2, "%s", argv[1]);
	if (!list && !reached)
		return NOT_REACHED;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
