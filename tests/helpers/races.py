#!/usr/bin/python3
"""races.py RUNS: run shmtool's commands RUNS times, two at once, on segments that
tests/helpers/recreate creates and removes meanwhile. Check each row, byte, message and
exit status. Run commands that never found a segment, or always did, up to RUNS times more.
Print how often each command found a segment, and how often none."""
import collections, json, os, random, re, subprocess, sys, threading

SHMTOOL = os.environ["SHMTOOL"]
BASE = 0x7A000000
RUNS = int(sys.argv[1])

GONE = r"no such segment"
SAID = re.compile(r"shmtool \w+: \S+: (%s)" % GONE)
MARKED = re.compile(r"shmtool rm: \S+: ((already )?marked for destruction; "
                    r"(1 attach keeps|\d+ attaches keep) it alive|"
                    r"not removed: (changed|attached or detached) since it was selected)")
UNSEEN = re.compile(r"shmtool \w+: \d+ of \d+ attaches (is|are) not visible"
                    r"(; needs CAP_SYS_PTRACE.*|: their processes ended or are in another PID or IPC namespace)")
LATE = re.compile(r"shmtool wait: \S+: timed out: still attached \d+ times?")


def size_of(k):
    return 4097 + 1000 * k


def uid_of(k):
    return 20000 + k if k < 12 else 0


def mode_of(k):
    return 0o600 | (k & 7) if k < 12 else 0o600


def content_of(number):
    return ((number ^ number >> 15) * 31) % 251 + 1


def check_row(row):
    """Check a row of JSON with any columns."""
    if row["size"] == 1:
        assert row["key"] == "0x00000000" and int(row["mode"], 8) == 0o600, row
        assert row["uid"] == row["gid"] == row["cuid"] == row["cgid"] == 20100, row
        return None
    k = (row["size"] - 4097) // 1000
    assert 0 <= k < 16 and row["size"] == size_of(k), row
    if "dest" in row["status"]:
        assert row["key"] == "0x00000000", row
    else:
        assert row["key"] == "0x%08x" % (BASE + k), row
    changed = 100 if 8 <= k < 12 else 0
    assert row["cuid"] == row["cgid"] == uid_of(k), row
    assert row["uid"] in (uid_of(k), uid_of(k) + changed), row
    assert row["gid"] == uid_of(k), row
    modes = (mode_of(k), mode_of(k) | 0o070) if changed else (mode_of(k),)
    assert int(row["mode"], 8) in modes, row
    assert 0 <= (row.get("rss") or 0) <= (row["size"] + 4095) // 4096 * 4096, row
    return k


def check_rows(out, operand):
    rows = json.loads(out)["segments"]
    ids = [row["id"] for row in rows]
    assert len(set(ids)) == len(ids), rows
    for row in rows:
        k = check_row(row)
        if operand and operand.startswith("key:"):
            assert k == int(operand[4:]) - BASE, (operand, row)
        elif operand:
            assert row["id"] == int(operand), (operand, row)


def check_raw(out, operand):
    for line in out.decode().splitlines():
        cells = line.split(" ")
        assert len(cells) == 9, line
        names = "id key uid gid cuid cgid mode size nattch".split()
        row = dict(zip(names, cells))
        for name in "id uid gid cuid cgid size nattch".split():
            row[name] = int(row[name])
        row["status"] = ["dest"] if row["key"] == "0x00000000" else []
        check_row(row)


def check_page(out, operand):
    """Check that all parts of info's page describe the same segment."""
    text = out.decode()
    if not text:
        return
    size = int(re.search(r"Size .*\((\d+) bytes", text).group(1))
    uid = int(re.search(r"Creator .*\((\d+):\d+\)", text).group(1))
    key = int(re.search(r"Key +(0x[0-9a-f]+)", text).group(1), 16)
    k = (size - 4097) // 1000
    assert size == size_of(k) and uid == uid_of(k) and key in (0, BASE + k), text
    if operand.startswith("key:"):
        assert k == int(operand[4:]) - BASE, (operand, text)
    else:
        assert text.startswith("Segment %s\n" % operand), (operand, text)


def check_bytes(out, operand):
    """Check that the content is zeros and the byte that follows from the ID."""
    if not out:
        return
    assert len(out) in map(size_of, range(16)), len(out)
    found = set(out) - {0}
    assert len(found) <= 1, found
    if operand.startswith("key:"):
        assert len(out) == size_of(int(operand[4:]) - BASE), (operand, len(out))
    else:
        assert found <= {content_of(int(operand))}, (operand, found)


def check_nothing(out, operand):
    assert out == b"", out


def check_removed(out, operand):
    for line in out.decode().splitlines():
        match = re.fullmatch(r"removed (\d+) \(key 0x([0-9a-f]{8}), (\d+) bytes\)|"
                             r"kept \S+: (changed|attached or detached) since it was selected|"
                             r"kept \S+: (not attached|attached (once|twice|\d+ times))|"
                             r"kept \S+: (does not match --\S+|in motion: .*)|"
                             r"kept \S+: not an orphan: .*|nothing matches", line)
        assert match, line
        if not match.group(1):
            continue
        k = (int(match.group(3)) - 4097) // 1000
        assert int(match.group(3)) == size_of(k) and not 4 <= k < 12, line
        assert int(match.group(2), 16) in (0, BASE + k), line
        if operand and operand.startswith("key:"):
            assert k == int(operand[4:]) - BASE, (operand, line)


