#!/usr/bin/python3
"""objects.py RUNS: run "shmtool rm" by filters RUNS times, while processes create, open, map,
unlink and create again objects with the same names. Fail if a run removed an object that was
mapped or open from before its start until after its end. Print how many objects went."""
import ctypes, mmap, os, random, re, signal, subprocess, sys, time

SHMTOOL = os.environ["SHMTOOL"]
RUNS = int(sys.argv[1])
WORDS = "rm -v -P --unattached --idle 0 --settle 0".split()
WORKERS = 4

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + 3 * [ctypes.c_int] + [ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


def linger():
    time.sleep(random.random() * random.choice((0.001, 0.2)))


def mapped(fd):
    """Map the object without a descriptor of its own, which Python's mmap would keep."""
    flags = random.choice((mmap.MAP_SHARED, mmap.MAP_PRIVATE))
    address = libc.mmap(None, 4096, mmap.PROT_READ | mmap.PROT_WRITE, flags, fd, 0)
    assert address not in (None, ctypes.c_void_p(-1).value)
    return address


def is_named(name, inode):
    try:
        return os.stat(name).st_ino == inode
    except FileNotFoundError:
        return False


def use(name):
    """Create and use an object. If somebody else removed its name meanwhile, print when it was
    in use."""
    fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    begin = time.monotonic()
    os.truncate(fd, 4096)
    inode = os.fstat(fd).st_ino
    linger()
    address = None
    if random.random() < 0.7:
        address = mapped(fd)
        os.close(fd)
        linger()
    lost = not is_named(name, inode)
    if lost:
        print("lost", os.path.basename(name), begin, time.monotonic(), flush=True)
    if address:
        libc.munmap(address, 4096)
    else:
        os.close(fd)
    # Now anybody may remove it.
    linger()
    if not lost and random.random() < 0.5 and is_named(name, inode):
        try:
            os.unlink(name)
        except FileNotFoundError:
            pass  # rm was faster


def work(number):
    names = ["/dev/shm/race-%d-%d" % (number, k) for k in range(3)]
    while True:
        name = random.choice(names)
        if os.path.exists(name):
            linger()
        else:
            use(name)


def start(number):
    """Start a process. Return its PID, and its output."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(theirs, 1)
        try:
            work(number)
        finally:
            os._exit(1)
    os.close(theirs)
    return pid, os.fdopen(ours)


workers = [start(number) for number in range(WORKERS)]
removed, wrong = [], []
for _ in range(RUNS):
    begin = time.monotonic()
    done = subprocess.run([SHMTOOL] + WORDS, capture_output=True, text=True)
    end = time.monotonic()
    if done.returncode != 0 or done.stderr:
        wrong.append("status %d: %s" % (done.returncode, done.stderr))
    for line in done.stdout.splitlines():
        match = re.fullmatch(r"removed /(\S+) \((0|4096) bytes\)", line)
        if match:
            removed.append((match[1], begin, end))
        elif not re.fullmatch(r"kept /\S+: (mapped once|open once|mapped once, open once|"
                              r"(used or )?changed since it was selected)|nothing matches", line):
            wrong.append(line)
time.sleep(0.5)
for pid, output in workers:
    if os.waitpid(pid, os.WNOHANG) != (0, 0):
        wrong.append("a process ended")
    else:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    for line in output:
        _, name, first, last = line.split()
        for other, begin, end in removed:
            if other == name and float(first) < begin and end < float(last):
                wrong.append("%s was removed while it was in use" % name)
print("\n".join(wrong))
print("%d objects were removed" % len(removed))
sys.exit(bool(wrong) or not removed)
