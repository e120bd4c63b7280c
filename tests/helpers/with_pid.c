/*
 * with_pid PID PROGRAM [ARGUMENT...]: run a program with a PID that no process has, and
 * wait for its end. If with_pid is killed, the program is killed, too. Only root may
 * choose a PID (clone(2), set_tid; Linux 5.5).
 */
#include <err.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	pid_t pid = argc > 2 ? atoi(argv[1]) : 0;
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&pid,
		.set_tid_size = 1,
	};
	long child = syscall(SYS_clone3, &args, sizeof(args));

	if (child < 0)
		err(1, "clone3");
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[2], &argv[2]);
		err(1, "%s", argv[2]);
	}
	return waitpid(pid, NULL, 0) == pid ? 0 : 1;
}