def check_id(out, operand):
    assert re.fullmatch(rb"\d+\n", out), out


def listed(keys):
    """Return operands: these keys, or the IDs that they had a moment ago."""
    if random.random() < 0.5:
        return "key:%d" % (BASE + random.choice(keys))
    found = []
    with open("/proc/sysvipc/shm") as table:
        for line in list(table)[1:]:
            words = line.split()
            if int(words[0]) - BASE in keys:
                found.append(words[1])
    return random.choice(found) if found else "key:%d" % (BASE + random.choice(keys))


ALL, REMOVABLE = range(16), [0, 1, 2, 3, 12, 13, 14, 15]
COLUMNS = "ID,KEY,UID,GID,CUID,CGID,MODE,SIZE,NATTCH"


def commands():
    """Choose a command: words, operand, check of the output, statuses, other messages."""
    changed = random.choice(range(8, 12))
    key = "key:%d" % (BASE + changed)
    made = random.choice(range(12, 16))
    any_one, removable = listed(ALL), listed(REMOVABLE)
    yield ["ls", "-nr", "-o", COLUMNS], None, check_raw, (0,), None
    yield ["ls", "-J", "-O"], None, check_rows, (0,), UNSEEN
    yield ["ls", "-J", "-O", any_one], any_one, check_rows, (0, 3), UNSEEN
    yield ["ls", "-J", "-o", "+" + COLUMNS, "--unattached", "--max-size", "9000"], None, \
        check_rows, (0,), None
    yield ["info", any_one], any_one, check_page, (0, 3), UNSEEN
    yield ["info", "-J", any_one], any_one, check_rows, (0, 3), UNSEEN
    yield ["cat", any_one], any_one, check_bytes, (0, 3), None
    yield ["write", "--fill", "0", any_one], any_one, check_nothing, (0, 3), None
    yield ["lock", any_one], any_one, check_nothing, (0, 3), None
    yield ["unlock", any_one], any_one, check_nothing, (0, 3), None
    yield ["chown", str(uid_of(changed) + 100), key], key, check_nothing, (0, 3), None
    yield ["chmod", "g+rwx", key], key, check_nothing, (0, 3), None
    yield ["wait", "--removed", "--timeout", "60", any_one], any_one, check_nothing, \
        (0, 3), None
    yield ["wait", "--unattached", "--timeout", "3ms", any_one], any_one, check_nothing, \
        (0, 3, 124), LATE
    yield ["wait", "--byte", "7=0", "--timeout", "3ms", any_one], any_one, check_nothing, \
        (0, 3, 124), re.compile(r"shmtool wait: \S+: timed out: byte at "
                                r"offset 7 is \d+")
    yield ["rm", "-v", removable], removable, check_removed, (0, 1, 3), MARKED
    yield ["rm", "-v", "--unattached", removable], removable, check_removed, (0, 1, 3), MARKED
    yield ["rm", "-v", "--user", str(uid_of(2))], None, check_removed, (0,), MARKED
    yield ["rm", "-v", "--creator", "0", "--max-size", "1M"], None, check_removed, (0,), \
        MARKED
    yield ["rm", "-v", "--attached", "--user", str(uid_of(3))], None, check_removed, (0,), \
        MARKED
    yield ["create", "-k", str(BASE + made), "-s", str(size_of(made)), "--exist-ok"], None, \
        check_id, (0,), None


def judge(run, done):
    words, operand, check, statuses, also = run
    messages = done.stderr.decode().splitlines()
    assert done.returncode in statuses, "status %d" % done.returncode
    for message in messages:
        assert SAID.fullmatch(message) and done.returncode == 3 or \
            also and also.fullmatch(message), message
    assert done.returncode == 0 or len(messages) == 1
    check(done.stdout, operand)


counts = collections.defaultdict(collections.Counter)
lock = threading.Lock()
wrong = []
left, further = iter(range(RUNS)), iter(range(RUNS))


def untested():
    """Return commands that never found a segment, or always did: they tested too little."""
    return [command for command in "info cat write lock unlock chown chmod wait rm".split()
            if counts[command][0] == 0 or counts[command][3] == 0]


def goes_on(command):
    """Return whether anything is left to run, and whether this command must run."""
    if next(left, None) is not None:
        return True, True
    missing = untested()
    if command in missing:
        return next(further, None) is not None, True
    return bool(missing), False


def work():
    while not wrong:
        for run in commands():
            with lock:
                more, this = goes_on(run[0][0])
            if not more:
                return
            if not this:
                continue
            done = subprocess.run([SHMTOOL] + run[0], capture_output=True)
            try:
                judge(run, done)
            except Exception as error:
                wrong.append("%s: %r\n%s\n%s" % (run[0], error, done.stdout[:2000],
                                                 done.stderr.decode()))
            with lock:
                counts[run[0][0]][done.returncode] += 1


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("\n".join(wrong), end="")
for command, statuses in sorted(counts.items()):
    print(command, " ".join("%d:%d" % pair for pair in sorted(statuses.items())))
if not wrong:
    wrong = untested()
    print("".join("%s: not tested\n" % command for command in wrong), end="")
sys.exit(bool(wrong))
