"""Saved tables"""
from measure import Command
from report import digits, memory, number, seconds, table

TEXT = """
`ls --input` reads copies of /proc/sysvipc/shm with this many lines. "Memory" is the peak.
"""
ROW = "%10d %10d  1600 %21d %5d %5d %6d %5d %5d %5d %5d %10d %10d %10d %21d %21d\n"
MODES = ["-q", "-nr -o ID,KEY,OWNER,SIZE,RSS", "-J -o ID,KEY,OWNER,SIZE,RSS"]


def save(lines):
    with open("/proc/sysvipc/shm") as now, open("saved", "w") as file:
        file.write(now.readline())
        for i in range(lines):
            file.write(ROW % (i, i, 4096 + i, 1, 1, 0, i % 50, 0, 0, 0, 0, 0, 1, 4096, 0))


def measure(bench):
    rows = []
    for lines in [10, 20] if bench.smoke else [1000, 100000, 1000000]:
        save(lines)
        commands = [Command("shmtool ls --input saved " + mode) for mode in MODES]
        bench.compare("%s saved lines" % number(lines), commands,
                      runs=20 if lines <= 1000 else 1)
        for command in commands:
            peak = bench.peak(command.line)
            rows.append([number(lines), "`%s`" % command.line, seconds(command.median),
                         seconds(command.median / lines), memory(peak),
                         digits(peak / lines) + " B"])
    header = [">lines", "command", ">median", ">per line", ">memory", ">per line"]
    return TEXT + "\n" + table(header, rows)
