"""Finding processes"""
import shutil

from measure import Command, Target, computing
from report import comparisons, number

TEXT = """
%s processes attach the same three segments. Each also has %s unrelated mappings, half of them of
files. `attached` (bench/programs/attached.c) does only what is needed to find the attaches with
PROCMAP_QUERY (Linux 6.11).
"""
ONE_TEXT = """
One segment, attached only by its creator, among processes with as many mappings each as above.
fuser must be told an attach: a file in /proc/PID/map_files.
"""


def all_attaches(bench, processes, mappings):
    peers = [
        Command("lsof -n -w", Target(3, "at most a third of lsof's time")),
        # Through a pipe: with /dev/null as its output, grep stops at the first match.
        Command("grep SYSV /proc/[0-9]*/maps | cat", Target(1, "faster than grep")),
        Command("attached", Target(0.8, "at most 1.25 times attached's time")),
    ]
    if shutil.which("lsfd"):
        peers.insert(1, Command("lsfd", Target(4, "at most a quarter of lsfd's time")))
    with bench.helper("crowd %d %d 3" % (processes, mappings)):
        return bench.compare("%s processes, three segments: who has them" % number(processes),
                             [Command("shmtool ls -o ID,PIDS")] + peers, runs=2, warmup=1)


def an_attach(pid):
    """Return the name of an attach of process PID in /proc/PID/map_files."""
    with open("/proc/%d/maps" % pid) as maps:
        attach = next(line.split()[0] for line in maps if "/SYSV" in line)
    return "/proc/%d/map_files/%s" % (pid, attach)


def one_attach(bench, few, many, mappings):
    """Measure info among FEW and among MANY processes, in turn."""
    target = Target(0.9, "the same at %s and %s processes" % (number(few), number(many)))
    with bench.helper("crowd 1 0 1") as (holder, segments):
        fuser = "fuser -s " + an_attach(holder.pid)
        groups = [(count, [Command("shmtool info " + segments[0]), Command(fuser)])
                  for count in (few, many)]
        bench.tell("  info, among %s and %s processes" % (number(few), number(many)))
        for _ in range(1 if bench.smoke else 5):
            for count, commands in groups:
                with bench.helper("crowd %d %d 0" % (count, mappings)):
                    bench.time(commands[:1], runs=20, warmup=2)
                    bench.time(commands[1:], runs=2)
    bench.judge("info of a segment that its creator has attached: CPU", target,
                *computing(groups[0][1][0], groups[1][1][0]))
    return groups


def measure(bench):
    processes, mappings, few, many = (5, 4, 2, 4) if bench.smoke else (400, 300, 10, 2000)
    everyone = all_attaches(bench, processes, mappings)
    groups = one_attach(bench, few, many, mappings)
    return "\n".join([
        TEXT % (number(processes), number(mappings)), comparisons("segments", [("3", everyone)]),
        ONE_TEXT, comparisons("processes", [(number(count), c) for count, c in groups])])
