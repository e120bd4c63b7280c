/*
 * LD_PRELOAD: give the second thread of the program no memory in a segment. STARVED=N:
 * half of its Nth piece is written, and nothing afterwards. The first thread is
 * unaffected.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): reserved */
ssize_t process_vm_writev(pid_t pid, const struct iovec *from, unsigned long from_count,
	const struct iovec *to, unsigned long to_count, unsigned long flags)
{
	static __thread unsigned long calls;
	const char *number = getenv("STARVED");
	unsigned long last = number ? strtoul(number, NULL, 10) : 0;
	struct iovec half = *from;

	if (syscall(SYS_gettid) != getpid() && last > 0 && ++calls >= last) {
		half.iov_len /= 2;
		from = &half;
	}
	if (last > 0 && calls > last) {
		errno = EFAULT;
		return -1;
	}
	return syscall(SYS_process_vm_writev, pid, from, from_count, to, to_count, flags);
}
