"""Copying bytes"""
import os

from measure import Command, Target
from report import comparisons, plot_bars

TEXT = """
Segments and files contain random bytes. `bytes`, `out` and `all/out` are files in tmpfs, `disk/out` is
a file on a disk.

- `plain` (bench/programs/plain.c) writes the mapping of a segment with write(2) in a loop.
- setpriv runs a command as an ordinary user, who may not open the segment's file in /proc. `minimum`
  (bench/programs/minimum.c) is the smallest program that does what this user may do, and shows how
  long the kernel takes for it.
- 1 MiB is copied faster than programs start, so the rows of 1 MiB compare start-up. Start-up
  matters at 64 MiB, too. `true` shows the time of two programs that copy nothing.
- For an ordinary user, the bytes are copied twice, and the kernel must clear and map each page of
  the segment. cp needs neither. `minimum write` has the same costs, `minimum touch` only those of
  the pages. A single thread cannot be faster, so shmtool writes with two.
- An ordinary user's times have no target: from machine to machine, they differ too much.
- For root, a segment is a file, too, and copying it costs what copying any file costs. Little can be
  gained there. Which pages the kernel picks may decide the result.
- Before each measurement, `warm` (bench/programs/warm.c) allocates the memory that is needed and
  frees it again. The host of a virtual machine may have reclaimed it, and the first program that
  uses it then pays for that.
"""
READ = " | dd bs=1M of=/dev/null status=none"
STRANGER = "setpriv --reuid=65534 --regid=65534 --clear-groups "
PYTHON = "import sysv_ipc as i, sys; sys.stdout.buffer.write(i.attach(%s).read())"
COPY = Target(1, "no slower than cp")
PIPE = Target(4, "at most a quarter of write(2)'s time")
CAT = Target(2.5, "at most 0.4 times cat's time")


def size_name(mib):
    return "%d GiB" % (mib >> 10) if mib >= 1024 else "%d MiB" % mib


def into_pipe(segment, user):
    """USER: a prefix for the commands."""
    commands = [Command(user + "shmtool cat %s" % segment + READ),
                Command(user + "plain %s" % segment + READ, PIPE, max_rounds=3),
                Command(user + "cat bytes" + READ, CAT)]
    return commands + [Command(user + "minimum cat %s" % segment + READ) if user else
                       Command("/usr/bin/python3 -c '%s'" % PYTHON % segment + READ, max_rounds=2),
                       Command(user + "true" + READ)]


def warm(size):
    """Allocate and free memory before a command that needs it: see bench/programs/warm.c."""
    return "; warm %d" % ((size >> 20) + 64)


def into_file(segment, place, size):
    gone = "rm -f %s" % place + warm(size)
    return [Command("shmtool cat %s >%s" % (segment, place), prepare=gone),
            Command("cp bytes " + place, COPY, prepare=gone)]


def into_segment(user, size, pipe):
    """Write into a new segment each time, as cp writes into a new file."""
    fresh = "shmtool rm -f key:7; shmtool create -k 7 -s %d -m 666" % size + warm(size)
    gone = "rm -f all/out" + warm(size)
    write = user + ("shmtool write key:7" if pipe else "shmtool write key:7 bytes")
    # Only the creator of a pipe may open it again, as cp must.
    copy = "cp /dev/stdin all/out" if pipe else user + "cp bytes all/out"
    feed = "cat bytes | " if pipe else ""
    max_rounds = 9 if user else None
    commands = [Command(feed + write, prepare=fresh, max_rounds=max_rounds),
                Command(feed + copy, COPY, prepare=gone, max_rounds=max_rounds)]
    if user:
        commands.append(Command(feed + user + "minimum write 7" + ("" if pipe else " <bytes"),
                                prepare=fresh, max_rounds=max_rounds))
        commands.append(Command(user + "minimum touch 7", prepare=fresh, max_rounds=max_rounds))
    return commands


