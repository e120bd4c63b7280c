"""The account of Shmem"""
from measure import Command, Target
from report import comparisons, number

TEXT = """
%s processes with %s mappings and a dozen descriptors each: services with nine workers, which use
libraries, memory files, shared anonymous memory, files in /dev/shm and deleted ones
(bench/programs/host.c). lsof lists all that is open or mapped, but neither what it takes nor what no
process has open.
"""


def measure(bench):
    services, workers, mappings = (2, 2, 30) if bench.smoke else (300, 9, 300)
    processes = number(services * (workers + 1))
    groups = []
    # Programs in a tmpfs would be objects that all processes use.
    bench.run("cp bin/host disk")
    with bench.helper("disk/host %d %d %d" % (services, workers, mappings)):
        for line in "shmtool usage", "shmtool usage --objects":
            commands = [Command(line), Command("lsof -n -w", Target(2, "at most half of its time"))]
            groups.append((processes, bench.compare("%s processes: `%s`" % (processes, line),
                                                    commands, rounds=3, warmup=1)))
    return "\n".join([TEXT % (processes, number(mappings)), comparisons("processes", groups)])
