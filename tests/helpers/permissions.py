#!/usr/bin/python3
"""permissions.py: check permissions. For each subject, mode and command, make the bare
system call on one segment, and run shmtool on its twin as the same subject. Either both
are refused or neither, and the message must give the reason.

permissions.py ask: only make the system call. Read lines "CALL ID KEY UID GID MODE", and
answer each with 0 or the errno."""
import ctypes, errno, json, os, re, subprocess, sys

SHMTOOL = os.environ["SHMTOOL"]
IPC_RMID, IPC_SET, IPC_STAT, SHM_LOCK, SHM_UNLOCK, SHM_STAT_ANY = 0, 1, 2, 11, 12, 15
SHM_RDONLY = 0o10000
CREATOR, OWNER, GROUP = 20001, 20002, 30002


class Perm(ctypes.Structure):
    _fields_ = [("key", ctypes.c_int), ("uid", ctypes.c_uint), ("gid", ctypes.c_uint),
                ("cuid", ctypes.c_uint), ("cgid", ctypes.c_uint), ("mode", ctypes.c_uint),
                ("rest", ctypes.c_char * 200)]


libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
libc.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
libc.shmdt.argtypes = [ctypes.c_void_p]


def result(r):
    return ctypes.get_errno() if r in (-1, ctypes.c_void_p(-1).value) else 0


def attach(number, flags):
    address = libc.shmat(number, None, flags)
    failed = result(address)
    if not failed:
        libc.shmdt(address)
    return failed


def control(number, command, ds=None):
    return result(libc.shmctl(number, command, ctypes.byref(ds) if ds else None))


def ask(call, number, key, uid, gid, mode):
    if call == "find":
        return result(libc.shmget(key, 0, 0))
    if call in ("read", "write"):
        return attach(number, SHM_RDONLY if call == "read" else 0)
    if call == "look":
        return control(number, SHM_STAT_ANY, Perm())
    if call == "set":
        return control(number, IPC_SET, Perm(uid=uid, gid=gid, mode=mode))
    return control(number, {"remove": IPC_RMID, "lock": SHM_LOCK,
                            "unlock": SHM_UNLOCK}[call])


def answer():
    for line in sys.stdin:
        call, *numbers = line.split()
        print(ask(call, *map(int, numbers)), flush=True)


if sys.argv[1:] == ["ask"]:
    answer()
    sys.exit()