def dump(segment, size):
    """xxd takes seconds for 1 GiB, hexdump minutes."""
    return [Command("shmtool cat --hex %s >/dev/null" % segment),
            Command("xxd bytes >/dev/null", Target(6, "6 times faster than xxd"), max_rounds=3),
            Command("hexdump -C bytes >/dev/null", Target(60, "60 times faster than hexdump -C"),
                    max_rounds=3 if size < 1 << 30 else 1)]


def comparisons_of(segment, size):
    """Return titles and commands."""
    return [
        ("Into a pipe whose reader takes 1 MiB at a time", into_pipe(segment, "")),
        ("The same by an ordinary user", into_pipe(segment, STRANGER)),
        ("Into a file in tmpfs", into_file(segment, "out", size)),
        ("Into a file on a disk", into_file(segment, "disk/out", size)),
        ("From a file into new memory", into_segment("", size, False)),
        ("From a file, by an ordinary user", into_segment(STRANGER, size, False)),
        ("From a pipe into new memory", into_segment("", size, True)),
        ("From a pipe, by an ordinary user", into_segment(STRANGER, size, True)),
        ("From a file into existing memory",
         [Command("shmtool write %s bytes" % segment), Command("cp bytes out", COPY)]),
        ("A hex dump", dump(segment, size)),
    ]


def fits(mib):
    """Does four times as much fit into memory: two files, two segments?"""
    with open("/proc/meminfo") as file:
        free = next(int(line.split()[1]) >> 10 for line in file if line.startswith("MemAvail"))
    place = os.statvfs(".")
    return min(free, place.f_bavail * place.f_frsize >> 20) > 5 * mib


def measure_size(bench, mib):
    """Return title and commands of all comparisons at this size."""
    size = mib << 20
    os.makedirs("all", exist_ok=True)
    os.chmod("all", 0o777)
    with open("bytes", "wb") as file:
        for _ in range(mib):
            file.write(os.urandom(1 << 20))
    segment = bench.run("shmtool create --mode 644 --from bytes")
    done = []
    for title, commands in comparisons_of(segment, size):
        for command in commands:
            if "ordinary" in title or (mib == 1 and not bench.smoke):
                command.target = None
        # Measure short commands more often.
        bench.compare("%s, %s" % (title, size_name(mib)), commands,
                      rounds={1: 5, 64: 41}.get(mib, 15), runs=8 if mib == 1 else 1)
        done.append((title, commands))
    bench.run("shmtool rm -f %s key:7" % segment)
    return done


def plot(done, mib):
    """Plot bytes per second at the largest size."""
    def group(title, name, names):
        commands = dict(done)[title]
        return name, [(n, mib / 1024 / c.median) for n, c in zip(names, commands)]

    return plot_bars("benchmarks-data", "Moving %s" % size_name(mib), "GiB/s", [
        group("Into a pipe whose reader takes 1 MiB at a time", "into a pipe",
              ["shmtool cat", "plain write(2)", "cat, of tmpfs", "python3-sysv-ipc"]),
        group("Into a file in tmpfs", "into tmpfs", ["shmtool cat", "cp"]),
        group("Into a file on a disk", "onto a disk", ["shmtool cat", "cp"]),
        group("From a file into new memory", "from a file", ["shmtool write", "cp"]),
        group("From a pipe into new memory", "from a pipe", ["shmtool write", "cp"]),
        group("A hex dump", "hex dump", ["shmtool cat --hex", "xxd"]),
    ])


def measure(bench):
    sizes = [1] if bench.smoke else [1, 64, 1024]
    by_title = {}
    blocks = [TEXT]
    done = None
    for mib in sizes:
        if not fits(mib):
            blocks.append("%s is left out: this machine has too little memory for it.\n"
                          % size_name(mib))
            continue
        done, largest = measure_size(bench, mib), mib
        for title, commands in done:
            by_title.setdefault(title, []).append((size_name(mib), commands))
    blocks.append(plot(done, largest))
    for title, groups in by_title.items():
        blocks += ["### %s\n" % title, comparisons("size", groups)]
    return "\n".join(blocks)
