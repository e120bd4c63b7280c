/*
 * refuse CALL[:COMMAND]=ERRNO... -- PROGRAM [ARGUMENT...]: run PROGRAM while the kernel
 * answers these system calls with an error, as an older or a busy kernel would. COMMAND:
 * only calls with this number as their second argument, or the third of madvise(2).
 */
#include <err.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	unsigned int number;
} calls[] = {
	{ "cachestat", 451 },
#ifdef SYS_clone
	{ "clone", SYS_clone },
#endif
	{ "clone3", 435 },
	{ "ioctl", SYS_ioctl },
	{ "mincore", SYS_mincore },
	{ "memfd_create", SYS_memfd_create },
	{ "setns", SYS_setns },
	{ "shmget", SYS_shmget },
	{ "shmat", SYS_shmat },
	{ "shmctl", SYS_shmctl },
	{ "process_vm_readv", SYS_process_vm_readv },
	{ "process_vm_writev", SYS_process_vm_writev },
	{ "fallocate", SYS_fallocate },
	{ "fcntl", SYS_fcntl },
	{ "kcmp", SYS_kcmp },
	{ "madvise", SYS_madvise },
	{ "pipe2", SYS_pipe2 },
	{ "pread64", SYS_pread64 },
#ifdef SYS_semtimedop
	{ "semtimedop", SYS_semtimedop },
#endif
	{ "splice", SYS_splice },
	{ "vmsplice", SYS_vmsplice },
};

static unsigned int call_number(const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].number;
	}
	errx(2, "unknown call: %s", name);
}

static unsigned int error_number(const char *name)
{
	for (int number = 1; number < 200; number++) {
		const char *known = strerrorname_np(number);

		if (known && strcmp(known, name) == 0)
			return (unsigned int)number;
	}
	errx(2, "unknown error: %s", name);
}

/* Append the instructions of one rule to PROGRAM at LENGTH. Return the new length. */
static unsigned short add_rule(
	struct sock_filter *program, unsigned short length, char *rule)
{
	char *error = strchr(rule, '='), *command;

	if (!error)
		errx(2, "no error in %s", rule);
	*error++ = '\0';
	command = strchr(rule, ':');
	if (command)
		*command++ = '\0';
	program[length++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	program[length++] = (struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JEQ | BPF_K, call_number(rule), 0, command ? 3 : 1);
	if (command) {
		program[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			(unsigned int)(strcmp(rule, "madvise") == 0
					? offsetof(struct seccomp_data, args[2])
					: offsetof(struct seccomp_data, args[1])));
		program[length++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
				(unsigned int)strtoul(command, NULL, 0), 0, 1);
	}
	program[length++] = (struct sock_filter)BPF_STMT(
		BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error_number(error));
	return length;
}

int main(int argc, char *argv[])
{
	struct sock_filter program[128];
	struct sock_fprog filter = { .filter = program };
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--") != 0 && filter.len < 120; i++)
		filter.len = add_rule(program, filter.len, argv[i]);
	if (i + 1 >= argc)
		errx(2, "usage: refuse CALL[:COMMAND]=ERRNO... -- PROGRAM [ARGUMENT...]");
	program[filter.len++] =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
		err(2, "seccomp");
	execv(argv[i + 1], argv + i + 1);
	err(127, "%s", argv[i + 1]);
}
