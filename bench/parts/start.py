"""Start-up"""
from measure import Command, Target
from report import comparisons

TEXT = """
The shortest operations, in a namespace with three segments. They measure how long programs take
to start.
"""


def measure(bench):
    bench.run("fill 3")
    once = "shmtool create --key 7 --size 64K"
    # Many short turns: a burst of noise then hits all alike.
    often = {"rounds": 25, "runs": 8, "warmup": 10}
    groups = [
        ("list", bench.compare("list three segments", [
            Command("shmtool ls"),
            Command("lsipc -m", Target(1, "no slower than lsipc")),
            Command("ipcs -m", Target(1, "no slower than ipcs")),
        ], **often)),
        ("create one", bench.compare("make a segment", [
            Command("shmtool create --size 65536"),
            Command("ipcmk --shmem 65536"),
        ], **often)),
        ("remove one", bench.compare("remove a segment", [
            Command("shmtool rm key:7", prepare=once),
            Command("ipcrm --shmem-key 7", prepare=once),
        ], **often)),
    ]
    return TEXT + "\n" + comparisons("what", groups)
