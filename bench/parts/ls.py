"""Listing"""
from measure import Command, Target, quotients
from report import (code, comparisons, digits, memory, number, plot_lines, seconds, table,
                    verdict)

TEXT = """
Private segments of 4 KiB whose creator is gone; kernel.shmmni is raised for them. shmtool and lsipc
print eleven columns each. `floor` (bench/programs/floor.c) shows the share of libsmartcols, which
shmtool uses for tables: it only passes the same number of ready-made cells to it and prints them.
"""

MODES = ["table", "raw", "JSON"]
TARGETS = {"table": Target(1 / 0.38, "at most 0.38 of lsipc's time"),
           "raw": Target(1 / 0.3, "at most 0.3 of lsipc's time"),
           "JSON": Target(1 / 0.19, "at most 0.19 of lsipc's time")}


def of_mode(mode, count):
    """Return commands that print COUNT segments in MODE: shmtool, lsipc, the library, ipcs."""
    option = {"table": "", "raw": " -r", "JSON": " -J"}[mode]
    commands = [Command("shmtool ls" + option),
                Command("lsipc -m" + option),
                Command("floor %s %d" % (mode.lower(), count))]
    return commands + ([Command("ipcs -m")] if mode == "table" else [])


def measure_times(bench, counts):
    """Return, by mode, a list of counts and commands."""
    groups = {mode: [] for mode in MODES + ["IDs"]}
    for count in counts:
        bench.run("ipcrm --all=shm")
        bench.run("fill %d" % count)
        many = count == counts[-1]
        often = {"runs": 1 if many else 5 if count > 1000 else 20, "rounds": 21 if many else 5,
                 "warmup": 1}
        name = "%s segments" % number(count)
        for mode in MODES:
            commands = of_mode(mode, count)
            commands[1].target = TARGETS[mode] if many else None
            groups[mode].append((count, bench.compare("%s, %s" % (name, mode), commands, **often)))
        groups["IDs"].append((count, bench.compare(name + ", IDs only", [
            Command("shmtool ls -q"),
            Command("cat /proc/sysvipc/shm",
                    Target(0.4, "at most 2.5 times cat's time") if many else None),
        ], **often)))
    return groups


def growth(bench, groups):
    """Return the time that one more segment takes, among few and among many."""
    rows = []
    target = Target(0.8, "linear: among many, one more costs the same")
    few, some, many = [count for count, _ in groups["IDs"]][-3:]
    for mode, place in [(mode, 0) for mode in groups] + [("IDs", 1)]:
        command, *medians = [commands[place] for _, commands in groups[mode][-3:]]
        low_time, middle, high_time = command.median, medians[0].median, medians[1].median
        low, high = (middle - low_time) / (some - few), (high_time - middle) / (many - some)
        rows.append([code(command.line), seconds(low), seconds(high), digits(low / high), ""])
        if place == 0:
            bench.judge("%s, beyond %s segments" % (command.line, number(some)), target, low / high)
            rows[-1][-1] = verdict(low / high, target)
    return table(["command", ">one more, from %s to %s" % (number(few), number(some)),
                  ">from %s to %s" % (number(some), number(many)), ">ratio", "result"], rows)


def measure_memory(bench, count):
    rows = []
    target = Target(1, "no more memory than lsipc")
    for mode in MODES:
        ours, theirs, library, *_ = [bench.peak(c.line) for c in of_mode(mode, count)]
        bench.judge("%s segments, %s: memory" % (number(count), mode), target, theirs / ours)
        rows.append([mode, memory(ours), memory(theirs), memory(library),
                     digits(theirs / ours), verdict(theirs / ours, target)])
    return table(["mode", ">shmtool", ">lsipc", ">floor", ">lsipc / shmtool", "result"], rows)


def library(groups):
    """Return the share of libsmartcols in the time at the highest count."""
    rows = []
    for mode in MODES:
        ours, theirs, alone = groups[mode][-1][1][:3]
        rows.append([mode] + ["%.0f %%" % (100 * quotients(alone, c)[0]) for c in (ours, theirs)])
    return table(["mode", ">of shmtool's time", ">of lsipc's time"], rows)


def plot(groups):
    def points(mode, place):
        return [(count, 1000 * commands[place].median) for count, commands in groups[mode]]

    return plot_lines("benchmarks-ls", "Listing segments", ("segments", "milliseconds"), [
        ("shmtool ls", points("table", 0)), ("lsipc -m", points("table", 1)),
        ("ipcs -m", points("table", 3)), ("libsmartcols alone", points("table", 2)),
        ("shmtool ls -q", points("IDs", 0)), ("cat /proc/sysvipc/shm", points("IDs", 1))])


def measure(bench):
    counts = [5, 10, 20] if bench.smoke else [10, 1000, 4096, 32768]
    with open("/proc/sys/kernel/shmmni", "w") as limit:
        limit.write("32768")
    groups = measure_times(bench, counts)
    blocks = [TEXT, plot(groups)]
    for mode, of_counts in groups.items():
        blocks.append("### %s" % {"table": "As a table", "raw": "As raw lines", "JSON": "As JSON",
                                  "IDs": "IDs only"}[mode] + "\n")
        blocks.append(comparisons("segments", [(number(n), c) for n, c in of_counts]))
    many = number(counts[-1])
    blocks += ["### Share of libsmartcols, at %s segments\n" % many, library(groups),
               "### Cost of one more segment\n", growth(bench, groups),
               "### Peak memory, at %s segments\n" % many,
               measure_memory(bench, counts[-1])]
    return "\n".join(blocks)
