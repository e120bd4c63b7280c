/*
 * Names of systemd units and containers, from the control groups of a process.
 *
 * They are names, not proof. Root chooses them; below a control group that was delegated
 * to a user or a container, its owner chooses them. Nobody inside a container can name
 * another container instead, since the outermost one counts. But a deep
 * tree of control groups may hide both names: the kernel cuts a path of more than 4095
 * bytes, or refuses to print it.
 */
#ifndef SHMTOOL_KERNEL_CGROUP_H
#define SHMTOOL_KERNEL_CGROUP_H

/* The caller frees both. */
struct cgroup_names {
	char *unit; /* the innermost service or scope, as systemctl(1) prints it; NULL:
		       none */
	char *container; /* the outermost: 12 digits of its ID, or its name; NULL: none */
};

/* Read the names in TEXT, the contents of /proc/PID/cgroup (cgroups(7)). Prefer the
 * hierarchy of systemd in version 1, then version 2, then any other. */
struct cgroup_names cgroup_parse(const char *text);

#endif