NO_CAPABILITIES = ["--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]


def user(uid, group=None):
    groups = "--groups=%d" % group if group else "--clear-groups"
    return ["setpriv", "--reuid=%d" % uid, "--regid=%d" % uid, groups]


SUBJECTS = {
    "owner": user(OWNER),
    "creator": user(CREATOR),
    "group": user(20003, GROUP),
    "creator's group": user(20003, CREATOR),
    "stranger": user(20004),
    "root": [],
    "root without capabilities": ["setpriv", "--clear-groups"] + NO_CAPABILITIES,
    "root in a user namespace": ["setpriv", "--clear-groups", "unshare", "--user",
                                 "--map-root-user"],
    "stranger as root in a user namespace": user(20004) + ["unshare", "--user",
                                                           "--map-root-user"],
    "owner as root in a user namespace": user(OWNER) + ["unshare", "--user",
                                                        "--map-root-user"],
}
MODES = [0, 0o400, 0o200, 0o600, 0o040, 0o020, 0o060, 0o004, 0o002, 0o006, 0o777]
# Commands of shmtool, and the system call that each needs.
COMMANDS = {
    "ls ID": "look",
    "info ID": "look",
    "wait --unattached ID": "look",
    "ls KEY": "find",
    "create -k KEYNUMBER -s 1 --exist-ok": "find",
    "cat ID": "read",
    "cat KEY": "read",
    "wait --byte 0=0 --timeout 1ms ID": "read",
    "write --fill 0 ID": "write",
    "chmod MODE ID": "set",
    "chown UID:GID ID": "set",
    "lock ID": "lock",
    "unlock ID": "unlock",
    "rm -n ID": "remove?",
    "rm ID": "remove",
}
MAY = {
    "set": "; only its owner, its creator or %s may change it" %
           "(root|a process with CAP_SYS_ADMIN over this IPC namespace)",
    "remove": "; only its owner, its creator or %s may remove it" %
              "(root|a process with CAP_SYS_ADMIN over this IPC namespace)",
    "lock": "; only its owner, its creator or a process with CAP_IPC_LOCK"
            "( over this IPC namespace)? may lock it",
    "unlock": "; only its owner, its creator or a process with CAP_IPC_LOCK"
              "( over this IPC namespace)? may unlock it",
    "read": "; read permission required(, or CAP_IPC_OWNER over this IPC namespace)?",
    "write": "; read and write permission required"
             "(, or CAP_IPC_OWNER over this IPC namespace)?",
}
MAY["remove?"] = MAY["remove"]


def make(key, mode):
    """Create a segment as the creator, then give it to the owner."""
    os.setegid(CREATOR)
    os.seteuid(CREATOR)
    number = libc.shmget(key, 4096, 0o3000 | mode)
    os.seteuid(0)
    os.setegid(0)
    assert number >= 0
    assert control(number, IPC_SET, Perm(uid=OWNER, gid=GROUP, mode=mode)) == 0
    return number


def perms(mode):
    return "".join(c if mode >> 8 - i & 1 else "-" for i, c in enumerate("rwxrwxrwx"))


def expect(call, subject, mode):
    """Return the expected message of a refusal: the owner, and who may do it."""
    inside = "user namespace" in subject
    owner = "20002"
    if subject == "owner as root in a user namespace":
        owner = "root"
    elif inside:
        owner = "a user unknown in this user namespace"
    said = "permission denied: owned by " + owner
    if call in ("read", "write"):
        said += ", permissions " + perms(mode)
    pattern = MAY[call]
    is_root = "root" in subject
    pattern = pattern.replace("(root|", "(" if is_root else "(root")
    if not is_root:
        pattern = re.sub(r"\(roota process[^)]*\)", "root", pattern)
        pattern = re.sub(r"\([^)]*\)\?", "", pattern)
    else:
        pattern = pattern.replace(")?", ")")
    return re.escape(said) + pattern


def fill(command, number, key, mode, ids):
    words = {"ID": str(number), "KEY": "0x%08x" % key, "KEYNUMBER": str(key),
             "MODE": "%o" % mode, "UID:GID": "%d:%d" % ids}
    return [words.get(word, word) for word in command.split()]


wrong = cells = refusals = 0
key = 0x7B000000
for subject, prefix in SUBJECTS.items():
    kernel = subprocess.Popen(prefix + ["/usr/bin/python3", __file__, "ask"], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    # In a user namespace, only root has an ID.
    ids = (0, 0) if "user namespace" in subject else (OWNER, GROUP)
    for mode in MODES:
        key += 2
        number, twin = make(key, mode), make(key + 1, mode)
        for command, call in COMMANDS.items():
            if call != "remove?":
                print(call, twin, key + 1, *ids, mode, file=kernel.stdin, flush=True)
                said = int(kernel.stdout.readline())
            else:  # IPC_RMID would remove it; IPC_SET needs the same permission
                print("set", twin, key + 1, *ids, mode, file=kernel.stdin, flush=True)
                said = int(kernel.stdout.readline())
            done = subprocess.run(prefix + [SHMTOOL] + fill(command, number, key, mode, ids),
                                  capture_output=True, text=True)
            # valgrind says EINVAL of what may not be read.
            if os.environ.get("MEMCHECK") and said and call in ("read", "write"):
                continue
            message = done.stderr.removesuffix("\n")
            cells += 1
            if said == 0 and command.startswith("chmod") and subject.startswith("owner as"):
                # The kernel would permit it, but replace the group by the overflow ID.
                good = done.returncode == 1 and message.endswith(
                    ": owner or group cannot be told in this user namespace and could be lost; "
                    "run chmod outside it")
            elif said == 0 and "--exist-ok" in command and message:
                good = done.returncode == 0 and re.fullmatch(
                    r"shmtool create: warning: segment \d+ is owned by .*", message)
            elif said == 0:
                good = done.returncode == 0 and message == ""
            else:
                assert said in (errno.EPERM, errno.EACCES), said
                refusals += 1
                start = r"shmtool %s: (%d|0x%08x): " % (command.split()[0], number, key)
                good = done.returncode == 4 and \
                    re.fullmatch(start + expect(call, subject, mode), message)
            if not good:
                wrong += 1
                print("%s, mode %04o, shmtool %s: the kernel says %s, shmtool %d: %s" % (
                    subject, mode, command, errno.errorcode.get(said, "yes"),
                    done.returncode, message))
        for number in (number, twin):
            control(number, IPC_RMID)
    kernel.stdin.close()
    kernel.wait()
print("%d cells, %d of them refusals, %d wrong" % (cells, refusals, wrong))
sys.exit(wrong > 0)
