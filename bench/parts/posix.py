"""POSIX objects"""
import shutil
import subprocess

from measure import Command, Target
from report import comparisons, number

TEXT = """
Objects of 4 KiB in /dev/shm. Each of %s processes has its share of them mapped and open, and %s
unrelated mappings, half of them of files. lsof and lsfd list everything that is open or mapped;
`lsof +D` lists only what is in /dev/shm. The first commands do not look for processes.
"""
WITHOUT = "The lsipc of this system has no option -M (util-linux 2.41) and was not measured.\n"
LISTED = "no slower"
THIRD = "at most a third of its time"


def lsipc_lists_objects():
    return subprocess.run(["lsipc", "-M"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def listing():
    """Return commands that list objects without their users."""
    peers = [Command("ls -l /dev/shm", Target(1, LISTED))]
    if lsipc_lists_objects():
        peers.append(Command("lsipc -M", Target(1, LISTED)))
    return [Command("shmtool ls -P -o NAME,SIZE,OWNER")] + peers


def finding():
    """Return commands that find the users of objects."""
    peers = [Command("lsof -Q -n -w +D /dev/shm", Target(3, THIRD))]
    if shutil.which("lsfd"):
        peers.append(Command("lsfd", Target(3, THIRD)))
    return [Command("shmtool ls -P -o NAME,PIDS")] + peers


def measure(bench):
    processes, mappings, objects = (5, 4, 20) if bench.smoke else (500, 100, 10000)
    count = number(objects)
    with bench.helper("crowd %d %d 0 %d" % (processes, mappings, objects)):
        listed = bench.compare(count + " objects: list", listing(), runs=5, warmup=1)
        found = bench.compare("%s objects, %s processes: who uses them" % (count, number(processes)),
                              finding(), runs=1, rounds=5, warmup=1)
    return "\n".join([TEXT % (number(processes), number(mappings)),
                      "" if lsipc_lists_objects() else WITHOUT,
                      comparisons("objects", [(count, listed), (count, found)])])
