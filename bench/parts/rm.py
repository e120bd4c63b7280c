"""Removing"""
import shlex
import subprocess
import time

from measure import Command, Target
from report import comparisons, number, seconds, table

TEXT = """
Unattached private segments of 4 KiB whose creator is gone. The last command is the usual shell
pipeline, which starts a process for each segment.
"""
STAY_TEXT = """
The same while the creator runs, once no segment is in motion (see shmtool-rm(1)):
"""
ATTACHED_TEXT = """
Segments that one process has attached, marked for destruction with `shmtool rm --attached --pid PID`:
"""
RUNBOOK = "ipcs -m | awk '$6 == 0 { print $2 }' | xargs -n 1 ipcrm -m"
CLOSE = Target(1 / 1.5, "at most 1.5 times ipcrm's time")


def left():
    with open("/proc/sysvipc/shm") as segments:
        return len(segments.readlines()) - 1


def check():
    if left() != 0:
        raise SystemExit("bench: segments are left")


def wait_for_motion(line):
    """Wait until the command LINE keeps no segment because it is in motion."""
    dry_run = shlex.split(line) + ["--dry-run"]
    while "in motion" in subprocess.run(dry_run, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        check=True, text=True).stdout:
        time.sleep(0.1)


def creator_gone(bench, count):
    fill = "fill %d" % count
    commands = bench.compare("remove %s segments" % number(count), [
        Command("shmtool rm --unattached", prepare=fill),
        Command("ipcrm --all=shm", CLOSE, prepare=fill),
        Command("shmtool rm --orphaned", prepare=fill),
        Command("shmtool rm --user root --min-size 4K", prepare=fill),
        Command(RUNBOOK, Target(100, "100 times faster than the pipeline"), prepare=fill,
                max_rounds=1),
    ], rounds=7)
    check()
    return [(number(count), commands)]


def creator_there(bench, count):
    commands = [Command("shmtool rm --unattached"), Command("ipcrm --all=shm")]
    bench.tell("  remove %s segments whose creator runs" % number(count))
    for _ in range(1 if bench.smoke else 5):
        for command in commands:
            with bench.helper("fill %d stay" % count):
                wait_for_motion(commands[0].line)
                bench.time([command])
                check()
    return [(number(count), commands)]


def attached(bench, counts):
    bench.tell("  remove segments that are attached")
    medians, rows = [], []
    for count in counts:
        command = None
        for _ in range(1 if bench.smoke else 3):
            with bench.helper("crowd 1 0 %d" % count) as (holder, _):
                command = command or Command("")
                command.line = "shmtool rm --attached --pid %d" % holder.pid
                wait_for_motion(command.line)
                bench.time([command])
            check()
        medians.append(command.median / count)
        rows.append([number(count), seconds(command.median), seconds(medians[-1])])
    bench.judge("rm of attached segments, from %s to %s" % (number(counts[0]), number(counts[-1])),
                Target(0.8, "linear: each costs the same among many"), medians[0] / medians[-1])
    return table([">segments", ">median", ">each"], rows)


def measure(bench):
    count, counts = (20, [5, 10]) if bench.smoke else (32768, [1000, 2000, 4000])
    bench.run("ipcrm --all=shm")
    with open("/proc/sys/kernel/shmmni", "w") as limit:
        limit.write("32768")
    return "\n".join([
        TEXT, comparisons("segments", creator_gone(bench, count)),
        STAY_TEXT, comparisons("segments", creator_there(bench, count)),
        ATTACHED_TEXT, attached(bench, counts)])
