"""Namespaces"""
from measure import Command, Target
from report import comparisons, number

TEXT = """
%s IPC namespaces of %d segments and %d processes, as containers have them
(bench/programs/containers.c). lsns lists the namespaces only, and that of util-linux 2.38 does not look
for namespaces that only a descriptor keeps. `attached kept` (bench/programs/attached.c) does only what
is needed to find all namespaces, segments and attaches. `attached all` looks only at the namespace and
the maps of each process, so it misses namespaces that a mount or a descriptor keeps, and counts an
attach twice if two processes share their memory.
"""


def measure(bench):
    namespaces, segments, processes = (3, 2, 2) if bench.smoke else (300, 10, 10)
    pairs = [
        ("shmtool ls -A", [Command("lsns -t ipc", Target(1.43, "at most 0.7 of its time"))]),
        ("shmtool ls -A -o +PIDS", [
            Command("attached kept", Target(0.8, "at most 1.25 times its time")),
            Command("attached all")]),
    ]
    groups = []
    with bench.helper("containers %d %d %d" % (namespaces, segments, processes)):
        for line, peers in pairs:
            commands = [Command(line)] + peers
            groups.append((number(namespaces), bench.compare(
                "%s namespaces: `%s`" % (number(namespaces), line), commands, runs=5, warmup=1)))
    return "\n".join([TEXT % (number(namespaces), segments, processes),
                      comparisons("namespaces", groups)])
